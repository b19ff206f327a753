"""The probability from which a row is of the positive class, chosen on rows that fitting did not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]


def choose_threshold(
    wanted: Mapping[str, Any], positive: npt.NDArray[np.bool_], probability: npt.NDArray[np.float64]
) -> float:
    """Give the threshold with the best value on these rows.

    The candidates lie halfway between two neighbouring probabilities, so that a score that differs in its
    last digit falls on the same side. Of several best ones the one nearest to 0.5 is taken.

    Parameters
    ----------
    wanted : mapping
        `{"metric": name}` or `{"cost": {"false_positive": ..., "false_negative": ...}}`.
    positive : ndarray of bool, shape (n_rows,)
        Whether the label is the positive class; both occur.
    probability : ndarray of float, shape (n_rows,)
        Of the positive class.
    """
    scores, inverse = np.unique(probability, return_inverse=True)
    # rows of each score, from the lowest; a threshold between two scores splits the rows there
    positives = np.bincount(inverse, weights=positive, minlength=len(scores))
    totals = np.bincount(inverse, minlength=len(scores)).astype(np.float64)
    below_positives = np.concatenate([[0.0], np.cumsum(positives)])
    below = np.concatenate([[0.0], np.cumsum(totals)])
    tp, fn = positives.sum() - below_positives, below_positives
    fp, tn = (totals.sum() - below) - tp, below - below_positives
    edges = np.concatenate([[0.0], scores, [1.0]])
    candidates = (edges[:-1] + edges[1:]) / 2
    # rounding may put the middle of two neighbours onto the lower one
    candidates = np.where(candidates <= edges[:-1], edges[1:], candidates)
    candidates[0], candidates[-1] = (
        min(candidates[0], scores[0]),
        max(candidates[-1], np.nextafter(scores[-1], 2.0)),
    )
    if "cost" in wanted:
        value = -(fp * wanted["cost"]["false_positive"] + fn * wanted["cost"]["false_negative"])
    else:
        value = _METRICS[wanted["metric"]](tp, fp, fn, tn)
    value = np.where(candidates <= 1.0, np.nan_to_num(value, nan=-np.inf), -np.inf)
    best = np.flatnonzero(value >= value.max() - 1e-12)
    return float(candidates[best[np.argmin(np.abs(candidates[best] - 0.5))]])


def _ratio(part: Counts, whole: Counts) -> Counts:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _f1(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    return _ratio(2 * tp, 2 * tp + fp + fn)


def _accuracy(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    return (tp + tn) / (tp + fp + fn + tn)


def _balanced_accuracy(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    return (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2


def _youden(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    return _ratio(tp, tp + fn) - _ratio(fp, tn + fp)


def _mcc(tp: Counts, fp: Counts, fn: Counts, tn: Counts) -> Counts:
    return _ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


_METRICS = {
    "f1": _f1,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "youden": _youden,
    "mcc": _mcc,
}
