"""windowed_features where names are long, types are rare and CTEs are the user's own."""

from __future__ import annotations

import time
from datetime import datetime

import pandas as pd
import pytest
from test_windowed_features import DAY

from bench import Project
from compare import assert_same_rows
from strategies import START

# with a column, in the order of the values that `test_names_of_sixty_bytes_...` expects
FUNCTIONS = {
    "count": 3,
    "count_distinct": 2,
    "sum": 6.5,
    "avg": 6.5 / 3,
    "variance": 1 / 3,
    "stddev": (1 / 3) ** 0.5,
    "min": 1.5,
    "max": 2.5,
    "median": 2.5,
    "first": 1.5,
    "last": 2.5,
    "mode": 2.5,
    "entropy": 0.6365141682948128,
    "recency": 0.5,
    "tenure": 2.0,
}
SPINE = pd.DataFrame({"k": [1], "as_of": [START + 2 * DAY]})


def events(**columns):
    """Three events of one entity, two days, one day and half a day before the spine asks."""
    return pd.DataFrame({"k": [1] * 3, "t": [START, START + DAY, START + 1.5 * DAY], **columns})


def types(project: Project):
    return dict(
        project.query(
            "select column_name, data_type from information_schema.columns where table_name = 'result'"
        ).values.tolist()
    )


@pytest.mark.parametrize(
    "column",
    ["a" * 63, "Überlange Spalte " * 3 + "mit Namen", "order", "source", "unpack", "event_time"],
)
def test_every_function_takes_a_column_of_any_name(project: Project, column):
    """PostgreSQL truncates names to 63 bytes, so two internal names could become equal."""
    project.put(events=events(**{column: [1.5, 2.5, 2.5]}), spine=SPINE)
    aggregates = [
        {"function": function, "column": column, "name": function, "windows": ["10000d", "lifetime"]}
        for function in FUNCTIONS
    ]
    result = project.build(f"""{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': {aggregates}}}]) }}}}""")
    expected = {f"{name}{window}": value for name, value in FUNCTIONS.items() for window in ("", "_10000d")}
    assert_same_rows(result, [{"k": 1, **expected}])


def test_relations_may_have_names_of_sixty_bytes_that_begin_alike(project: Project):
    names = ["r" * 60, "r" * 59 + "s"]
    project.put(spine=SPINE, **{name: events(v=[1, 2, 2]) for name in names})
    sources = ", ".join(
        f"""{{'relation': source('data', '{name}'), 'event_time': 't', 'aggregates': [
            {{'function': 'last', 'column': 'v', 'name': 'last_{name[-1]}', 'windows': ['7d']}},
            {{'function': 'mode', 'column': 'v', 'name': 'mode_{name[-1]}', 'windows': ['7d']}}]}}"""
        for name in names
    )
    result = project.build(
        f"{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{sources}]) }}}}"
    )
    assert_same_rows(result, [{"k": 1, "last_r_7d": 2, "mode_r_7d": 2, "last_s_7d": 2, "mode_s_7d": 2}])


def test_ctes_of_the_user_do_not_meet_those_of_the_macro(project: Project):
    project.put(events=events(v=[1, 2, 2]), spine=SPINE)
    result = project.build("""
        with web as (select * from {{ source('data', 'events') }} where v = 1),
        web_events as (select * from {{ source('data', 'events') }}),
        web_moments as (select * from {{ source('data', 'spine') }}),
        features as ({{ baton.windowed_features(spine='web_moments', entity='k', sources=[
            {'relation': 'web', 'event_time': 't', 'aggregates': [{'function': 'count', 'name': 'ones'}]},
            {'relation': 'web_events', 'event_time': 't', 'aggregates': [{'function': 'count', 'name': 'events'}]}]) }})
        select * from features""")
    assert_same_rows(result, [{"k": 1, "ones": 1, "events": 3}])


def test_a_quoted_column_gives_its_name_without_the_quotes(project: Project):
    project.put(events=events(Amount=[1, 2, 2]), spine=SPINE)
    model = """{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='"k"', sources=[{{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': [
            {{'function': 'sum', 'column': '"Amount"', 'windows': ['7d']}},
            {{'function': 'max', 'column': 'Amount', 'name': '"{name}"', 'windows': ['7d', 'lifetime']}}]}}]) }}}}"""
    result = project.build(model.format(name="Most"))
    assert_same_rows(result, [{"k": 1, "Amount_sum_7d": 5, "Most_7d": 2, "Most": 2}])
    assert "the column 'k' would occur 2 times" in project.error(model.format(name="k"))


def test_a_flag_counts_as_zero_or_one(project: Project):
    """Whether or not the engine itself can sum booleans."""
    project.put(events=events(paid=[True, False, True]), spine=SPINE)
    expected = {
        "sum": (2, "bigint"),
        "avg": (2 / 3, "double"),
        "variance": (1 / 3, "double"),
        "median": (1.0, "double"),
        "min": (False, "boolean"),
        "max": (True, "boolean"),
        "first": (True, "boolean"),
        "mode": (True, "boolean"),
        "count_distinct": (2, "bigint"),
    }
    aggregates = [
        {"function": function, "column": "paid", "name": function, "windows": ["7d", "lifetime"]}
        for function in expected
    ]
    result = project.build(f"""{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': {aggregates}}}]) }}}}""")
    row, type_of = result.iloc[0], types(project)
    for name, (value, type_) in expected.items():
        for feature in (name, f"{name}_7d"):
            assert row[feature] == pytest.approx(value, rel=1e-12), feature
            assert type_of[feature].lower().startswith(type_), feature


def test_the_median_of_floats_of_four_bytes_is_a_double(project: Project):
    project.put(events=events(v=[0.5, 1.5, 2.25]), spine=SPINE)
    project.execute("alter table {schema}.events alter column v type real")
    result = project.build("""{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{
        'relation': source('data', 'events'), 'event_time': 't',
        'aggregates': [{'function': 'median', 'column': 'v', 'windows': ['36h', 'lifetime']}]}]) }}""")
    assert_same_rows(result, [{"k": 1, "v_median_36h": 1.875, "v_median": 1.5}])
    assert {types(project)[name].lower() for name in ("v_median_36h", "v_median")} <= {
        "double",
        "double precision",
    }


def test_an_average_over_a_cte_keeps_its_digits_after_a_huge_history(project: Project):
    project.put(events=events(v=[1e17, 0.001, 0.0007]), spine=SPINE)
    result = project.build("""
        with events as (select * from {{ source('data', 'events') }})
        select * from ({{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{
            'relation': 'events', 'event_time': 't',
            'aggregates': [{'function': 'avg', 'column': 'v', 'windows': ['36h']}]}]) }}) as features""")
    assert result["v_avg_36h"][0] == pytest.approx(0.00085, rel=1e-9)


def test_a_query_of_several_hundred_features_is_planned_in_seconds(duckdb_project: Project):
    """DuckDB inlines a CTE for every reader unless it is materialized; this took 17 seconds, here of CPU, as other processes may use the machine."""
    columns = [f"c{number}" for number in range(12)]
    duckdb_project.put(events=events(**{column: [1, 2, 2] for column in columns}), spine=SPINE)
    aggregates = [
        {"function": function, "column": column, "windows": ["7d", "lifetime"]}
        for function in FUNCTIONS
        for column in columns
    ]
    start = time.process_time()
    result = duckdb_project.build(f"""{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': {aggregates}}}]) }}}}""")
    assert result.shape == (1, 2 + len(FUNCTIONS) * 12 * 2)
    assert time.process_time() - start < 15


@pytest.mark.parametrize("closed", ["left", "right"])
def test_moments_before_1970_and_in_the_far_future_are_moments_like_others(project: Project, closed):
    times = [datetime(1901, 1, 1, 0, 0, 0, 1), datetime(1969, 12, 31, 23, 45), datetime(2300, 7, 1)]
    project.put(
        events=pd.DataFrame({"k": [1] * 3, "t": pd.Series(times, dtype="datetime64[us]"), "v": [1, 2, 3]}),
        spine=pd.DataFrame(
            {
                "k": [1] * 3,
                "as_of": pd.Series(
                    [datetime(1901, 1, 1, 0, 15, 0, 1), datetime(1970, 1, 1), datetime(2300, 7, 1, 0, 15)],
                    dtype="datetime64[us]",
                ),
            }
        ),
    )
    functions = ["sum", "min", "median", "first", "mode", "count_distinct"]
    aggregates = [
        {"function": function, "column": "v", "name": function, "windows": ["15min", "10000d"]}
        for function in functions
    ]
    result = project.build(f"""{{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', closed='{closed}', sources=[{{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': {aggregates}}}]) }}}}""")
    expected = []
    for number in (1, 2, 3):
        # each event stands at the very start of the window of 15 minutes, which only closed='left' holds
        near = number if closed == "left" else None
        row = {f"{function}_15min": near for function in functions[1:-1]}
        row |= {f"{function}_10000d": number for function in functions[:-1]}
        row |= {
            "sum_15min": near or 0,
            "count_distinct_15min": int(near is not None),
            "count_distinct_10000d": 1,
        }
        expected.append({"as_of": None, **row})
    for row, as_of in zip(expected, sorted(result["as_of"]), strict=True):
        row["as_of"] = pd.Timestamp(as_of).to_pydatetime()
    assert_same_rows(result, expected)


def test_an_incremental_spine_gives_what_a_full_one_gives(project: Project):
    project.put(
        events=events(v=[0.1, 0.7, 3e-7]),
        spine=pd.DataFrame({"k": [1, 1], "as_of": [START + DAY, START + 1.5 * DAY]}),
    )
    aggregates = [
        {"function": function, "column": "v", "name": function, "windows": ["36h", "lifetime"]}
        for function in FUNCTIONS
    ]
    model = f"""{{{{ config(materialized='incremental') }}}}
        with new_rows as (
            select * from {{{{ source('data', 'spine') }}}}
            {{% if is_incremental() %}}where as_of > (select max(as_of) from {{{{ this }}}}){{% endif %}}
        )
        select * from ({{{{ baton.windowed_features(spine='new_rows', entity='k', sources=[{{
            'relation': source('data', 'events'), 'event_time': 't', 'aggregates': {aggregates}}}]) }}}}) as features"""
    project.build({"step": model}, full_refresh=True)
    project.put(
        spine=pd.DataFrame({"k": [1] * 4, "as_of": [START + number * DAY for number in (1, 1.5, 2, 9)]})
    )
    stepwise = project.build({"step": model})
    whole = project.build({"step": model}, full_refresh=True)
    pd.testing.assert_frame_equal(
        stepwise.sort_values("as_of", ignore_index=True),
        whole.sort_values("as_of", ignore_index=True),
        check_exact=True,
    )
    assert len(whole) == 4


@pytest.mark.parametrize(
    "word", ["page_views", "Page_Views", '"page_views"', "event_time", "user_id", "v_time"]
)
@pytest.mark.parametrize("relation", ["source('data', 'events')", "'web'"])
def test_a_condition_on_a_column_that_the_source_lacks_is_an_error(project: Project, word, relation):
    """DuckDB would otherwise take the word for another column of the same select and count other rows."""
    project.put(events=events(v=[1, 2, 2]), spine=SPINE.rename(columns={"k": "user_id"}))
    message = project.error(f"""with web as (select * from {{{{ source('data', 'events') }}}}) select * from (
        {{{{ baton.windowed_features(spine=source('data', 'spine'), entity='user_id', sources=[{{
        'relation': {relation}, 'event_time': 't', 'entity': {{'user_id': 'k'}}, 'aggregates': [
            {{'function': 'count', 'name': 'page_views', 'where': 'v = 2'}},
            {{'function': 'last', 'column': 'v'}},
            {{'function': 'count', 'name': 'wrong', 'where': '{word} is not null'}}]}}]) }}}}) as features""")
    assert word.strip('"').lower() in message.lower()


def test_conditions_may_name_columns_that_are_aggregated_too(project: Project):
    project.put(events=events(v=[1, 2, 2], event_time=[0, 0, 1], k_time=[5, 6, 7]), spine=SPINE)
    result = project.build("""{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': [
            {'function': 'sum', 'column': 'v'},
            {'function': 'count', 'name': 'v', 'where': 'v = 2'},
            {'function': 'count', 'name': 'event_time', 'where': 'event_time = 0'},
            {'function': 'last', 'column': 'k', 'where': 'k_time < 7'},
            {'function': 'count', 'name': 'both', 'where': 'V = 2 and "event_time" = 1'}]}]) }}""")
    assert_same_rows(result, [{"k": 1, "v_sum": 5, "v": 2, "event_time": 2, "k_last": 1, "both": 1}])


def test_nothing_is_worked_out_that_no_feature_reads(project: Project):
    """Above all no text is carried through the sort of the running totals."""
    project.put(events=events(v=[1, 2, 2], s=["a", "b", "b"]), spine=SPINE)
    sql = project.compile("""{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': [
            {'function': 'sum', 'column': 'v', 'windows': ['7d']},
            {'function': 'count_distinct', 'column': 's', 'windows': ['7d']}]}]) }}""")
    totals = sql[sql.index("events_totals as (") :]
    assert "count(" not in totals
    assert " s," not in totals
    assert "s__added_in_7d" in totals
