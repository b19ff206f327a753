"""The features of a model: those that the verdict names first, then by alerts and by distance."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dbt_baton.report.content import Feature, Period
from dbt_baton.report.read import ModelRows, Row

# a trend has the periods of the history; another metric than psi is shown where there is no psi
PREFERRED = "psi"


def ranked_features(rows: ModelRows, history: Sequence[Period], version: Row | None) -> list[Feature]:
    """Give the features with drift or skew in the newest period of these tables."""
    if not history:
        return []
    shown = {period.start: period.version for period in history}
    metric = _metric(rows.of("drift"))
    drift = _by_feature(rows.of("drift"), shown, metric)
    skew = _by_feature(rows.of("skew"), shown)
    bins = _newest(rows.of("contributions"), shown)
    named = {entry["feature"]: entry for entry in _named(rows, history[-1])}
    importances = json.loads((version or {}).get("feature_importances") or "{}")
    newest_drift = max((row["period_start"] for trend in drift.values() for row in trend), default=None)
    newest_skew = max((row["period_start"] for trend in skew.values() for row in trend), default=None)
    found = [
        Feature(
            name=name,
            detail=named.get(name, {}).get("detail"),
            share=named.get(name, {}).get("share"),
            importance=importances.get(name),
            drift=_at(drift.get(name, []), newest_drift),
            skew=_at(skew.get(name, []), newest_skew),
            trend=drift.get(name, []),
            bins=sorted(bins.get(name, []), key=_bin_order),
        )
        for name in {*drift, *skew, *named}
    ]
    places = {name: place for place, name in enumerate(named)}
    return sorted(found, key=lambda feature: _rank(feature, places))


def _rank(feature: Feature, places: dict[str, int]) -> tuple[Any, ...]:
    drift, skew = feature.drift or {}, feature.skew or {}
    return (
        places.get(feature.name, len(places)),
        not drift.get("is_alert"),
        -(drift.get("value") or 0),
        -(skew.get("mismatch_share") or 0),
        feature.name,
    )


def _named(rows: ModelRows, period: Period) -> list[Row]:
    """Give what the verdict says of features, the strongest first."""
    for row in rows.health:
        if (row["period_start"], row["model_version"]) == (period.start, period.version):
            found: list[Row] = json.loads(row["features"] or "[]")
            return found
    return []


def _metric(rows: Sequence[Row]) -> str | None:
    metrics = sorted({row["metric"] for row in rows})
    return PREFERRED if PREFERRED in metrics else next(iter(metrics), None)


def _by_feature(
    rows: Sequence[Row], shown: dict[datetime, str | None], metric: str | None = None
) -> dict[str, list[Row]]:
    """Give one row for each feature and period, by the version of the period, in the order of time."""
    found: dict[str, dict[datetime, Row]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: str(row.get("baseline"))):
        start = row["period_start"]
        if start not in shown or (metric is not None and row["metric"] != metric):
            continue
        if row["model_version"] in (None, shown[start]):
            found[row["feature"]].setdefault(start, row)
    return {name: [row for _, row in sorted(trend.items())] for name, trend in found.items()}


def _newest(rows: Sequence[Row], shown: dict[datetime, str | None]) -> dict[str, list[Row]]:
    """Give the bins of each feature in the newest period, by one baseline."""
    of_shown = [
        row
        for row in rows
        if row["period_start"] in shown and row["model_version"] in (None, shown[row["period_start"]])
    ]
    newest = max((row["period_start"] for row in of_shown), default=None)
    baselines = sorted({str(row.get("baseline")) for row in of_shown if row["period_start"] == newest})
    found: dict[str, list[Row]] = defaultdict(list)
    for row in of_shown:
        if row["period_start"] == newest and str(row.get("baseline")) == baselines[0]:
            found[row["feature"]].append(row)
    return found


def _at(trend: Sequence[Row], period: datetime | None) -> Row | None:
    return next((row for row in trend if row["period_start"] == period), None)


def _bin_order(row: Row) -> tuple[Any, ...]:
    """Bins in the order of their values, then what the baseline does not have."""
    number = re.fullmatch(r"\d+", str(row["bin"]))
    outside = {"below": 0, "above": 2, "OTHER": 3, "UNSEEN": 4, "NULL": 5}
    return (1, int(number[0]), "") if number else (outside.get(str(row["bin"]), 2), 0, str(row["bin"]))
