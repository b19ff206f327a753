"""Distances between two histograms as scipy and numpy compute them, p-values by permutation, and alerts by a loop over periods."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

METRICS = (
    "psi",
    "js_distance",
    "hellinger",
    "total_variation",
    "l_infinity",
    "ks",
    "wasserstein",
    "chi_square",
)
OF_NUMBERS = ("ks", "wasserstein")
OUTSIDE = ("below", "above", "UNSEEN")
Counts = Any  # an array


@dataclass(frozen=True)
class Place:
    """Where a bin begins, and the means of its rows on both sides; None for NULL and categories."""

    name: str
    low: float | None = None
    means: tuple[float, float] = (0, 0)


def distances(places: Sequence[Place], reference: Counts, current: Counts) -> dict[str, float | None]:
    """Every distance of two histograms over the same bins; None where it is undefined."""
    here = (reference + current) > 0
    places = [place for place, is_here in zip(places, here, strict=True) if is_here]
    a, b = reference[here].astype(float), current[here].astype(float)
    if not a.sum() or not b.sum():
        return dict.fromkeys(METRICS)
    p, q = a / a.sum(), b / b.sum()
    smooth = [(counts + 0.5) / (counts + 0.5).sum() for counts in (a, b)]
    found: dict[str, float | None] = {
        "psi": float(stats.entropy(*smooth) + stats.entropy(*reversed(smooth))),
        "js_distance": float(jensenshannon(p, q, base=2)),
        "hellinger": math.sqrt(max(1 - np.sqrt(p * q).sum(), 0)),
        "total_variation": float(np.abs(p - q).sum() / 2),
        "l_infinity": float(np.abs(p - q).max()),
        "chi_square": float(stats.chi2_contingency([a, b], correction=False).statistic)
        if len(a) > 1
        else 0.0,
    }
    return found | of_numbers(places, a, b)


def of_numbers(places: Sequence[Place], a: Counts, b: Counts) -> dict[str, float | None]:
    """Distances of the numbers: ks of the shares up to each bin, wasserstein with the rows of a bin at their mean."""
    order = sorted((place.low, i) for i, place in enumerate(places) if place.low is not None)
    at = [i for _, i in order]
    if not at or not a[at].sum() or not b[at].sum():
        return dict.fromkeys(OF_NUMBERS)
    shares = [side[at].cumsum() / side[at].sum() for side in (a, b)]
    means = [[places[i].means[side] for i in at if counts[i]] for side, counts in enumerate((a, b))]
    weights = [counts[at][counts[at] > 0] for counts in (a, b)]
    finite = np.isfinite(means[0]).all() and np.isfinite(means[1]).all()
    return {
        "ks": float(np.abs(shares[0] - shares[1]).max()),
        "wasserstein": float(stats.wasserstein_distance(*means, *weights)) if finite else None,
    }


def by_permutation(
    places: Sequence[Place], reference: Counts, current: Counts, draws: int, seed: int
) -> dict[str, float]:
    """Share of random divisions of all rows into the two sides whose distance is at least that of these."""
    random = np.random.default_rng(seed)
    here = (reference + current) > 0
    places = [place for place, is_here in zip(places, here, strict=True) if is_here]
    both = (reference + current)[here].astype(int)
    n = int(reference.sum())
    drawn = np.vstack([reference[here], random.multivariate_hypergeometric(both, n, draws)]).astype(float)
    rest = both - drawn
    difference = drawn / n - rest / rest[0].sum()
    statistics = {
        "chi_square": _chi_squared(
            drawn, rest, sparse_together(both, n, is_rare([place.name for place in places]))
        ),
        "total_variation": np.abs(difference).sum(axis=1),
        "l_infinity": np.abs(difference).max(axis=1),
    }
    order = [i for _, i in sorted((place.low, i) for i, place in enumerate(places) if place.low is not None)]
    if len(order) > 1 and drawn[0, order].sum() and rest[0, order].sum():
        # the rows that are no number stay where they are
        numbers = both[order]
        n = int(drawn[0, order].sum())
        drawn = np.vstack([drawn[0, order], random.multivariate_hypergeometric(numbers, n, draws)])
        rest = numbers - drawn
        gaps = (drawn / n - rest / rest[0].sum()).cumsum(axis=1)[:, :-1]
        at = [np.average(places[i].means, weights=[reference[here][i], current[here][i]]) for i in order]
        statistics |= {"ks": np.abs(gaps).max(axis=1)}
        if np.isfinite(at).all():
            statistics |= {"wasserstein": np.abs(gaps) @ np.diff(at)}
    found = {
        name: float((values >= values[0] * (1 - 1e-12) - 1e-15).mean()) for name, values in statistics.items()
    }
    is_new = [place.name in OUTSIDE and not n for place, n in zip(places, reference[here], strict=True)]
    limit = limit_of_new_rows(
        int(current[here][is_new].sum()), int((reference == 1).sum()), reference.sum(), current.sum()
    )
    return found | {"chi_square": min(found["chi_square"], limit)}


def limit_of_new_rows(n_new: int, n_single: int, n_reference: int, n: int) -> float:
    """Chernoff's limit of the probability that so many rows of the period are in bins that the reference lacks."""
    share, total = n / (n + n_reference), n_new + n_single + 1
    if n_new <= total * share:
        return 1.0
    sides = np.array([n_new, n_single + 1]) / total
    divergence = float(special.rel_entr(sides, [share, 1 - share]).sum())
    return 2 * (n_new + 1) * math.exp(-min(total * divergence, 55))


def is_rare(names: Sequence[str]) -> list[bool]:
    """Whether bins hold rare categories, where there are so many that some are in OTHER."""
    return ["OTHER" in names and name in ("OTHER", "UNSEEN") for name in names]


def sparse_together(both: Counts, n: int, rare: Sequence[bool]) -> list[list[int]]:
    """Bins in groups: those of rare categories, in which fewer than two rows of the smaller side are expected, and from the smallest on as many as it takes."""
    needed = 2 * both.sum() / min(n, both.sum() - n)
    pool: list[int] = []
    smaller = 0.0
    alone: list[list[int]] = []
    for i in np.argsort(both, kind="stable"):
        if rare[i] or both[i] < needed or smaller < needed:
            pool.append(int(i))
        else:
            alone.append([int(i)])
        smaller += both[i]
    return [pool, *alone]


def _chi_squared(drawn: Counts, rest: Counts, groups: list[list[int]]) -> Counts:
    """The statistic of each row of counts."""
    a, b = (np.column_stack([side[:, group].sum(axis=1) for group in groups]) for side in (drawn, rest))
    return ((a / a[0].sum() - b / b[0].sum()) ** 2 / (a + b)).sum(axis=1)


def alerts(
    rows: Sequence[Mapping[str, Any]],
    *,
    min_effect: Mapping[str, float],
    alpha: float = 0.05,
    persistence: int = 1,
    cool_down: int = 0,
    is_ignored: Any = lambda row: False,
) -> dict[tuple[Any, ...], tuple[float | None, bool | None, bool, Any]]:
    """Adjusted p-value, significance, alert and its start of each row, by (segment_name, segment_value, feature, metric, period)."""
    keys = ("segment_name", "segment_value", "feature", "metric")
    counted = [row for row in rows if row["p_value"] is not None and not is_ignored(row)]
    adjusted: dict[tuple[Any, ...], float] = {}
    for family in {(row["period_start"], row["metric"]) for row in counted}:
        members = [row for row in counted if (row["period_start"], row["metric"]) == family]
        for row, p_value in zip(
            members, stats.false_discovery_control([row["p_value"] for row in members]), strict=True
        ):
            adjusted[(*(row[key] for key in keys), row["period_start"])] = float(p_value)
    found: dict[tuple[Any, ...], tuple[float | None, bool | None, bool, Any]] = {
        (*(row[key] for key in keys), row["period_start"]): (None, None, False, None) for row in rows
    }
    for series in {tuple(row[key] for key in keys) for row in counted}:
        run, since, silent_until, alerted_before = 0, None, -1, False
        ordered = sorted(
            (row for row in counted if tuple(row[key] for key in keys) == series),
            key=lambda row: row["period_start"],
        )
        for place, row in enumerate(ordered):
            key = (*series, row["period_start"])
            is_significant = adjusted[key] <= alpha
            if is_significant and row["value"] >= min_effect[row["metric"]]:
                since = row["period_start"] if run == 0 else since
                run += 1
            else:
                run = 0
            is_alert = run >= persistence and (place > silent_until or alerted_before)
            if is_alert:
                silent_until = place + cool_down
            alerted_before = is_alert
            found[key] = (adjusted[key], is_significant, is_alert, since if is_alert else None)
    return found
