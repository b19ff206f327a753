"""Fixtures: a dbt project on every engine that is there, shared by all tests of a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from bench import DuckDB, Engine, Postgres, Project, missing_engine

ENGINES = ("duckdb", "postgres")

# One example of a property is one dbt build of a table with many rows. CI draws the same examples every time;
# `make nightly` draws twenty times as many, anew.
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
    """The engines whose absence is a failure and not a skip."""
    return {name.strip() for name in os.environ.get("BATON_REQUIRE_ENGINES", "").split(",") if name.strip()}


def need_engine(name: str) -> None:
    """Skip where the engine is missing, fail where it is required."""
    reason = missing_engine(name)
    if reason and name in required_engines():
        pytest.fail(f"BATON_REQUIRE_ENGINES lists {name}, but it is not there: {reason}")
    if reason:
        pytest.skip(f"{name} is not there: {reason}")


@pytest.fixture(scope="session", params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A throw-away project on each engine."""
    yield from make_project(request.param, tmp_path_factory)


@pytest.fixture(scope="session")
def duckdb_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A throw-away project on DuckDB, for what runs there alone."""
    yield from make_project("duckdb", tmp_path_factory)


def make_project(name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project on that engine."""
    need_engine(name)
    root = tmp_path_factory.mktemp(f"{name}_project")
    engine: Engine = DuckDB(root / "test.duckdb") if name == "duckdb" else Postgres()
    yield Project(root, engine)
    if isinstance(engine, Postgres):
        engine.close()
