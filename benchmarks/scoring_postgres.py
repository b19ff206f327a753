"""Scoring in SQL on PostgreSQL, compared with reading the rows and scoring a frame with scikit-learn.

python benchmarks/scoring_postgres.py --rows 200_000
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from harness import RUNS, SCHEMA, TOLERANCE, print_table
from scoring import ESTIMATORS, FEATURES, FITTED_ON, make_tables

from dbt_baton.scoring_sql import compile_scoring
from dbt_baton.warehouse.postgres_session import PostgresSession
from dbt_baton.warehouse.signature import Feature

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from bench import Postgres, missing_engine


def taken(score: Callable[[], Any]) -> float:
    """Give the median of the seconds of some runs."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        score()
        seconds.append(time.perf_counter() - started)
    return median(seconds)


def with_sklearn(engine: Postgres, estimator: Any) -> None:
    """Copy the rows out of PostgreSQL, score them and copy the scores in."""
    rows: Any = PostgresSession(engine.connection).relation(f"select * from {SCHEMA}.rows")
    frame = rows.df()
    probabilities = estimator.predict_proba(frame[FEATURES])[:, 1]
    scores = pd.DataFrame({"row_id": frame["row_id"], "predicted_probability": probabilities})
    engine.write("with_sklearn", scores)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--only", nargs="+", choices=list(ESTIMATORS), default=list(ESTIMATORS))
    arguments = parser.parse_args()

    missing = missing_engine("postgres")
    if missing:
        print(f"PostgreSQL is not there, so nothing is measured: {missing.splitlines()[0]}")
        return
    engine = Postgres()
    try:
        rows = make_tables(arguments.rows)["rows"]
        engine.write("rows", rows)
        # as docs/models.md advises
        engine.execute(f"set search_path = {SCHEMA}; set jit = off; analyze rows")
        for name in arguments.only:
            estimator = ESTIMATORS[name].fit(rows[FEATURES].head(FITTED_ON), rows["bought"].head(FITTED_ON))
            scoring = compile_scoring(
                estimator, [Feature(one, "float") for one in FEATURES], dialect="postgres"
            )
            nodes = ""
            if scoring.nodes:
                engine.write("nodes", pd.DataFrame({"nodes": [scoring.nodes]}))
                nodes = ", scoring_nodes as (select nodes from nodes)"
            query = (
                "drop table if exists in_sql; create table in_sql as"
                f" with features as (select * from rows){nodes}, scored as (\n{scoring.sql}\n)"
                " select row_id, predicted_class, predicted_probability from scored"
            )
            plain = taken(lambda estimator=estimator: with_sklearn(engine, estimator))  # type: ignore[misc]
            sql = taken(lambda query=query: engine.execute(query))  # type: ignore[misc]
            both = engine.query(
                "select in_sql.predicted_probability as one, with_sklearn.predicted_probability as other"
                " from in_sql join with_sklearn using (row_id)"
            )
            largest = float(np.abs(both["one"] - both["other"]).max())
            if len(both) != arguments.rows or largest > TOLERANCE:
                raise SystemExit(f"the scores differ by up to {largest} in {len(both):,} rows")
            print_table(
                f"{name}, {arguments.rows:,} rows on PostgreSQL",
                ["", "seconds", "ratio"],
                [
                    ["scikit-learn, with copies out and in", f"{plain:.2f}", "1.00"],
                    ["baton, in SQL", f"{sql:.2f}", f"{sql / plain:.2f}"],
                ],
            )
            print(f"\nAll agree: {arguments.rows:,} rows, largest difference {largest:.1e}.", flush=True)
    finally:
        engine.close()


if __name__ == "__main__":
    main()
