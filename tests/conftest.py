"""Fixtures: a dbt project on every available engine, shared by all tests of a worker."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from xdist.scheduler import LoadFileScheduling

from bench import DuckDB, Engine, OpenDuckDB, Postgres, Project, missing_engine
from browser import Browser, missing_chromium
from built_project import BuiltProject
from forked import Forked
from integration import BuiltOnce, built_once
from scoring_page import ScoringPage
from spark import Spark, missing_spark, spark_cpu_seconds
from warehouses import missing_warehouses

ENGINES = ("duckdb", "postgres")
BEGAN = pytest.StashKey[float]()

# An example of a property is a table with many rows, and one build usually has many examples. CI draws the same examples every
# time; `make nightly` draws twenty times as many, different ones each time.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
settings.register_profile(
    "ci",
    max_examples=10,
    derandomize=True,
    deadline=None,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "nightly", max_examples=200, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("BATON_HYPOTHESIS_PROFILE", "ci"))


def required_engines() -> set[str]:
    """The engines that must be available: tests fail without them instead of being skipped."""
    return {name.strip() for name in os.environ.get("BATON_REQUIRE_ENGINES", "").split(",") if name.strip()}


def need_engine(name: str) -> None:
    """Skip where the engine is missing, fail where it is required."""
    missing = {"chromium": missing_chromium, "spark": missing_spark, "rendered": missing_warehouses}
    reason = missing[name]() if name in missing else missing_engine(name)
    if reason and name in required_engines():
        pytest.fail(f"BATON_REQUIRE_ENGINES lists {name}, but it is not there: {reason}")
    if reason:
        pytest.skip(f"{name} is not there: {reason}")


# Long files come first, so that no worker is idle at the end while another one runs a long file.
LONG = (
    "test_flights_models",
    "test_churn_models",
    "test_flights_guide",
    "test_integration",
    "test_feature_store_killed",
    "test_preprocessing",
    "test_documented_examples",
    "test_scd2_snapshot",
    "test_scd2",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first; the order within a file stays."""
    order = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path.stem, len(LONG)))


# These share one build of the integration project, so one worker runs them all.
INTEGRATION = (
    "test_flights_models",
    "test_churn_models",
    "test_flights_guide",
    "test_integration",
    "test_planted_incidents",
    "test_notebook",
)


class FileScheduling(LoadFileScheduling):  # type: ignore[misc]
    """A file stays on one worker, and so do the files of the integration project (xdist's groups are not seen by pytest 9.2)."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "integration" if Path(file).stem in INTEGRATION else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling | None:
    """With `--dist loadfile`."""
    return FileScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


# the engines' projects of this worker: making one takes as long as fifty builds
_projects: dict[str, Project] = {}


@pytest.fixture(scope="module", params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A throw-away project on each engine, empty at the start of a file."""
    yield from shared_project(request.param, tmp_path_factory)


@pytest.fixture(scope="module")
def duckdb_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A throw-away project on DuckDB, for what runs there alone."""
    yield from shared_project("duckdb", tmp_path_factory)


@pytest.fixture(scope="module")
def spark_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A throw-away project on Spark."""
    yield from shared_project("spark", tmp_path_factory)


def shared_project(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The worker's project on that engine."""
    need_engine(name)
    if name not in _projects:
        _projects[name] = new_project(name, tmp_path_factory)
    _projects[name].clear()
    yield _projects[name]


def make_project(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Make a separate project on that engine, for tests that change more than models and tables."""
    need_engine(name)
    project = new_project(name, tmp_path_factory)
    yield project
    project.close()


def new_project(name: str, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project on the engine, if that is available."""
    root = tmp_path_factory.mktemp(f"{name}_project")
    engines: dict[str, Callable[[], Engine]] = {
        "duckdb": lambda: DuckDB(root / "test.duckdb"),
        "postgres": Postgres,
        "spark": lambda: Spark(root),
    }
    return Project(root, engines[name]())


@pytest.fixture(scope="module", params=[*ENGINES, "chromium"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine | ScoringPage]:
    """What scores: an engine, without a dbt project, or an empty page."""
    need_engine(request.param)
    if request.param == "chromium":
        with request.getfixturevalue("browser").blank() as page:
            yield ScoringPage(page)
        return
    made: Engine = OpenDuckDB() if request.param == "duckdb" else Postgres()
    yield made
    made.close()


@pytest.fixture(scope="module", params=ENGINES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltProject]:
    """A built project on each engine, which dbt did not make: a test puts its tables and says how they were made."""
    yield from built_project(request.param, tmp_path_factory)


def built_project(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltProject]:
    """Make one on that engine."""
    need_engine(name)
    root = tmp_path_factory.mktemp(f"{name}_built")
    made: Engine = DuckDB(root / "test.duckdb") if name == "duckdb" else Postgres()
    yield BuiltProject(root, made)
    made.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for each worker."""
    need_engine("chromium")
    made = Browser()
    yield made
    made.close()


@pytest.fixture
def said_in_log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What trainings say, whether dbt's log or Python's is there to take it."""
    from dbt_baton.training.progress import Progress

    said: list[str] = []
    monkeypatch.setattr(Progress, "_log", lambda _self, text, _level: said.append(text))
    return said


@pytest.fixture(scope="session")
def built_on_duckdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltOnce]:
    """Both subjects of the integration project on DuckDB."""
    yield from built_once(tmp_path_factory.mktemp("integration"), "duckdb")


@pytest.fixture(scope="session")
def built_on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltOnce]:
    """The SQL models of both subjects on PostgreSQL."""
    need_engine("postgres")
    yield from built_once(tmp_path_factory.mktemp("integration"), "postgres")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Record the CPU time of a test, including its fixtures and the processes that it started."""
    item.stash[BEGAN] = cpu_seconds()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send the CPU time with the report from the worker."""
    report = yield
    now = cpu_seconds()
    report.user_properties.append(("cpu_seconds", now - item.stash[BEGAN]))
    item.stash[BEGAN] = now
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the slowest files, so that an expensive test is noticed at once."""
    cpu: dict[str, float] = defaultdict(float)
    wall: dict[str, float] = defaultdict(float)
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        if isinstance(report, pytest.TestReport):
            file = report.nodeid.split("::")[0]
            cpu[file] += cast(float, dict(report.user_properties)["cpu_seconds"])
            wall[file] += report.duration
    write = terminalreporter.write_line
    write(f"{sum(cpu.values()):.0f} CPU seconds, without PostgreSQL's server; the slowest files:")
    for file in sorted(cpu, key=lambda file: -cpu[file])[:10]:
        write(f"{cpu[file]:6.1f} s CPU {wall[file]:6.1f} s wall  {file}")


def pytest_sessionfinish() -> None:
    """Delete the worker's projects."""
    for project in _projects.values():
        project.close()


def cpu_seconds() -> float:
    """CPU seconds of this process, of its finished children, and of Spark."""
    return sum(os.times()[:4]) + Forked.cpu_seconds + spark_cpu_seconds()
