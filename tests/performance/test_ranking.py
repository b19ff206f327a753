"""Performance of a ranking model: means over queries, each the expected value over all orders of items with equal scores."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pandas as pd
from hypothesis import strategies as st

import oracles_tasks as oracles
from bench import Project
from compare import assert_same_rows
from rendering import answers, rendered
from strategies import drawn

CELL = ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
CUTS = [1, 3, 10]
DAY = pd.Timestamp("2024-01-31")


def call(arguments: str = "", case: str = "") -> str:
    return (
        f"{{{{ baton.model_performance(predictions=source('data', 'predictions{case}'),"
        f" outcomes=source('data', 'outcomes{case}'), entity='item', task='ranking', group='Query', k={CUTS}"
        f"{', ' if arguments else ''}{arguments}) }}}}"
    )


@st.composite
def models(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The items of one model: ties, queries of one item or without a relevant one, missing scores, labels and queries."""
    scores = draw(
        st.sampled_from([st.sampled_from([0.1, 0.5, 0.9]), st.floats(-5, 5, width=16), st.just(0.0)])
    )
    relevance = draw(
        st.sampled_from(
            [
                st.sampled_from([0, 0, 1]),
                st.sampled_from([0, 1, 2, 3]),
                st.sampled_from([0.5, 1e-9, 0.0, 1e6]),
                st.just(0),
                st.sampled_from([0, 0, 2, -1]),
            ]
        )
    )
    if draw(st.booleans()):
        scores, relevance = st.one_of(scores, scores, st.none()), st.one_of(relevance, relevance, st.none())
    items: list[dict[str, Any]] = []
    for query in range(draw(st.integers(1, 4))):
        rows = st.fixed_dictionaries({"actual": relevance, "score": scores})
        name = draw(st.sampled_from([f"q'{query}", f"q'{query}", f"q'{query}", None]))
        items += [row | {"query": name} for row in draw(st.lists(rows, min_size=1, max_size=6))]
    return items


@cache
def cases() -> pd.DataFrame:
    frames = []
    for number, case in enumerate(drawn(times=2, items=models())):
        frames.append(pd.DataFrame(case["items"], dtype=object).assign(case=number))
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(item=rows.index, segment=rows.index % 2)


def put(project: Project, rows: pd.DataFrame, case: str = "") -> None:
    # the score of every other model is a probability
    is_probability = rows["case"] % 2 == 1
    shifted = rows["score"].map(lambda score: None if score is None else (score + 5) / 10)
    project.put(
        **{
            f"predictions{case}": pd.DataFrame(
                {
                    "item": rows["item"],
                    "as_of": DAY,
                    "model_name": "model " + rows["case"].astype(str),
                    "model_version": "v1",
                    "predicted_value": rows["score"].where(~is_probability).astype(float),
                    "predicted_probability": shifted.where(is_probability).astype(float),
                    "Query": rows["query"].astype("str"),
                    "Group": rows["segment"],
                }
            ),
            f"outcomes{case}": pd.DataFrame(
                {"item": rows["item"], "actual": rows["actual"].astype(float)}
            ).dropna(),
        }
    )


@cache
def expected(undefined: str) -> list[dict[str, Any]]:
    found = []
    slices = [("all", pd.Series("all", index=cases().index)), ("Group", cases()["segment"].astype(str))]
    for name, segment in slices:
        for cell, rows in cases().groupby([cases()["case"], segment]):
            for metric, one in oracles.ranking_metrics(rows, CUTS, undefined).items():
                found.append(
                    {
                        "model_name": f"model {cell[0]}",
                        "segment_name": name,
                        "segment_value": str(cell[1]),
                        "metric": metric,
                        "value": one.value,
                        "std_error": one.std_error,
                        "n": len(rows),
                        "n_labelled": int(rows["actual"].notna().sum()),
                    }
                )
    return found


def test_every_metric_is_the_mean_over_all_orders_that_the_scores_allow(project: Project) -> None:
    put(project, cases())
    arguments = "period='month', segments=['Group']"
    found = answers(
        project,
        {mode: call(f"{arguments}, undefined='{mode}'") for mode in ("null", "zero_division")},
        built="null",
    )
    columns = ["model_name", "segment_name", "segment_value", "metric", "value", "n", "n_labelled"]
    for mode, report in found.items():
        assert_same_rows(report, expected(mode), columns, rtol=1e-10, atol=1e-10)
    assert_same_rows(found["null"], expected("null"), [*columns[:4], "std_error"], rtol=1e-7, atol=1e-9)
    report = found["null"]
    assert (report["value"].isna() == report["undefined_reason"].notna()).all()
    assert report["undefined_reason"].nunique() == 4
    with_error = report[report["std_error"].notna()]
    assert (with_error["lower"] <= with_error["value"]).all() and (
        with_error["value"] <= with_error["upper"]
    ).all()


def test_one_query_worked_out_by_hand(project: Project) -> None:
    # the second and the third place are shared by a relevant and an irrelevant item
    rows = pd.DataFrame(
        {"score": [3, 2, 2, 1], "actual": [0, 1, 0, 1], "query": "q", "case": 0, "segment": 0}
    )
    put(project, rows.assign(item=rows.index), "_one")
    report = answers(project, {"report": call(case="_one")})["report"].set_index("metric")["value"]
    assert math.isclose(report["precision_at_3"], 1 / 3)
    assert math.isclose(report["recall_at_3"], 1 / 2)
    assert math.isclose(report["mrr"], (1 / 2 + 1 / 3) / 2)
    assert math.isclose(report["map_at_10"], ((1 / 2 + 2 / 4) / 2 + (1 / 3 + 2 / 4) / 2) / 2)


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
    melted = wide.melt(id_vars=CELL, value_vars=names, var_name="metric", value_name="wide")
    both = other.merge(melted, on=keys, validate="one_to_one")
    assert len(both) == len(melted) == len(other)
    assert ((both["value"] == both["wide"]) | (both["value"].isna() & both["wide"].isna())).all()


def test_what_a_ranking_needs_is_named(project: Project) -> None:
    put(project, cases()[cases()["case"] == 0], "_bare")
    project.execute(
        "alter table {schema}.predictions_bare drop column predicted_value;"
        "alter table {schema}.predictions_bare drop column predicted_probability"
    )
    said = str(rendered(project, {"call": call(case="_bare").replace("group='Query', ", "")})["call"])
    assert "task 'ranking' needs group, the column of predictions" in said
    assert "predictions has neither predicted_value nor predicted_probability" in said
