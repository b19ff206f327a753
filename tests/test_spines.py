"""entity_spine and event_spine against brute force, and their errors."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import START, keys, maybe_keys, maybe_moments, tables

DAY = timedelta(days=1)


@given(
    entities=tables(user=maybe_keys, From=maybe_moments, until=maybe_moments),
    hours=st.sampled_from([24, 36, 84]),
)
def test_a_grid_while_active(project: Project, entities, hours):
    entities = pd.concat(
        [pd.DataFrame([{"user": "typed", "From": START, "until": START}], dtype=object), entities]
    )
    project.put(entities=entities)
    result = project.build(
        "{{ baton.entity_spine(entities=source('data', 'entities'), entity='user', start='2024-01-01', end='2024-02-01', "
        f"every='{hours}h', active_from='From', active_to='until') }}}}"
    )
    expected = set()
    for row in oracles.rows_of(entities):
        at = START
        while at < START + 31 * DAY:
            active = (row["From"] is None or at >= row["From"]) and (
                row["until"] is None or at < row["until"]
            )
            if row["user"] is not None and active:
                expected.add((row["user"], at))
            at += timedelta(hours=hours)
    assert_same_rows(result, [{"user": user, "as_of": at} for user, at in expected], ["user", "as_of"])


@given(events=tables(user=maybe_keys, Group=keys, at=maybe_moments))
def test_one_row_per_event(project: Project, events):
    events = pd.concat([pd.DataFrame([{"user": "typed", "Group": "g", "at": START}], dtype=object), events])
    project.put(events=events)
    result = project.build(
        "{{ baton.event_spine(events=source('data', 'events'), entity=['user', 'Group'], event_time='at') }}"
    )
    expected = events.dropna().drop_duplicates().rename(columns={"at": "as_of"})
    assert_same_rows(result, oracles.rows_of(expected), ["user", "Group", "as_of"])


def test_bounds_may_be_expressions_and_dates(project: Project):
    project.put(entities=pd.DataFrame({"k": [1], "d": [date(2024, 1, 3)]}))
    result = project.build(
        "{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start='select min(d) from ' ~ source('data', 'entities'), "
        "end='2024-01-05') }}"
    )
    assert_same_rows(result, [{"k": 1, "as_of": START + 2 * DAY}, {"k": 1, "as_of": START + 3 * DAY}])


def test_errors(duckdb_project: Project):
    duckdb_project.put(entities=pd.DataFrame({"k": [1]}))
    message = duckdb_project.error(
        "{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start=none, end='2024-02-01', every='1 month') }}"
    )
    assert "baton.entity_spine: 2 problems" in message
    assert "start is missing, expected a moment" in message
    assert 'every is "1 month", expected a duration' in message
    message = duckdb_project.error(
        "{{ baton.event_spine(events=source('data', 'entities'), entity='k', event_time='k', min_gap='1d') }}"
    )
    assert "min_gap is not built yet" in message
