"""windowed_features where names, types and relations are odd."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import START

DAY = timedelta(days=1)
EVERY = [
    "count",
    "count_distinct",
    "sum",
    "avg",
    "variance",
    "stddev",
    "min",
    "max",
    "median",
    "first",
    "last",
    "mode",
    "entropy",
    "recency",
    "tenure",
]


def everything(event):
    return True


def call(
    aggregates,
    *,
    relation="source('data', 'events')",
    entity="'k'",
    time="t",
    spine="source('data', 'spine')",
):
    return f"""{{{{ baton.windowed_features(spine={spine}, entity={entity}, sources=[
        {{'relation': {relation}, 'event_time': '{time}', 'aggregates': {aggregates}}}]) }}}}"""


def test_names_may_be_long_odd_and_those_that_are_used_inside(project: Project):
    """PostgreSQL truncates names to 63 bytes, so names made from the user's names could become equal."""
    long = "the_amount_that_was_paid_by_the_customer_when_the_order_was_sent"[:60]
    columns = [
        long + "_a",
        long + "_b",
        "Order Total",
        "total amount ✈",
        "side",
        "probe",
        "asked_at",
        "value",
        "baton_window",
    ]
    random = np.random.default_rng(3)
    events = pd.DataFrame(
        {
            "key_1": random.choice(["a", "b"], 60),
            "baton_time": START + pd.to_timedelta(random.integers(0, 400, 60), "h"),
            **{name: random.integers(0, 9, 60) / 4 for name in columns},
        }
    )
    spine = pd.DataFrame({"key_1": ["a", "b"] * 5, "as_of": START + pd.to_timedelta(np.arange(10) * 45, "h")})
    project.put(events=events, spine=spine)
    aggregates, expected = [], []
    for place, column in enumerate(columns):
        for function in EVERY:
            name = f"{function}_{place}"
            aggregates.append(
                {"function": function, "column": column, "name": name, "windows": ["7d", "lifetime"]}
            )
            expected += [
                (f"{name}_7d", function, column, 7 * DAY, everything),
                (name, function, column, None, everything),
            ]
    result = project.build(call(aggregates, entity="'key_1'", time="baton_time"))
    rows, history = oracles.rows_of(spine), oracles.rows_of(events)
    assert_same_rows(
        result, oracles.windowed(rows, history, [("key_1", "key_1")], expected, event_time="baton_time")
    )


def test_a_boolean_counts_as_0_or_1_where_a_number_is_asked_for(project: Project):
    project.put(
        events=pd.DataFrame({"k": "a", "t": [START, START, START + DAY], "paid": [True, True, False]}),
        spine=pd.DataFrame({"k": ["a"], "as_of": [START + 2 * DAY]}),
    )
    result = project.build(
        call(
            [
                {"function": function, "column": "paid", "name": function, "windows": ["7d"]}
                for function in EVERY
            ]
        )
    )
    third = 1 / 3
    expected = {"count_7d": 3, "count_distinct_7d": 2, "sum_7d": 2, "avg_7d": 2 / 3, "variance_7d": third}
    expected |= {
        "stddev_7d": third**0.5,
        "min_7d": 0,
        "max_7d": 1,
        "median_7d": 1,
        "first_7d": True,
        "last_7d": False,
    }
    expected |= {"mode_7d": True, "recency_7d": 1, "tenure_7d": 2}
    assert_same_rows(result, [expected])


def test_one_window_may_have_two_names_and_one_relation_may_come_twice(project: Project):
    project.put(
        events=pd.DataFrame({"k": "a", "t": [START, START + DAY], "v": [1.0, 2.0]}),
        spine=pd.DataFrame({"k": ["a"], "as_of": [START + 2 * DAY]}),
    )
    windows = ["4w", "28d", "672h"]
    asked = [
        {"function": function, "column": "v", "name": function, "windows": windows} for function in EVERY
    ]
    model = f"""{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[
        {{'relation': source('data', 'events'), 'event_time': 't', 'aggregates': {asked}}},
        {{'relation': source('data', 'events'), 'event_time': 't', 'delay': '36h',
          'aggregates': [{{'function': 'sum', 'column': 'v', 'name': 'late_sum', 'windows': ['4w']}}]}}]) }}}}"""
    row = project.build(model).iloc[0]
    for function in EVERY:
        assert row[f"{function}_4w"] == row[f"{function}_28d"] == row[f"{function}_672h"], function
    assert (row["sum_4w"], row["late_sum_4w"]) == (3.0, 1.0)


def test_relations_may_have_reserved_names_and_be_views_or_ephemeral(project: Project):
    project.put(
        **{
            "order": pd.DataFrame({"k": ["a"], "t": [START], "v": [2.5]}),
            "spine": pd.DataFrame({"k": ["a", "b"], "as_of": [START + DAY] * 2}),
        }
    )
    asked = [
        {"function": function, "column": "v", "name": function, "windows": ["7d"]}
        for function in ("sum", "avg", "max", "mode")
    ]
    seen = []
    for materialized in ("view", "ephemeral"):
        models = {
            "select": f"{{{{ config(materialized='{materialized}') }}}} select * from {{{{ source('data', 'order') }}}}",
            "result": call(asked, relation="ref('select')"),
        }
        seen.append(project.build(models).sort_values("k", ignore_index=True))
    seen.append(
        project.build(call(asked, relation="source('data', 'order')")).sort_values("k", ignore_index=True)
    )
    expected = [
        {"k": "a", "sum_7d": 2.5, "avg_7d": 2.5, "max_7d": 2.5, "mode_7d": 2.5},
        {"k": "b", "sum_7d": 0, "avg_7d": None, "max_7d": None, "mode_7d": None},
    ]
    for result in seen:
        assert_same_rows(result, expected)


def test_dbt_s_empty_flag_builds_the_columns(project: Project):
    project.put(
        events=pd.DataFrame({"k": ["a"], "t": [START], "v": [2.5]}),
        spine=pd.DataFrame({"k": ["a"], "as_of": [START + DAY]}),
    )
    asked = [
        {"function": function, "column": "v", "name": function, "windows": ["7d", "lifetime"]}
        for function in EVERY
    ]
    result = project.build(call(asked), flags=["--empty"])
    assert result.shape == (0, 2 + 2 * len(EVERY))


def test_other_moments_of_the_spine_change_no_bit(project: Project):
    random = np.random.default_rng(11)
    events = pd.DataFrame(
        {
            "k": random.integers(0, 3, 600),
            "t": START + pd.to_timedelta(random.integers(0, 700, 600), "h"),
            "v": random.normal(size=600) * 10.0 ** random.integers(-5, 5, 600),
        }
    )
    spine = pd.DataFrame(
        {"k": np.tile([0, 1, 2], 20), "as_of": START + pd.to_timedelta(np.arange(60) * 12, "h")}
    )
    asked = [
        {"function": function, "column": "v", "name": function, "windows": ["3d", "lifetime"]}
        for function in EVERY
    ]
    project.put(events=events, spine=spine)
    at_all = project.build(call(asked))
    project.put(spine=spine.iloc[::7], events=events.sample(frac=1, random_state=1))
    at_some = project.build(call(asked))
    merged = at_some[["k", "as_of"]].merge(at_all, on=["k", "as_of"])
    pd.testing.assert_frame_equal(
        merged.sort_values(["k", "as_of"], ignore_index=True),
        at_some.sort_values(["k", "as_of"], ignore_index=True),
        check_exact=True,
    )
