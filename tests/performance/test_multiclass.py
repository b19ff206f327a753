"""Performance of a multiclass model: every metric of every cell and class is scikit-learn's, or NULL with a reason."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pandas as pd
from hypothesis import strategies as st

import oracles_tasks as oracles
from bench import Project
from compare import assert_same_rows
from rendering import answers
from strategies import drawn

CELL = ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
DAY = pd.Timestamp("2024-01-31")
# how a class is written in the log, and what it is called
CLASSES = {"a'b": "a'b", "1.0": "1", 'ü "x"': 'ü "x"', "v1.0": "v1.0"}
GRID = (0.0, 0.1, 0.2, 0.25, 0.3, 0.5, 0.6, 1.0, 1e-17)


def call(arguments: str = "", case: str = "") -> str:
    return (
        f"{{{{ baton.model_performance(predictions=source('data', 'predictions{case}'),"
        f" outcomes=source('data', 'outcomes{case}'), entity='user_id', task='multiclass'"
        f"{', ' if arguments else ''}{arguments}) }}}}"
    )


@st.composite
def models(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The rows of one model: 2 to 4 classes, ties, classes that never occur, rows that are no probabilities."""
    classes = draw(st.sampled_from([2, 3, 3, 4]).map(lambda k: list(CLASSES)[:k]))
    rounded = st.lists(st.sampled_from(GRID), min_size=len(classes), max_size=len(classes))
    exact = st.lists(st.floats(0.01, 1), min_size=len(classes), max_size=len(classes)).map(
        lambda weights: [weight / sum(weights) for weight in weights]
    )
    dirty = st.lists(
        st.sampled_from([None, -0.5, 1.5, "x", 0.5]), min_size=len(classes), max_size=len(classes)
    )
    kinds = draw(st.sampled_from([[exact], [exact, exact, rounded], [rounded, exact, dirty], [rounded]]))
    # sometimes a row lacks a class
    fewest = len(classes) - draw(st.sampled_from([0, 0, 0, 1]))
    probabilities = st.tuples(st.one_of(kinds), st.integers(fewest, len(classes))).map(
        lambda drawn: dict(zip(classes, drawn[0][: drawn[1]], strict=False))
    )
    labels = st.sampled_from(draw(st.sampled_from([classes, classes, [*classes, None], [None], classes[:1]])))
    outcomes = st.sampled_from(
        draw(st.sampled_from([classes, classes, [*classes, None], [*classes, "unknown"], classes[:1]]))
    )
    return draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "actual": outcomes,
                    "predicted": labels,
                    "probabilities": st.one_of(probabilities, probabilities, probabilities, st.none())
                    if draw(st.booleans())
                    else probabilities,
                }
            ),
            min_size=1,
            max_size=draw(st.sampled_from([1, 3, 12, 25])),
        )
    )


@cache
def cases() -> pd.DataFrame:
    frames = [
        pd.DataFrame({name: pd.Series([row[name] for row in case["rows"]], dtype=object) for name in case["rows"][0]}).assign(case=number)
        for number, case in enumerate(drawn(times=4, rows=models()))
    ]  # fmt: skip
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(user_id=rows.index, segment=["north" if i % 3 else None for i in rows.index])


def put(project: Project, rows: pd.DataFrame, case: str = "") -> None:
    written = rows["probabilities"].map(lambda p: json.dumps(p) if isinstance(p, dict) else None)
    project.put(
        **{
            f"predictions{case}": pd.DataFrame(
                {
                    "user_id": rows["user_id"],
                    "as_of": DAY,
                    "model_name": "model " + rows["case"].astype(str),
                    "model_version": "v1",
                    "predicted_class": rows["predicted"].astype("str"),
                    "class_probabilities": written.astype("str"),
                    "Group": rows["segment"].astype("str"),
                }
            ),
            f"outcomes{case}": rows.loc[rows["actual"].notna(), ["user_id", "actual"]].astype(
                {"actual": "str"}
            ),
        }
    )


def canonical(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with each class as it is called."""
    named = CLASSES | {"unknown": "unknown"}
    return rows.assign(
        actual=rows["actual"].map(named, na_action="ignore"),
        predicted=rows["predicted"].map(named, na_action="ignore"),
        probabilities=[
            {named[key]: value for key, value in p.items()} if isinstance(p, dict) else None for p in rows["probabilities"]
        ],
    )  # fmt: skip


@cache
def expected(errors_of: int) -> list[dict[str, Any]]:
    """A row for each metric; with standard errors, which take long, for so many cells."""
    found = []
    slices = [("all", pd.Series("all", index=cases().index)), ("Group", cases()["segment"])]
    for name, segment in slices:
        for cell, rows in canonical(cases()).groupby([cases()["case"], segment], dropna=False):
            with_errors = name == "all" and int(cell[0]) < errors_of
            for (metric, label), one in oracles.multiclass_metrics(rows, with_errors).items():
                found.append(
                    {
                        "model_name": f"model {cell[0]}",
                        "segment_name": name,
                        "segment_value": cell[1] if isinstance(cell[1], str) else None,
                        "metric": metric,
                        "class": label,
                        "null": one.under("null"),
                        "zero_division": one.under("zero_division"),
                        "is_undefined": one.is_undefined,
                        "std_error": None if one.is_undefined else one.std_error,
                        "with_errors": with_errors,
                        "n": len(rows),
                        "n_labelled": int(rows["actual"].notna().sum()),
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
    columns = ["model_name", "segment_name", "segment_value", "metric", "class", "value", "n", "n_labelled"]
    for mode, report in found.items():
        assert_same_rows(
            report, [row | {"value": row[mode]} for row in expected(40)], columns, rtol=1e-11, atol=1e-12
        )
    report = found["null"]
    assert list(report.columns) == [
        *CELL, "metric", "value", "std_error", "lower", "upper", "n", "n_labelled", "class", "undefined_reason"
    ]  # fmt: skip
    assert (report["value"].isna() == report["undefined_reason"].notna()).all()
    assert set(report["period_start"]) == {pd.Timestamp("2024-01-01")}
    # the reasons stay where scikit-learn's value is given
    assert set(found["zero_division"]["undefined_reason"].dropna()) == set(
        report["undefined_reason"].dropna()
    )
    assert report["undefined_reason"].nunique() >= 13


def test_standard_errors_are_those_of_the_delta_method(project: Project) -> None:
    put(project, cases())
    rows = [row for row in expected(40) if row["with_errors"]]
    report = answers(project, {"report": call("period='month'")})["report"]
    report = report[report["model_name"].isin({row["model_name"] for row in rows})]
    columns = ["model_name", "metric", "class", "std_error"]
    assert_same_rows(report, rows, columns, rtol=1e-5, atol=1e-7)
    assert report["std_error"].notna().sum() > 300
    with_error = report[report["std_error"].notna()]
    assert (with_error["lower"] <= with_error["value"]).all() and (
        with_error["value"] <= with_error["upper"]
    ).all()
    assert with_error["lower"].min() >= -1 and (report["std_error"].isna() == report["lower"].isna()).all()


def test_the_order_of_rows_and_the_shape_change_no_bit(project: Project) -> None:
    reports = []
    for seed in (0, 1):
        put(project, cases().sample(frac=1, random_state=seed))
        calls = {"long": call("period=none"), "wide": call("period=none, shape='wide'")}
        reports.append(answers(project, calls))
    keys = ["model_name", "metric", "class"]
    one, other = (report["long"].sort_values(keys, ignore_index=True) for report in reports)
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    wide = reports[1]["wide"]
    names = [name for name in wide.columns if name not in {*CELL, "n", "n_labelled"}]
    assert set(names) == set(other.loc[other["class"].isna(), "metric"])
    melted = wide.melt(id_vars=CELL, value_vars=names, var_name="metric", value_name="wide")
    both = other[other["class"].isna()].merge(melted, on=["model_name", "metric"], validate="one_to_one")
    assert len(both) == len(melted) == (other["class"].isna()).sum()
    assert ((both["value"] == both["wide"]) | (both["value"].isna() & both["wide"].isna())).all()


def test_a_model_of_another_task_has_no_metrics_and_no_classes(project: Project) -> None:
    rows = cases()[cases()["case"] == 0]
    put(project, rows, "_other")
    project.execute(
        "alter table {schema}.predictions_other add column predicted_value double precision;"
        "update {schema}.predictions_other set predicted_value = 2.5, predicted_class = null, class_probabilities = null"
    )
    report = answers(project, {"report": call(case="_other")})["report"]
    assert set(report["undefined_reason"]) == {"a regression model"}
    assert report["value"].isna().all() and report["class"].isna().all()
    assert report["metric"].is_unique and len(report) == 19
