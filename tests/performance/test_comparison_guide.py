"""The guide docs/which_model_is_better.md: its files are one project on both engines, and its table is what they give."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from bench import BATON, Project

GUIDE = (BATON / "docs/which_model_is_better.md").read_text()
FILES = dict(re.findall(r"^`models/(\S+)`\n\n```\w+\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
TABLES = ["customers", "champion_scores", "challenger_scores", "churn_outcomes"]
MODELS = {name: f"select * from {{{{ source('data', '{name}_table') }}}}" for name in TABLES} | {
    name.removesuffix(".sql"): text for name, text in FILES.items() if name.endswith(".sql")
}
YML = yaml.safe_load(FILES["churn_comparison.yml"])
SHOWN = [
    *("segment_value", "metric", "champion_value", "challenger_value", "difference", "lower", "upper"),
    *("p_value", "p_value_adjusted", "verdict", "reason"),
]


def shop(weeks: int) -> dict[str, pd.DataFrame]:
    """Customers, the scores of two models in each week, and who left; the challenger sees more of the cause."""
    random = np.random.default_rng(8)
    n = 300
    plan = np.where(random.random(n) < 0.4, "pro", "basic")
    lasting = random.normal(0, 1, n)
    scores: dict[str, list[pd.DataFrame]] = {"champion": [], "challenger": []}
    outcomes = []
    for week in range(weeks):
        cause = lasting + random.normal(0, 0.7, n) - 0.5
        rows = pd.DataFrame(
            {
                "customer_id": [f"c{number}" for number in range(n)],
                "as_of": pd.Timestamp("2024-03-04") + pd.Timedelta(weeks=week),
            }
        )
        outcomes.append(rows.assign(actual=(random.random(n) < 1 / (1 + np.exp(-2 * cause))).astype(int)))
        for (name, frames), noise in zip(scores.items(), (1.0, 0.75), strict=True):
            probability = 1 / (1 + np.exp(-1.5 * (cause + random.normal(0, noise, n))))
            frames.append(
                rows.assign(
                    model_name="churn_model",
                    model_version=f"{name} 1",
                    predicted_class=np.where(probability > 0.5, "1", "0"),
                    predicted_probability=probability,
                    predicted_value=np.nan,
                    class_probabilities=None,
                    feature_hash="h",
                )
            )
    return {
        "customers_table": pd.DataFrame({"customer_id": rows["customer_id"], "plan": plan}),
        "champion_scores_table": pd.concat(scores["champion"]),
        "challenger_scores_table": pd.concat(scores["challenger"]),
        "churn_outcomes_table": pd.concat(outcomes),
    }


def as_shown(report: pd.DataFrame) -> list[str]:
    """The rows as the guide shows them."""

    def cell(value: Any) -> str:
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    ordered = report.assign(is_segment=report["segment_name"] != "all").sort_values(
        ["metric", "is_segment", "segment_value"], ascending=[False, True, True]
    )
    return ["| " + " | ".join(map(cell, row)) + " |" for row in ordered[SHOWN].itertuples(index=False)]


def test_the_first_weeks_are_not_enough_and_later_the_challenger_may_be_promoted(project: Project) -> None:
    project.put(**shop(1))
    found = project.build({**MODELS, "after": "select 1 as one from {{ ref('churn_comparison') }}"})
    assert set(project.read("churn_comparison")["verdict"]) == {"not_enough_data"}
    said = project.error(MODELS, yml=YML)
    assert "Got 1 result, configured to fail if != 0" in said

    project.put(**shop(8))
    project.build(MODELS, yml=YML)
    assert [
        result.status for result in project.results if "challenger_is_not_worse" in str(result.node.name)
    ] == ["pass"]
    report = project.read("churn_comparison")
    shown = as_shown(report)
    for line in shown:
        assert line in GUIDE, "\n".join(shown)
    assert len(found) > 0
    overall = report[report["segment_name"] == "all"].set_index("metric")
    assert set(overall["n_pairs"]) == {2400}
    assert overall.loc["roc_auc", "verdict"] == "promote"


def test_failing_rows_say_what_the_guide_says(project: Project) -> None:
    rows = [
        ("few", "not_enough_data", "320 pairs, and at least 500 are needed", 0.004, -0.2, 0.208),
        ("undecided", "hold", "", 0.0115, -0.011, 0.034),
        ("worse", "hold", "", -0.035, -0.052, -0.018),
    ]
    names = ["challenger_version", "verdict", "reason", "difference", "lower", "upper"]
    compared = pd.DataFrame(rows, columns=names).assign(
        model_name="churn_model",
        segment_name="all",
        segment_value="all",
        champion_version="v1",
        metric="roc_auc",
        n_pairs=320,
    )
    project.put(compared=compared)
    [test] = YML["models"][0]["data_tests"]
    arguments = test["baton.challenger_is_not_worse"]["arguments"]
    found = project.failing_rows(
        {"said": {"model": "compared", "test": "challenger_is_not_worse", "arguments": arguments}}
    )["said"]
    guide = " ".join(GUIDE.split())
    assert len(found) == 3
    for message in found["message"]:
        assert message in guide


def test_the_table_of_metrics_has_them_all() -> None:
    section = GUIDE[GUIDE.index("## Metrics and their tests") : GUIDE.index("## Hold the build")]
    named = {
        name
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    text = (BATON / "macros/performance/_compare_models_call.sql").read_text()
    assert named == set(re.findall(r"^        '(\w+)': \{'task'", text, re.MULTILINE))
    assert len(named) == 10


@pytest.mark.parametrize("pairs, k", [(500, 3.04), (50_000, 3.56)])
def test_the_guide_s_k_is_the_formula_s(pairs: int, k: float) -> None:
    x = pairs / 500 * (-2 * np.log(0.05) + np.log(1 - 2 * np.log(0.05)))
    assert round(float(np.sqrt(2 * (x + 1) / x * np.log(np.sqrt(x + 1) / 0.05))), 2) == k
    assert f"k is {k}" in GUIDE or f"and {k} at a hundred times as many" in GUIDE
