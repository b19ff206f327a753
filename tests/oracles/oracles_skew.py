"""What training_serving_skew must report, row by row and feature by feature."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from oracles import Row, is_missing

DAY = timedelta(days=1)


def clean(value: Any) -> Any:
    """NULL and NaN as None."""
    return None if is_missing(value) else value


def differ(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two values are not the same: numbers within the tolerance, all else exactly."""
    one, other = clean(one), clean(other)
    if one is None or other is None:
        return one is not other
    numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (one, other)]
    if numbers[0] != numbers[1]:
        return True
    if not numbers[0] or one == other:
        return bool(one != other)
    if max(abs(one), abs(other)) >= 1e300:
        return True
    return bool(abs(one - other) > tolerance * max(1, abs(one), abs(other)))


def stale_version(
    row: Row, name: str, versions: Sequence[Row], features: Sequence[str], tolerance: float
) -> Any:
    """The valid_from of the version that a value which differs was served from, or None."""
    older = [v for v in versions if v["valid_to"] is not None and v["valid_to"] <= row["as_of"]]
    whole = [v["valid_from"] for v in older if not any(differ(row[f], v[f], tolerance) for f in features)]
    if whole and any(clean(row[f]) is not None for f in features):
        return max(whole)
    if clean(row[name]) is None:
        return None
    return max((v["valid_from"] for v in older if not differ(row[name], v[name], tolerance)), default=None)


def skew(
    served: Sequence[Row],
    recomputed: Sequence[Row],
    *,
    entity: Sequence[str],
    features: Sequence[str],
    segments: Sequence[tuple[str, Callable[[Row], Any]]] = (),
    numbers: Sequence[str] = (),
    history: Sequence[Row] | None = None,
    in_history: Sequence[str] = (),
    tolerance: float = 1e-9,
    is_there: Callable[[Row, str], bool] = lambda row, name: True,
) -> list[Row]:
    """One row per model, day, segment and feature; `numbers` are the features with a mean difference."""

    def key(row: Row) -> tuple[Any, ...] | None:
        values = tuple(clean(row[name]) for name in (*entity, "as_of"))
        return None if None in values else values

    truth = {key(row): row for row in recomputed if key(row) is not None}
    slices: list[tuple[str, Callable[[Row], Any]]] = [("all", lambda _: "all"), *segments]
    cells: dict[tuple[Any, ...], list[tuple[Row, Row | None]]] = defaultdict(list)
    asked = set()
    for row in served:
        asked.add(key(row))
        for name, value_of in slices:
            cell = (row.get("model_name"), row.get("model_version"), day(row["as_of"]), name, value_of(row))
            cells[cell].append((row, truth.get(key(row))))
    unserved: dict[tuple[Any, ...], int] = defaultdict(int)
    distinct = {repr(sorted((k, str(clean(v))) for k, v in row.items())): row for row in recomputed}
    for row in distinct.values():
        if key(row) is None or key(row) not in asked:
            unserved[None, None, day(row["as_of"]), "all", "all"] += 1
    found = []
    for cell in {*cells, *unserved}:
        for name in features:
            matched = [(row, true) for row, true in cells.get(cell, []) if true is not None]
            pairs = [(row, true) for row, true in matched if is_there(row, name)]
            wrong = [(row, true) for row, true in pairs if differ(row[name], true[name], tolerance)]
            wrong.sort(key=lambda pair: key(pair[0]) or ())
            ages = []
            for row, _ in wrong:
                versions = [v for v in history or () if all(v[k] == row[k] for k in entity)]
                since = (
                    stale_version(row, name, versions, in_history, tolerance) if name in in_history else None
                )
                if since is not None:
                    ages.append((row["as_of"] - since) / DAY)
            both = [
                (float(row[name]), float(true[name]))
                for row, true in pairs
                if name in numbers and clean(row[name]) is not None and clean(true[name]) is not None
            ]
            off = [(s, r) for s, r in both if differ(s, r, tolerance)]
            is_beyond = any(max(abs(s), abs(r)) >= 1e30 for s, r in off)
            total = None if is_beyond else math.fsum(s - r for s, r in off)
            n_served = len(cells.get(cell, []))
            found.append(
                {
                    "model_name": cell[0],
                    "model_version": cell[1],
                    "period_start": cell[2],
                    "segment_name": cell[3],
                    "segment_value": cell[4],
                    "feature": name,
                    "n": len(pairs),
                    "n_mismatched": len(wrong),
                    "mismatch_share": len(wrong) / len(pairs) if pairs else None,
                    "n_missing_served": sum(clean(row[name]) is None for row, _ in wrong),
                    "n_missing_recomputed": sum(clean(true[name]) is None for _, true in wrong),
                    "mean_difference": total / len(both) if both and total is not None else None,
                    "stale_share": len(ages) / len(pairs) if pairs and name in in_history else None,
                    "median_staleness_days": statistics.median(ages) if ages else None,
                    "undefined_reason": None
                    if pairs
                    else "not served"
                    if not n_served
                    else "not logged"
                    if matched
                    else "not recomputed",
                    "n_unmatched_served": n_served - len(pairs),
                    "n_unmatched_recomputed": unserved.get(cell, 0) if cell[3] == "all" else None,
                    "example_key": (key(wrong[0][0]) if wrong else None),
                }
            )
    return found


def day(moment: Any) -> datetime | None:
    """The start of a moment's day."""
    return None if is_missing(moment) else moment.replace(hour=0, minute=0, second=0, microsecond=0)
