"""The generic test model_is_healthy: which verdicts of which periods fail, and what a failing row says."""

from __future__ import annotations

import pandas as pd

from bench import Project

WEEKS = pd.date_range("2024-01-01", periods=3, freq="7D")
# by model, the verdicts of its weeks
VERDICTS = {
    "well": ["data_quality", "healthy", "healthy"],
    "br'oken ✈": ["healthy", "data_quality", "data_quality"],
    "drifting": ["healthy", "healthy", "covariate_drift"],
    "fallen": ["healthy", "concept_drift", "concept_drift"],
    "waiting": ["healthy", "concept_drift", "not_enough_labels"],
}


def health() -> pd.DataFrame:
    rows = [
        {
            "model_name": model,
            "model_version": "v1",
            "period_start": week,
            "verdict": verdict,
            "severity": "error" if verdict == "concept_drift" else "warning",
            "summary": f"that is why; start at the features of {model}",
            "since": WEEKS[verdicts.index(verdict)],
            "owner": None if model == "drifting" else "Growth's",
            "upstream": "[]",
        }
        for model, verdicts in VERDICTS.items()
        for week, verdict in zip(WEEKS, verdicts, strict=True)
    ]
    # a version of an earlier time says nothing of today
    return pd.DataFrame([*rows, {**rows[0], "model_version": "v0"}])


def test_the_newest_verdict_of_each_model_fails_unless_it_is_allowed(project: Project) -> None:
    project.put(judged=health(), nothing=health().iloc[:0])

    def tested(table: str = "judged", **arguments: object) -> dict[str, object]:
        return {"model": table, "test": "model_is_healthy", "arguments": arguments}

    found = project.failing_rows(
        {
            "by_default": tested(),
            "nothing_allowed": tested(allow=[]),
            "drift_allowed": tested(allow=["not_enough_labels", "covariate_drift"]),
            "one_allowed": tested(allow="data_quality"),
            "warnings_allowed": tested(allow_warnings=True),
            "two_weeks": tested(periods=2),
            "all_weeks": tested(periods=9, allow=["not_enough_labels", "concept_drift"]),
            "one_model": tested(model_name="br'oken ✈"),
            "well": tested(model_name="well"),
            "unknown_model": tested(model_name="gone"),
            "no_rows": tested("nothing"),
            "no_row_of_it": tested("nothing", model_name="well"),
        }
    )
    failing = {
        name: sorted(
            (row.model_name, f"{row.period_start:%d}")
            for row in rows.dropna(subset="period_start").itertuples()
        )
        for name, rows in found.items()
    }
    newest = {name: (name, "15") for name in VERDICTS}
    assert failing == {
        "by_default": [newest["br'oken ✈"], newest["drifting"], newest["fallen"]],
        "nothing_allowed": [newest["br'oken ✈"], newest["drifting"], newest["fallen"], newest["waiting"]],
        "drift_allowed": [newest["br'oken ✈"], newest["fallen"]],
        "one_allowed": [newest["drifting"], newest["fallen"], newest["waiting"]],
        "warnings_allowed": [newest["fallen"]],
        "two_weeks": [
            *[
                ("br'oken ✈", "08"),
                newest["br'oken ✈"],
                newest["drifting"],
                ("fallen", "08"),
                newest["fallen"],
            ],
            ("waiting", "08"),
        ],
        "all_weeks": [
            *[("br'oken ✈", "08"), newest["br'oken ✈"], newest["drifting"], ("well", "01"), ("well", "01")]
        ],
        "one_model": [newest["br'oken ✈"]],
        "well": [],
        "unknown_model": [],
        "no_rows": [],
        "no_row_of_it": [],
    }
    # a model without a row is a failure too, or a misspelt name would pass for ever
    assert {name for name, rows in found.items() if rows["period_start"].isna().any()} == {
        "no_rows",
        "unknown_model",
        "no_row_of_it",
    }
    assert list(found["unknown_model"]["message"]) == [
        "model_name gone, model_version NULL, period_start NULL: the table has no row of this model, so nothing is known"
    ]
    messages = dict(zip(found["by_default"]["model_name"], found["by_default"]["message"], strict=True))
    assert messages["br'oken ✈"] == (
        "model_name br'oken ✈, model_version v1, period_start 2024-01-15 00:00:00: data_quality since 2024-01-08 00:00:00: "
        "that is why; start at the features of br'oken ✈; it belongs to Growth's"
    )
    assert messages["drifting"].endswith("start at the features of drifting")
    assert list(found["by_default"].columns)[:3] == ["message", "model_name", "model_version"]
