"""Scoring in SQL and by `predict`, compared with scikit-learn on a frame.

python benchmarks/scoring.py --rows 1_000_000
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from environments import environment
from harness import (
    SCHEMA,
    Candidate,
    Script,
    Tables,
    describe_machine,
    measure,
    part,
    prepared,
    print_table,
    ratio,
    same_values,
)
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dbt_baton import Provenance, artifacts, predict, train

FEATURES = [f"feature_{place}" for place in range(12)]
MISSING = 0.05
FITTED_ON = 50_000
ESTIMATORS: dict[str, Any] = {
    "logistic pipeline": make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
    "gradient boosting 100x3": make_pipeline(SimpleImputer(), GradientBoostingClassifier(random_state=0)),
    "histogram gradient boosting 100x31": HistGradientBoostingClassifier(
        early_stopping=False, random_state=0
    ),
    "forest 100x10": RandomForestClassifier(max_depth=10, n_jobs=2, random_state=0),
}
# Orbital cannot convert the histogram boosting, and took over two minutes for 5,000 rows with the forest
WITH_ORBITAL = ["logistic pipeline", "gradient boosting 100x3"]


class DbtModel:
    """What `train` and `predict` use of the `dbt` object of a Python model."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.session = connection
        self.this = SimpleNamespace(database="memory", schema="main", identifier="scores")
        self.config = SimpleNamespace(get=lambda _key, default=None: default)
        self.is_incremental = False


def make_tables(rows: int) -> Tables:
    """Make numbers with missing values, and a class that depends on some of them."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(rows, len(FEATURES)))
    score = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + np.sin(3 * numbers[:, 3])
    is_missing = random.random(numbers.shape) < MISSING
    is_missing[:, 3:] = False
    frame = pd.DataFrame(np.where(is_missing, np.nan, numbers), columns=FEATURES)
    return {
        "rows": frame.assign(
            row_id=np.arange(rows),
            as_of=pd.Timestamp("2024-01-01"),
            bought=(score + random.normal(size=rows) > 0).astype(int),
        )
    }


def train_on(
    connection: duckdb.DuckDBPyConnection, query: str, estimator: Any, *, importances: bool
) -> pa.Table:
    """Train on the rows of a query, and give the version row."""
    return train(
        DbtModel(connection),
        connection.sql(query),
        estimator,
        label="bought",
        entity="row_id",
        features=FEATURES,
        importances=importances,
        origin=Provenance(trained_at=pd.Timestamp("2024-05-01").to_pydatetime(), run_id="", git_sha=""),
    )


def train_version(database: str, estimator: Any) -> str:
    """Train on the first rows, store the version, its nodes and its estimator; give the SQL that scores."""
    with duckdb.connect(database) as connection:
        connection.execute(f"use {SCHEMA}")
        query = f"select * from rows order by row_id limit {FITTED_ON}"
        version = train_on(connection, query, estimator, importances=False)
        row = version.to_pylist()[0]
        loaded = load(row)
        stored = {
            "versions": version.append_column("version_number", pa.array([1])),
            "nodes": pa.table({"nodes": pa.array([row["scoring_nodes"]], pa.string())}),
            "estimators": pa.table({"pickled": pa.array([pickle.dumps(loaded)], pa.binary())}),
        }
        for name, table in stored.items():
            connection.register("stored", table)
            connection.execute(f"create or replace table {name} as select * from stored")
    nodes = ", scoring_nodes as (select nodes from nodes)" if row["scoring_nodes"] else ""
    return (
        f"with features as (select * from rows){nodes}, scored as (\n{row['scoring_sql']}\n)"
        " select row_id, predicted_class, predicted_probability from scored"
    )


def load(version: dict[str, Any]) -> Any:
    """Give the estimator of a version row."""
    artifact = artifacts.Artifact(version["artifact"], version["artifact_sha256"], version["artifact_format"])
    return artifacts.load(artifact, model_name=version["model_name"], model_version=version["model_version"])


def with_sklearn(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Score a frame of all rows."""
    with part("read"):
        rows = connection.execute("select * from rows").df()
    [(pickled,)] = connection.execute("select pickled from estimators").fetchall()
    estimator = pickle.loads(pickled)
    with part("predict_proba"):
        probabilities = estimator.predict_proba(rows[FEATURES])
    return pd.DataFrame(
        {
            "row_id": rows["row_id"],
            "predicted_class": estimator.classes_[probabilities.argmax(axis=1)].astype(str),
            "predicted_probability": probabilities[:, 1],
        }
    )


def with_predict(connection: duckdb.DuckDBPyConnection) -> Any:
    """Score in a stream, as a dbt Python model does: read on one connection, written on another."""
    reads = connection.cursor()
    reads.execute(f"use {SCHEMA}")
    return predict(
        DbtModel(reads),
        reads.sql("select * from rows"),
        reads.sql("select * from versions"),
        model_name="scores",
        alias="latest",
        entity="row_id",
    )


def compare_ways(name: str, estimator: Any, rows: int) -> None:
    """Train, and print a table of all ways."""
    with TemporaryDirectory() as root:
        database = str(Path(root) / "benchmark.duckdb")
        prepared(database, make_tables, {"rows": rows}, {})
        candidates: dict[str, Candidate] = {
            "scikit-learn": with_sklearn,
            "baton, in SQL": train_version(database, estimator),
            "baton, predict": with_predict,
        }
        python = environment("orbital") if name in WITH_ORBITAL else None
        if python:
            candidates["Orbital"] = Script(python, Path(__file__).with_name("with_orbital.py"))
        figures = measure(
            {one: (database, candidate) for one, candidate in candidates.items()}, peers=["Orbital"]
        )
        agreed = same_values(["row_id"])(database, [one for one in figures if one != "Orbital"])
        if "Orbital" in figures:
            agreed += f" {largest_difference(database, 'Orbital')}"
    table: list[Sequence[str]] = []
    for one, taken in figures.items():
        seconds = f"{taken.seconds:.2f}"
        table.append([one, seconds, ratio(taken, figures["scikit-learn"]), f"{taken.gigabytes:.2f}"])
        table += [[f"of that {step}", f"{taking:.2f}", "", ""] for step, taking in taken.parts.items()]
    print_table(f"{name}, {rows:,} rows", ["", "seconds", "ratio", "peak GB"], table)
    print(f"\n{agreed}", flush=True)


def largest_difference(database: str, peer: str) -> str:
    """Say how far the peer is from scikit-learn."""
    with duckdb.connect(database) as connection:
        [(largest, classes)] = connection.execute(
            "select max(abs(one.predicted_probability - other.predicted_probability)),"
            " count(*) filter (where one.predicted_class <> other.predicted_class)"
            f' from {SCHEMA}."scikit-learn" as one join {SCHEMA}."{peer}" as other using (row_id)'
        ).fetchall()
    return f"{peer} differs by up to {largest:.1e}, in {classes:,} classes."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="+", choices=list(ESTIMATORS), default=list(ESTIMATORS))
    arguments = parser.parse_args()
    describe_machine()
    for name in arguments.only:
        compare_ways(name, ESTIMATORS[name], arguments.rows)


if __name__ == "__main__":
    main()
