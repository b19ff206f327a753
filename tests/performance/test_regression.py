"""Performance of a regression model: every metric of every cell is scikit-learn's, or NULL with a reason."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

import oracles_tasks as oracles
from bench import Project
from compare import assert_same_rows
from rendering import answers
from strategies import drawn

CELL = ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
NUMBERS = ["actual", "predicted", "quantile", "lower", "upper"]
DAY = pd.Timestamp("2024-01-31")
MISSING = (None, math.nan, math.inf, -math.inf, 1e200)


def call(arguments: str = "", case: str = "") -> str:
    return (
        f"{{{{ baton.model_performance(predictions=source('data', 'predictions{case}'),"
        f" outcomes=source('data', 'outcomes{case}'), entity='user_id', task='regression', quantiles={{0.9: 'P 90'}},"
        f" interval=['low', 'P 90']{', ' if arguments else ''}{arguments}) }}}}"
    )


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    """The rows of one model: mild ones, whose standard errors are compared, or with all kinds of numbers."""
    mild = draw(st.booleans())
    usual = st.floats(-0.5, 100, width=32)
    kinds = [
        usual,
        st.sampled_from([0.0, -0.0, 0.1, 5.0, 1e-17, 3e-160]),
        st.sampled_from([1e15, 1e15 + 0.5, 1e15 + 1]),
        st.sampled_from([0.1, -1.0, -2.5, 7.0]),
        st.just(0.1),
        st.sampled_from([1e99, -3e60, 2.0, 1e-30]),
    ]
    numbers = usual if mild else draw(st.sampled_from(kinds))
    if not mild and draw(st.booleans()):
        numbers = st.one_of(numbers, numbers, numbers, st.sampled_from(MISSING))
    predicted = draw(st.sampled_from([numbers, usual, st.sampled_from(MISSING)])) if not mild else usual
    row = dict.fromkeys(("actual", "lower", "quantile"), numbers) | {"predicted": predicted}
    size = draw(st.sampled_from([1, 2, 5, 25]))
    rows = draw(st.lists(st.fixed_dictionaries(row), min_size=1 if not mild else size, max_size=size))
    if draw(st.integers(0, 5)) == 0:
        rows = [row | {"predicted": row["actual"]} for row in rows]
    return {"rows": rows, "mild": mild}


@cache
def cases() -> pd.DataFrame:
    frames = []
    for number, case in enumerate(drawn(times=4, model=models())):
        rows = pd.DataFrame(case["model"]["rows"], dtype=object)
        frames.append(rows.assign(case=number, mild=case["model"]["mild"]))
    rows = pd.concat(frames, ignore_index=True)
    # the upper end of the interval is the column of the quantile
    return rows.assign(upper=rows["quantile"], user_id=rows.index, segment=rows.index % 3)


def put(project: Project, rows: pd.DataFrame, case: str = "") -> None:
    labelled = rows["actual"].notna() | (rows.index % 2 == 0)
    project.put(
        **{
            f"predictions{case}": pd.DataFrame(
                {
                    "user_id": rows["user_id"],
                    "as_of": DAY,
                    "model_name": "model " + rows["case"].astype(str),
                    "model_version": "v1",
                    "predicted_value": rows["predicted"],
                    "P 90": rows["quantile"],
                    "low": rows["lower"],
                    "Group": rows["segment"],
                }
            ),
            f"outcomes{case}": rows.loc[labelled, ["user_id", "actual"]],
        }
    )


@cache
def expected() -> list[dict[str, Any]]:
    found = []
    slices = [("all", pd.Series("all", index=cases().index)), ("Group", cases()["segment"].astype(str))]
    for name, segment in slices:
        for cell, rows in cases().groupby([cases()["case"], segment]):
            with_errors = bool(rows["mild"].iloc[0]) and name == "all"
            for metric, one in oracles.regression_metrics(rows[NUMBERS], 0.9, with_errors).items():
                found.append(
                    {
                        "model_name": f"model {cell[0]}",
                        "segment_name": name,
                        "segment_value": str(cell[1]),
                        "metric": "pinball_0.9" if metric == "pinball" else metric,
                        "null": one.under("null"),
                        "zero_division": one.under("zero_division"),
                        "std_error": None if one.is_undefined else one.std_error,
                        "with_errors": with_errors,
                        "n": len(rows),
                        "n_labelled": int(np.isfinite(rows["actual"].astype(float)).sum()),
                    }
                )
    return found


def test_every_metric_is_what_scikit_learn_says(project: Project) -> None:
    put(project, cases())
    arguments = "period='month', segments=['Group']"
    found = answers(
        project,
        {mode: call(f"{arguments}, undefined='{mode}'") for mode in ("null", "zero_division")},
        built="null",
    )
    columns = ["model_name", "segment_name", "segment_value", "metric", "value", "n", "n_labelled"]
    for mode, report in found.items():
        assert_same_rows(
            report, [row | {"value": row[mode]} for row in expected()], columns, rtol=1e-10, atol=1e-10
        )
    report = found["null"]
    assert (report["value"].isna() == report["undefined_reason"].notna()).all()
    assert report["class"].isna().all()
    assert report["undefined_reason"].nunique() >= 7


def test_standard_errors_are_those_of_means_and_of_the_delta_method(project: Project) -> None:
    put(project, cases())
    rows = [row for row in expected() if row["with_errors"]]
    assert len(rows) > 100
    report = answers(project, {"report": call("period='month'")})["report"]
    report = report[report["model_name"].isin({row["model_name"] for row in rows})]
    assert_same_rows(report, rows, ["model_name", "metric", "std_error"], rtol=1e-5, atol=1e-7)
    with_error = report[report["std_error"].notna()]
    assert (with_error["lower"] <= with_error["value"]).all() and (
        with_error["value"] <= with_error["upper"]
    ).all()


def test_equal_errors_have_no_standard_error_however_large_they_are(project: Project) -> None:
    rows = pd.DataFrame({"actual": [1e9, 2e9, 3e9, 4e9]})
    rows = rows.assign(
        predicted=rows["actual"] + 3,
        quantile=rows["actual"] + 7,
        lower=1e9,
        user_id=rows.index,
        case=0,
        segment=0,
    )
    put(project, rows)
    report = answers(project, {"report": call()})["report"].set_index("metric")
    for metric in ("mae", "rmse", "mean_error", "pinball_0.9", "coverage"):
        assert report.loc[metric, "std_error"] == 0.0, metric
    assert report.loc["pinball_0.9", "value"] == pytest.approx(0.7, rel=1e-12)
    assert report.loc["mape", "std_error"] > 0


def test_the_order_of_rows_and_the_shape_change_no_bit(project: Project) -> None:
    reports = []
    for seed in (0, 1):
        put(project, cases().sample(frac=1, random_state=seed))
        calls = {"long": call("period=none"), "wide": call("period=none, shape='wide'")}
        reports.append(answers(project, calls))
    keys = ["model_name", "metric"]
    one, other = (report["long"].sort_values(keys, ignore_index=True) for report in reports)
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    wide = reports[1]["wide"]
    names = [name for name in wide.columns if name not in {*CELL, "n", "n_labelled"}]
    assert set(names) == set(other["metric"])
    melted = wide.melt(id_vars=CELL, value_vars=names, var_name="metric", value_name="wide")
    both = other.merge(melted, on=keys, validate="one_to_one")
    assert len(both) == len(melted) == len(other)
    assert ((both["value"] == both["wide"]) | (both["value"].isna() & both["wide"].isna())).all()


def test_a_model_of_classes_has_no_errors(project: Project) -> None:
    put(project, cases()[cases()["case"] == 0], "_other")
    project.execute(
        "alter table {schema}.predictions_other add column predicted_class varchar;"
        "update {schema}.predictions_other set predicted_value = null, predicted_class = '1'"
    )
    report = answers(project, {"report": call(case="_other")})["report"]
    assert set(report["undefined_reason"]) == {"a classification model"}
    assert report["value"].isna().all() and report["metric"].is_unique
