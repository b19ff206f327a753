"""What estimated_performance must report, computed with scikit-learn, numpy and sums over pairs of rows."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

Numbers = npt.NDArray[np.float64]

MOST_BINS = 200
OF_CLASSES = [
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "true_positives",
    "false_positives",
    "false_negatives",
    "true_negatives",
]
OF_SCORES = ["roc_auc", "average_precision", "log_loss", "brier"]


@dataclass(frozen=True)
class Calibration:
    """The calibrated probabilities of scores, the level of the regression next to each, and the variances of the levels."""

    probability: Numbers
    level: npt.NDArray[np.int64]
    variance: Numbers


def calibrated(scores: Numbers, reference: Numbers, outcomes: Numbers) -> Calibration:
    """Isotonic regression of a reference's outcomes on its scores, at other scores."""
    distinct = np.unique(reference)
    if len(distinct) <= MOST_BINS:
        fitted = IsotonicRegression(out_of_bounds="clip").fit(reference, outcomes)
        probability = fitted.predict(scores)
        low = high = distinct
        heights = fitted.predict(distinct)
        counts = np.array([(reference == score).sum() for score in distinct])
    else:
        low, high, means, counts = _bins(reference, outcomes)
        heights = IsotonicRegression().fit_transform(np.arange(len(means)), means, sample_weight=counts)
        ends = np.column_stack([low, high]).ravel()
        probability = np.interp(scores, ends, np.repeat(heights, 2))
    level = np.concatenate([[0], np.cumsum(np.diff(heights) > 1e-12)])
    rows = np.bincount(level, weights=counts)
    of_level = np.array([heights[level == number][0] for number in range(len(rows))])
    # the bin that starts at a score or below, or the next one if that is nearer
    place = np.clip(np.searchsorted(low, scores, side="right") - 1, 0, len(low) - 1)
    following = np.minimum(place + 1, len(low) - 1)
    is_nearer = scores > (high[place] + low[following]) / 2
    nearest = level[np.where(is_nearer, following, place)]
    return Calibration(probability, nearest, of_level * (1 - of_level) / rows)


def _bins(scores: Numbers, outcomes: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Two hundred bins in which both classes weigh the same: lowest and highest score, mean outcome, rows."""
    distinct, place = np.unique(scores, return_inverse=True)
    positives = np.bincount(place, weights=outcomes)
    negatives = np.bincount(place) - positives
    below = [np.cumsum(counts) - counts for counts in (positives, negatives)]
    weight = below[0] / positives.sum() + below[1] / negatives.sum()
    number = np.floor(weight * MOST_BINS / 2)
    rows = [
        (distinct[number == bin_], positives[number == bin_].sum(), negatives[number == bin_].sum())
        for bin_ in np.unique(number)
    ]
    return (
        np.array([inside.min() for inside, _, _ in rows]),
        np.array([inside.max() for inside, _, _ in rows]),
        np.array([p / (p + n) for _, p, n in rows]),
        np.array([p + n for _, p, n in rows]),
    )


def estimates(
    scores: Numbers, is_called: Numbers, calibration: Calibration
) -> dict[str, tuple[float | None, float | None]]:
    """Each metric's estimate and standard error, None where it is undefined.

    Parameters
    ----------
    is_called : ndarray of float, shape (n_rows,)
        1 where the predicted class is positive, 0 where it is negative, NaN without a class.
    """
    found: dict[str, tuple[float | None, float | None]] = dict.fromkeys(OF_CLASSES + OF_SCORES, (None, None))
    has_class = ~np.isnan(is_called)
    p = calibration.probability
    if has_class.any():
        values = _of_classes(is_called[has_class], p[has_class])
        for name, value in values.items():
            plugin = PLUGINS[name](scores[has_class], is_called[has_class])
            error = _standard_error(plugin, p[has_class], calibration.level[has_class], calibration.variance)
            found[name] = (value, error) if value is not None else (None, None)
    if len(scores):
        for name, value in _of_scores(scores, p).items():
            error = _standard_error(
                PLUGINS[name](scores, is_called), p, calibration.level, calibration.variance
            )
            found[name] = (value, error) if value is not None else (None, None)
    return found


def values(scores: Numbers, is_called: Numbers, probability: Numbers) -> dict[str, float | None]:
    """Each metric's estimate for rows that all have a score and a class."""
    return _of_classes(is_called, probability) | _of_scores(scores, probability)


def _of_classes(called: Numbers, p: Numbers) -> dict[str, float | None]:
    """scikit-learn's metrics of every row twice: as positive with its probability as weight, as negative with the rest."""
    n = len(p)
    options = {
        "y_true": np.repeat([1, 0], n),
        "y_pred": np.tile(called.astype(int), 2),
        "sample_weight": np.concatenate([p, 1 - p]),
    }
    (tn, fp), (fn, tp) = metrics.confusion_matrix(**options, labels=[0, 1])
    has_positives, has_negatives = p.sum() > 0, (1 - p).sum() > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(**options, labels=[0, 1])
        balanced = metrics.balanced_accuracy_score(**options)
    return {
        "accuracy": metrics.accuracy_score(**options),
        "balanced_accuracy": balanced if has_positives and has_negatives else None,
        "precision": precision[1] if called.any() else None,
        "recall": recall[1] if has_positives else None,
        "specificity": recall[0] if has_negatives else None,
        "f1": f1[1] if has_positives or called.any() else None,
        "true_positives": tp,
        "false_positives": fp,
        "false_negatives": fn,
        "true_negatives": tn,
    }


def _of_scores(scores: Numbers, p: Numbers) -> dict[str, float | None]:
    wins, n = _wins(scores), len(scores)
    pairs = np.outer(p, 1 - p) * (1 - np.eye(n))
    at_or_above = scores[None, :] >= scores[:, None]
    others = (at_or_above * p[None, :]).sum(axis=1) - p
    steps = p * (1 + others) / at_or_above.sum(axis=1)
    weights = np.concatenate([p, 1 - p])
    actual, twice = np.repeat([1, 0], n), np.tile(scores, 2)
    return {
        "roc_auc": (pairs * wins).sum() / pairs.sum()
        if n > 1 and p.sum() > 0 and (1 - p).sum() > 0
        else None,
        "average_precision": steps.sum() / p.sum() if p.sum() > 0 else None,
        "log_loss": metrics.log_loss(actual, twice, sample_weight=weights, labels=[0, 1]),
        "brier": metrics.brier_score_loss(actual, twice, sample_weight=weights, pos_label=1),
    }


def _wins(scores: Numbers) -> Numbers:
    """Whether a row is ranked above another, a tie as a half."""
    return np.asarray((scores[:, None] > scores[None, :]) + 0.5 * (scores[:, None] == scores[None, :]))


Plugin = Callable[[Numbers], Numbers]


def _ratio(part: Numbers, whole: Numbers | float) -> Numbers:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part / whole)


def _class_plugin(of: Callable[..., Numbers]) -> Callable[[Numbers, Numbers], Plugin]:
    """A metric of expected counts, at many vectors of probabilities at once."""

    def plugin(_scores: Numbers, called: Numbers) -> Plugin:
        def value(p: Numbers) -> Numbers:
            tp, fn = p @ called, p @ (1 - called)
            return of(tp, called.sum() - tp, fn, (1 - called).sum() - fn)

        return value

    return plugin


def _auc_plugin(scores: Numbers, _called: Numbers) -> Plugin:
    wins = _wins(scores)
    return lambda p: _ratio(((p @ wins) * (1 - p)).sum(axis=-1), p.sum(axis=-1) * (1 - p).sum(axis=-1))


def _ap_plugin(scores: Numbers, _called: Numbers) -> Plugin:
    at_or_above = (scores[None, :] >= scores[:, None]).astype(float)
    return lambda p: _ratio((p * (p @ at_or_above.T) / at_or_above.sum(axis=1)).sum(axis=-1), p.sum(axis=-1))


def _log_loss_plugin(scores: Numbers, _called: Numbers) -> Plugin:
    clipped = np.clip(scores, np.finfo(float).eps, 1 - np.finfo(float).eps)
    opposite = np.clip(1 - scores, np.finfo(float).eps, 1 - np.finfo(float).eps)
    return lambda p: -(p * np.log(clipped) + (1 - p) * np.log(opposite)).mean(axis=-1)


PLUGINS: dict[str, Callable[[Numbers, Numbers], Plugin]] = {
    "accuracy": _class_plugin(lambda tp, fp, fn, tn: _ratio(tp + tn, tp + fp + fn + tn)),
    "balanced_accuracy": _class_plugin(
        lambda tp, fp, fn, tn: (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2
    ),
    "precision": _class_plugin(lambda tp, fp, fn, tn: _ratio(tp, tp + fp)),
    "recall": _class_plugin(lambda tp, fp, fn, tn: _ratio(tp, tp + fn)),
    "specificity": _class_plugin(lambda tp, fp, fn, tn: _ratio(tn, tn + fp)),
    "f1": _class_plugin(lambda tp, fp, fn, tn: _ratio(2 * tp, 2 * tp + fp + fn)),
    "true_positives": _class_plugin(lambda tp, fp, fn, tn: tp),
    "false_positives": _class_plugin(lambda tp, fp, fn, tn: fp),
    "false_negatives": _class_plugin(lambda tp, fp, fn, tn: fn),
    "true_negatives": _class_plugin(lambda tp, fp, fn, tn: tn),
    "roc_auc": _auc_plugin,
    "average_precision": _ap_plugin,
    "log_loss": _log_loss_plugin,
    "brier": lambda scores, _called: lambda p: (p * (1 - scores) ** 2 + (1 - p) * scores**2).mean(axis=-1),
}


def _standard_error(value: Plugin, p: Numbers, level: npt.NDArray[np.int64], variance: Numbers) -> float:
    """The error of the outcomes given their probabilities, and of the levels of the calibration, by numeric derivatives."""
    step = 1e-5 * np.eye(len(p))
    slopes = (value(p + step) - value(p - step)) / 2e-5
    by_level = np.bincount(level, weights=slopes, minlength=len(variance))
    return float(np.sqrt((p * (1 - p) * slopes**2).sum() + (variance * by_level**2).sum()))
