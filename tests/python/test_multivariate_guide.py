"""The guide docs/multivariate_drift.md: its files are one project, and its table is what they give."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd

from bench import BATON, Project

GUIDE = (BATON / "docs/multivariate_drift.md").read_text()
FILES = dict(re.findall(r"^`models/(\S+)`\n\n```\w+\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
MODELS = {
    name: f"select * from {{{{ source('data', '{name}_table') }}}}"
    for name in ("churn_training_set", "churn_features")
} | {name.removesuffix(".sql"): text for name, text in FILES.items()}
FIRST = pd.Timestamp("2024-03-04")


def customers(random: np.random.Generator, n: int, week: int) -> pd.DataFrame:
    """Customers who spend as they earn, but for those of the second week."""
    income = random.lognormal(10, 0.4, n)
    earned = income if week != 1 else random.permutation(income)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "as_of": FIRST + pd.Timedelta(weeks=week),
            "income": income,
            "spend": 0.01 * earned * random.lognormal(0, 0.3, n),
            "age": random.integers(18, 80, n),
            "plan": random.choice(["basic", "premium"], n),
        }
    )


def test_the_guide_s_table_is_what_its_files_give(duckdb_project: Project) -> None:
    random = np.random.default_rng(5)
    training = customers(random, 2500, -8)
    training["split"] = np.where(training["customer_id"] < 2000, "train", "test")
    weeks = [customers(random, n, week) for week, n in enumerate([800, 800, 12])]
    duckdb_project.put(churn_training_set_table=training, churn_features_table=pd.concat(weeks))
    assert set(FILES) == {"churn_multivariate_drift.py", "churn_multivariate_alerts.sql"}
    alerts = duckdb_project.build(MODELS)
    report = duckdb_project.read("churn_multivariate_drift").sort_values(["period_start", "method"])
    shown = [
        f"| {row.period_start:%Y-%m-%d} | {row.method}"
        + "".join(f" | {number}" for number in numbers(row.value, row.value_reference))
        + f" | {p_value(row.p_value)} | {row.n} |"
        for row in report.itertuples()
    ]
    changed = report[
        (report["method"] == "classifier") & (report["period_start"] == FIRST + pd.Timedelta("7D"))
    ]
    shown.append(f"    {changed['features'].item()}\n")
    for line in shown:
        assert line in GUIDE, "\n".join(shown)
    # what the guide says of the weeks
    assert set(alerts["period_start"]) == {FIRST + pd.Timedelta("7D")} and len(alerts) == 2
    for features in alerts["features"]:
        assert {entry["feature"] for entry in json.loads(features)[:2]} == {"income", "spend"}
    assert report["undefined_reason"].dropna().tolist() == ["fewer than 50 rows"] * 2
    assert (report["n_reference"] == 2000).all() and set(report["model_name"]) == {"churn_model"}

    # without rows the columns and their types are the same
    types = "select column_name, data_type from information_schema.columns where table_name = 'churn_multivariate_drift'"
    before = duckdb_project.query(types)
    assert duckdb_project.build(MODELS, flags=["--empty"]).empty
    pd.testing.assert_frame_equal(duckdb_project.query(types), before)
    assert before["data_type"].value_counts().to_dict() == {
        "VARCHAR": 7,
        "DOUBLE": 3,
        "BIGINT": 2,
        "TIMESTAMP": 1,
    }


def p_value(value: float) -> str:
    if pd.isna(value):
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.2f}"


def numbers(*values: float) -> list[str]:
    return ["" if pd.isna(value) else f"{value:.3f}" for value in values]
