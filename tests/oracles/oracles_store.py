"""What a feature store must hold, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from oracles import Row

MICROSECOND = timedelta(microseconds=1)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: NULL equals NULL, NaN equals NaN."""
    both_nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return both_nan or ((one is None) == (other is None) and one == other)


def versions_of(
    history: Sequence[Row],
    entity: Sequence[str],
    features: Sequence[str],
    event_time: str,
    ties: Sequence[str],
) -> list[Row]:
    """The versions of every entity: adjacent equal ones are merged, and the last known row of each event time counts."""
    result: list[Row] = []
    rows: dict[tuple[Any, ...], list[Row]] = {}
    for row in history:
        key = tuple(row[name] for name in entity)
        if row[event_time] is not None and None not in key:
            rows.setdefault(key, []).append(row)
    for key in sorted(rows):
        newest: dict[datetime, Row] = {}
        for row in sorted(rows[key], key=lambda row: tuple(row[tie] for tie in ties)):
            newest[row[event_time]] = row
        versions: list[Row] = []
        for time, row in sorted(newest.items()):
            if versions and all(same(versions[-1][feature], row[feature]) for feature in features):
                continue
            if versions:
                versions[-1]["valid_to"] = time
            versions.append(
                {
                    **dict(zip(entity, key, strict=True)),
                    **{feature: row[feature] for feature in features},
                    "valid_from": time,
                    "valid_to": None,
                }
            )
        result += versions
    return result


def after_a_snapshot(
    store: Sequence[Row],
    states: Sequence[Row],
    run_start: datetime,
    *,
    entity: Sequence[str],
    features: Sequence[str],
    ties: Sequence[str],
    event_time: str | None,
    hard_deletes: str,
) -> list[Row]:
    """The store after a run that saw these states; a change begins after all stored versions."""

    def key_of(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in entity)

    def newest_last(row: Row) -> tuple[Any, ...]:
        times = [row[name] for name in ([event_time] if event_time else []) + list(ties)]
        return tuple((time is not None, time or datetime.min) for time in times)

    now: dict[tuple[Any, ...], Row] = {}
    for row in sorted(states, key=newest_last):
        if None not in key_of(row):
            now[key_of(row)] = row
    result = [dict(row) for row in store]
    last: dict[tuple[Any, ...], Row] = {}
    for row in sorted(result, key=lambda row: row["valid_from"]):
        last[key_of(row)] = row

    def opened(row: Row, at: datetime, deleted: bool) -> Row:
        return {
            **{name: row[name] for name in entity},
            **{feature: row.get(feature) for feature in features},
            "valid_from": at,
            "valid_to": None,
            "is_deleted": deleted,
        }

    for key, state in now.items():
        before = last.get(key)
        is_open = before is not None and before["valid_to"] is None and not before["is_deleted"]
        if before and is_open and all(same(before.get(feature), state[feature]) for feature in features):
            continue
        at = _moment_of_change(before, state[event_time] if event_time else None, run_start)
        if before and before["valid_to"] is None:
            before["valid_to"] = at
        result.append(opened(state, at, False))
    if hard_deletes != "ignore":
        for key, before in last.items():
            if key in now or before["valid_to"] is not None or before["is_deleted"]:
                continue
            at = _moment_of_change(before, None, run_start)
            before["valid_to"] = at
            if hard_deletes == "new_record":
                result.append(opened(before, at, True))
    return result


def _moment_of_change(before: Row | None, event_time: datetime | None, run_start: datetime) -> datetime:
    if before is None:
        return event_time or run_start
    free_from: datetime = before["valid_to"] or before["valid_from"] + MICROSECOND
    if event_time is not None and event_time >= free_from:
        return event_time
    return max(run_start, free_from)


def after_a_log_run(
    log: Sequence[Row],
    source: Sequence[Row],
    run_start: datetime,
    *,
    entity: Sequence[str],
    event_time: str,
    features: Sequence[str],
) -> list[Row]:
    """The log after a run: it adds new observations, and those that are back after a different one was recorded."""

    def identity(row: Row) -> tuple[Any, ...]:
        return (*instant(row), *(repr(row.get(feature)) for feature in features))

    def instant(row: Row) -> tuple[Any, ...]:
        return (*(row[name] for name in entity), row[event_time])

    observed = {identity(row): row for row in source if None not in instant(row)}
    recorded = {identity(row) for row in log}
    newest: dict[tuple[Any, ...], list[Row]] = {}
    for row in log:
        rows = newest.setdefault(instant(row), [])
        if rows and rows[0]["created_at"] < row["created_at"]:
            rows.clear()
        if not rows or rows[0]["created_at"] == row["created_at"]:
            rows.append(row)
    result = [dict(row) for row in log]
    for key, row in observed.items():
        replaced = any(identity(other) not in observed for other in newest.get(instant(row), []))
        if key not in recorded or replaced:
            result.append(
                {
                    **{name: row[name] for name in (*entity, event_time, *features)},
                    "created_at": run_start,
                }
            )
    return result
