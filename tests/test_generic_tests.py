"""The generic tests as users write them: each fault fails with a sentence that names its row, and what is right passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from bench import Project
from strategies import START

DAY = timedelta(days=1)
NEVER = None


def frame(columns: list[str], *rows: tuple[Any, ...]) -> pd.DataFrame:
    """A frame of Python objects, so that NULL stays NULL."""
    return pd.DataFrame(
        {name: pd.Series([row[place] for row in rows], dtype=object) for place, name in enumerate(columns)}
    )


def day(number: int) -> str:
    """A day of the tables as it stands in a message."""
    return f"{START + number * DAY}"


def messages(rows: pd.DataFrame) -> list[str]:
    assert rows.columns[0] == "message"
    return sorted(rows["message"])


def test_no_future_features_names_the_row_and_the_time_that_was_not_known(project: Project):
    columns = ["Customer Id", "select", "as_of", "plan_feature_time", "usage_feature_time", "seen"]
    clean = frame(
        columns,
        ("c'1", 1, START, START, START - DAY, START),
        ("c2", 1, START, NEVER, NEVER, START),
        ("c3", 1, NEVER, NEVER, NEVER, START),
    )
    faulty = frame(
        columns,
        ("c'1", 1, START, START + DAY, START + 2 * DAY, START + DAY),
        ("c2", 1, NEVER, NEVER, START, START),
        ("c3", 2, START, START, START, START),
    )
    project.put(clean=clean, faulty=faulty)
    test = {"test": "no_future_features", "arguments": {"entity": ["Customer Id", "select"]}}
    seen = {"test": "no_future_features", "arguments": {"feature_times": ["seen"]}}
    strict = {
        "test": "no_future_features",
        "arguments": {"entity": "Customer Id", "allow_exact_matches": False},
    }
    found = project.failing_rows(
        {
            "clean": {"model": "clean", **test},
            "faulty": {"model": "faulty", **test},
            "filtered": {"model": "faulty", **test, "config": {"where": "\"Customer Id\" = 'c2'"}},
            "named": {"model": "faulty", **seen},
            "strict": {"model": "clean", **strict},
        }
    )
    assert found["clean"].empty
    of_c2 = f"Customer Id c2, select 1, as_of NULL: usage_feature_time is {day(0)}, but as_of is NULL: nothing says that this was known"
    assert messages(found["faulty"]) == [
        f"Customer Id c'1, select 1, as_of {day(0)}: plan_feature_time is {day(1)}, after as_of: this feature comes from the future",
        f"Customer Id c'1, select 1, as_of {day(0)}: usage_feature_time is {day(2)}, after as_of: this feature comes from the future",
        of_c2,
    ]
    assert list(found["faulty"].columns) == [
        "message", "Customer Id", "select", "as_of", "feature_time_column", "feature_time",
    ]  # fmt: skip
    assert messages(found["filtered"]) == [of_c2]
    assert messages(found["named"]) == [
        f"as_of {day(0)}: seen is {day(1)}, after as_of: this feature comes from the future",
        f"as_of NULL: seen is {day(0)}, but as_of is NULL: nothing says that this was known",
    ]
    assert messages(found["strict"]) == [
        f"Customer Id c'1, as_of {day(0)}: plan_feature_time is {day(0)}, not before as_of: this feature comes from the future"
    ]


def test_same_rows_as_says_which_rows_a_join_lost_multiplied_or_added(project: Project):
    spine = frame(
        ["Order", "at"],
        ("a", START),
        ("a", START),
        ("it's", NEVER),
        (NEVER, START),
        ("lost", START),
        ("twice", START),
    )
    joined = frame(
        ["key", "asked"],
        *[(row["Order"], row["at"]) for row in spine.to_dict("records") if row["Order"] != "lost"],
        ("twice", START),
        ("new", START),
    )
    joined = joined.iloc[1:]
    project.put(spine=spine, joined=joined, same=spine.sample(frac=1, random_state=1))
    columns = {"key": "Order", "asked": "at"}
    test = {"model": "joined", "test": "same_rows_as"}
    there = "source('data', 'spine')"
    kept = "\"Order\" in ('it''s') or \"Order\" is null"
    found = project.failing_rows(
        {
            "faulty": {**test, "arguments": {"compare_to": there, "columns": columns}},
            "clean": {"model": "same", "test": "same_rows_as", "arguments": {"compare_to": there}},
            "some": {
                **test,
                "arguments": {"compare_to": there, "columns": columns, "compare_where": kept},
                "config": {"where": "key in ('it''s') or key is null"},
            },
        }
    )
    assert found["clean"].empty
    assert found["some"].empty
    assert messages(found["faulty"]) == [
        f"key a, asked {day(0)}: 1 here, 2 in spine: some of the rows that are alike were lost",
        f"key lost, asked {day(0)}: 0 here, 1 in spine: the row was lost",
        f"key new, asked {day(0)}: 1 here, 0 in spine: the row was added",
        f"key twice, asked {day(0)}: 2 here, 1 in spine: the row was multiplied",
    ]


def test_valid_intervals_says_what_is_wrong_with_a_version(project: Project):
    columns = ["Customer", "region", "valid_from", "valid_to"]
    clean = frame(
        columns,
        ("a", 1, START, START + DAY),
        ("a", 1, START + DAY, START + 2 * DAY),
        ("a", 1, START + 3 * DAY, NEVER),
        ("a", 2, START, NEVER),
        (NEVER, 2, START, NEVER),
        (NEVER, 2, START, NEVER),
    )
    faulty = frame(
        columns,
        ("overlaps", 1, START, START + 3 * DAY),
        ("overlaps", 1, START + DAY, START + 2 * DAY),
        ("overlaps", 1, START + 2 * DAY, NEVER),
        ("negative", 1, START, START - DAY),
        ("empty", 1, START, START),
        ("open twice", 1, START, NEVER),
        ("open twice", 1, START + DAY, NEVER),
        ("still open", 1, START, NEVER),
        ("still open", 1, START + DAY, START + 2 * DAY),
        ("same start", 1, START, START + DAY),
        ("same start", 1, START, NEVER),
        ("no start", 1, NEVER, START),
    )
    project.put(clean=clean, faulty=faulty)
    arguments: dict[str, Any] = {"entity": ["Customer", "region"]}
    found = project.failing_rows(
        {
            "clean": {"model": "clean", "test": "valid_intervals", "arguments": arguments},
            "gaps": {
                "model": "clean",
                "test": "valid_intervals",
                "arguments": {**arguments, "allow_gaps": False},
            },
            "faulty": {"model": "faulty", "test": "valid_intervals", "arguments": arguments},
            "filtered": {
                "model": "faulty",
                "test": "valid_intervals",
                "arguments": arguments,
                "config": {"where": "\"Customer\" in ('empty', 'no start')"},
            },
        }
    )

    def row(customer: str, start: str, end: str) -> str:
        return f"Customer {customer}, region 1, valid_from {start}, valid_to {end}: "

    assert found["clean"].empty
    assert messages(found["gaps"]) == [
        row("a", day(3), "NULL") + f"no version holds from {day(2)} until it begins"
    ]
    holds_never = "it ends no later than it begins, so it holds at no moment"
    filtered = [
        row("empty", day(0), day(0)) + holds_never,
        row("no start", "NULL", day(0)) + "valid_from is NULL, so no moment finds this version",
    ]
    assert messages(found["filtered"]) == filtered
    assert messages(found["faulty"]) == sorted(
        [
            *filtered,
            row("overlaps", day(1), day(2))
            + f"an earlier version holds until {day(3)}, so a join finds both",
            row("overlaps", day(2), "NULL")
            + f"an earlier version holds until {day(3)}, so a join finds both",
            row("negative", day(0), day(-1)) + holds_never,
            row("open twice", day(1), "NULL")
            + f"the version from {day(0)} is still open as well, so a join finds both",
            row("still open", day(1), day(2))
            + f"the version from {day(0)} is still open, so a join finds both",
            row("same start", day(0), "NULL")
            + "another version begins at the same moment, so a join takes either of them or both",
        ]
    )


def test_features_are_fresh_says_how_old_they_are(project: Project):
    seen = frame(
        ["Shop", "seen", "asked"],
        ("a", START + 9 * DAY, START + 10 * DAY),
        ("b", START + 5 * DAY, START + 10 * DAY),
        ("b", START + 30 * DAY, START + 30 * DAY),
        ("c", NEVER, START),
        ("d", START, NEVER),
    )
    now = pd.Timestamp.now("UTC").tz_localize(None)
    project.put(seen=seen, now=frame(["seen"], (now.to_pydatetime(),)))
    test = {"model": "seen", "test": "features_are_fresh"}
    at = str(START + 10 * DAY)
    joined = {"event_time": "seen", "max_age": "2d", "as_of": "asked", "entity": "Shop"}
    found = project.failing_rows(
        {
            "at_run_start": {
                "model": "now",
                "test": "features_are_fresh",
                "arguments": {"event_time": "seen", "max_age": "1h"},
            },
            "long_ago": {**test, "arguments": {"event_time": "seen", "max_age": "4w"}},
            "at": {**test, "arguments": {"event_time": "seen", "max_age": "1d", "at": at}},
            "too_old": {**test, "arguments": {"event_time": "seen", "max_age": "23h", "at": at}},
            "by_query": {
                **test,
                "arguments": {
                    "event_time": "seen",
                    "max_age": "0s",
                    "at": "(select max(asked) from {{ source('data', 'seen') }})",
                },
            },
            "entities": {
                **test,
                "arguments": {"event_time": "seen", "max_age": "1d", "at": at, "entity": "Shop"},
            },
            "most_entities": {
                **test,
                "arguments": {
                    "event_time": "seen",
                    "max_age": "2d",
                    "at": at,
                    "entity": "Shop",
                    "tolerated_share": 0.75,
                },
            },
            "one_shop": {
                **test,
                "arguments": {"event_time": "seen", "max_age": "1d", "at": at},
                "config": {"where": "\"Shop\" = 'b'"},
            },
            "joined": {**test, "arguments": joined},
            "mostly_joined": {**test, "arguments": {**joined, "tolerated_share": 0.6}},
            "empty": {
                **test,
                "arguments": {"event_time": "seen", "max_age": "1d"},
                "config": {"where": "1 = 0"},
            },
            "empty_entities": {
                **test,
                "arguments": {"event_time": "seen", "max_age": "1d", "entity": "Shop"},
                "config": {"where": "1 = 0"},
            },
            "empty_joined": {**test, "arguments": joined, "config": {"where": "1 = 0"}},
        }
    )
    for name in ("at_run_start", "at", "by_query", "most_entities", "mostly_joined"):
        assert found[name].empty, name
    assert messages(found["too_old"]) == [f"seen is {day(9)}, more than 23h before {at}"]
    assert messages(found["one_shop"]) == [f"seen is {day(5)}, more than 1d before {at}"]
    assert len(found["long_ago"]) == 1
    share = "(so are 3 of 4 entities, a share of 0 is tolerated)"
    assert messages(found["entities"]) == [
        f"Shop b: seen is {day(5)}, more than 1d before {at} {share}",
        f"Shop c: there is no seen up to {at} {share}",
        f"Shop d: seen is {day(0)}, more than 1d before {at} {share}",
    ]
    share = "(so are 3 of 5 rows, a share of 0 is tolerated)"
    assert messages(found["joined"]) == [
        f"Shop b, asked {day(10)}: seen is {day(5)}, more than 2d before asked {share}",
        f"Shop c, asked {day(0)}: there is no seen at asked {share}",
        f"Shop d, asked NULL: seen has no age without asked {share}",
    ]
    assert messages(found["empty"])[0].startswith("there is no seen up to 2")
    for name in ("empty_entities", "empty_joined"):
        assert messages(found[name]) == ["there is no row, so nothing is fresh"]


def test_label_is_mature_says_which_label_may_still_change(project: Project):
    columns = ["Order", "as_of", "label", "label_window_end", "label_is_mature"]
    clean = frame(
        columns,
        ("a", START, 1, START + DAY, True),
        ("b", START, 0, START + DAY, True),
        ("c", START, NEVER, START + 9 * DAY, False),
        ("d", START, NEVER, NEVER, NEVER),
    )
    faulty = frame(
        columns,
        ("flagged", START, 0, START + DAY, False),
        ("unknown", START, 0, START + DAY, NEVER),
        ("early", START, 1, START + 9 * DAY, False),
        ("too soon", START, 0, START + 9 * DAY, True),
        ("unlabelled", START, NEVER, START + DAY, True),
        ("endless", START, 0, NEVER, True),
    )
    plain = clean[["Order", "as_of", "label"]]
    project.put(clean=clean, faulty=faulty, plain=plain)
    observed = {"entity": "Order", "observed_until": day(2)}
    test = {"test": "label_is_mature"}
    found = project.failing_rows(
        {
            "clean": {"model": "clean", **test, "arguments": {**observed, "require_label": True}},
            "flag": {"model": "faulty", **test, "arguments": {"entity": "Order"}},
            "observed": {
                "model": "faulty",
                **test,
                "arguments": observed,
                "config": {"where": "label is not null"},
            },
            "by_column": {
                "model": "faulty",
                **test,
                "arguments": {
                    "entity": "Order",
                    "observed_until": "label_window_end",
                    "label_is_mature": None,
                },
            },
            "early": {
                "model": "faulty",
                **test,
                "arguments": {**observed, "decided_early": [1], "require_label": True},
            },
            "horizon": {
                "model": "plain",
                **test,
                "arguments": {"entity": "Order", "observed_until": day(2), "horizon": "2d"},
            },
            "short": {
                "model": "plain",
                **test,
                "arguments": {"entity": "Order", "observed_until": day(2), "horizon": "3d"},
            },
        }
    )

    def row(order: str, label: str = "0") -> str:
        return f"Order {order}, as_of {day(0)}: {label}"

    assert found["clean"].empty
    assert found["horizon"].empty
    unflagged = " is its label, but label_is_mature does not hold: later events can still change it"
    assert messages(found["flag"]) == [
        row("early", "1") + unflagged,
        row("flagged") + unflagged,
        row("unknown") + unflagged,
    ]

    def too_soon(end: str) -> str:
        return f" is its label, but its window ends at {end} and events are complete until {day(2)}: they can still change it"

    assert messages(found["observed"]) == [
        row("early", "1") + too_soon(day(9)),
        row("endless") + too_soon("NULL"),
        row("flagged") + unflagged,
        row("too soon") + too_soon(day(9)),
        row("unknown") + unflagged,
    ]
    assert messages(found["by_column"]) == [
        f"Order endless, as_of {day(0)}: 0 is its label, but its window ends at NULL and events are complete until NULL: "
        "they can still change it"
    ]
    assert messages(found["early"]) == [
        row("endless") + too_soon("NULL"),
        row("flagged") + unflagged,
        row("too soon") + too_soon(day(9)),
        row("unknown") + unflagged,
        f"Order unlabelled, as_of {day(0)}: its window is over, but it has no label",
    ]
    assert len(found["short"]) == 2


def test_no_split_leakage_says_which_row_a_later_split_knows(project: Project):
    columns = ["Order", "as_of", "split", "label_window_end"]
    clean = frame(
        columns,
        ("a", START, "train", START + 2 * DAY),
        ("b", START + DAY, "train", START + 5 * DAY),
        ("a", START + 5 * DAY, "validation", START + 9 * DAY),
        ("a", START + 9 * DAY, "test", NEVER),
        ("a", START, NEVER, START + 99 * DAY),
    )
    faulty = pd.concat(
        [
            clean,
            frame(
                columns,
                ("reaches", START + DAY, "train", START + 6 * DAY),
                ("late", START + 6 * DAY, "train", START + 6 * DAY),
                ("a", START + 5 * DAY, "train", START + 5 * DAY),
                ("endless", START + DAY, "train", NEVER),
                ("timeless", NEVER, "train", START),
            ),
        ]
    )
    # what is validated on in the first fold is learned from in the second
    folds = pd.concat([clean.assign(fold=1), clean.assign(fold=2, as_of=clean["as_of"] + 4 * DAY)])
    folds["label_window_end"] = folds["as_of"]
    project.put(clean=clean, faulty=faulty, folds=folds, apart=clean.iloc[1:3])
    test = {"test": "no_split_leakage"}
    arguments = {"entity": "Order"}
    found = project.failing_rows(
        {
            "clean": {"model": "clean", **test, "arguments": arguments},
            "faulty": {"model": "faulty", **test, "arguments": arguments},
            "horizon": {"model": "clean", **test, "arguments": {**arguments, "horizon": "5d"}},
            "times": {"model": "faulty", **test, "arguments": {**arguments, "label_window_end": None}},
            "folds": {"model": "folds", **test, "arguments": {**arguments, "fold": "fold"}},
            "no_folds": {"model": "folds", **test, "arguments": arguments},
            "filtered": {
                "model": "faulty",
                **test,
                "arguments": arguments,
                "config": {"where": "\"Order\" <> 'a'"},
            },
            "by_entity": {"model": "faulty", **test, "arguments": {**arguments, "by": "entity"}},
            "apart": {"model": "apart", **test, "arguments": {**arguments, "by": "entity"}},
            "entity_folds": {
                "model": "folds",
                **test,
                "arguments": {**arguments, "by": "entity", "fold": "fold"},
            },
        }
    )
    for name in ("clean", "folds", "apart"):
        assert found[name].empty, name
    overlap = f"validation begins at {day(5)}, so the two overlap in time"
    timeless = "Order timeless, as_of NULL, in train: as_of is NULL, so nothing says that it does not lie in another split"
    same = f"Order a, as_of {day(5)}, in train: the same row stands in train and in validation"
    late = f"Order late, as_of {day(6)}, in train: {overlap}"
    assert messages(found["filtered"]) == [timeless]
    assert messages(found["times"]) == sorted([same, late, timeless])
    assert messages(found["faulty"]) == sorted(
        [
            same,
            late,
            timeless,
            f"Order endless, as_of {day(1)}, in train: its label window has no end, so nothing says that it does not reach into validation",
            f"Order reaches, as_of {day(1)}, in train: its label window ends at {day(6)} and reaches into validation, which begins at {day(5)}",
        ]
    )
    assert messages(found["horizon"]) == [
        f"Order a, as_of {day(5)}, in validation: its label window ends at {day(10)} and reaches into test, which begins at {day(9)}",
        f"Order b, as_of {day(1)}, in train: its label window ends at {day(6)} and reaches into validation, which begins at {day(5)}",
    ]
    assert len(found["no_folds"]) > 0
    learned = "among them, so a model is tested on what it has learned"
    assert messages(found["by_entity"]) == [
        f"Order a: its 4 rows stand in 3 splits, test and validation {learned}"
    ]
    assert messages(found["entity_folds"]) == [
        f"fold {fold}, Order a: its 3 rows stand in 3 splits, test and validation {learned}"
        for fold in (1, 2)
    ]


def test_zoned_times_are_compared_in_utc(project: Project):
    new_york = pd.to_datetime(["2024-01-01 19:00", "2024-01-01 19:01"]).tz_localize("America/New_York")
    midnight = pd.Timestamp("2024-01-02")
    project.put(
        zoned=pd.DataFrame({"k": [1, 2], "as_of": midnight, "x_feature_time": new_york}),
        spine=pd.DataFrame({"k": [1, 2], "as_of": [midnight, midnight + timedelta(minutes=1)]}),
        versions=pd.DataFrame({"k": 1, "valid_from": new_york, "valid_to": [midnight, pd.NaT]}),
    )
    found = project.failing_rows(
        {
            "future": {"model": "zoned", "test": "no_future_features", "arguments": {"entity": "k"}},
            "same": {
                "model": "zoned",
                "test": "same_rows_as",
                "arguments": {
                    "compare_to": "source('data', 'spine')",
                    "columns": {"k": "k", "x_feature_time": "as_of"},
                },
            },
            "versions": {"model": "versions", "test": "valid_intervals", "arguments": {"entity": "k"}},
        }
    )
    assert messages(found["future"]) == [
        "k 2, as_of 2024-01-02 00:00:00: x_feature_time is 2024-01-02 00:01:00, after as_of: this feature comes from the future"
    ]
    assert found["same"].empty
    assert messages(found["versions"]) == [
        "k 1, valid_from 2024-01-02 00:00:00, valid_to 2024-01-02 00:00:00: it ends no later than it begins, so it holds at no moment"
    ]


def test_a_source_an_ephemeral_model_and_a_table_with_a_column_message_can_be_tested(project: Project):
    project.put(tickets=frame(["message", "as_of", "x_feature_time"], ("help", START, START + DAY)))
    arguments = {"entity": "message"}
    models = {
        "passing_tested": "{{ config(materialized='ephemeral') }} select 1 as k, cast('2024-01-01' as timestamp) as valid_from, "
        "cast(null as timestamp) as valid_to"
    }
    found = project.failing_rows(
        {
            "of_tickets": {"model": "tickets", "test": "no_future_features", "arguments": arguments},
            "of_passing": {"model": "passing", "test": "valid_intervals", "arguments": {"entity": "k"}},
            "some_passing": {
                "model": "passing",
                "test": "valid_intervals",
                "arguments": {"entity": "k"},
                "config": {"where": "k = 1"},
            },
        },
        models=models,
    )
    assert messages(found["of_tickets"])[0].startswith(f"message help, as_of {day(0)}: x_feature_time is")
    assert list(found["of_tickets"].columns)[:2] == ["message", "message_"]
    assert found["of_passing"].empty
    assert found["some_passing"].empty


def test_a_source_can_be_tested_with_where(project: Project):
    project.put(tickets=frame(["id", "as_of", "x_feature_time"], (1, START, START + DAY)))
    tested = {
        "name": "of_source",
        "config": {"where": "id = 1", "store_failures": True, "alias": "of_source"},
    }
    table = {"name": "tickets", "data_tests": [{"baton.no_future_features": tested}]}
    yml = {"sources": [{"name": "again", "schema": "baton_test", "tables": [table]}]}
    message = project.error(
        {"reader": "select * from {{ source('again', 'tickets') }}"}, yml=yml, flags=["source:again"]
    )
    assert "Got 1 result" in message
    stored = project.query("select * from {schema}_dbt_test__audit.of_source")
    assert messages(stored)[0].startswith(f"as_of {day(0)}: x_feature_time is {day(1)}, after as_of")


ERRORS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no_future_features": (
        {"entity": "k", "feature_times": [], "allow_exact_matches": "yes"},
        [
            "2 problems in test 'bad'",
            "feature_times is empty",
            'allow_exact_matches is "yes", expected true or false',
        ],
    ),
    "same_rows_as": (
        {"compare_to": "source('data', 'there')", "columns": ["k", "other"], "compare_where": 1},
        ["1 problem in test 'bad'", "compare_where is 1, expected a SQL condition"],
    ),
    "valid_intervals": (
        {"entity": [], "valid_to": 3, "allow_gaps": 1},
        [
            "3 problems in test 'bad'",
            "entity is empty",
            "valid_to is 3, expected the name of a column",
            "allow_gaps is 1",
        ],
    ),
    "features_are_fresh": (
        {"event_time": "t", "max_age": "30 dayz", "at": "2024-01-01", "as_of": "t", "tolerated_share": 1},
        [
            "3 problems in test 'bad'",
            "max_age is \"30 dayz\", expected a duration such as '15min', '12h', '30d' or '4w'",
            "at and as_of are both given: one moment for the table, or a column with a moment for each row",
            "tolerated_share is 1, expected a number from 0 to less than 1",
        ],
    ),
    "label_is_mature": (
        {
            "entity": "k",
            "decided_early": "some",
            "require_label": 1,
            "observed_until": "2024-01-01",
            "horizon": "x",
        },
        [
            "3 problems in test 'bad'",
            "decided_early is \"some\", expected a list of labels or 'any'",
            'horizon is "x"',
        ],
    ),
    "no_split_leakage": (
        {"entity": "k", "by": "luck", "horizon": 3},
        ["2 problems in test 'bad'", 'by is "luck", expected one of time, entity', "horizon is 3"],
    ),
}
MISSING_COLUMNS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no_future_features": (
        {"as_of": "t"},
        [
            "feature_times is missing, and no column of here_tested ends with _feature_time, it has k, t, label"
        ],
    ),
    "same_rows_as": (
        {"compare_to": "source('data', 'there')"},
        ['here_tested has no column "other", it has k, t, label'],
    ),
    "valid_intervals": (
        {"entity": ["k", "shop"]},
        [
            "3 problems",
            'here_tested has no column "shop", it has k, t, label',
            'here_tested has no column "valid_from"',
            'here_tested has no column "valid_to"',
        ],
    ),
    "features_are_fresh": (
        {"event_time": "when", "max_age": "1d"},
        ['here_tested has no column "when", it has k, t, label'],
    ),
    "label_is_mature": (
        {"as_of": "t"},
        [
            'observed_until is missing, and here_tested has no column "label_is_mature": one of them says which labels are mature'
        ],
    ),
    "no_split_leakage": (
        {"entity": "k", "as_of": "t"},
        ['here_tested has no column "split"', 'here_tested has no column "label_window_end"'],
    ),
}


@pytest.mark.parametrize(
    ("test", "arguments", "parts"),
    [(test, *case) for cases in (ERRORS, MISSING_COLUMNS) for test, case in cases.items()],
    ids=[f"{test}-{kind}" for kind in ("arguments", "columns") for test in ERRORS],
)
@pytest.mark.parametrize("where", [None, "1 = 1"])
def test_one_error_names_all_that_is_wrong(
    duckdb_project: Project, test: str, arguments: dict[str, Any], parts: list[str], where: str | None
):
    duckdb_project.put(
        here=pd.DataFrame({"k": [1], "t": [START], "label": [1]}),
        there=pd.DataFrame({"k": [1], "other": [1]}),
    )
    config = {"where": where} if where else {}
    with pytest.raises(Exception, match=f"baton.{test}: ") as failed:
        duckdb_project.failing_rows(
            {"bad": {"model": "here", "test": test, "arguments": arguments, "config": config}}
        )
    for part in parts:
        assert part in str(failed.value)
