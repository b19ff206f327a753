"""Scoring in SQL: a logistic pipeline, boosting and a forest, compared with scikit-learn on a frame.

python benchmarks/scoring.py --rows 1_000_000
"""

from __future__ import annotations

import argparse
import pickle
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from harness import (
    SCHEMA,
    Candidate,
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

from dbt_baton.scoring_sql import ScoringSql, compile_scoring
from dbt_baton.warehouse.signature import Feature

FEATURES = [f"feature_{place}" for place in range(12)]
MISSING = 0.05
FITTED_ON = 50_000
MODELS: dict[str, Any] = {
    "logistic pipeline": make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
    "gradient boosting 100x3": make_pipeline(SimpleImputer(), GradientBoostingClassifier(random_state=0)),
    "histogram gradient boosting 100x31": HistGradientBoostingClassifier(
        early_stopping=False, random_state=0
    ),
    "forest 100x10": RandomForestClassifier(max_depth=10, n_jobs=2, random_state=0),
}


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
            row_id=np.arange(rows), bought=(score + random.normal(size=rows) > 0).astype(int)
        )
    }


def with_sklearn(path: Path, connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Score a frame of all rows."""
    with part("read"):
        rows = connection.execute("select * from rows").df()
    model = pickle.loads(path.read_bytes())
    with part("predict_proba"):
        probabilities = model.predict_proba(rows[FEATURES])
    predicted = model.classes_[probabilities.argmax(axis=1)]
    return pd.DataFrame(
        {
            "row_id": rows["row_id"],
            "predicted_class": predicted.astype(str),
            "predicted_probability": probabilities[:, 1],
        }
    )


def in_sql(scoring: ScoringSql) -> str:
    """Write the query that scores the table."""
    nodes = ", scoring_nodes as (select nodes from nodes)" if scoring.nodes else ""
    return (
        f"with features as (select * from rows){nodes}, scored as (\n{scoring.sql}\n)"
        " select row_id, predicted_class, predicted_probability from scored"
    )


def compare_model(name: str, model: Any, rows: int) -> None:
    """Fit, and print a table of both ways."""
    with TemporaryDirectory() as root:
        database = str(Path(root) / "benchmark.duckdb")
        prepared(database, make_tables, {"rows": rows}, {})
        with duckdb.connect(database) as connection:
            sample = connection.execute(f"select * from {SCHEMA}.rows limit {FITTED_ON}").df()
            model.fit(sample[FEATURES], sample["bought"])
            scoring = compile_scoring(model, [Feature(one, "float") for one in FEATURES], dialect="duckdb")
            connection.execute(f"create table {SCHEMA}.nodes as select ? as nodes", [scoring.nodes])
        path = Path(root) / "model.pickle"
        path.write_bytes(pickle.dumps(model))
        candidates: dict[str, Candidate] = {
            "scikit-learn": partial(with_sklearn, path),
            "baton, in SQL": in_sql(scoring),
        }
        figures = measure({one: (database, candidate) for one, candidate in candidates.items()})
        agreed = same_values(["row_id"])(database, list(figures))
    table = []
    for one, taken in figures.items():
        seconds = f"{taken.seconds:.2f}"
        table.append([one, seconds, ratio(taken, figures["scikit-learn"]), f"{taken.gigabytes:.2f}"])
        table += [[f"of that {step}", f"{taking:.2f}", "", ""] for step, taking in taken.parts.items()]
    print_table(f"{name}, {rows:,} rows", ["", "seconds", "ratio", "peak GB"], table)
    print(f"\n{agreed}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    describe_machine()
    for name, model in MODELS.items():
        compare_model(name, model, rows)


if __name__ == "__main__":
    main()
