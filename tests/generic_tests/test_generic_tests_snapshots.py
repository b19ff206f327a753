"""dbt's own snapshots, step by step: what is wrong with one is found before it is joined, and a sound one is a feature view."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from bench import Project
from compare import assert_same_rows

JANUARY = {number: datetime(2024, 1, number) for number in (5, 8, 20)}
TEST = {
    "test": "valid_intervals",
    "arguments": {"entity": "k", "valid_from": "dbt_valid_from", "valid_to": "dbt_valid_to"},
}


def customers(*rows: tuple[str, int, int]) -> pd.DataFrame:
    """Customers with a version and the day in January at which it began."""
    return pd.DataFrame(
        {
            "k": pd.Series([row[0] for row in rows], dtype=object),
            "version": pd.Series([row[1] for row in rows], dtype="int64"),
            "updated_at": pd.to_datetime([JANUARY[row[2]] for row in rows]),
        }
    )


class Snapshot:
    """A snapshot of a table of customers, with the test on it, taken again and again."""

    def __init__(self, project: Project, **config: Any) -> None:
        self.project = project
        # a snapshot keeps what it has, so each of them is a table of its own
        self.name = f"customers_{uuid.uuid4().hex[:8]}"
        self.config = {"unique_key": "k", "strategy": "timestamp", "updated_at": "updated_at", **config}

    def take(self, loads: Sequence[pd.DataFrame]) -> list[str]:
        """Take a snapshot after each load, and say what the test has found after the last."""
        for load in loads:
            self.project.put(customers=load)
            found = self.project.failing_rows(
                {"bad": {"model": self.name, **TEST}},
                snapshots={self.name: {"relation": "source('data', 'customers')", "config": self.config}},
            )
        return sorted(found["bad"]["message"])


NOTHING = customers()
FIRST, SECOND = customers(("a", 10, 5), ("b", 1, 5)), customers(("a", 12, 8), ("b", 1, 5))


def test_a_row_that_returns_as_it_was_is_found_to_hold_twice(project: Project):
    found = Snapshot(project, hard_deletes="invalidate").take([FIRST, SECOND, customers(("b", 1, 5)), SECOND])
    assert len(found) == 1
    assert found[0].startswith("k a, dbt_valid_from 2024-01-08 00:00:00, dbt_valid_to ")
    assert found[0].endswith(
        "another version begins at the same moment, so a join takes either of them or both"
    )


def test_the_record_of_a_delete_is_found_to_end_before_it_begins(project: Project):
    found = Snapshot(project, hard_deletes="new_record").take([FIRST, SECOND, customers(("b", 1, 5)), SECOND])
    assert len(found) == 2
    assert found[0].startswith("k a, dbt_valid_from 2024-01-08 00:00:00, dbt_valid_to ")
    assert "another version begins at the same moment" in found[0]
    assert (
        "dbt_valid_to 2024-01-08 00:00:00: it ends no later than it begins, so it holds at no moment"
        in found[1]
    )


def test_two_versions_in_one_load_are_found_to_be_open_both(project: Project):
    twice = customers(("a", 10, 5), ("a", 12, 8), ("b", 1, 5))
    assert Snapshot(project).take([twice]) == [
        "k a, dbt_valid_from 2024-01-08 00:00:00, dbt_valid_to NULL: "
        "the version from 2024-01-05 00:00:00 is still open as well, so a join finds both"
    ]


def test_open_versions_may_end_far_in_the_future(project: Project):
    twice = customers(("a", 10, 5), ("a", 12, 8), ("b", 1, 5))
    far = {"dbt_valid_to_current": "cast('9999-12-31' as timestamp)"}
    assert Snapshot(project, **far).take([FIRST, SECOND]) == []
    assert Snapshot(project, **far).take([twice]) == [
        "k a, dbt_valid_from 2024-01-08 00:00:00, dbt_valid_to 9999-12-31 00:00:00: "
        "an earlier version is valid until 9999-12-31 00:00:00, so a join finds both"
    ]


def test_a_sound_snapshot_is_a_feature_view(project: Project):
    snapshot = Snapshot(project, hard_deletes="invalidate")
    assert snapshot.take([FIRST, SECOND, customers(("a", 12, 8))]) == []
    moments = [datetime(2024, 1, 4), JANUARY[5], datetime(2024, 1, 7), JANUARY[8], datetime(2200, 1, 1)]
    project.put(
        spine=pd.DataFrame([(key, at) for key in ("a", "b", "c") for at in moments], columns=["k", "as_of"]),
        **{snapshot.name: project.read(snapshot.name)},
    )
    joined = project.build(
        "{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[{'relation': "
        f"source('data', '{snapshot.name}'), 'event_time': 'dbt_valid_from', 'valid_to': 'dbt_valid_to', 'features': ['version']}}]) }}}}"
    )
    versions = {"a": [None, 10, 10, 12, 12], "b": [None, 1, 1, 1, None], "c": [None] * 5}
    expected = [
        {"k": key, "as_of": at, "version": version}
        for key, found in versions.items()
        for at, version in zip(moments, found, strict=True)
    ]
    assert_same_rows(joined, expected)
