"""A project with every public macro for a dbt of another environment: to write it, run dbt on it, and read the results."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import yaml

from bench import BATON
from compare import assert_same_rows
from every_macro import data

# what says when it was written
CLOCKS = {"recorded_at", "created_at", "predicted_at", "promoted_at", "run_id"}
LONGEST_COMMAND = 900  # seconds


class Ran(NamedTuple):
    """What a command ended with, and what it printed."""

    returncode: int
    printed: str


def inputs(root: Path) -> dict[str, str]:
    """Models over the data, in files that every DuckDB can read."""
    texts = {}
    for name, frame in data().items():
        frame.to_parquet(root / f"{name}.parquet")
        texts[name] = f"select * from read_parquet('{root / name}.parquet')"
    return texts


def write_project(
    root: Path, texts: Mapping[str, str], tests: Mapping[str, list[dict[str, Any]]] | None = None
) -> None:
    """A project of these models, named as dbt names their files; failures of the tests are warnings."""
    models = root / "models"
    models.mkdir(parents=True)
    for name, text in texts.items():
        (models / (name if "." in name else f"{name}.sql")).write_text(text)
    output = {"type": "duckdb", "path": str(root / "meters.duckdb"), "schema": "main", "threads": 1}
    tested = [{"name": name, "data_tests": list(tests_of)} for name, tests_of in (tests or {}).items()]
    files: dict[str, dict[str, Any]] = {
        "dbt_project.yml": {
            "name": "meters",
            "version": "1.0.0",
            "profile": "meters",
            "flags": {"send_anonymous_usage_stats": False},
            "models": {"meters": {"+materialized": "table"}},
            "data_tests": {"meters": {"+severity": "warn"}},
        },
        "packages.yml": {"packages": [{"local": os.path.relpath(BATON, root)}]},
        "profiles.yml": {"meters": {"target": "main", "outputs": {"main": output}}},
        "models/tests.yml": {"models": tested},
    }
    for name, content in files.items():
        (root / name).write_text(yaml.safe_dump(content))


def run(dbt: Path, root: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a command of that dbt on the project; one that hangs is ended."""
    try:
        ran = subprocess.run(
            [str(dbt), *arguments, "--project-dir", str(root), "--profiles-dir", str(root)],
            cwd=root,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LONGEST_COMMAND,
        )
    except subprocess.TimeoutExpired:
        return Ran(1, f"dbt did not end within {LONGEST_COMMAND} seconds")
    return Ran(ran.returncode, ran.stdout)


def statuses(root: Path) -> dict[str, tuple[str, int | None]]:
    """By name, how each node of the last command ended, and the failing rows of a test."""
    results = json.loads((root / "target" / "run_results.json").read_text())["results"]
    return {
        result["unique_id"].split(".")[2]: (result["status"], result.get("failures")) for result in results
    }


def read(root: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The models that were built."""
    with duckdb.connect(str(root / "meters.duckdb"), read_only=True) as connection:
        built = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
        return {name: connection.execute(f'select * from "{name}"').df() for name in names if name in built}


def assert_same(got: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """The same columns, and the same values but for what says when it was written."""
    assert list(got.columns) == list(wanted.columns)
    columns = [column for column in wanted.columns if column not in CLOCKS]
    rows: list[Any] = wanted.to_dict("records")
    assert_same_rows(got, rows, columns)
