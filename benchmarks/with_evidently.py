"""Evidently's report on the tables of drift.py, which runs it."""

from __future__ import annotations

import os

os.environ["DO_NOT_TRACK"] = "1"

import duckdb
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift
from harness import part, run_here

METHODS = {"psi": "psi", "js_distance": "jensenshannon"}


def with_evidently(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Compare the columns of two tables, in one report for each metric."""
    with part("export"):
        tables = [
            connection.execute(f"select * exclude (as_of, segment) from {name}").df()
            for name in ("reference", "current")
        ]
        numbers = list(tables[0].select_dtypes("number"))
        categories = [name for name in tables[0] if name not in numbers]
        definition = DataDefinition(numerical_columns=numbers, categorical_columns=categories)
        reference, current = (Dataset.from_pandas(table, data_definition=definition) for table in tables)
    found = []
    for metric, method in METHODS.items():
        with part(metric):
            report = Report([ValueDrift(column=name, method=method) for name in numbers + categories])
            values = report.run(current, reference).dict()["metrics"]
        names = zip(numbers + categories, values, strict=True)
        found += [(name, metric, float(value["value"])) for name, value in names]
    return pd.DataFrame(found, columns=["feature", "metric", "value"])


if __name__ == "__main__":
    run_here(with_evidently)
