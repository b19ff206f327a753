"""The integration project as a user builds it: a copy in a separate directory, with a separate database.

dbt and the loader run as a user's commands, each in a separate process.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from bench import BATON, BuildError, DuckDB, Engine, Postgres, postgres_settings
from forked import Forked

# One in this many flights is kept, which takes a tenth of the time and keeps every carrier, route and week. The nightly run has all.
FLIGHTS_STEP = 1 if os.environ.get("BATON_HYPOTHESIS_PROFILE") == "nightly" else 16

# The simulated current time of the flights at first, by engine: PostgreSQL has January only.
PRESENT = {"duckdb": "2013-10-01", "postgres": "2013-02-01"}

IGNORED = shutil.ignore_patterns(
    "target", "dbt_packages", "logs", "package-lock.yml", "*.duckdb*", "__pycache__"
)


@cache
def forked() -> Forked:
    """The worker's process with dbt loaded; it ends when the worker closes its input."""
    return Forked()


class IntegrationProject:
    """A copy of `integration_tests/`.

    Attributes
    ----------
    root : pathlib.Path
        The directory of the copy; a test may change its files.
    results : dict of str to dict
        The results of the last dbt command by name of the node: `status`, `execution_time`, `message`, ...
    output : str
        The output of the last command.
    """

    def __init__(self, root: Path, engine: Engine) -> None:
        self.root = root
        self.engine = engine
        self.results: dict[str, dict[str, Any]] = {}
        self.output = ""
        shutil.copytree(BATON / "integration_tests", root, ignore=IGNORED, dirs_exist_ok=True)
        (root / "packages.yml").write_text(yaml.safe_dump({"packages": [{"local": str(BATON)}]}))
        self.dbt("deps")

    def load(self, subject: str = "all", *, until: str | None = None, events: int | None = None) -> None:
        """Load the raw data, with some of the flights; `until` drops later rows, `events` is the size of churn."""
        options = ["--subject", subject, "--target", self.engine.name]
        if isinstance(self.engine, DuckDB):
            options += ["--database", str(self.engine.path)]
        if until is not None:
            options += ["--until", until]
        if events is not None:
            options += ["--events", str(events)]
        self._run(sys.executable, str(self.root / "raw_data" / "load.py"), *options)
        if subject != "churn":
            self.engine.execute(f"delete from raw_flights.flights where (flight + day) % {FLIGHTS_STEP} <> 0")

    def build(self, *arguments: str, full_refresh: bool = False) -> None:
        """Run `dbt build` with arguments such as `--select`, `path:models/flights`."""
        self.dbt("build", *arguments, *(["--full-refresh"] if full_refresh else []))

    def parse(self, *arguments: str) -> list[str]:
        """Parse the project for all later commands with the same `--vars`, and return every warning."""
        self.engine.release()
        return forked().parse(
            *("--no-partial-parse", "--show-all-deprecations", "--target", self.engine.name, *arguments),
            root=self.root,
            environment=self.environment(),
        )

    def dbt(self, *arguments: str) -> None:
        """Run a dbt command; a failure raises BuildError with what dbt printed."""
        written = self.root / "target" / "run_results.json"
        written.unlink(missing_ok=True)
        self.results = {}
        try:
            printed = self.root / "printed.txt"
            printed.unlink(missing_ok=True)
            self.engine.release()
            finished = forked().dbt(
                *("--no-use-colors", "--log-level-file", "none", *arguments, "--target", self.engine.name),
                root=self.root,
                output=printed,
                environment=self.environment(),
            )
            self.output = printed.read_text()
            if not finished["succeeded"]:
                raise BuildError(self.output)
        finally:
            if written.exists():
                ran = json.loads(written.read_text())["results"]
                self.results = {result["unique_id"].split(".")[2]: result for result in ran}

    def query(self, sql: str) -> pd.DataFrame:
        """Run a query in which `{flight_spine}` stands for the relation of that model."""
        return self.engine.query(sql.format_map(self.relations()))

    def read(self, model: str) -> pd.DataFrame:
        """Every row of a model, in no particular order."""
        return self.query(f"select * from {{{model}}}")

    def rows(self) -> dict[str, int]:
        """The number of rows of each model that the last command ran."""
        manifest = json.loads((self.root / "target" / "manifest.json").read_text())
        relations = self.relations()
        counts = " union all ".join(
            f"select '{node['name']}' as name, count(*) as n from {relations[node['name']]}"
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["name"] in self.results
        )
        found = self.engine.query(counts)
        return dict(zip(found["name"], found["n"].astype(int), strict=True))

    def relations(self) -> dict[str, str]:
        """Where each model, seed and source table lies, by name."""
        manifest = json.loads((self.root / "target" / "manifest.json").read_text())
        nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
        return {node["name"]: node["relation_name"] for node in nodes if node.get("relation_name")}

    def _run(self, *command: str) -> None:
        self.engine.release()
        finished = subprocess.run(
            command, cwd=self.root, env=self.environment(), capture_output=True, text=True, check=False
        )
        self.output = finished.stdout + finished.stderr
        if finished.returncode != 0:
            raise BuildError(self.output)

    def environment(self) -> dict[str, str]:
        """The variables by which the project's profile finds its database."""
        if isinstance(self.engine, Postgres):
            settings = {f"PG{name.upper()}": value for name, value in postgres_settings().items()}
            return {**os.environ, **settings, "PGDATABASE": self.engine.database}
        assert isinstance(self.engine, DuckDB)
        return {**os.environ, "BATON_DUCKDB": str(self.engine.path)}


@contextmanager
def integration_project(root: Path, engine_name: str = "duckdb") -> Iterator[IntegrationProject]:
    """Make a copy of the integration project, without data and built models."""
    engine: Engine = DuckDB(root / "baton.duckdb") if engine_name == "duckdb" else Postgres()
    try:
        yield IntegrationProject(root, engine)
    finally:
        if isinstance(engine, Postgres):
            engine.close()


@dataclass
class BuiltOnce:
    """Both subjects as a user builds them, starting with an empty warehouse: parsed, compiled, built `--empty`, and built.

    Attributes
    ----------
    project : IntegrationProject
        The project, with flights until `PRESENT`.
    warnings : list of str
        Warnings and deprecations from a full parse.
    empty : dict of str to int
        Rows of each model after `dbt build --empty`.
    results : dict of str to dict
        The results of the build with rows, by name of the node.
    """

    project: IntegrationProject
    warnings: list[str]
    empty: dict[str, int]
    results: dict[str, dict[str, Any]]

    @cached_property
    def log_before(self) -> pd.DataFrame:
        """The predictions for the flights until `PRESENT`; afterwards the project has all flights."""
        before = self.project.read("flight_predictions")
        self.project.parse()
        self.project.build("--select", "flights_to_score+")
        return before


def built_once(root: Path, engine_name: str) -> Iterator[BuiltOnce]:
    """Load and build both subjects, with a small shop."""
    until = PRESENT[engine_name]
    present = ["--vars", json.dumps({"flights_until": until})]
    on_duckdb = engine_name == "duckdb"
    selected = () if on_duckdb else ("--selector", "sql")
    with integration_project(root, engine_name) as project:
        project.load("churn", events=3_000)
        project.load("flights", until=None if on_duckdb else until)
        warnings = project.parse(*present)
        project.dbt("compile", *selected, *present)
        project.dbt("build", "--empty", *selected, *present)
        empty = project.rows()
        project.dbt("build", *selected, *present)
        yield BuiltOnce(project, warnings, empty, project.results)
