"""All kinds of dirty data in spines and histories, and known faults of other tools, each in its own test."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

import oracles
from bench import Postgres, Project
from compare import assert_same_rows
from strategies import START

DAY = timedelta(days=1)
VALUE = "{'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']}"


def joined(*views: str, entity: str = "'k'", spine: str = "source('data', 'spine')") -> str:
    return (
        f"{{{{ baton.point_in_time_join(spine={spine}, entity={entity}, "
        f"feature_views=[{', '.join(views or (VALUE,))}]) }}}}"
    )


def history(*rows: tuple[object, ...], columns: tuple[str, ...] = ("k", "t", "v")) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def spine(*rows: tuple[object, ...], columns: tuple[str, ...] = ("k", "as_of")) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


# the faults of other tools


def test_a_spine_row_without_history_or_with_only_a_future_stays(project: Project):
    """Feast's Dask store drops both, and rows that its ttl leaves empty: 1,015 of 100,000 were gone."""
    project.put(
        history=history(("future", START + DAY, 1), ("old", START - 9 * DAY, 2), ("new", START, 3)),
        spine=spine(*((key, START) for key in ("future", "old", "new", "no history"))),
    )
    result = project.build(joined(VALUE[:-1] + ", 'ttl': '8d'}"))
    assert_same_rows(
        result,
        [
            {"k": "future", "v": None},
            {"k": "old", "v": None},
            {"k": "new", "v": 3},
            {"k": "no history", "v": None},
        ],
    )


def test_duplicate_spine_rows_stay_duplicates(project: Project):
    """Feast's Dask store collapses them, Featureform's row numbers too."""
    project.put(history=history(("a", START, 1)), spine=spine(*[("a", START)] * 3, *[("b", START)] * 2))
    assert_same_rows(project.build(joined()), [{"k": "a", "v": 1}] * 3 + [{"k": "b", "v": None}] * 2)


def test_a_null_key_matches_no_null_key(project: Project):
    """Feast's Dask store joins NULL with NULL."""
    project.put(
        history=history((None, START, 1), ("a", START, 2)),
        spine=spine((None, START), ("a", START), ("a", None), (None, None)),
    )
    assert_same_rows(
        project.build(joined()),
        [
            {"k": None, "as_of": START, "v": None},
            {"k": "a", "as_of": START, "v": 2},
            {"k": "a", "as_of": None, "v": None},
            {"k": None, "as_of": None, "v": None},
        ],
    )


@pytest.mark.parametrize("created", ["", "'created_at': 'c',"], ids=["event_time", "created_at"])
def test_tied_rows_do_not_multiply_the_spine(project: Project, created: str):
    """The SQL templates of Feast, and range joins over lead(), give two rows for one, with and without created_at."""
    project.put(
        history=history(
            ("a", START, START, 1),
            ("a", START, START, 2),
            ("a", START, START, 2),
            columns=("k", "t", "c", "v"),
        ),
        spine=spine(("a", START)),
    )
    result = project.build(joined(VALUE.replace("'features'", created + "'features'")))
    assert len(result) == 1
    assert result["v"][0] in (1, 2)


def test_keys_that_read_alike_when_written_together_are_not_mixed_up(project: Project):
    """Feast's SQL templates concatenate keys as the id of a spine row: 2 rows become 4, with each other's values."""
    project.put(
        history=history(("1", "11", START, 1), ("11", "1", START, 2), columns=("k", "g", "t", "v")),
        spine=spine(("1", "11", START), ("11", "1", START), ("111", "", START), columns=("k", "g", "as_of")),
    )
    assert_same_rows(
        project.build(joined(entity="['k', 'g']")),
        [{"k": "1", "g": "11", "v": 1}, {"k": "11", "g": "1", "v": 2}, {"k": "111", "g": "", "v": None}],
    )


def test_the_bounds_are_those_that_feast_documents(project: Project):
    """A row exactly at as_of counts, one exactly as old as the ttl counts, and a NULL in the newest row stays NULL."""
    project.put(
        history=history(
            ("exact", START, 1.0),
            ("ttl", START - DAY, 2.0),
            ("null", START - DAY, 3.0),
            ("null", START, None),
        ),
        spine=spine(
            ("exact", START), ("ttl", START), ("ttl", START + timedelta(microseconds=1)), ("null", START)
        ),
    )
    assert_same_rows(
        project.build(joined(VALUE[:-1] + ", 'ttl': '1d'}")),
        [
            {"k": "exact", "as_of": START, "v": 1.0, "history_feature_time": START},
            {"k": "ttl", "as_of": START, "v": 2.0, "history_feature_time": START - DAY},
            {"k": "ttl", "as_of": START + timedelta(microseconds=1), "v": None, "history_feature_time": None},
            {"k": "null", "as_of": START, "v": None, "history_feature_time": START},
        ],
    )


def test_a_correction_counts_from_when_it_was_known(project: Project):
    """Feast's default lets a late correction leak into the past; Snowflake's store cannot express the cut-off."""
    project.put(
        history=history(
            ("a", START, START, 1),
            ("a", START, START + 5 * DAY, 2),  # a correction
            ("a", START + DAY, START + 9 * DAY, 3),  # late
            ("a", START + 2 * DAY, None, 4),  # never known
            ("a", START + 20 * DAY, START + 3 * DAY, 5),  # known before it happens
            columns=("k", "t", "c", "v"),
        ),
        spine=spine(*(("a", START + days * DAY) for days in (-1, 0, 4, 5, 8, 9, 19, 20))),
    )
    result = project.build(joined(VALUE[:-1] + ", 'created_at': 'c'}"))
    expected = {-1: None, 0: 1, 4: 1, 5: 2, 8: 2, 9: 3, 19: 3, 20: 5}
    assert_same_rows(result, [{"as_of": START + days * DAY, "v": v} for days, v in expected.items()])


# odd shapes


def test_a_hundred_features_and_ten_views(project: Project):
    names = [f"f{number}" for number in range(100)]
    project.put(
        history=pd.DataFrame(
            [
                ["a", START + day * DAY, *(day * 1000 + number for number in range(100))]
                for day in (0, 1, 2, 2)
            ],
            columns=["k", "t", *names],
        ),
        spine=spine(("a", START + 2 * DAY), ("a", START + DAY), ("b", START)),
    )
    views = [
        f"{{'relation': source('data', 'history'), 'event_time': 't', 'features': {names}, 'prefix': 'v{view}_', 'ttl': '{view}h'}}"
        for view in range(10)
    ]
    result = project.build(joined(*views)).set_index(["k", "as_of"])
    assert result.shape == (3, 10 * 101)
    for view in range(10):
        for number in (0, 50, 99):
            found = result[f"v{view}_f{number}"]
            assert found["a", pd.Timestamp(START + 2 * DAY)] == 2000 + number
            assert found["a", pd.Timestamp(START + DAY)] == 1000 + number
            assert pd.isna(found["b", pd.Timestamp(START)])


def test_an_empty_history_and_an_empty_spine(project: Project):
    past, asked = history(("a", START, START, 1), columns=("k", "t", "c", "v")), spine(("a", START))
    view = VALUE[:-1] + ", 'created_at': 'c', 'prefix': 'known_'}"
    for no_history, no_spine in ((True, False), (False, True), (True, True)):
        project.put(history=past, spine=asked)
        if no_history:
            project.execute("delete from {schema}.history")
        if no_spine:
            project.execute("delete from {schema}.spine")
        result = project.build(joined(VALUE, view))
        assert list(result.columns) == [
            "k",
            "as_of",
            "v",
            "history_feature_time",
            "known_v",
            "known_feature_time",
        ]
        assert_same_rows(
            result,
            [] if no_spine else [{"k": "a", "as_of": START, "v": None, "known_v": None}],
            ["k", "as_of", "v", "known_v"],
        )


def test_nan_and_infinity_are_features_like_any_other(project: Project):
    values = [float("nan"), float("inf"), float("-inf"), None]
    past = pd.DataFrame({"k": range(4), "t": START, "v": pd.Series(values, dtype=object)})
    project.put(history=pd.concat([past, past]), spine=pd.DataFrame({"k": range(4), "as_of": START}))
    project.build(joined())
    written = project.query("select k, cast(v as text) as v from {schema}.result order by k")["v"]
    assert [None if pd.isna(value) else value.lower() for value in written] in (
        ["nan", "inf", "-inf", None],
        ["nan", "infinity", "-infinity", None],
    )


def test_names_may_be_upper_case_reserved_or_quoted(project: Project):
    project.put(
        history=history(
            ("a", "b", START, START, START + DAY, 1, 2, 3, 4),
            columns=("Select", "from", "Order", "By", "Group", "where", "plain", "It's", "as_of"),
        ),
        spine=spine(("a", "b", START), columns=("User", "table", "As Of")),
    )
    project.execute('alter table {schema}.history rename plain to "Say ""hi"""')
    result = project.build(
        """{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['User', 'table'], as_of='As Of', feature_views=[
        {'relation': source('data', 'history'), 'entity': ['Select', 'from'], 'event_time': 'Order', 'created_at': 'By',
         'valid_to': 'Group', 'features': ['where', 'Say "hi"', "It's", 'as_of'], 'tie_breaker': ['Group']}]) }}"""
    )
    assert list(result.columns) == [
        "User",
        "table",
        "As Of",
        "where",
        'Say "hi"',
        "It's",
        "as_of",
        "history_feature_time",
    ]
    assert result.iloc[0].tolist()[3:7] == [1, 2, 3, 4]


def test_keys_features_and_views_may_be_named_like_our_own(project: Project):
    """One view is named like a CTE for the times of another might be: `delivery` and `delivery_times`."""
    columns = ("side", "is_moment", "t", "c", "newest_first", "is_newest")
    project.put(
        history=history(("buy", 1, START, START, 5, 6), columns=columns),
        history_times=history(("buy", START, 7), columns=("side", "t", "v")),
        spine=spine(("buy", 1, START), ("sell", 1, START), columns=("side", "is_moment", "as_of")),
    )
    result = project.build(
        joined(
            "{'relation': source('data', 'history_times'), 'entity': {'side': 'side'}, 'event_time': 't', 'features': ['v']}",
            "{'relation': source('data', 'history'), 'event_time': 't', 'features': ['newest_first']}",
            "{'relation': source('data', 'history'), 'event_time': 't', 'created_at': 'c', 'features': ['is_newest'], 'prefix': 'known_'}",
            entity="['side', 'is_moment']",
        )
    )
    assert_same_rows(
        result,
        [
            {"side": "buy", "v": 7, "newest_first": 5, "known_is_newest": 6},
            {"side": "sell", "v": None, "newest_first": None, "known_is_newest": None},
        ],
    )


def test_keys_may_be_of_types_that_are_compared_with_each_other(project: Project):
    project.put(
        history=history((1, "a", START, 1), (2, "b", START, 2), columns=("k", "g", "t", "v")),
        spine=spine((1, "a", START), (2, "b", START), (3, "c", START), columns=("k", "g", "as_of")),
    )
    project.execute("alter table {schema}.spine alter column k type smallint")
    project.execute("alter table {schema}.spine alter column g type varchar(9)")
    project.execute("alter table {schema}.spine alter column as_of type timestamp(0)")
    expected = [{"k": 1, "v": 1}, {"k": 2, "v": 2}, {"k": 3, "v": None}]
    assert_same_rows(project.build(joined(entity="['k', 'g']")), expected)


def test_long_names_of_features_stay_apart(project: Project):
    """PostgreSQL would truncate them to the same 63 characters."""
    project.put(history=history(("a", START, 1, 2), columns=("k", "t", "v", "w")), spine=spine(("a", START)))
    result = project.build(joined(VALUE.replace("['v']", f"['v', 'w'], 'prefix': '{'p' * 70}_'")))
    assert result.iloc[0].tolist()[2:] == [1, 2, START]


def test_a_column_of_the_history_may_be_named_like_one_of_the_spine(project: Project):
    """The spine's key has the name of the history's time, and the history's key that of the spine's as_of."""
    project.put(
        history=history((1, START, 7), (2, START, 8), columns=("as_of", "k", "v")),
        spine=spine((1, START), (2, START - DAY)),
    )
    result = project.build(
        joined(
            "{'relation': source('data', 'history'), 'entity': 'as_of', 'event_time': 'k', 'features': ['v']}"
        )
    )
    assert_same_rows(result, [{"k": 1, "as_of": START, "v": 7}, {"k": 2, "as_of": START - DAY, "v": None}])


def test_zoned_times_are_compared_in_utc_and_the_spine_stays_as_it_is(project: Project):
    zoned = pd.to_datetime(["2024-01-01 20:00"]).tz_localize("America/New_York")
    project.put(
        history=pd.DataFrame({"k": [1], "t": zoned, "v": [7]}),
        spine=pd.DataFrame({"k": [1, 1], "as_of": pd.to_datetime(["2024-01-02 00:59", "2024-01-02 01:00"])}),
        zoned_spine=pd.DataFrame({"k": [1], "as_of": zoned}),
    )
    result = project.build({"zoned": joined(spine="source('data', 'zoned_spine')"), "result": joined()})
    found = {"v": 7, "history_feature_time": datetime(2024, 1, 2, 1)}
    assert_same_rows(
        result,
        [
            {"as_of": datetime(2024, 1, 2, 0, 59), "v": None, "history_feature_time": None},
            {"as_of": datetime(2024, 1, 2, 1), **found},
        ],
    )
    assert_same_rows(project.read("zoned"), [found])
    kept = project.query("select as_of at time zone 'UTC' as as_of from {schema}.zoned")
    assert_same_rows(kept, [{"as_of": datetime(2024, 1, 2, 1)}])


def test_a_date_is_its_midnight(project: Project):
    days = [date(2024, 1, 1), date(2024, 1, 3)]
    project.put(
        history=pd.DataFrame({"k": ["a", "a"], "t": pd.Series(days, dtype=object), "v": [1, 2]}),
        spine=pd.DataFrame(
            {"k": "a", "as_of": pd.Series([date(2024, 1, 2), date(2024, 1, 3)], dtype=object)}
        ),
    )
    assert_same_rows(
        project.build(joined(VALUE[:-1] + ", 'ttl': '1d'}")),
        [
            {"as_of": date(2024, 1, 2), "v": 1, "history_feature_time": datetime(2024, 1, 1)},
            {"as_of": date(2024, 1, 3), "v": 2, "history_feature_time": datetime(2024, 1, 3)},
        ],
    )


def test_a_moment_may_be_infinite(project: Project):
    """as_of infinity finds the newest row, whatever its end, and a row that is valid from -infinity is found."""
    project.put(
        history=history(("a", START, START + DAY, 1), columns=("k", "t", "e", "v")), spine=spine(("a", START))
    )
    project.execute(
        "insert into {schema}.history values ('b', '-infinity', null, 2), ('a', 'infinity', null, 3)"
    )
    project.execute(
        "insert into {schema}.spine values ('b', 'infinity'), ('b', '2024-01-01'), ('a', 'infinity')"
    )
    project.build(joined(VALUE[:-1] + ", 'valid_to': 'e'}"))
    found = project.query("select k, isfinite(as_of) as finite, v from {schema}.result")
    assert_same_rows(
        found,
        [
            {"k": "a", "finite": True, "v": 1},
            {"k": "a", "finite": False, "v": 3},
            {"k": "b", "finite": True, "v": 2},
            {"k": "b", "finite": False, "v": 2},
        ],
    )


def test_spine_and_views_may_be_ctes(project: Project):
    project.put(history=history(("a", START, 1), ("a", START, 2)), spine=spine(("a", START), ("b", START)))
    result = project.build(
        "with asked as (select * from {{ source('data', 'spine') }}), past as (select * from {{ source('data', 'history') }}), "
        "joined as ("
        + joined(
            "{'relation': 'past', 'event_time': 't', 'features': ['v'], 'tie_breaker': ['v']}",
            spine="'asked'",
        )
        + ") select * from joined"
    )
    assert_same_rows(result, [{"k": "a", "v": 2}, {"k": "b", "v": None}])


def test_features_may_be_of_types_that_have_no_order(project: Project):
    """PostgreSQL has no equality for json."""
    project.put(history=history(("a", START, '{"x": 1}')), spine=spine(("a", START)))
    project.execute(
        "alter table {schema}.history alter column v type json using v::json"
        if isinstance(project.engine, Postgres)
        else "alter table {schema}.history alter column v type json"
    )
    project.execute("insert into {schema}.history select * from {schema}.history")
    result = project.build(joined())
    assert len(result) == 1
    assert oracles.rows_of(project.query("select cast(v as text) as v from {schema}.result")) == [
        {"v": '{"x": 1}'}
    ]
