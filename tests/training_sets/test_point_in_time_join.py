"""point_in_time_join against brute force, pandas and polars, and its errors."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pandas as pd
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from point_in_time import (
    KNOWN_AT,
    KNOWN_VIEWS,
    VIEWS,
    expected_of,
    random_case,
    stacked_cases,
    table,
    views_sql,
)
from strategies import START, drawn, keys, maybe_keys, maybe_moments, stacked, tables

CASES = 320  # in one table, told apart by the key column `case`


@settings(max_examples=settings().max_examples // 10)
@given(seed=st.integers(0, 2**63))
def test_a_join_returns_what_brute_force_returns(project: Project, seed: int):
    """320 random cases per engine in CI, as keys of one table; 6,400 every night.

    A case is a history and a spine with separate entities and random density of ties, lateness, rate of NULLs and length.
    Every case runs with every combination of options in VIEWS, and once more with known_at; these count as one case.
    """
    random = Random(seed)
    data = stacked_cases([random_case(random, case) for case in range(CASES)])
    history, spine = data["history"], data["spine"]
    project.put(**data)
    result = project.build(
        {"replayed": views_sql(KNOWN_VIEWS, f"'{KNOWN_AT}'"), "result": views_sql(list(VIEWS))}
    )
    expected = expected_of(history, spine, list(VIEWS))
    assert_same_rows(result, expected)
    assert list(result.columns) == list(expected[0])
    assert_same_rows(project.read("replayed"), expected_of(history, spine, KNOWN_VIEWS, known_at=KNOWN_AT))
    if project.engine.name == "postgres":
        # with an index on keys and time another method is used
        project.execute('create index on {schema}.history ("user", "case", "order")')
        names = [name for name in VIEWS if name not in KNOWN_VIEWS]
        indexed = project.build(views_sql(names))
        assert_same_rows(indexed, expected_of(history, spine, names))


def test_an_index_on_keys_and_time_is_what_postgresql_probes_with(project: Project):
    """The order of the keys in it does not matter; an index on other columns, or a partial one, is not used."""
    project.put(
        history=pd.DataFrame({"case": [1], "user": ["a"], "order": [START], "rank": [1], "id": [1]}).assign(
            Value=1.0, note=""
        ),
        spine=pd.DataFrame({"case": [1], "user": ["a"], "as_of": [START]}),
    )
    for columns, serves in (
        ('("case", "order", "user")', False),
        ('("user", "case", "order") where rank = 1', False),
        ('("user", "case", "order", id)', True),
    ):
        if project.engine.name == "postgres":
            project.execute(f"create index on {{schema}}.history {columns}")
        compiled = project.compile(views_sql(["plain", "strict"]))
        assert ("lateral" in compiled) == (serves and project.engine.name == "postgres")


def test_keys_may_have_other_names_and_a_view_may_cover_some(project: Project):
    cases = drawn(
        history=tables(user=keys, shop=keys, at=maybe_moments),
        spine=tables(user=maybe_keys, Group=maybe_keys, as_of=maybe_moments),
    )
    spine = stacked([table([], user="typed", as_of=START, Group="g"), *(case["spine"] for case in cases)])
    history = stacked([table([], user="t", shop="t", at=START), *(case["history"] for case in cases)])
    history = history.assign(id=pd.Series(range(len(history)), dtype=object))
    project.put(history=history, spine=spine)
    result = project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['user', 'Group', 'case'], feature_views=[
        {'relation': source('data', 'history'), 'entity': ['user', 'shop', 'case'], 'event_time': 'at', 'features': ['id'], 'tie_breaker': ['id'],
         'prefix': 'both_'},
        {'relation': source('data', 'history'), 'entity': {'Group': 'shop', 'case': 'case'}, 'event_time': 'at', 'features': 'id', 'tie_breaker': 'id',
         'prefix': 'some_'}]) }}""")
    expected = []
    for number in range(len(cases) + 1):
        rows = oracles.rows_of(spine[spine["case"] == number])
        past = oracles.rows_of(history[history["case"] == number])
        both = oracles.point_in_time(
            rows, past, [("user", "user"), ("Group", "shop")], ["id"], event_time="at", tie_breaker=["id"]
        )
        some = oracles.point_in_time(
            rows, past, [("Group", "shop")], ["id"], event_time="at", tie_breaker=["id"]
        )
        expected += [
            {**row, "both_id": one["id"], "some_id": two["id"], "some_feature_time": two["view_feature_time"]}
            for row, one, two in zip(rows, both, some, strict=True)
        ]
    assert_same_rows(result, expected)


def test_it_agrees_with_pandas_and_polars_where_they_are_defined(project: Project):
    """Without ties and NULLs, because pandas and polars drop rows with NULL and take any of tied rows."""
    random = Random(3)
    history = pd.DataFrame(
        {
            "k": [random.choice("abcdefgh") for _ in range(2000)],
            "g": [random.randrange(4) for _ in range(2000)],
            "t": [START + minutes * timedelta(minutes=1) for minutes in random.sample(range(14_000), 2000)],
            "v": range(2000),
        }
    )
    spine = pd.DataFrame(
        {
            "k": [random.choice("abcdefghi") for _ in range(500)],
            "g": [random.randrange(5) for _ in range(500)],
            "as_of": [START + random.randrange(14_000) * timedelta(minutes=1) for _ in range(500)],
        }
    )
    project.put(history=history, spine=spine)
    result = project.build(
        """{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['k', 'g'], feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'prefix': 'a_'},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'prefix': 'b_', 'ttl': '5h'},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'prefix': 'c_', 'ttl': '5h',
         'allow_exact_matches': false}]) }}"""
    )
    assert result["a_v"].notna().sum() > result["b_v"].notna().sum() > 0
    left, right = spine.sort_values("as_of"), history.sort_values("t")
    polars_left, polars_right = pl.from_pandas(left), pl.from_pandas(right)
    for view, tolerance, exact in (("a", None, True), ("b", 5, True), ("c", 5, False)):
        by_pandas = pd.merge_asof(
            left,
            right,
            left_on="as_of",
            right_on="t",
            by=["k", "g"],
            tolerance=pd.Timedelta(hours=tolerance) if tolerance else None,
            allow_exact_matches=exact,
        )
        by_polars = polars_left.join_asof(
            polars_right,
            left_on="as_of",
            right_on="t",
            by=["k", "g"],
            tolerance=f"{tolerance}h" if tolerance else None,
            allow_exact_matches=exact,
            coalesce=False,
            check_sortedness=False,
        )
        columns = ["k", "g", "as_of", "v", "t"]
        found = result.rename(columns={f"{view}_v": "v", f"{view}_feature_time": "t"})
        assert_same_rows(found, oracles.rows_of(by_pandas[columns]), columns)
        assert_same_rows(found, by_polars.select(columns).to_dicts(), columns)


def test_rows_tied_to_the_end_are_decided_by_what_they_hold(project: Project):
    """The greatest features, one after the other, on every engine: NULL last, NaN first, a text by its code points."""
    random = Random(5)
    numbers, texts = [None, "0.5", "1e-5", "2e17", "inf", "nan"], [None, "", "a", "Z", "z", "é", "10", "9"]
    rows = [
        {
            "k": place % 60,
            "t": START,
            "number": random.choice(numbers[: 1 + place % 6]),
            "Order": random.choice(texts),
            "document": f'{{"a": {random.choice([9, 10])}}}',
            "id": place,
        }
        for place in range(600)
    ]

    def rank(row: dict[str, Any]) -> tuple[Any, ...]:
        number = float(row["number"] or -1)
        ordered = [(row[name] is not None, (row[name] or "").encode()) for name in ("Order", "document")]
        return (*((1, 0) if number != number else (0, number)), *ordered, row["id"])

    greatest = [max((row for row in rows if row["k"] == k), key=rank)["id"] for k in range(60)]
    project.put(history=pd.DataFrame(rows), spine=pd.DataFrame({"k": range(60), "as_of": START}))
    features = "'features': ['number', 'Order', 'document', 'id']"
    result = project.build(
        {
            "typed": """select k, t, id, "Order", cast(number as double precision) as number, cast(document as json) as document
                from {{ source('data', 'history') }}""",
            "result": f"""{{{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
                {{'relation': ref('typed'), 'event_time': 't', {features}}},
                {{'relation': ref('typed'), 'event_time': 't', 'created_at': 't', 'prefix': 'known_', {features}}}]) }}}}""",
        }
    )
    wanted = [{"k": k, "id": id, "known_id": id} for k, id in enumerate(greatest)]
    assert_same_rows(result, wanted, ["k", "id", "known_id"])


def test_one_error_names_all_that_is_wrong(duckdb_project: Project):
    duckdb_project.put(
        history=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START]}),
    )
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', known_at='2024-01-01', feature_views=[
        {'relation': source('data', 'history'), 'evnt_time': 't', 'features': ['v'], 'ttl': '30 dayz'},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': [], 'created_at': 't', 'entity': {'user': 'k'}}]) }}""")
    for part in (
        "baton.point_in_time_join: 6 problems in model 'result'",
        "feature_views[0] has no 'event_time'",
        "feature_views[0] has an unknown key 'evnt_time', expected one of relation, event_time, features",
        "feature_views[0].ttl is \"30 dayz\", expected a duration such as '15min', '12h', '30d' or '4w'",
        "feature_views[0] has no 'created_at', which known_at needs",
        "feature_views[1].features is empty",
        "feature_views[1].entity maps 'user', which is not a key of the spine; the keys are k",
    ):
        assert part in message
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['k', 'as_of'], known_at='1 May', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'created_at': 't', 'entity': ['k', 'k']},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'created_at': 't', 'entity': {'k': 5}}]) }}""")
    for part in (
        "baton.point_in_time_join: 3 problems",
        'known_at is "1 May", expected a date or timestamp such as',
        'feature_views[0].entity names "k" 2 times',
        "feature_views[1].entity contains 5, expected the name of a column",
    ):
        assert part in message


def test_columns_that_would_meet_are_refused(duckdb_project: Project):
    duckdb_project.put(
        history=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START], "v": [2]}),
    )
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']}]) }}""")
    assert "feature_views[0] would add the column 'v' a second time, give the view a 'prefix'" in message
