"""Alerts: adjusted p-values are scipy's, and alerts are those of a loop over the periods."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import oracles_drift as oracles
from bench import Project
from compare import about
from oracles import is_missing
from rendering import answers

START = pd.Timestamp("2024-01-01")
KEYS = ["segment_name", "segment_value", "feature", "metric", "period_start"]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"persistence": 2},
    {"cool_down": 1},
    {"cool_down": 3, "persistence": 2},
    {"alpha": 0.4, "cool_down": 2, "min_effect": {"psi": 0, "ks": 0.15, "wasserstein": 2.5}},
    {
        "persistence": 3,
        "ignore": [
            {"from": "2024-01-04", "to": "2024-01-06", "reason": "a release\nof 'the' form"},
            {"from": "2024-01-10 00:00:00", "to": "2024-01-12", "feature": "it's b"},
        ],
    },
]


KEY = ["period_start", "segment_name", "segment_value", "feature", "metric"]


def drift_rows(n_periods: int, seed: int) -> pd.DataFrame:
    """Series that drift for some periods, with gaps, undefined rows and equal p-values."""
    random = np.random.default_rng(seed)
    rows = []
    for segment, value in (("all", "all"), ("plan", "pro"), ("plan", None)):
        for feature in ("a", "it's b", "c"):
            drifts = False
            for period in range(n_periods):
                drifts = drifts != (random.random() < 0.3)
                if random.random() < 0.1:
                    continue
                for metric in ("psi", "ks"):
                    p_value = random.choice([1e-6, 0.001, 0.01, 0.02]) if drifts else random.random()
                    is_undefined = random.random() < 0.1
                    rows.append(
                        {
                            "period_start": START + pd.Timedelta(days=period),
                            "segment_name": segment,
                            "segment_value": value,
                            "feature": feature,
                            "metric": metric,
                            "value": math.nan if is_undefined else random.choice([0.05, 0.1, 0.2, 0.3]),
                            "p_value": math.nan if is_undefined else p_value,
                        }
                    )
    return completed(rows)


def completed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = {"baseline": "b", "model_name": None, "model_version": "v", "n_reference": 10, "n": 10}
    shares = dict.fromkeys(("null_share_reference", "null_share", "unseen_share", "vanished_share"), 0.0)
    frame = pd.DataFrame(rows).assign(**columns, **shares)
    frame["undefined_reason"] = np.where(frame["value"].isna(), "empty period", None)
    for column in ("model_name", "segment_value", "undefined_reason"):
        frame[column] = frame[column].astype("str").where(frame[column].notna())
    return frame


def call(options: dict[str, Any]) -> str:
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"{{{{ baton.drift_alerts(drift=source('data', 'drifted'){given}) }}}}"


def expected(frame: pd.DataFrame, options: dict[str, Any]) -> dict[Any, Any]:
    rows = [
        {name: None if is_missing(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
    windows = options.get("ignore", [])

    def is_ignored(row: Any) -> bool:
        return any(
            pd.Timestamp(window["from"]) <= row["period_start"] < pd.Timestamp(window["to"])
            and window.get("feature", row["feature"]) == row["feature"]
            for window in windows
        )

    return oracles.alerts(
        rows,
        min_effect={"psi": 0.1, "ks": 0.1} | options.get("min_effect", {}),
        is_ignored=is_ignored,
        **{name: options[name] for name in ("alpha", "persistence", "cool_down") if name in options},
    )


def test_alerts_are_those_of_a_loop_over_the_periods(project: Project) -> None:
    frame = drift_rows(30, 3)
    needed = [*KEY, "model_name", "model_version", "value", "p_value"]
    project.put(drifted=frame, by_hand=frame[needed])
    calls = {f"alerts_{i}": call(options) for i, options in enumerate(SETTINGS)}
    calls["alerts_by_hand"] = calls["alerts_0"].replace("'drifted'", "'by_hand'")
    answered = answers(project, calls, built="alerts_0")
    # what else drift has only comes along
    by_hand, whole = (
        answered[name].sort_values(KEY).reset_index(drop=True) for name in ("alerts_by_hand", "alerts_0")
    )
    assert sorted(by_hand.columns) == sorted(
        [*needed, "p_value_adjusted", "is_significant", "is_alert", "alert_since"]
    )
    pd.testing.assert_frame_equal(by_hand, whole[list(by_hand.columns)])
    for number, options in enumerate(SETTINGS):
        found = answered[f"alerts_{number}"]
        assert list(found.columns[-4:]) == ["p_value_adjusted", "is_significant", "is_alert", "alert_since"]
        assert len(found) == len(frame)
        wanted = expected(frame, options)
        assert 10 < sum(alert for _, _, alert, _ in wanted.values()) < len(wanted) / 2
        for row in found.to_dict("records"):
            key = tuple(None if is_missing(row[name]) else row[name] for name in KEYS)
            adjusted, is_significant, is_alert, since = wanted[key]
            with about(options=options, row=key):
                if adjusted is None:
                    assert is_missing(row["p_value_adjusted"]) and is_missing(row["is_significant"])
                else:
                    assert row["p_value_adjusted"] == pytest.approx(adjusted, rel=1e-12)
                    assert row["is_significant"] == is_significant
                assert row["is_alert"] == is_alert
                assert is_missing(row["alert_since"]) if since is None else row["alert_since"] == since


def test_what_cool_down_and_ignored_periods_mean(project: Project) -> None:
    """Written out by hand: x drifts, . does not, ? has no value."""
    series = {"a": "xx.x....x", "b": "xx?x.xxxx"}
    rows = [
        {
            "period_start": START + pd.Timedelta(days=day),
            "segment_name": "all",
            "segment_value": "all",
            "feature": feature,
            "metric": "psi",
            "value": {"x": 0.5, ".": 0.5, "?": math.nan}[mark],
            "p_value": {"x": 1e-9, ".": 0.9, "?": math.nan}[mark],
        }
        for feature, marks in series.items()
        for day, mark in enumerate(marks)
    ]
    project.put(drifted=completed(rows))
    answered = answers(project, {"plain": call({"persistence": 2}), "silent": call({"cool_down": 2})})

    def seen(name: str) -> dict[str, str]:
        found = answered[name].sort_values("period_start")
        return {
            feature: "".join("A" if alert else "-" for alert in part["is_alert"])
            for feature, part in found.groupby("feature")
        }

    assert seen("plain") == {"a": "-A-------", "b": "-A-A--AAA"}
    assert seen("silent") == {"a": "AA------A", "b": "AA-A--AAA"}
    since = answered["plain"].query("is_alert and feature == 'b'").sort_values("period_start")["alert_since"]
    assert since.tolist() == [START, START, *[START + pd.Timedelta(days=5)] * 3]


def test_a_metric_without_a_common_scale_needs_an_effect(project: Project) -> None:
    frame = drift_rows(2, 1).assign(metric="wasserstein")
    project.put(drifted=frame.drop_duplicates(KEYS))
    assert "min_effect has no entry for the metric wasserstein" in project.error(call({}))
    assert len(project.build(call({"min_effect": {"wasserstein": 0.1}}))) > 0


def test_all_slips_are_named_at_once(project: Project) -> None:
    project.put(drifted=drift_rows(2, 1))
    windows = [{"from": "2024-01-02", "to": "2024-01-01"}, {"from": "2024-01-01", "until": "2024-01-02"}, 5]
    options = {
        "min_effect": {"psi": -1, "size": 1},
        "alpha": 5,
        "persistence": 0,
        "cool_down": -1,
        "ignore": windows,
    }
    message = project.error(call(options))
    for part in [
        "min_effect.psi is -1, expected a number from 0",
        'min_effect is "size", expected one of psi',
        "alpha is 5, expected a number between 0 and 1",
        "persistence is 0",
        "cool_down is -1",
        'ignore[0] ends at "2024-01-01", before it begins',
        "ignore[1] has no 'to'",
        "ignore[2]",
    ]:
        assert part in message
