"""What a generic test can stand on, and one error for a wrong call of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from failing_rows import DAY, day, frame, messages

from bench import Project
from strategies import START


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
            "3 problems in test 'bad'",
            "feature_times is empty",
            'here_tested has no column "as_of"',
            'allow_exact_matches is "yes", expected true or false',
        ],
    ),
    "same_rows_as": (
        {"compare_to": "source('data', 'there')", "columns": ["k", "other"], "compare_where": 1},
        [
            "2 problems in test 'bad'",
            "compare_where is 1, expected a SQL condition",
            'here_tested has no column "other"',
        ],
    ),
    "valid_intervals": (
        {"entity": [], "valid_to": 3, "allow_gaps": 1},
        [
            "4 problems in test 'bad'",
            "entity is empty",
            'here_tested has no column "valid_from"',
            "valid_to is 3, expected the name of a column",
            "allow_gaps is 1",
        ],
    ),
    "features_are_fresh": (
        {"event_time": "t", "max_age": "30 dayz", "at": "2024-01-01", "as_of": "t", "tolerated_share": 1},
        [
            "3 problems in test 'bad'",
            "max_age is \"30 dayz\", expected a duration such as '15min', '12h', '30d' or '4w'",
            "at and as_of are both given: expected one: a time for the table, or a column with a time for each row",
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
            "4 problems in test 'bad'",
            'here_tested has no column "as_of"',
            "decided_early is \"some\", expected a list of labels or 'any'",
            'horizon is "x"',
        ],
    ),
    "no_split_leakage": (
        {"entity": "k", "by": "luck", "horizon": 3},
        [
            "4 problems in test 'bad'",
            'by is "luck", expected one of time, entity',
            "horizon is 3",
            'here_tested has no column "split"',
        ],
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
            'observed_until is missing, and here_tested has no column "label_is_mature": one of the two is needed to know which labels are mature'
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
