"""model_health names values that arrive broken, and only these; each version is judged by its own baseline."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench import Project

QUIET, BROKEN = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-08")
STEADY = ("zeros", "few nulls", "price", "Plan")
# by feature, what its detail says
PLANTED = {
    "amount": "placeholders",
    "Usage": "placeholders",
    "in range": "placeholders",
    "seen_on": "placeholders",
    "city": "placeholders",
    "o'plan": "values of o'plan were replaced",
    "filled": "is NULL in 0.0 % of rows",
    "half": "is NULL in 6",
}


def rows(random: np.random.Generator, n: int, *, is_broken: bool) -> pd.DataFrame:
    """Features as they are, or each with something planted."""

    def some(share: float) -> Any:
        return random.random(n) < share * is_broken

    def nulls(share: float) -> Any:
        return np.where(random.random(n) < share, np.nan, random.normal(50, 10, n))

    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 300, n), "D")
    plans = random.choice(
        np.array(["basic", "pro", "team", "it's rare"], dtype=object), n, p=[0.5, 0.3, 0.15, 0.05]
    )
    filled = nulls(0.3)
    frame = pd.DataFrame(
        {
            # 0 is usual here, as 99 is in prices
            "zeros": np.where(random.random(n) < 0.3, 0.0, random.lognormal(3, 1, n)),
            "price": random.choice([9.0, 49.0, 99.0], n, p=[0.5, 0.4, 0.1]),
            "few nulls": nulls(0.3 + 0.1 * is_broken),
            "Plan": plans,
            "amount": np.where(some(0.1), -1.0, random.lognormal(3, 1, n)),
            "Usage": np.where(some(0.1), 999.0, random.normal(0, 1, n)),
            "in range": np.where(some(0.1), -1.0, random.normal(0, 1, n)),
            "seen_on": days.where(~some(0.1), pd.Timestamp("1970-01-01")),
            "city": np.where(some(0.1), " Unknown", random.choice(["Bern", "Zürich"], n)),
            "o'plan": np.where(some(1.0) & (plans == "it's rare"), "rare", plans),
            "filled": np.where(some(1.0) & np.isnan(filled), 0.0, filled),
            "half": nulls(0.3 + 0.3 * is_broken),
        }
    )
    for column in ("Plan", "city", "o'plan"):
        frame[column] = frame[column].astype("str")
    return frame


def performance(versions: tuple[str, ...], weeks: list[pd.Timestamp]) -> pd.DataFrame:
    """As good as ever."""
    return pd.DataFrame(
        [
            {
                **{"model_name": "m", "model_version": version, "period_start": week},
                **{"segment_name": "all", "segment_value": "all", "metric": "accuracy", "class": None},
                **{"n": 500, "n_labelled": 500, "value": 0.8, "std_error": 0.02, "undefined_reason": None},
            }
            for version in versions
            for week in weeks
        ]
    )


def test_broken_values_are_data_quality_and_ordinary_changes_are_not(project: Project) -> None:
    random = np.random.default_rng(5)
    weeks = [rows(random, 500, is_broken=week == BROKEN).assign(as_of=week) for week in (QUIET, BROKEN)]
    project.put(
        reference=rows(random, 3000, is_broken=False),
        scored=pd.concat(weeks, ignore_index=True),
        performance=performance(("v1",), [QUIET, BROKEN]),
    )
    features = [f'"{feature}"' for feature in (*STEADY, *PLANTED)]
    health = project.build(
        {
            "baseline": f"{{{{ baton.drift_baseline(source('data', 'reference'), {features}, name='v1') }}}}",
            "histogram": "{{ baton.feature_histogram(source('data', 'scored'), ref('baseline'), period='week') }}",
            "drifted": "{{ baton.drift(ref('histogram'), ref('baseline')) }}",
            "alerts": "{{ baton.drift_alerts(ref('drifted')) }}",
            "health": "{{ baton.model_health(source('data', 'performance'), drift_alerts=ref('alerts'), metric='accuracy') }}",
        }
    ).set_index("period_start")
    assert health.loc[QUIET, "verdict"] == "healthy"
    assert json.loads(health.loc[QUIET, "evidence"])["findings"] == []
    assert health.loc[BROKEN, "verdict"] == "data_quality"
    details = {entry["feature"]: entry["detail"] for entry in json.loads(health.loc[BROKEN, "features"])}
    assert details.keys() == PLANTED.keys()
    for feature, text in PLANTED.items():
        assert text in details[feature], details[feature]
    # a category that is renamed is significant, although what came is as rare as what went
    drift = project.read("drifted").set_index(["period_start", "feature"])
    assert drift.loc[(BROKEN, "o'plan"), "p_value"] < 1e-9
    assert drift.loc[(BROKEN, "in range"), "placeholder_share"] == pytest.approx(
        (weeks[1]["in range"] == -1).mean(), rel=1e-12
    )
    assert (drift.xs(QUIET)["placeholder_share"] == 0).all()


def alerts(baselines: dict[str, float]) -> pd.DataFrame:
    """NULL in 30 % of rows, by baselines of no version with these shares."""
    return (
        pd.DataFrame(
            [
                {
                    **{"baseline": name, "model_name": None, "model_version": None, "period_start": QUIET},
                    **{"segment_name": "all", "segment_value": "all", "feature": "x", "metric": "psi"},
                    **{"n": 500, "n_reference": 3000, "null_share": 0.3, "null_share_reference": share},
                    **{"value": 0.0, "unseen_share": 0.0, "is_alert": False, "alert_since": pd.NaT},
                }
                for name, share in baselines.items()
            ]
        )
        .astype({"model_name": "str", "model_version": "str", "alert_since": "datetime64[us]"})
        .assign(model_name=None, model_version=None)
    )


def test_a_baseline_with_the_name_of_a_version_is_that_versions(project: Project) -> None:
    project.put(
        performance=performance(("v1", "v2"), [QUIET]),
        of_versions=alerts({"v1": 0.3, "v2": 0.0}),
        of_one=alerts({"training": 0.0}),
        mixed=alerts({"v1": 0.3, "v2": 0.0, "last year": 0.3}),
    )
    call = "{{{{ baton.model_health(source('data', 'performance'), drift_alerts=source('data', '{}'), metric='accuracy') }}}}"
    found = project.build(call.format("of_versions")).set_index("model_version")["verdict"]
    assert found.to_dict() == {"v1": "healthy", "v2": "data_quality"}
    # any other is about all of them
    found = project.build(call.format("of_one")).set_index("model_version")["verdict"]
    assert found.to_dict() == {"v1": "data_quality", "v2": "data_quality"}
    assert "drift_alerts has 2 baselines for one model version: call each after its version" in project.error(
        call.format("mixed")
    )
