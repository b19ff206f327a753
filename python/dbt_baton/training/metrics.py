"""Metrics of a fitted model on one split. An undefined metric is None, never 0 and never an error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import metrics

Metrics = dict[str, float | int | None]


def binary(
    positive: npt.NDArray[np.bool_],
    predicted: npt.NDArray[np.bool_],
    probability: npt.NDArray[np.float64] | None,
) -> Metrics:
    """Metrics of a two-class model.

    Parameters
    ----------
    positive, predicted : ndarray of bool, shape (n_rows,)
        Whether the label is the positive class, and whether it is predicted to be.
    probability : ndarray of shape (n_rows,) or None
        The probability of the positive class; None for an estimator without `predict_proba`, for which the
        metrics of the probability are None.

    Returns
    -------
    dict
        ROC AUC needs both classes, average precision and recall need a positive, and precision needs a
        predicted positive.
    """
    both_classes = 0 < positive.sum() < len(positive)
    with_probability = probability is not None and len(positive) > 0
    return {
        "n": len(positive),
        "positives": int(positive.sum()),
        "roc_auc": _value(
            metrics.roc_auc_score, positive, probability, when=with_probability and both_classes
        ),
        "average_precision": _value(
            metrics.average_precision_score,
            positive,
            probability,
            when=with_probability and bool(positive.any()),
        ),
        "log_loss": _value(
            metrics.log_loss, positive, probability, when=with_probability, labels=[False, True]
        ),
        "brier": _value(_mean_squared_difference, positive, probability, when=with_probability),
        "accuracy": _value(metrics.accuracy_score, positive, predicted, when=len(positive) > 0),
        "precision": _value(metrics.precision_score, positive, predicted, when=bool(predicted.any())),
        "recall": _value(metrics.recall_score, positive, predicted, when=bool(positive.any())),
        "f1": _value(metrics.f1_score, positive, predicted, when=bool(positive.any() or predicted.any())),
    }


def multiclass(
    actual: npt.NDArray[Any],
    predicted: npt.NDArray[Any],
    probabilities: npt.NDArray[np.float64] | None,
    classes: npt.NDArray[Any],
) -> Metrics:
    """Metrics of a model of three or more classes.

    Parameters
    ----------
    actual, predicted : ndarray of shape (n_rows,)
        Class labels.
    probabilities : ndarray of shape (n_rows, n_classes) or None
        In the order of `classes`. The log loss is None if a label is not one of the classes.
    classes : ndarray of shape (n_classes,)
        The model's `classes_`.
    """
    known = bool(np.isin(actual, classes).all())
    return {
        "n": len(actual),
        "accuracy": _value(metrics.accuracy_score, actual, predicted, when=len(actual) > 0),
        "f1_macro": _value(metrics.f1_score, actual, predicted, when=len(actual) > 0, average="macro"),
        "log_loss": _value(
            metrics.log_loss, actual, probabilities,
            when=probabilities is not None and len(actual) > 0 and known, labels=classes,
        ),
    }  # fmt: skip


def regression(actual: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]) -> Metrics:
    """Metrics of a regression; R2 needs at least two different labels.

    Parameters
    ----------
    actual, predicted : ndarray of shape (n_rows,)
        In the label's unit.
    """
    varied = len(actual) > 1 and bool(np.ptp(actual) > 0)
    return {
        "n": len(actual),
        "mae": _value(metrics.mean_absolute_error, actual, predicted, when=len(actual) > 0),
        "rmse": _value(_root_mean_squared_error, actual, predicted, when=len(actual) > 0),
        "r2": _value(metrics.r2_score, actual, predicted, when=varied),
    }


def _value(metric: Callable[..., Any], *arguments: Any, when: bool, **options: Any) -> float | None:
    if not when:
        return None
    value = float(metric(*arguments, **options))
    return value if math.isfinite(value) else None


def _mean_squared_difference(actual: npt.NDArray[Any], predicted: npt.NDArray[np.float64]) -> float:
    return float(np.mean((actual - predicted) ** 2))


def _root_mean_squared_error(actual: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]) -> float:
    return math.sqrt(_mean_squared_difference(actual, predicted))
