"""NannyML's domain classifier on the tables of multivariate_drift.py, which runs it."""

from __future__ import annotations

import os

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import duckdb
import pandas as pd
from harness import part, run_here
from nannyml import DataReconstructionDriftCalculator, DomainClassifierCalculator


def with_nannyml(connection: duckdb.DuckDBPyConnection, method: str = "classifier") -> pd.DataFrame:
    """Give the value of each week."""
    with part("export"):
        then = connection.execute("select * from reference").df()
        now = connection.execute("select * from current_rows").df()
    features = [name for name in then if name != "as_of"]
    shared = {"timestamp_column_name": "as_of", "chunk_period": "W"}
    if method == "classifier":
        calculator = DomainClassifierCalculator(feature_column_names=features, **shared)
        name = "domain_classifier_auroc_value"
    else:
        calculator = DataReconstructionDriftCalculator(column_names=features, **shared)
        name = "reconstruction_error_value"
    with part("fit"):
        # which also compares the reference's own weeks, for thresholds
        calculator.fit(then)
    found = calculator.calculate(now).filter(period="analysis").to_df(multilevel=False)
    weeks = pd.to_datetime(found["chunk_start_date"]).dt.floor("D")
    return pd.DataFrame({"period_start": weeks, "value": found[name]})


if __name__ == "__main__":
    run_here(with_nannyml)
