"""The generic tests of monitoring: what fails, what passes, and what a failing row says to do next."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench import Project

WEEKS = [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-08")]
NONE = float("nan")


def cells(columns: list[str], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Rows of a long table: the slice of all rows, unless a row is of a segment."""
    found = pd.DataFrame(rows, columns=["period_start", "segment_value", *columns])
    named = ["all" if value == "all" else "plan" for value in found["segment_value"]]
    return found.assign(model_name="m", model_version="v1", segment_name=named)


def of_table(test: str, table: str, **arguments: Any) -> dict[str, Any]:
    return {"model": table, "test": test, "arguments": arguments}


def failing(found: dict[str, pd.DataFrame], name: str, *columns: str) -> list[Any]:
    """What fails, by these columns; texts of a missing value are None."""
    rows = found[name][list(columns)].astype(object)
    return sorted(rows.where(rows.notna(), None).itertuples(index=False, name=None), key=str)


def test_drift_fails_above_the_threshold_beyond_chance(project: Project) -> None:
    rows = [
        (WEEKS[0], "all", "spend", "psi", 0.5, 0.001, 0.02, 500),
        (WEEKS[1], "all", "spend", "psi", 0.1, 0.001, 0.02, 500),
        (WEEKS[1], "all", "o'dd ✈", "psi", 0.3, 0.04, 0.2, 40),
        (WEEKS[1], "all", "chance", "psi", 0.9, 0.4, 0.6, 10),
        (WEEKS[1], "all", "empty", "psi", NONE, NONE, NONE, 0),
        (WEEKS[1], "all", "spend", "l_infinity", 0.2, NONE, NONE, 500),
        (WEEKS[1], "o'b", "spend", "psi", 0.8, 0.001, 0.02, 90),
        (None, "all", "of_all_times", "psi", 0.25, 0.01, 0.01, 90),
    ]  # fmt: skip
    drift = cells(["feature", "metric", "value", "p_value", "p_value_adjusted", "n"], rows).assign(
        baseline="b"
    )
    project.put(drift=drift.drop(columns="p_value_adjusted"), alerts=drift, nothing=drift.iloc[:0])

    def below(table: str = "drift", **arguments: Any) -> dict[str, Any]:
        return of_table("drift_below", table, **arguments)

    found = project.failing_rows(
        {
            "default": below(),
            "adjusted": below("alerts"),
            "looser": below(threshold=0.3),
            "any_chance": below(alpha=None, minimum_n=10, features=["chance", "spend"], periods=1),
            "newest": below(periods=1),
            "segments": below(segments=True, features="spend"),
            "other_metric": below(metric="l_infinity"),
            "gone": below(features=["spend", "empty", "it's gone"], threshold=1),
            "gone_passes": below(features=["it's gone"], not_enough_data="pass"),
            "nothing": below("nothing"),
            "nothing_passes": below("nothing", not_enough_data="pass"),
            "few": below(minimum_n=1000),
        }
    )
    features = {name: sorted(rows["feature"].dropna()) for name, rows in found.items()}
    assert features == {
        "default": ["o'dd ✈", "of_all_times", "spend"],
        "adjusted": ["of_all_times", "spend"],
        "looser": ["spend"],
        "any_chance": ["chance"],
        "newest": ["o'dd ✈"],
        "segments": ["spend", "spend"],
        "other_metric": ["spend"],
        "gone": ["empty", "it's gone"],
        "gone_passes": [],
        "nothing": [],
        "nothing_passes": [],
        "few": [],
    }
    said = dict(zip(found["default"]["feature"], found["default"]["message"], strict=True))
    assert said["spend"] == (
        "feature spend, metric psi, period_start 2024-01-01 00:00:00: it has drifted by 0.5, more than 0.1; see which of its"
        " bins moved and what changed upstream, and train again if the change is here to stay"
    )
    assert failing(found, "segments", "segment_name", "segment_value") == [("all", "all"), ("plan", "o'b")]
    for name, number in (("gone", 2), ("nothing", 1), ("few", 1), ("nothing_passes", 0)):
        assert len(found[name]) == number
        assert all(
            "there is no such drift to test; see whether" in message for message in found[name]["message"]
        )


def test_performance_fails_where_enough_outcomes_are_known(project: Project) -> None:
    columns = ["metric", "value", "lower", "upper", "n", "n_labelled", "class"]
    rows = [
        (WEEKS[0], "all", "roc_auc", 0.60, 0.55, 0.65, 200, 200, None),
        (WEEKS[1], "all", "roc_auc", 0.69, 0.60, 0.78, 200, 185, None),
        # most outcomes are still to come, then too few rows, then no value
        (pd.Timestamp("2024-01-15"), "all", "roc_auc", 0.1, 0.05, 0.2, 500, 300, None),
        (pd.Timestamp("2024-01-22"), "all", "roc_auc", 0.2, 0.05, 0.4, 60, 60, None),
        (pd.Timestamp("2024-01-29"), "all", "roc_auc", NONE, NONE, NONE, 200, 200, None),
        (WEEKS[1], "o'b", "roc_auc", 0.3, 0.2, 0.4, 150, 150, None),
        (WEEKS[1], "all", "recall", 0.1, 0.05, 0.2, 150, 150, "of one class"),
        (WEEKS[1], "all", "rmse", 9.0, 8.5, 9.5, 150, 150, None),
    ]  # fmt: skip
    table = cells(columns, rows).astype({"class": "str"})
    table["class"] = pd.Series([row[-1] for row in rows], dtype="str")
    project.put(performance=table, nothing=table.iloc[:0])

    def at_least(on: str = "performance", **arguments: Any) -> dict[str, Any]:
        return of_table("performance_at_least", on, **arguments)

    found = project.failing_rows(
        {
            "default": at_least(minimum=0.7),
            "reached": at_least(minimum=0.6),
            "beyond_doubt": at_least(minimum=0.7, beyond_doubt=True),
            "newest": at_least(minimum=0.7, periods=1),
            "early": at_least(minimum=0.7, labelled_share=0, minimum_labelled=50, periods=2),
            "segments": at_least(minimum=0.5, segments=True),
            "error": at_least(metric="rmse", maximum=8),
            "error_passes": at_least(metric="rmse", minimum=0, maximum=9),
            "one_class": at_least(metric="recall", minimum=0.5),
            "one_class_passes": at_least(metric="recall", minimum=0.5, not_enough_data="pass"),
            "other_model": at_least(minimum=0.7, model_name="o'ther"),
            "nothing": at_least("nothing", minimum=0.7),
        }
    )
    values = {name: [value for (value,) in failing(found, name, "value")] for name in found}
    assert values == {
        "default": [0.6, 0.69],
        "reached": [],
        "beyond_doubt": [0.6],
        "newest": [0.69],
        "early": [0.1, 0.2],
        "segments": [0.3],
        "error": [9.0],
        "error_passes": [],
        "one_class": [None],
        "one_class_passes": [],
        "other_model": [None],
        "nothing": [None],
    }
    assert sorted(found["default"]["message"])[0] == (
        "model_name m, model_version v1, metric roc_auc, period_start 2024-01-01 00:00:00: it is 0.6 by 200 outcomes, less than 0.7;"
        " see in which segments it fell and whether its features drifted or are skewed, then train again or roll back"
    )
    [untested] = found["nothing"]["message"]
    assert (
        "no period has this metric with 100 outcomes that are 0.9 of its predictions; wait for outcomes"
        in untested
    )


def test_skew_fails_above_the_threshold_and_where_nothing_was_compared(project: Project) -> None:
    columns = [
        "feature",
        "n",
        "n_mismatched",
        "mismatch_share",
        "median_staleness_days",
        "example",
        "undefined_reason",
    ]
    rows = [
        (WEEKS[0], "all", "spend", 200, 100, 0.5, 14.0, "k 1: served 2, recomputed 3", None),
        (WEEKS[1], "all", "spend", 200, 2, 0.01, NONE, "k 2: served 2, recomputed 3", None),
        (WEEKS[1], "all", "o'dd ✈", 200, 3, 0.015, NONE, "k 2: served it's, recomputed NULL", None),
        (WEEKS[1], "all", "few", 10, 10, 1.0, NONE, "k 2: served a, recomputed b", None),
        (WEEKS[1], "all", "alone", 0, 0, NONE, NONE, None, "not recomputed"),
        (WEEKS[1], "all", "other", 0, 0, NONE, NONE, None, "not logged"),
        (WEEKS[1], "o'b", "spend", 100, 90, 0.9, NONE, "k 2: served 2, recomputed 3", None),
    ]  # fmt: skip
    table = cells(columns, rows)
    for name in ("example", "undefined_reason"):
        table[name] = pd.Series([row[columns.index(name) + 2] for row in rows], dtype="str")
    project.put(skew=table, nothing=table.iloc[:0])

    def below(on: str = "skew", **arguments: Any) -> dict[str, Any]:
        return of_table("skew_below", on, **arguments)

    found = project.failing_rows(
        {
            "default": below(minimum_n=50),
            "strict": below(threshold=0, minimum_n=50, periods=1),
            "every": below(threshold=0.9),
            "segments": below(segments=True, features=["spend"], threshold=0.6),
            "gone": below(features=["spend", "other"], threshold=0.5),
            "nothing": below("nothing"),
            "nothing_passes": below("nothing", not_enough_data="pass"),
        }
    )
    features = {name: sorted(rows["feature"].dropna()) for name, rows in found.items()}
    assert features == {
        "default": ["alone", "o'dd ✈", "spend"],
        "strict": ["alone", "o'dd ✈", "spend"],
        "every": ["alone", "few"],
        "segments": ["spend"],
        "gone": ["other"],
        "nothing": [],
        "nothing_passes": [],
    }
    said = dict(zip(found["default"]["feature"], found["default"]["message"], strict=True))
    assert said["spend"] == (
        "model_name m, model_version v1, feature spend, period_start 2024-01-01 00:00:00: 100 of 200 predictions saw another value than"
        " they should have, a share of more than 0.01 (k 1: served 2, recomputed 3); half of the stale values were 14 days old or older:"
        " see why the features were not refreshed before scoring"
    ).replace("14 days", "14.0 days" if project.engine.name == "duckdb" else "14 days")
    assert said["o'dd ✈"].endswith(
        "recomputed NULL); compare how this feature is computed for serving and for training"
    )
    assert said["alone"].endswith("nothing was recomputed for it; build the recomputed features")
    assert [len(found[name]) for name in ("nothing", "nothing_passes")] == [1, 0]


def test_each_model_of_a_log_has_to_predict_still(project: Project) -> None:
    log = pd.DataFrame(
        {
            "model_name": ["daily", "daily", "retired", "o'dd ✈", "ahead"],
            "as_of": [*WEEKS, WEEKS[0], WEEKS[1], pd.Timestamp("2024-02-01")],
            "predicted_at": pd.Timestamp("2024-01-09 12:00"),
        }
    )
    project.put(log=log, nothing=log.iloc[:0])
    at = {"at": "2024-01-09"}

    def fresh(on: str = "log", **arguments: Any) -> dict[str, Any]:
        return of_table("predictions_are_fresh", on, **arguments)

    found = project.failing_rows(
        {
            "default": fresh(max_age="1d", **at),
            "short": fresh(max_age="23h", **at, model_name="daily"),
            "named": fresh(max_age="1d", **at, model_name=["daily", "o'dd ✈", "it's new"]),
            "logged": fresh(max_age="1d", at="2024-01-10", time="predicted_at"),
            "now": fresh(max_age="1d"),
            "nothing": fresh("nothing", max_age="1d"),
        }
    )
    names = {name: sorted(rows["model_name"].dropna()) for name, rows in found.items()}
    assert names == {
        "default": ["ahead", "retired"],
        "short": ["daily"],
        "named": ["it's new"],
        "logged": [],
        "now": ["ahead", "daily", "o'dd ✈", "retired"],
        "nothing": [],
    }
    said = dict(zip(found["default"]["model_name"], found["default"]["message"], strict=True))
    assert said["retired"] == (
        "model_name retired: its newest as_of is 2024-01-01 00:00:00, more than 1d before 2024-01-09;"
        " run the scoring, or see why it logs nothing new"
    )
    assert said["ahead"].startswith("model_name ahead: it has no prediction up to 2024-01-09; run")
    assert list(found["default"].columns) == ["message", "model_name", "newest_prediction"]
    [message] = found["nothing"]["message"]
    assert "there is no prediction, so nothing is fresh" in message


def test_with_empty_nothing_is_missing(project: Project) -> None:
    """A build without rows passes, whatever the tests would need."""
    project.put(log=pd.DataFrame({"model_name": ["m"], "as_of": WEEKS[:1]}))
    drift = (
        "select 'b' as baseline, 'm' as model_name, 'v' as model_version, timestamp '2024-01-01' as period_start, 'all' as segment_name, "
        "'all' as segment_value, 'x' as feature, 'psi' as metric, 0e0 as value, 1e0 as p_value, 1 as n from {{ source('data', 'log') }}"
    )
    yml = {
        "models": [
            {
                "name": "logged",
                "data_tests": [{"baton.predictions_are_fresh": {"arguments": {"max_age": "1d"}}}],
            },
            {"name": "drifted", "data_tests": ["baton.drift_below"]},
        ]
    }
    models = {"logged": "select * from {{ source('data', 'log') }}", "drifted": drift}
    project.build(models, yml=yml, flags=["--empty"])
    assert {result.status for result in project.results} == {"success", "pass"}
