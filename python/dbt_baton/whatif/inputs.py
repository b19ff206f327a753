"""What a page knows of each feature: aggregates of training rows, from a drift baseline or from the rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd

from dbt_baton.warehouse.signature import GROUP, Feature

NUMBER, WHOLE, YES_NO, CATEGORY, UNREAD = "number", "whole", "boolean", "category", "unread"
KINDS = {"int": WHOLE, "float": NUMBER, "boolean": YES_NO, "text": CATEGORY, "timestamp": UNREAD}
STEPS = 20
MOST_CATEGORIES = 1_000


@dataclass(frozen=True)
class Input:
    """One feature.

    Attributes
    ----------
    name : str
    kind : str
        NUMBER, WHOLE (numbers), YES_NO (1 and 0), CATEGORY (texts, and groups), or UNREAD for a time, which
        no model reads.
    start : float, str or None
        The median, or the most frequent category; None where more than half of the rows have no value.
    missing : float
        The share of rows without a value.
    below : list of (float, float)
        For numbers: values in order, the lowest and the highest among them, each with the share of rows with
        a lower value, of those with any.
    categories : list of (str, float)
        Each with its share of the rows, the most frequent first, not more than a list can show.
    origin : str
        Where this is from.
    """

    name: str
    kind: str
    start: float | str | None
    missing: float
    below: list[tuple[float, float]] = field(default_factory=list)
    categories: list[tuple[str, float]] = field(default_factory=list)
    origin: str = "training rows"

    def values(self) -> list[Any]:
        """Give some values that rows have, and None."""
        if self.kind == CATEGORY:
            return [None, *(text for text, _ in self.categories)]
        return [None, *(value for value, _ in self.below)]


def input_of_rows(feature: Feature, values: pd.Series) -> Input:
    """Describe a feature by the rows of a frame as `signature.to_frame` makes it."""
    kind = CATEGORY if feature.role == GROUP else KINDS[feature.type]
    known = values.dropna()
    missing = float(values.isna().mean()) if len(values) else 0.0
    is_mostly_missing = missing > 0.5
    if kind == UNREAD:
        return Input(feature.name, kind, None, missing)
    if kind == CATEGORY:
        counts = known.astype(str).value_counts()
        texts = sorted(counts.index, key=lambda text: (-counts[text], text))
        categories = [(text, float(counts[text]) / len(values)) for text in texts]
        # the texts of the fit, where the rows have changed since then
        categories += [(text, 0.0) for text in feature.categories or () if text not in counts.index]
        start = None if is_mostly_missing or not categories else categories[0][0]
        return Input(feature.name, kind, start, missing, categories=categories[:MOST_CATEGORIES])
    finite = np.sort(known[np.isfinite(known)].to_numpy(dtype=float))
    if kind == YES_NO:
        is_true = bool(len(finite)) and finite.mean() > 0.5
        return Input(
            feature.name, kind, None if is_mostly_missing else float(is_true), missing, [(0, 0), (1, 1)]
        )
    if not len(finite):
        return Input(feature.name, kind, None, missing)
    quantiles = np.unique(np.quantile(finite, np.linspace(0, 1, STEPS + 1), method="inverted_cdf"))
    shares = np.searchsorted(finite, quantiles) / len(finite)
    below = list(zip(quantiles.tolist(), shares.tolist(), strict=True))
    median = float(np.quantile(finite, 0.5, method="inverted_cdf"))
    return Input(feature.name, kind, None if is_mostly_missing else _short(median, below), missing, below)


def input_of_baseline(feature: Feature, bins: Sequence[Mapping[str, Any]], origin: str) -> Input | None:
    """Describe a feature by its rows of `baton.drift_baseline`.

    Returns
    -------
    Input or None
        None if the baseline counted it as something else, or knows no value.
    """
    kind = KINDS[feature.type]
    missing = sum(row["share"] for row in bins if row["bin"] == "NULL")
    kinds = {row["kind"] for row in bins}
    if kind == CATEGORY and kinds == {"categorical"}:
        known = [(row["category"], row["share"]) for row in bins if row["category"] is not None]
        categories = sorted(known, key=lambda one: (-one[1], one[0]))[:MOST_CATEGORIES]
        if not categories:
            return None
        start = None if missing > 0.5 else categories[0][0]
        return Input(feature.name, kind, start, missing, categories=categories, origin=origin)
    if kind == YES_NO and kinds == {"categorical"}:
        by_text = {row["category"]: row["share"] for row in bins}
        is_true = by_text.get("true", 0.0) > by_text.get("false", 0.0)
        start = None if missing > 0.5 else float(is_true)
        return Input(feature.name, kind, start, missing, [(0, 0), (1, 1)], origin=origin)
    numbered = (row for row in bins if row["bin"].isdigit() and None not in (row["lower"], row["upper"]))
    ranges = sorted(numbered, key=lambda row: row["lower"])
    if not all(math.isfinite(row["lower"]) and math.isfinite(row["upper"]) for row in ranges):
        return None
    known_share = sum(row["share"] for row in ranges)
    if kind not in (NUMBER, WHOLE) or kinds != {"numeric"} or not known_share:
        return None
    shares = [0.0, *accumulate(row["share"] / known_share for row in ranges)]
    ends = [*(float(row["lower"]) for row in ranges), float(ranges[-1]["upper"])]
    below = [*zip(ends, shares, strict=True)]
    start = None if missing > 0.5 else _short(_median(kind, ranges, shares), below)
    return Input(feature.name, kind, start, missing, below, origin=origin)


def _median(kind: str, ranges: Sequence[Mapping[str, Any]], shares: Sequence[float]) -> float:
    """Interpolate in the bin of the median; a bin of one value has it as its mean."""
    place = min(next(i for i, share in enumerate(shares[1:]) if share >= 0.5 - 1e-12), len(ranges) - 1)
    row = ranges[place]
    lower, upper, width = float(row["lower"]), float(row["upper"]), shares[place + 1] - shares[place]
    if row.get("mean") == lower or not width:
        return lower
    found = lower + (upper - lower) * (0.5 - shares[place]) / width
    return math.floor(found) if kind == WHOLE else found


def _short(value: float, below: Sequence[tuple[float, float]]) -> float:
    """Round to three digits, within the range."""
    return min(max(float(f"{value:.3g}"), below[0][0]), below[-1][0])
