"""The contract in plain Python, slow and obvious, as the reference for the SQL."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pandas as pd

Row = dict[str, Any]


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """A frame's rows as dictionaries, with missing values as None."""
    return [
        {str(name): None if is_missing(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def is_missing(value: Any) -> bool:
    """Whether a value is NULL in SQL or NaN."""
    return value is None or (not isinstance(value, list | dict) and bool(pd.isna(value)))


def counts(value: Any) -> bool:
    """Whether a value counts in an aggregate: NULL, NaN and infinity are skipped."""
    return finite(value) if isinstance(value, float) else not is_missing(value)


def variance(values: Sequence[float]) -> float | None:
    """The sample variance, in exact arithmetic."""
    exact = [Fraction(value) for value in values]
    if len(exact) < 2:
        return None
    mean = sum(exact) / len(exact)
    return float(sum((value - mean) ** 2 for value in exact) / (len(exact) - 1))


def stddev(values: Sequence[float]) -> float | None:
    """The square root of the sample variance."""
    squared = variance(values)
    return None if squared is None else math.sqrt(squared)


def mode(values: Sequence[Any]) -> Any:
    """The most frequent value; of several, the smallest."""
    frequency = Counter(values)
    return min(value for value in frequency if frequency[value] == max(frequency.values()))


def entropy(values: Sequence[Any]) -> float:
    """The entropy of the shares of the values, in nats."""
    shares = [number / len(values) for number in Counter(values).values()]
    return -math.fsum(share * math.log(share) for share in shares)


NUMBER_FUNCTIONS: dict[str, Callable[[Sequence[Any]], Any]] = {
    "avg": lambda values: math.fsum(values) / len(values),
    "variance": variance,
    "stddev": stddev,
    "min": min,
    "max": max,
    "median": lambda values: float(statistics.median(values)),
    "mode": mode,
    "entropy": entropy,
}


def finite(value: Any) -> bool:
    """Whether a value counts in a sum: not NULL, NaN or infinite."""
    return not is_missing(value) and math.isfinite(value)


def same_key(left: Row, right: Row, keys: Sequence[tuple[str, str]]) -> bool:
    """SQL equality on every key: NULL equals nothing."""
    return all(left[one] is not None and left[one] == right[other] for one, other in keys)


def in_window(
    time: datetime, as_of: datetime, window: timedelta | None, delay: timedelta, closed: str
) -> bool:
    """[t - W - delay, t - delay) for closed='left', (t - W - delay, t - delay] for closed='right'."""
    end = as_of - delay
    if closed == "left":
        return time < end and (window is None or time >= end - window)
    return time <= end and (window is None or time > end - window)


def window_aggregate(
    function: str, events: Sequence[Row], as_of: datetime | None, event_time: str, column: str | None = None
) -> Any:
    """One aggregate over the events of one window."""
    if column:
        events = [event for event in events if counts(event[column])]
    values: list[Any] = [event[column] for event in events] if column else []
    if function == "count":
        return len(events)
    if function == "count_distinct":
        return len(set(values))
    if function == "sum":
        return math.fsum(values)
    if function in NUMBER_FUNCTIONS:
        return NUMBER_FUNCTIONS[function](values) if values else None
    if function in ("first", "last"):
        pick = min if function == "first" else max
        return pick((event[event_time], event[column or ""]) for event in events)[1] if events else None
    times = [event[event_time] for event in events]
    if not times or as_of is None:
        return None
    moment = max(times) if function == "recency" else min(times)
    return (as_of - moment) / timedelta(days=1)


def windowed(
    spine: Sequence[Row],
    events: Sequence[Row],
    keys: Sequence[tuple[str, str]],
    aggregates: Sequence[tuple[str, str, str | None, timedelta | None, Callable[[Row], bool]]],
    *,
    event_time: str,
    as_of: str = "as_of",
    delay: timedelta = timedelta(0),
    closed: str = "left",
) -> list[Row]:
    """The features of every spine row; an aggregate is (name, function, column, window, where)."""
    result = []
    for row in spine:
        features = {}
        for name, function, column, window, where in aggregates:
            inside = [
                event
                for event in events
                if row[as_of] is not None
                and event[event_time] is not None
                and same_key(row, event, keys)
                and where(event)
                and in_window(event[event_time], row[as_of], window, delay, closed)
            ]
            features[name] = window_aggregate(function, inside, row[as_of], event_time, column)
        result.append({**{key: row[key] for key, _ in keys}, as_of: row[as_of], **features})
    return result


def point_in_time(
    spine: Sequence[Row],
    history: Sequence[Row],
    keys: Sequence[tuple[str, str]],
    features: Sequence[str],
    *,
    event_time: str,
    as_of: str = "as_of",
    ttl: timedelta | None = None,
    valid_to: str | None = None,
    created_at: str | None = None,
    known_at: datetime | None = None,
    exact: bool = True,
    tie_breaker: Sequence[str] = (),
    name: str = "view",
) -> list[Row]:
    """Each spine row with the newest row known at its as_of; ties must be decided by created_at and tie_breaker."""

    def counts(row: Row, found: Row) -> bool:
        at, time = row[as_of], found[event_time]
        if at is None or time is None or not same_key(row, found, keys):
            return False
        if created_at and (found[created_at] is None or found[created_at] > at):
            return False
        if created_at and known_at is not None and found[created_at] > known_at:
            return False
        return bool(time <= at if exact else time < at)

    def order(found: Row) -> tuple[Any, ...]:
        ties = [created_at, *tie_breaker] if created_at else [*tie_breaker]
        return (found[event_time], *((found[tie] is not None, found[tie] or 0) for tie in ties))

    result = []
    for row in spine:
        candidates = [found for found in history if counts(row, found)]
        best = max(candidates, key=order) if candidates else None
        if best is not None and ttl is not None and row[as_of] - best[event_time] > ttl:
            best = None
        if best is not None and valid_to and best[valid_to] is not None:
            ended = row[as_of] >= best[valid_to] if exact else row[as_of] > best[valid_to]
            best = None if ended else best
        found_features = {feature: best[feature] if best else None for feature in features}
        result.append({**row, **found_features, f"{name}_feature_time": best[event_time] if best else None})
    return result


def label(
    spine: Sequence[Row],
    events: Sequence[Row],
    keys: Sequence[tuple[str, str]],
    *,
    function: str,
    event_time: str,
    horizon: timedelta,
    gap: timedelta = timedelta(0),
    as_of: str = "as_of",
    column: str | None = None,
    where: Callable[[Row], bool] = lambda event: True,
    observed_until: datetime | None = None,
    observed_column: str | None = None,
    created_at: str | None = None,
    known_at: datetime | None = None,
    censored: bool = False,
    name: str = "label",
) -> list[Row]:
    """The label of every spine row; NULL if it is neither mature nor decided early."""
    if known_at is not None:
        events = [
            event
            for event in events
            if event[created_at or ""] is not None and event[created_at or ""] <= known_at
        ]
    newest = max((event[event_time] for event in events if event[event_time] is not None), default=None)
    result = []
    for row in spine:
        observed = row[observed_column] if observed_column else observed_until or newest
        if observed is not None and known_at is not None:
            observed = min(observed, known_at)
        start = row[as_of] + gap if row[as_of] is not None else None
        end = start + horizon if start is not None else None
        seen_until = min(end, observed) if end is not None and observed is not None else None
        if (
            seen_until is None
            or start is None
            or seen_until <= start
            or any(row[key] is None for key, _ in keys)
        ):
            value, mature, is_censored = None, False, None
        else:
            mature = seen_until == end
            inside = [
                event
                for event in events
                if event[event_time] is not None
                and same_key(row, event, keys)
                and where(event)
                and (column is None or counts(event[column]))
                and start < event[event_time] <= seen_until
            ]
            value = _label_value(function, inside, start, mature, event_time, column)
            is_censored = value is None
            if censored and value is None:
                value = (seen_until - start) / timedelta(days=1)
        labelled = {
            name: value,
            f"{name}_window_start": start,
            f"{name}_window_end": end,
            f"{name}_is_mature": mature,
        }
        result.append({**row, **labelled, **({f"{name}_is_censored": is_censored} if censored else {})})
    return result


def _label_value(
    function: str,
    inside: Sequence[Row],
    start: datetime,
    mature: bool,
    event_time: str,
    column: str | None,
) -> Any:
    """The label of a window, from the events in its observed part."""
    if function in ("exists", "not_exists"):
        seen, unseen = (1, 0) if function == "exists" else (0, 1)
        return seen if inside else unseen if mature else None
    if function in ("first", "time_to_event"):
        if not inside:
            return None
        time = min(event[event_time] for event in inside)
        if function == "first":
            return max(event[column or ""] for event in inside if event[event_time] == time)
        return (time - start) / timedelta(days=1)
    return window_aggregate(function, inside, None, event_time, column) if mature else None


def scd2(
    history: Sequence[Row],
    entity: Sequence[str],
    features: Sequence[str],
    *,
    event_time: str,
    ties: Sequence[str] = (),
) -> list[Row]:
    """The versions of every entity: adjacent equal ones are merged, and the last known row of each event time counts."""
    result: list[Row] = []
    known = [
        row for row in history if row[event_time] is not None and all(row[key] is not None for key in entity)
    ]
    for key in sorted({tuple(row[name] for name in entity) for row in known}, key=repr):
        mine = [row for row in known if tuple(row[name] for name in entity) == key]
        versions: list[Row] = []
        for time in sorted({row[event_time] for row in mine}):
            tied = [row for row in mine if row[event_time] == time]
            newest = max(tied, key=lambda row: tuple((row[tie] is not None, row[tie] or 0) for tie in ties))
            values = {feature: newest[feature] for feature in features}
            if not versions or {feature: versions[-1][feature] for feature in features} != values:
                if versions:
                    versions[-1]["valid_to"] = time
                versions.append(
                    {**dict(zip(entity, key, strict=True)), **values, "valid_from": time, "valid_to": None}
                )
        result += versions
    return result
