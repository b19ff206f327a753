"""The shared ground: durations, identifiers, literals, keys and hashes, time arithmetic, the as-of join."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import about, assert_same_rows
from strategies import KEYS, START, drawn, frame, keys, maybe_keys, maybe_moments, moments, stacked, tables

# what dbt_utils.generate_surrogate_key gives under its defaults: md5 of the values as text, joined by '-'
NULL_TEXT = "_dbt_utils_surrogate_key_null_"


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_surrogate_keys_are_those_of_dbt_utils(project: Project):
    """Known values: NULL and '' differ, and a single column is hashed like one of many."""
    rows = [("a", "b"), ("a", None), (None, "a"), ("", ""), (None, None), ("O'Brien", "naïve ✈")]
    project.put(rows=pd.DataFrame(rows, columns=["one", "Two"], dtype=object))
    result = project.build(
        """select one, "Two", {{ baton.surrogate_key(['one', baton.identifier('Two')]) }} as both_key,
        {{ baton.surrogate_key(['one']) }} as one_key from {{ source('data', 'rows') }}"""
    )

    def text(value: str | None) -> str:
        return NULL_TEXT if value is None else value

    expected = [
        {"one": one, "Two": two, "both_key": md5(f"{text(one)}-{text(two)}"), "one_key": md5(text(one))}
        for one, two in rows
    ]
    assert_same_rows(result, expected)


def test_a_row_hash_is_equal_where_the_rows_are_and_only_there(project: Project):
    cases = drawn(
        rows=tables(
            a=st.sampled_from([*KEYS, "", None]),
            b=st.sampled_from([*KEYS, "", None]),
            n=st.sampled_from([1, 11, None]),
        )
    )
    typed = pd.DataFrame([{"a": "x", "b": "y", "n": 1}], dtype=object)
    project.put(rows=pd.concat([typed, *(case["rows"] for case in cases)], ignore_index=True))
    result = project.build(
        "select a, b, n, {{ baton.row_hash(['a', 'b', 'n']) }} as h from {{ source('data', 'rows') }}"
    )
    seen = {(row["a"], row["b"], row["n"], row["h"]) for row in oracles.rows_of(result)}
    assert len({row[:3] for row in seen}) == len({row[3] for row in seen}) == len(seen)


def test_a_hash_s_place_is_its_first_32_bits(project: Project):
    result = project.build(
        "select {{ baton.hash_fraction(\"md5('a')\") }} as place, {{ baton.hash_fraction(\"md5('b')\") }} as other"
    )
    assert_same_rows(
        result, [{"place": int(md5("a")[:8], 16) / 2**32, "other": int(md5("b")[:8], 16) / 2**32}], rtol=1e-15
    )


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("90s", 90),
        ("15min", 900),
        ("12h", 43200),
        ("30d", 2592000),
        ("4w", 2419200),
        ("0s", 0),
        ("30 d", None),
        ("d", None),
        ("-1d", None),
        ("1.5h", None),
        ("30D", None),
        ("", None),
        ("1mo", None),
    ],
)
def test_durations(duckdb_project: Project, duration, seconds):
    compiled = duckdb_project.compile("{{ baton.duration_seconds('" + duration + "') }}")
    assert compiled.strip() == str(seconds)


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("amount", "amount"),
        ("_x1", "_x1"),
        ("order", '"order"'),
        ("Amount", '"Amount"'),
        ("two words", '"two words"'),
        ('"quoted"', '"quoted"'),
        ('say "hi"', '"say ""hi"""'),
        ("1st", '"1st"'),
        ("naïve", '"naïve"'),
    ],
)
def test_identifiers_are_quoted_where_an_engine_would_read_them_otherwise(duckdb_project: Project, name, sql):
    assert duckdb_project.compile({"result": "{{ baton.identifier('" + name + "') }}"}).strip() == sql


def test_text_values_are_escaped(project: Project):
    text = 'it\'s "quoted" -- naïve ✈ {{ no jinja }}'
    result = project.build(
        {
            "result": "{% set text = 'it\\'s \"quoted\" -- naïve ✈ {' ~ '{ no jinja }' ~ '}' %}select {{ baton.literal(text) }} as text, "
            "{{ baton.literal(none) }} as nothing"
        }
    )
    assert_same_rows(result, [{"text": text, "nothing": None}])


def test_arithmetic_on_time(project: Project):
    odd = {"moment": START, "later": START + timedelta(days=1, seconds=1, microseconds=250000)}
    cases = [case["rows"] for case in drawn(rows=tables(moment=moments, later=moments))]
    rows = pd.concat([pd.DataFrame([odd], dtype=object), *cases], ignore_index=True)
    project.put(rows=rows)
    result = project.build("""
        select moment, later,
            {{ baton.add_seconds('moment', 86400 * 30) }} as in_30_days,
            {{ baton.add_seconds('moment', -5400) }} as before_90_minutes,
            {{ baton.add_microsecond('moment') }} as next_moment,
            {{ baton.seconds_between('moment', 'later') }} as seconds
        from {{ source('data', 'rows') }}""")
    assert_same_rows(
        result,
        [
            {
                "moment": row["moment"],
                "later": row["later"],
                "in_30_days": row["moment"] + timedelta(days=30),
                "before_90_minutes": row["moment"] - timedelta(minutes=90),
                "next_moment": row["moment"] + timedelta(microseconds=1),
                "seconds": (row["later"] - row["moment"]).total_seconds(),
            }
            for row in oracles.rows_of(rows)
        ],
        rtol=1e-15,
        atol=0,
    )


def test_an_as_of_join_finds_the_nearest_row_in_time(project: Project):
    cases = drawn(
        spine=tables(k=maybe_keys, g=keys, as_of=maybe_moments),
        lookup=tables(k=maybe_keys, g=keys, moment=moments),
    )
    first = {"k": "x", "g": "y"}
    spine = stacked(
        [frame([first | {"as_of": START}], ["k", "g", "as_of"]), *(case["spine"] for case in cases)]
    )
    lookup = stacked(
        [frame([first | {"moment": START}], ["k", "g", "moment"]), *(case["lookup"] for case in cases)]
    )
    project.put(spine=spine, lookup=lookup)
    ways = [(strict, forward) for strict in (False, True) for forward in (False, True)]
    models = {
        f"strict_{strict}_forward_{forward}": """with spine_rows as (select * from {{ source('data', 'spine') }}),
        events as (select k as key, g, "case", moment, 'v' || cast(moment as {{ dbt.type_string() }}) as v from {{ source('data', 'lookup') }})
        {{ baton.asof_left_join(spine='spine_rows', lookup='events', keys=[{'spine': 'k', 'lookup': 'key'}, {'spine': 'g', 'lookup': 'g'},
        {'spine': '"case"', 'lookup': '"case"'}],
        spine_time='spine.as_of', lookup_time='moment', columns=[{'name': 'moment', 'alias': 'found_at'}, {'name': 'v', 'alias': 'value'}],
        strict=STRICT, forward=FORWARD) }}""".replace("STRICT", str(strict)).replace("FORWARD", str(forward))
        for strict, forward in ways
    }
    project.build(models)
    rows, events = oracles.rows_of(spine), defaultdict(list)
    for event in oracles.rows_of(lookup):
        events[event["k"], event["g"], event["case"]].append(event["moment"])

    def nearest(row, strict, forward):
        if row["k"] is None or row["as_of"] is None:
            return None
        times = [
            moment
            for moment in events[row["k"], row["g"], row["case"]]
            if (moment > row["as_of"] if forward else moment < row["as_of"])
            or (not strict and moment == row["as_of"])
        ]
        return (min(times) if forward else max(times)) if times else None

    for name, (strict, forward) in zip(models, ways, strict=True):
        expected = [{**row, "found_at": nearest(row, strict, forward)} for row in rows]
        for row in expected:
            row["value"] = f"v{row['found_at']:%Y-%m-%d %H:%M:%S}" if row["found_at"] else None
        with about(strict=strict, forward=forward):
            assert_same_rows(project.read(name), expected)


def test_every_kind_of_argument_is_checked_at_once(duckdb_project: Project):
    duckdb_project.put(rows=pd.DataFrame({"k": [1], "at": [datetime(2024, 1, 1)]}))
    message = duckdb_project.error("""
        {%- set problems = [] -%}
        {%- do baton.expect_relation(problems, 'spine', nowhere) -%}
        {%- do baton.expect_name(problems, 'as_of', 3) -%}
        {%- do baton.expect_names(problems, 'entity', ['a', 'a']) -%}
        {%- do baton.expect_names(problems, 'features', []) -%}
        {%- do baton.expect_list(problems, 'sources', 'x', of='mappings') -%}
        {%- do baton.expect_choice(problems, 'closed', 'up', ['left', 'right']) -%}
        {%- do baton.expect_boolean(problems, 'exact', 'yes') -%}
        {%- do baton.expect_duration(problems, 'ttl', '30 dayz') -%}
        {%- do baton.expect_moment(problems, 'start', none) -%}
        {%- do baton.expect_keys(problems, 'view', {'b': 1}, required=['a'], optional=['c']) -%}
        {%- do baton.expect_matching_keys(problems, 'own', ['a', 'b'], ['c']) -%}
        {%- do baton.expect_columns(problems, 'rows', source('data', 'rows'), ['k', 'AT', 'missing']) -%}
        {%- do baton.expect_supported(problems, 'search', false) -%}
        {%- if execute -%}{%- do baton.raise_problems('any_macro', problems) -%}{%- endif -%}
        select 1 as one""")
    for part in (
        "baton.any_macro: 14 problems in model 'result'",
        "(1) spine is missing, expected ref(...), source(...) or the name of a CTE",
        "as_of is 3, expected the name of a column",
        'entity names "a" 2 times',
        "features is empty, expected the name of a column or a list of names",
        'sources is "x", expected a list of mappings',
        'closed is "up", expected one of left, right',
        'exact is "yes", expected true or false',
        "ttl is \"30 dayz\", expected a duration such as '15min', '12h', '30d' or '4w'",
        "start is missing, expected a date or timestamp such as '2024-01-31'",
        "view has no 'a'",
        "view has an unknown key 'b', expected one of a, c",
        "own names 1 columns, expected 2",
        'rows has no column "missing", it has k, at',
        "(14) search is not supported in this version of baton",
    ):
        assert part in message


def test_every_macro_of_the_data_side_runs_with_dbt_s_empty_flag(project: Project):
    """`--empty` makes every ref() a subquery: the models must still be valid SQL, and have no rows."""
    project.put(
        events=pd.DataFrame({"k": [1], "t": [START], "v": [1.5]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START + timedelta(days=1)]}),
    )
    view = "{'relation': source('data', 'events'), 'event_time': 't', 'features': ['v']}"
    models = {
        "empty_grid": "{{ baton.entity_spine(entities=source('data', 'spine'), entity='k', start='2024-01-01', end='2024-01-03') }}",
        "empty_moments": "{{ baton.event_spine(events=source('data', 'events'), entity='k', event_time='t') }}",
        "empty_features": "{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{'relation': "
        "source('data', 'events'), 'event_time': 't', 'aggregates': [{'function': 'sum', 'column': 'v', 'windows': ['7d']}]}]) }}",
        "empty_store": "{{ baton.scd2(source=source('data', 'events'), entity='k', event_time='t', features=['v']) }}",
        "empty_labels": "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', "
        "event_time='t', horizon='1d') }}",
        "empty_set": "{{ baton.training_set(spine=ref('empty_labels'), entity='k', feature_views=["
        + view
        + "]) }}",
    }
    project.build(models, flags=["--empty"])
    assert {name: len(project.read(name)) for name in models} == dict.fromkeys(models, 0)
