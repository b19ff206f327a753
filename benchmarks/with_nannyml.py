"""NannyML's CBPE on the tables of estimated_performance.py, which runs it."""

from __future__ import annotations

import os

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"

import duckdb
import pandas as pd
from harness import part, run_here
from nannyml import CBPE

METRICS = ["accuracy", "precision", "recall", "specificity", "f1", "roc_auc", "average_precision"]
COLUMNS = "select predicted_probability, cast(predicted_class as integer) as predicted_class"


def with_nannyml(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Estimate weeks, each segment on its own: NannyML has none, so it is called for each."""
    with part("export"):
        now = connection.execute(f"{COLUMNS}, as_of, plan from predictions").df()
        then = connection.execute(
            f"{COLUMNS}, actual from reference_predictions join reference_outcomes using (id)"
        ).df()
    estimator = CBPE(
        y_pred_proba="predicted_probability",
        y_pred="predicted_class",
        y_true="actual",
        timestamp_column_name="as_of",
        metrics=METRICS,
        chunk_period="W",
        problem_type="classification_binary",
    )
    # the reference is in chunks of time too, from which thresholds are made
    then["as_of"] = pd.date_range("2023-01-02", periods=len(then), freq="min")
    with part("fit"):
        estimator.fit(then)
    slices = {("all", "all"): now} | {("plan", plan): rows for plan, rows in now.groupby("plan")}
    found = []
    for (name, value), rows in slices.items():
        estimates = estimator.estimate(rows).filter(period="analysis").to_df(multilevel=False)
        weeks = pd.to_datetime(estimates["chunk_start_date"]).dt.floor("D")
        for metric in METRICS:
            found.append(
                pd.DataFrame(
                    {
                        "segment_name": name,
                        "segment_value": value,
                        "period_start": weeks,
                        "metric": metric,
                        "value": estimates[f"{metric}_value"],
                    }
                )
            )
    return pd.concat(found, ignore_index=True)


if __name__ == "__main__":
    run_here(with_nannyml)
