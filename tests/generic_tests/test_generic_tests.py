"""The generic tests of features and rows as users write them: each fault fails with a sentence that names its row, and what is right passes."""

from __future__ import annotations

from typing import Any

import pandas as pd
from failing_rows import DAY, NEVER, day, frame, messages

from bench import Project
from strategies import START


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
    of_c2 = f"Customer Id c2, select 1, as_of NULL: usage_feature_time is {day(0)}, but as_of is NULL: so it is not known whether the feature was available"
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
        f"as_of NULL: seen is {day(0)}, but as_of is NULL: so it is not known whether the feature was available",
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
        f"key a, asked {day(0)}: 1 here, 2 in spine: duplicates of this row were lost",
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
        row("a", day(3), "NULL") + f"no version is valid from {day(2)} until it begins"
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
            + f"an earlier version is valid until {day(3)}, so a join finds both",
            row("overlaps", day(2), "NULL")
            + f"an earlier version is valid until {day(3)}, so a join finds both",
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
