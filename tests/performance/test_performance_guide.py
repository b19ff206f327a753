"""The guide docs/performance.md: its files are one project on both engines, and its table is what they give."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from bench import BATON, Project

GUIDE = (BATON / "docs/performance.md").read_text()
FILES = dict(
    re.findall(r"^`(?:models|analyses)/(\S+)[.]sql`\n\n```sql\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
)
TABLES = ["customers", "churn_predictions", "churn_outcomes"]
MODELS = {name: f"select * from {{{{ source('data', '{name}_table') }}}}" for name in TABLES} | {
    "churn_performance": FILES["churn_performance"],
    "last_weeks": FILES["last_weeks"],
}


def shop(weeks: int) -> dict[str, pd.DataFrame]:
    """Customers that are scored every Monday; outcomes are known a week later, and revised for some."""
    random = np.random.default_rng(5)
    n = 400
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{number}" for number in range(n)],
            "plan": np.where(random.random(n) < 0.4, "pro", "basic"),
            "country": random.choice(np.array(["DE", "FR", None], dtype=object), n),
        }
    )
    predictions, outcomes = [], []
    for week in range(weeks):
        as_of = pd.Timestamp("2024-03-04") + pd.Timedelta(weeks=week)
        probability = random.beta(2, 4, n).round(4)
        keys = customers[["customer_id"]].assign(as_of=as_of)
        predictions.append(
            keys.assign(
                model_name="churn_model",
                model_version="v1",
                predicted_class=np.where(probability > 0.5, "1", "0"),
                predicted_probability=probability,
            )
        )
        churned = (random.random(n) < probability).astype(int)
        known = keys.assign(known_at=as_of + pd.Timedelta(weeks=1), revenue=random.gamma(2, 50, n).round(2))
        outcomes.append(known.assign(churned=churned))
        outcomes.append(
            known.assign(churned=1 - churned, known_at=as_of + pd.Timedelta(days=8)).sample(
                20, random_state=week
            )
        )
    return {
        "customers_table": customers,
        "churn_predictions_table": pd.concat(predictions),
        # nothing is known of the last week
        "churn_outcomes_table": pd.concat(outcomes[:-2]),
    }


def in_table(rows: pd.DataFrame) -> str:
    """The rows as the guide shows them."""
    lines = []
    for row in rows.astype({"period_start": "datetime64[us]"}).to_dict("records"):
        numbers = [
            "" if pd.isna(row[name]) else f"{float(row[name]):.3f}" for name in ("roc_auc", "lower", "upper")
        ]
        reason = row["undefined_reason"] if isinstance(row["undefined_reason"], str) else ""
        cells = [
            f"{row['period_start']:%Y-%m-%d}",
            row["segment_value"],
            str(row["n"]),
            str(row["n_labelled"]),
        ]
        lines.append(
            f"| {' | '.join([*cells, *numbers, reason])} |".replace("|  |", "| |").replace("|  |", "| |")
        )
    return "\n".join(lines)


def test_the_table_is_what_the_project_gives(project: Project) -> None:
    project.put(**shop(3))
    project.build(MODELS, full_refresh=True)
    rows = project.read("last_weeks").sort_values(["period_start", "segment_value"])
    assert in_table(rows) in GUIDE
    before = project.read("churn_performance")
    project.build(MODELS)
    assert len(project.read("churn_performance")) == len(before)


def test_days_add_up_to_months(project: Project) -> None:
    project.put(**shop(6))
    by_day = FILES["churn_performance"].replace("period='week'", "period='day'")
    by_month = FILES["churn_performance"].replace("period='week'", "period='month'")
    tables = {name: MODELS[name] for name in TABLES}
    months = project.build(
        {**tables, "churn_performance_by_day": by_day, "by_month": by_month, "months": FILES["months"]},
        full_refresh=True,
    ).set_index("month_start")
    report = project.read("by_month")
    report = report[report["segment_name"] == "all"].pivot(
        index="period_start", columns="metric", values="value"
    )
    assert len(months) == 2
    for month, row in months.iterrows():
        assert row["model_precision"] == pytest.approx(report.loc[month, "precision"])
        assert row["model_recall"] == pytest.approx(report.loc[month, "recall"])


def test_the_messages_are_those_of_the_macro(project: Project) -> None:
    tables = shop(2)
    project.put(**tables)
    base = {name: MODELS[name] for name in TABLES}
    messages = re.findall(r"^\| [^|]* \| (?:undefined_reason )?`(.*)` \|$", GUIDE, re.MULTILINE)
    assert len(messages) == 5
    without = FILES["churn_performance"].replace(
        "        outcome_as_of='as_of',\n        outcome_time='known_at',\n", ""
    )
    assert messages[0] in project.error({**base, "churn_performance": without}, full_refresh=True)
    outcomes = tables["churn_outcomes_table"]
    names = {0: "no", 1: "yes"}
    project.put(
        churn_outcomes_table=outcomes.assign(churned=outcomes["churned"].map(names)),
        churn_predictions_table=tables["churn_predictions_table"].assign(
            predicted_class=tables["churn_predictions_table"]["predicted_class"].map({"0": "no", "1": "yes"})
        ),
    )
    # a quote is doubled where PostgreSQL quotes the message
    failed = project.error({**base, "churn_performance": FILES["churn_performance"]}, full_refresh=True)
    assert messages[1] in failed.replace('\\"', '"')
    project.put(churn_predictions_table=tables["churn_predictions_table"])
    assert messages[2] in project.error(
        {**base, "churn_performance": FILES["churn_performance"]}, full_refresh=True
    )
    text = (BATON / "macros/performance/_predicted_tasks.sql").read_text()
    assert all(f"'{message}'" in text for message in messages[3:])
