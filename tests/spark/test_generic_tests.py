"""Each generic test on Spark, once failing and once passing, as dbt tests: the messages of DuckDB."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from bench import BATON, Project

START = datetime(2024, 1, 1)
DAY = timedelta(days=1)
MODEL = {"model_name": "o'dd ✈", "model_version": "v1", "period_start": START}
ALL = {"segment_name": "all", "segment_value": "all"}

TEXTS = ("class", "undefined_reason", "example", "owner", "artifact")

# one table for each test
ROWS: dict[str, list[dict[str, Any]]] = {
    "valid_intervals": [
        {"user": "a", "valid_from": START, "valid_to": START + DAY},
        {"user": "a", "valid_from": START + 2 * DAY, "valid_to": None},
    ],
    "no_future_features": [
        {"user": "c'1", "as_of": START, "plan_feature_time": START, "usage_feature_time": START - DAY},
        {"user": "c2", "as_of": START, "plan_feature_time": None, "usage_feature_time": None},
    ],
    "no_split_leakage": [
        {"user": "a", "as_of": START, "label_window_end": START + DAY, "split": "train"},
        {"user": "a", "as_of": START + 2 * DAY, "label_window_end": START + 3 * DAY, "split": "test"},
    ],
    "same_rows_as": [
        {"order": "a", "at": START, "copied": "a"},
        {"order": "it's", "at": None, "copied": "a"},
    ],
    "drift_below": [
        {**MODEL, **ALL, "baseline": "b", "feature": feature, "metric": "psi", "value": value, "p_value": 0.001, "n": 500}
        for feature, value in (("spend", 0.25), ("visits", 0.05))
    ],
    "skew_below": [
        {**MODEL, **ALL, "feature": "spend", "n": 200, "n_mismatched": 100, "mismatch_share": 0.5, "median_staleness_days": 14.5,
         "example": "k 1: served 2, recomputed 3", "undefined_reason": None},
        {**MODEL, **ALL, "feature": "visits", "n": 200, "n_mismatched": 0, "mismatch_share": 0.0, "median_staleness_days": None,
         "example": None, "undefined_reason": None},
    ],
    "performance_at_least": [
        {**MODEL, **ALL, "class": None, "metric": "roc_auc", "value": 0.625, "lower": 0.5, "upper": 0.75, "n": 200, "n_labelled": 200},
        {**MODEL, **ALL, "class": "b", "metric": "recall", "value": 0.5, "lower": 0.25, "upper": 0.75, "n": 200, "n_labelled": 200},
    ],
    "predictions_are_fresh": [
        {"model_name": "o'dd ✈", "as_of": START},
        {"model_name": "m", "as_of": START + 9 * DAY},
    ],
    "features_are_fresh": [
        {"shop": "a", "seen": START + 9 * DAY},
        {"shop": "b", "seen": START + 5 * DAY},
        {"shop": "c", "seen": None},
    ],
    "label_is_mature": [
        {"user": "a", "as_of": START, "label": 1, "label_window_end": START + DAY, "label_is_mature": True},
        {"user": "o'b", "as_of": START, "label": 0, "label_window_end": START + 9 * DAY, "label_is_mature": True},
    ],
    "model_is_healthy": [
        {**MODEL, "verdict": verdict, "severity": "warning", "summary": "that is why", "since": START, "owner": owner, "upstream": "[]",
         "model_name": f"model {verdict}"}
        for verdict, owner in (("healthy", None), ("covariate_drift", "Growth's"))
    ],
    "challenger_is_not_worse": [
        {**ALL, "model_name": name, "metric": "roc_auc", "difference": difference, "lower": difference - 0.125, "upper": difference + 0.125,
         "n_pairs": 900, "verdict": "promote" if difference > 0.125 else "hold", "champion_version": "v1", "challenger_version": "v2",
         "reason": ""}
        for name, difference in (("better", 0.25), ("worse", -0.25))
    ],
    "alias_resolves": [
        {"model_name": "fine", "alias": "champion", "model_version": "v2", "is_current": True, "version_number": 2, "artifact": "a"},
        {"model_name": "o'dd ✈", "alias": "champion", "model_version": "gone", "is_current": True, "version_number": None, "artifact": None},
    ],
}  # fmt: skip

SAME = {"compare_to": "source('data', 'same_rows_as')"}
AT = str(START + 10 * DAY)
# by test: the arguments with which it fails, those with which it passes
ARGUMENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "valid_intervals": ({"entity": "user", "allow_gaps": False}, {"entity": "user"}),
    "no_future_features": ({"entity": "user", "allow_exact_matches": False}, {"entity": "user"}),
    "no_split_leakage": ({"entity": "user", "by": "entity"}, {"entity": "user"}),
    "same_rows_as": ({**SAME, "columns": {"order": "copied"}}, {**SAME, "columns": ["order", "at"]}),
    "drift_below": ({}, {"threshold": 0.5}),
    "skew_below": ({}, {"threshold": 0.75}),
    "performance_at_least": ({"minimum": 0.75}, {"minimum": 0.5}),
    "predictions_are_fresh": ({"max_age": "2d", "at": AT}, {"max_age": "20d", "at": AT}),
    "features_are_fresh": (
        {"event_time": "seen", "max_age": "2d", "at": AT, "entity": "shop"},
        {"event_time": "seen", "max_age": "2d", "at": AT},
    ),
    "label_is_mature": ({"entity": "user", "observed_until": AT[:8] + "05"}, {"observed_until": AT}),
    "model_is_healthy": ({}, {"allow": ["covariate_drift"]}),
    "challenger_is_not_worse": ({}, {"model_name": "better"}),
    "alias_resolves": ({}, {"model_name": "fine"}),
}
FAILING, PASSING = (
    {f"{name}_{result}": {"model": name, "test": name, "arguments": arguments[place]} for name, arguments in ARGUMENTS.items()}
    for place, result in enumerate(("fails", "passes"))
)  # fmt: skip
# as of a view, which Spark writes no files for
MODELS = {
    f"{name}_tested": f"{{{{ config(materialized='view') }}}} select * from {{{{ source('data', '{name}') }}}}"
    for name in ROWS
}


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows, with NULL for None; what is a text is one also where every row has NULL."""
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype="str" if name in TEXTS else object)
            for name in rows[0]
        }
    )


@pytest.fixture(scope="module")
def both(duckdb_project: Project, spark_project: Project) -> list[dict[str, pd.DataFrame]]:
    found = []
    for project in (duckdb_project, spark_project):
        project.put(**{name: table(rows) for name, rows in ROWS.items()})
        found.append(project.failing_rows({**FAILING, **PASSING}, models=MODELS))
    return found


def test_every_generic_test_is_here():
    assert set(ARGUMENTS) == {
        path.stem for path in (BATON / "macros" / "generic_tests").glob("*.sql") if path.stem[0] != "_"
    }


@pytest.mark.parametrize("name", ARGUMENTS)
def test_it_fails_with_the_messages_of_duckdb_and_passes(name: str, both: list[dict[str, pd.DataFrame]]):
    on_duckdb, on_spark = both
    wanted, found = (rows[f"{name}_fails"] for rows in both)
    assert len(wanted) > 0
    assert list(found.columns) == list(wanted.columns)
    assert sorted(found["message"]) == sorted(wanted["message"])
    assert len(on_duckdb[f"{name}_passes"]) == len(on_spark[f"{name}_passes"]) == 0
