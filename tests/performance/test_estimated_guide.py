"""The guide docs/estimated_performance.md: its files are one project, and its tables are what they give."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from bench import BATON, Project

GUIDE = (BATON / "docs/estimated_performance.md").read_text()
FILES = dict(re.findall(r"^`models/(\S+)`\n\n```\w+\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
TABLES = ["churn_predictions", "churn_outcomes", "delivery_predictions", "labelled_deliveries"]
MODELS = {name: f"select * from {{{{ source('data', '{name}_table') }}}}" for name in TABLES} | {
    name.removesuffix(".sql"): text for name, text in FILES.items() if name.endswith(".sql")
}
FIRST = pd.Timestamp("2024-03-04")


def tables() -> dict[str, pd.DataFrame]:
    """Eight weeks of customers, the sixth of which are harder to tell apart and the seventh leave for another cause."""
    random = np.random.default_rng(21)
    predictions, outcomes = [], []
    for week in range(8):
        n = 800
        cause = random.normal(-0.7, 0.8 if week == 5 else 1.6, n)
        leaves = 1 / (1 + np.exp(-(0.5 * cause + 0.3 if week == 6 else cause)))
        score = 1 / (1 + np.exp(-1.3 * cause - 0.2))
        rows = pd.DataFrame(
            {
                "customer_id": np.arange(n),
                "as_of": FIRST + pd.Timedelta(weeks=week),
                "predicted_probability": score,
            }
        )
        predictions.append(rows.assign(predicted_class=np.where(score >= 0.5, "1", "0")))
        if week < 7:
            actual = (random.random(n) < leaves).astype(int)
            outcomes.append(rows[["customer_id", "as_of"]].assign(actual=actual))
    deliveries = pd.DataFrame(
        {
            "model_name": "delivery_model",
            "model_version": "v1",
            "as_of": FIRST + pd.to_timedelta(np.arange(600) % 14, "D"),
            "distance": random.uniform(1, 20, 600),
            "vehicle": random.choice(["bike", "van"], 600),
        }
    ).assign(predicted_value=lambda rows: 3 * rows["distance"])
    spread = random.normal(size=600) * deliveries["distance"]
    return {
        "churn_predictions_table": pd.concat(predictions).assign(
            model_name="churn_model", model_version="v1"
        ),
        "churn_outcomes_table": pd.concat(outcomes),
        "delivery_predictions_table": deliveries[:100],
        "labelled_deliveries_table": deliveries.assign(actual=deliveries["predicted_value"] + spread)[100:],
    }


def as_shown(report: pd.DataFrame, columns: str, order: str) -> list[str]:
    """The rows as the guide shows them."""

    def cell(value: Any) -> str:
        if pd.isna(value):
            return ""
        if isinstance(value, pd.Timestamp):
            return f"{value:%Y-%m-%d}"
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    rows = report.sort_values(order)[columns.split()].itertuples(index=False)
    return ["| " + " | ".join(map(cell, row)) + " |" for row in rows]


def test_the_guide_s_tables_are_what_its_files_give(project: Project) -> None:
    project.put(**tables())
    project.build(MODELS)
    estimates = project.read("churn_estimates")
    auc = estimates[estimates["metric"] == "roc_auc"]
    thresholds = project.read("churn_thresholds").astype({"threshold": "str", "cost": int})
    shown = [
        *as_shown(
            auc, "period_start value std_error lower upper realized_value n n_labelled", "period_start"
        ),
        *as_shown(thresholds, "threshold n_flagged precision recall lift cost", "threshold"),
        *as_shown(
            project.read("churn_calibration"),
            "bin lower upper n mean_predicted observed_rate std_error",
            "bin",
        ),
    ]
    for line in shown:
        assert line in GUIDE, "\n".join(shown)
    # what the guide says of the weeks
    weeks = auc.sort_values("period_start").to_dict("records")
    within = [week["lower"] <= week["realized_value"] <= week["upper"] for week in weeks]
    assert within == [True, True, False, False]
    assert weeks[1]["value"] < weeks[0]["lower"]
    assert pd.isna(weeks[3]["realized_value"])
    surprises = project.read("churn_surprises")
    assert pd.Timestamp("2024-04-15") in set(surprises.loc[surprises["metric"] == "roc_auc", "period_start"])


def test_the_guide_s_python_model_runs(duckdb_project: Project) -> None:
    duckdb_project.put(**tables())
    models = {name: MODELS[name] for name in ("delivery_predictions", "labelled_deliveries")}
    report = duckdb_project.build({**models, "delivery_losses.py": FILES["delivery_losses.py"]})
    assert set(report["metric"]) == {"mae", "rmse"}
    assert report["value"].notna().all()
    assert set(report["segment_value"]) == {"all", "bike", "van"}
