"""Guarantees of windowed_features beyond single values: accuracy, stable types, fast plans, incremental models."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from bench import SCHEMA, Project
from compare import assert_same_rows
from strategies import START

DAY = timedelta(days=1)
FUNCTIONS = {
    "count": None,
    "count_distinct": "status",
    "sum": "amount",
    "avg": "amount",
    "variance": "amount",
    "stddev": "amount",
    "min": "amount",
    "max": "amount",
    "median": "amount",
    "first": "status",
    "last": "status",
    "mode": "status",
    "entropy": "status",
    "recency": None,
    "tenure": None,
}


def aggregates(functions, windows, **more):
    return [
        {"function": name, "windows": windows, **({"column": column} if column else {}), **more}
        for name, column in functions.items()
    ]


def features(asked, spine="source('data', 'spine')", events="source('data', 'events')"):
    return f"""{{{{ baton.windowed_features(spine={spine}, entity='k', sources=[
        {{'relation': {events}, 'event_time': 't', 'aggregates': {asked}}}]) }}}}"""


@pytest.mark.parametrize(
    ("values", "variance"),
    [
        ([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16], 30.0),
        ([1e15 + 2, 1e15 + 4], 2.0),
        ([0.1] * 7, 0.0),
        ([123456.789] * 3, 0.0),
        ([1e-9, 3e-9], 2e-18),
        ([5.0], None),
    ],
)
def test_a_variance_is_accurate_however_far_the_mean_is_from_zero(project: Project, values, variance):
    """And a huge history before the window changes nothing."""
    history = [("a", START - 100 * DAY, 1e15 / 7)] * 20
    events = history + [("a", START + hour * DAY / 24, value) for hour, value in enumerate(values)]
    project.put(
        events=pd.DataFrame(events, columns=["k", "t", "amount"]),
        spine=pd.DataFrame({"k": ["a"], "as_of": [START + 2 * DAY]}),
    )
    row = project.build(
        features(aggregates({"variance": "amount", "stddev": "amount"}, ["7d", "lifetime"]))
    ).iloc[0]
    if variance is None:
        assert pd.isna(row["amount_variance_7d"]) and pd.isna(row["amount_stddev_7d"])
    else:
        assert row["amount_variance_7d"] == pytest.approx(variance, rel=1e-9, abs=0)
        assert row["amount_stddev_7d"] == pytest.approx(variance**0.5, rel=1e-9, abs=0)
    assert row["amount_variance"] > 1e26


def test_types_are_the_documented_ones_whatever_the_rows(project: Project):
    columns = {
        "whole": ("bigint", [1, None]),
        "money": ("decimal", [Decimal("1.10"), None]),
        "amount": ("double", [1.5, None]),
        "status": ("text", ["a", None]),
        "at": ("timestamp", [START, None]),
    }
    numbers = ["whole", "money", "amount"]
    asked = (
        aggregates({"count": None, "recency": None, "tenure": None}, ["7d", "lifetime"])
        + [
            {"function": function, "column": column, "windows": ["7d", "lifetime"]}
            for function in ("sum", "avg", "variance", "stddev", "median")
            for column in numbers
        ]
        + [
            {"function": function, "column": column, "windows": ["7d", "lifetime"]}
            for function in ("count_distinct", "entropy", "min", "max", "first", "last", "mode")
            for column in columns
        ]
    )
    events = pd.DataFrame({"k": ["a", "a"], "t": [START, START]})
    for name, (_, values) in columns.items():
        events[name] = pd.Series(values, dtype="Int64" if name == "whole" else None)
    project.put(events=events, spine=pd.DataFrame({"k": ["a"], "as_of": [START + DAY]}))
    project.build({"spine_rows": "select * from {{ source('data', 'spine') }}", "result": features(asked)})
    seen = types_of(project)
    project.execute("delete from {schema}.events")
    project.build(features(asked))
    assert types_of(project) == seen

    for aggregate in asked:
        function, column = aggregate["function"], aggregate.get("column")
        expected = (
            "bigint"
            if function in ("count", "count_distinct")
            else {"duckdb": "hugeint", "postgres": "decimal"}[project.engine.name]
            if (function, column) == ("sum", "whole")
            else columns[column][0]
            if function in ("sum", "min", "max", "first", "last", "mode")
            else "double"
        )
        for window in ("", "_7d"):
            name = (f"{column}_" if column else "") + function + window
            assert seen[name] == expected, name


def types_of(project: Project) -> dict[str, str]:
    """The types of the columns of `result`, by one name on every engine."""
    types = project.query(
        "select column_name, data_type from information_schema.columns "
        f"where table_schema = '{SCHEMA}' and table_name = 'result'"
    )
    names = {
        "varchar": "text",
        "double precision": "double",
        "numeric": "decimal",
        "timestamp without time zone": "timestamp",
    }
    plain = types["data_type"].str.lower().str.replace(r"\(.*\)", "", regex=True)
    return dict(zip(types["column_name"], plain.map(lambda name: names.get(name, name)), strict=True))


def test_a_spine_that_is_generated_in_a_view_does_not_make_duckdb_compare_every_pair(
    duckdb_project: Project,
):
    """DuckDB estimates an unnested list at one row, and runs an ASOF JOIN of few rows as a nested loop."""
    project = duckdb_project
    project.put(
        events=pd.DataFrame({"k": range(1000), "t": START, "amount": 1.0, "status": "a"}),
        customers=pd.DataFrame({"k": range(50)}),
    )
    spine = """{{ config(materialized='view') }}
        select k, unnest(range(timestamp '2024-01-01', timestamp '2024-03-01', interval '1 hour')) as as_of
        from {{ source('data', 'customers') }}"""
    asked = aggregates(
        {name: column for name, column in FUNCTIONS.items() if name != "mode"}, ["7d", "lifetime"]
    )
    joined = """{{ baton.point_in_time_join(spine=ref('hours'), entity='k', feature_views=[
        {'relation': source('data', 'events'), 'event_time': 't', 'features': ['amount']}]) }}"""
    for model in (features(asked, spine="ref('hours')"), joined):
        assert len(project.build({"hours": spine, "result": model})) == 50 * 60 * 24
        compiled = (project.root / "target/compiled/throw_away/models/result.sql").read_text()
        assert "ASOF_JOIN" in plan_of(project, compiled)
        assert "NESTED_LOOP_JOIN" not in plan_of(project, compiled)

    by_hand = f"""select * from {SCHEMA}.hours as spine
        asof left join {SCHEMA}.events on spine.k = events.k and spine.as_of > events.t"""
    assert "NESTED_LOOP_JOIN" in plan_of(project, by_hand), (
        "the trap is gone: is row_estimate_hint still needed?"
    )


def plan_of(project: Project, query: str) -> str:
    with duckdb.connect(str(project.engine.path)) as connection:
        return "\n".join(row[1] for row in connection.execute(f"explain (format json) {query}").fetchall())


def test_only_equality_joins_so_a_skewed_key_does_not_explode(duckdb_project: Project):
    """Only the mode has other joins, and only with the forty widths of its blocks."""
    project = duckdb_project
    project.put(
        events=pd.DataFrame({"k": [1, 2] * 500, "t": START, "amount": 1.0, "status": "a"}),
        spine=pd.DataFrame({"k": [1, 2] * 50, "as_of": [START + hour * DAY / 24 for hour in range(100)]}),
    )
    asked = aggregates(
        {name: column for name, column in FUNCTIONS.items() if name != "mode"}, ["7d", "lifetime"]
    )
    plan = plan_of(project, project.compile(features(asked)))
    assert "HASH_JOIN" in plan and "ASOF_JOIN" in plan
    for join in ("NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN", "IE_JOIN", "PIECEWISE_MERGE_JOIN"):
        assert join not in plan, join


def test_a_spine_that_grows_and_features_that_grow_with_it_are_those_of_one_build(project: Project):
    days = pd.date_range("2024-01-01", periods=40, freq="12h")
    project.put(
        events=pd.DataFrame(
            {
                "k": ["a", "b"] * 20,
                "t": days,
                "amount": [0.1 * day for day in range(40)],
                "status": list("xyzx") * 10,
            }
        ),
        moments=pd.DataFrame({"k": ["a", "b"] * 10, "as_of": days[::2] + pd.Timedelta("5h")}),
    )
    spine = """{{ config(materialized='incremental', unique_key=['k', 'as_of']) }}
        select * from {{ source('data', 'moments') }} where as_of < {{ baton.moment(var('until')) }}
        {% if is_incremental() %} and as_of > (select max(as_of) from {{ this }}) {% endif %}"""
    grown = f"""{{{{ config(materialized='incremental', unique_key=['k', 'as_of']) }}}}
        with new_moments as (
            select * from {{{{ ref('moments_so_far') }}}}
            {{% if is_incremental() %}} where as_of > (select max(as_of) from {{{{ this }}}}) {{% endif %}}
        ),
        features as (
            {features(aggregates(FUNCTIONS, ["7d", "lifetime"]), spine="'new_moments'")}
        )
        select * from features"""
    models = {"moments_so_far": spine, "result": grown}
    rows = []
    for until in ("2024-01-08", "2024-01-15", "2024-03-01", "2024-03-01"):
        result = project.build(models, variables={"until": until}, full_refresh=not rows)
        rows.append(len(result))
    assert rows == [7, 14, 20, 20]
    at_once = project.build(models, variables={"until": "2024-03-01"}, full_refresh=True)
    order = ["k", "as_of"]
    pd.testing.assert_frame_equal(
        result.sort_values(order, ignore_index=True),
        at_once.sort_values(order, ignore_index=True),
        check_exact=True,
    )


def test_hundreds_of_features_in_one_call(project: Project):
    events = [("a", START + hour * DAY / 24, float(hour), "x" if hour % 3 else "y") for hour in range(100)]
    project.put(
        events=pd.DataFrame(events, columns=["k", "t", "amount", "status"]),
        spine=pd.DataFrame({"k": ["a", None, "b"], "as_of": [START + 2 * DAY] * 3}),
    )
    windows = [f"{hours}h" for hours in range(1, 21)]
    result = project.build(features(aggregates(FUNCTIONS, windows)))
    assert result.shape == (3, 2 + len(FUNCTIONS) * len(windows))
    row = result.set_index("k").loc["a"]
    for hours in range(1, 21):
        assert row[f"count_{hours}h"] == hours
        assert row[f"amount_sum_{hours}h"] == sum(range(48 - hours, 48))
        assert row[f"amount_median_{hours}h"] == (48 - hours + 47) / 2


def test_a_tie_breaker_says_which_of_tied_events_is_the_first_and_the_last(project: Project):
    tied = [
        ("a", START, "low", 1),
        ("a", START, "high", 9),
        ("a", START, "unknown", None),
        ("a", START, None, 10),
    ]
    project.put(
        events=pd.DataFrame(tied, columns=["k", "t", "status", "Rank"]).astype({"Rank": "Int64"}),
        spine=pd.DataFrame({"k": ["a"], "as_of": [START + DAY]}),
    )
    asked = aggregates({"first": "status", "last": "status"}, ["7d"])
    result = project.build(f"""{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[
        {{'relation': source('data', 'events'), 'event_time': 't', 'tie_breaker': 'Rank', 'aggregates': {asked}}}]) }}}}""")
    assert_same_rows(result, [{"k": "a", "status_first_7d": "unknown", "status_last_7d": "high"}])


def test_empty_sources_and_spines_give_no_more_than_they_have(project: Project):
    events = pd.DataFrame({"k": ["a"], "t": [START], "amount": [1.0], "status": ["x"]})
    spine = pd.DataFrame({"k": ["a"], "as_of": [START + DAY]})
    for no_events, no_spine in ((True, False), (False, True), (True, True)):
        project.put(events=events, spine=spine)
        if no_events:
            project.execute("delete from {schema}.events")
        if no_spine:
            project.execute("delete from {schema}.spine")
        result = project.build(features(aggregates(FUNCTIONS, ["7d", "lifetime"])))
        assert len(result) == (0 if no_spine else 1)
        if not no_spine:
            zero = {"count", "count_distinct", "sum"}
            for name, column in FUNCTIONS.items():
                value = result.iloc[0][(f"{column}_" if column else "") + name + "_7d"]
                assert value == 0 if name in zero else pd.isna(value), name


def test_a_window_before_1970_and_one_far_ahead(project: Project):
    times = [datetime(1905, 3, 1), datetime(1905, 3, 2), datetime(1969, 12, 31, 23), datetime(2199, 1, 1)]
    events = pd.DataFrame({"k": "a", "t": times, "amount": [1.0, 2.0, 4.0, 8.0], "status": list("abcd")})
    asked_at = [datetime(1905, 3, 3), datetime(1970, 1, 1, 1), datetime(2199, 1, 2)]
    project.put(events=events, spine=pd.DataFrame({"k": "a", "as_of": asked_at}))
    result = project.build(
        features(aggregates({"sum": "amount", "max": "amount", "count_distinct": "status"}, ["7d"]))
    )
    expected = [
        {"as_of": at, "amount_sum_7d": total, "amount_max_7d": most, "status_count_distinct_7d": different}
        for at, total, most, different in zip(asked_at, [3, 4, 8], [2, 4, 8], [2, 1, 1], strict=True)
    ]
    assert_same_rows(result, expected)
