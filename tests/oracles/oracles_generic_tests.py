"""The rows that each generic test must find, by comparing every row with every other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from oracles import Row


def future_features(rows: Sequence[Row], as_of: str, times: Sequence[str], exact: bool = True) -> list[Row]:
    """One row for each feature time that is not before as_of (at it, where `exact`), or that has no as_of."""
    return [
        {**row, "feature_time_column": name, "feature_time": row[name]}
        for row in rows
        for name in times
        if row[name] is not None
        and (row[as_of] is None or row[name] > row[as_of] or (row[name] == row[as_of] and not exact))
    ]


def other_rows(here: Sequence[Row], there: Sequence[Row], columns: Sequence[str]) -> list[Row]:
    """The values that occur more often on one side."""
    counts = [Counter(tuple(row[name] for name in columns) for row in side) for side in (here, there)]
    return [
        {**dict(zip(columns, key, strict=True)), "rows_here": counts[0][key], "rows_there": counts[1][key]}
        for key in counts[0] | counts[1]
        if counts[0][key] != counts[1][key]
    ]


def bad_intervals(
    rows: Sequence[Row], keys: Sequence[str], start: str, end: str, gaps: bool = True
) -> list[Row]:
    """The versions that are never valid, or that are valid while an earlier one is."""
    rows = [row for row in rows if all(row[key] is not None for key in keys)]

    def until(row: Row) -> datetime:
        return row[end] or datetime.max

    bad = [row for row in rows if row[start] is None or until(row) <= row[start]]
    holding = sorted(
        (row for row in rows if row[start] is not None and row[start] < until(row)),
        key=lambda row: (row[start], until(row)),
    )
    for place, row in enumerate(holding):
        before = [other for other in holding[:place] if all(other[key] == row[key] for key in keys)]
        overlaps = any(row[start] < until(other) for other in before)
        after_gap = bool(before) and all(until(other) < row[start] for other in before)
        if overlaps or (after_gap and not gaps):
            bad.append(row)
    return bad


def stale_entities(rows: Sequence[Row], key: str, time: str, oldest: datetime, at: datetime) -> list[Row]:
    """The keys whose newest time up to `at` is before `oldest` or missing."""
    found = []
    for value in {row[key] for row in rows}:
        times = [row[time] for row in rows if row[key] == value and row[time] is not None and row[time] <= at]
        if not times or max(times) < oldest:
            found.append({key: value, time: max(times, default=None)})
    return found


def stale_rows(rows: Sequence[Row], time: str, as_of: str, age: timedelta, share: float = 0) -> list[Row]:
    """The rows whose time is older than `age` or missing, if they are more than the share."""
    stale = [row for row in rows if row[time] is None or row[as_of] is None or row[as_of] - row[time] > age]
    return stale if len(stale) > share * len(rows) else []


def immature_labels(
    rows: Sequence[Row], observed_until: datetime | None, early: Sequence[int] = (), required: bool = False
) -> list[Row]:
    """The rows whose label is not final, whose flag is wrong, or that lack a required label."""

    def over(row: Row) -> bool:
        end = row["label_window_end"]
        return observed_until is None or (end is not None and end <= observed_until)

    bad = []
    for row in rows:
        mature = row["label_is_mature"] is True and over(row)
        labelled_early = row["label"] is not None and row["label"] not in early and not mature
        wrongly_flagged = row["label_is_mature"] is True and not over(row)
        if labelled_early or wrongly_flagged or (required and mature and row["label"] is None):
            bad.append(row)
    return bad


def leaks_over_time(rows: Sequence[Row], fold: str | None = None) -> list[Row]:
    """The rows that are in the time of a later split, or whose label window reaches into it."""
    rows = [row for row in rows if row["split"] is not None and (fold is None or row[fold] is not None)]
    found = []
    for row in rows:
        peers = [other for other in rows if fold is None or other[fold] == row[fold]]
        begins: dict[str, datetime] = {}
        for other in peers:
            if other["as_of"] is not None:
                begins[other["split"]] = min(begins.get(other["split"], datetime.max), other["as_of"])
        own = (begins.get(row["split"], datetime.max), row["split"])
        later = [begin for split, begin in begins.items() if (begin, split) > own]
        end = row["label_window_end"]
        if row["as_of"] is None or any(
            row["as_of"] >= begin or end is None or end > begin for begin in later
        ):
            found.append(row)
    return found


def entities_in_splits(rows: Sequence[Row], keys: Sequence[str]) -> list[Row]:
    """The keys that are in more than one split."""
    splits: dict[tuple[object, ...], set[str]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if row["split"] is not None and None not in key:
            splits.setdefault(key, set()).add(row["split"])
    return [
        {**dict(zip(keys, key, strict=True)), "splits": len(found)}
        for key, found in splits.items()
        if len(found) > 1
    ]
