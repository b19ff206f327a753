"""A training step, from rows to a version row, compared with a bare fit and predict of the same estimator.

python benchmarks/training.py --rows 50_000
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from harness import Tables, describe_machine, measure, part, prepared, print_table, ratio
from scoring import FEATURES, train_on
from scoring import make_tables as make_rows
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ESTIMATORS: dict[str, Any] = {
    "logistic pipeline": make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()),
    "histogram gradient boosting": HistGradientBoostingClassifier(random_state=0),
    "forest": RandomForestClassifier(n_jobs=2, random_state=0),
}


def make_tables(rows: int) -> Tables:
    """Make the rows of the scoring benchmark, in three splits."""
    frame = make_rows(rows)["rows"]
    splits = np.array(["train"] * 6 + ["validation"] * 2 + ["test"] * 2)
    return {"training_set": frame.assign(split=splits[np.arange(rows) % 10])}


def with_sklearn(estimator: Any, connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Fit on the training rows and predict all."""
    rows = connection.execute("select * from training_set").df()
    fitted_on = rows[rows["split"] == "train"]
    with part("fit"):
        estimator.fit(fitted_on[FEATURES], fitted_on["bought"])
    with part("predict"):
        return pd.DataFrame({"probability": estimator.predict_proba(rows[FEATURES])[:, 1]})


def with_train(estimator: Any, importances: bool, connection: duckdb.DuckDBPyConnection) -> Any:
    """Train a version: metrics, importances, artifact, scoring in SQL and its comparison on every row."""
    return train_on(connection, "select * from training_set", estimator, importances=importances)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    rows = parser.parse_args().rows
    describe_machine()
    for name, estimator in ESTIMATORS.items():
        with TemporaryDirectory() as root:
            database = str(Path(root) / "benchmark.duckdb")
            prepared(database, make_tables, {"rows": rows}, {})
            candidates = {
                "fit and predict": partial(with_sklearn, estimator),
                "baton": partial(with_train, estimator, True),
                "baton, without importances": partial(with_train, estimator, False),
            }
            figures = measure({one: (database, candidate) for one, candidate in candidates.items()})
        bare = figures["fit and predict"]
        table = []
        for one, taken in figures.items():
            more = f"{taken.seconds - bare.seconds:.2f}"
            table.append([one, f"{taken.seconds:.2f}", more, ratio(taken, bare), f"{taken.gigabytes:.2f}"])
            table += [
                [f"of that {step}", f"{taking:.2f}", "", "", ""] for step, taking in taken.parts.items()
            ]
        print_table(f"{name}, {rows:,} rows", ["", "seconds", "more", "ratio", "peak GB"], table)


if __name__ == "__main__":
    main()
