"""Scores in SQL that Orbital exports; scoring.py runs it."""

from __future__ import annotations

import pickle

import duckdb
import orbital
import orbital.types
import pandas as pd
from harness import part, run_here


def with_orbital(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Export the pipeline of the table `estimators` and run the SQL."""
    [(pickled,)] = connection.execute("select pickled from estimators").fetchall()
    estimator = pickle.loads(pickled)
    with part("export"):
        numbers = {str(name): orbital.types.DoubleColumnType() for name in estimator.feature_names_in_}
        query = orbital.export_sql("rows", orbital.parse_pipeline(estimator, features=numbers))
    with part("query"):
        scores = connection.execute(query).df()
    # the SQL selects no other column, and DuckDB keeps the order of the rows
    row_ids = connection.execute("select row_id from rows").df()["row_id"]
    return pd.DataFrame(
        {
            "row_id": row_ids,
            "predicted_class": scores["output_label"].astype(str),
            "predicted_probability": scores["output_probability.1"],
        }
    )


if __name__ == "__main__":
    run_here(with_orbital)
