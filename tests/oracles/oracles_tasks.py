"""Metrics of multiclass, regression and ranking tasks, computed row by row with scikit-learn and numpy.

A metric is a `Metric`: its value by scikit-learn, whether that is undefined, and its standard error. Where no formula is
written down, the standard error is that of the delta method, with the derivative by the weight of each row taken numerically.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning

EPSILON = float(np.finfo(float).eps)


@dataclass
class Metric:
    """The value that scikit-learn gives, None where it gives NaN or nothing; and whether it is undefined."""

    value: float | None
    is_undefined: bool = False
    std_error: float | None = None

    def under(self, undefined: str) -> float | None:
        return None if self.is_undefined and undefined == "null" else self.value


def measured(score: Callable[..., float], *arguments: Any, **options: Any) -> Metric:
    """A metric that is undefined where scikit-learn warns or gives NaN."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = float(score(*arguments, **options))
    warned = any(issubclass(warning.category, UndefinedMetricWarning) for warning in caught)
    return Metric(None if math.isnan(value) else value, warned or math.isnan(value))


def delta_error(score: Callable[..., float], n: int, factors: np.ndarray | None = None) -> float | None:
    """The standard error by the delta method, from the derivative of the score by each row's weight."""
    step, influences = 1e-4, np.empty(n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row in range(n):
            more, fewer = np.ones(n), np.ones(n)
            more[row] += step
            fewer[row] -= step
            influences[row] = (score(sample_weight=more) - score(sample_weight=fewer)) / (2 * step)
    return math.sqrt(float((influences**2 * (1 if factors is None else factors)).sum()))


def of_mean(losses: np.ndarray) -> Metric:
    error = losses.std(ddof=1) / math.sqrt(len(losses)) if len(losses) > 1 else None
    return Metric(float(losses.mean()), std_error=error)


# multiclass


def multiclass_metrics(rows: pd.DataFrame, with_errors: bool) -> dict[tuple[str, str | None], Metric]:
    """The metrics of a cell by name and class.

    `rows` has actual and predicted (classes as texts, or None) and probabilities (a mapping from classes, or None).
    """
    labelled = rows[rows["actual"].notna()]
    classified = labelled[labelled["predicted"].notna()]
    scored = labelled[labelled["probabilities"].map(is_usable)]
    found: dict[tuple[str, str | None], Metric] = {("predictions", None): Metric(len(rows))}
    found |= {(name, None): Metric(None, True) for name in [*OF_CLASSES, *OF_SCORES]}
    for name, used in {"missing_classes": classified, "missing_probabilities": scored}.items():
        found[name, None] = Metric(len(labelled) - len(used) if len(labelled) else None, labelled.empty)
    if len(classified):
        found |= of_classes(list(classified["actual"]), list(classified["predicted"]), with_errors)
    if len(scored):
        found |= of_probabilities(list(scored["actual"]), list(scored["probabilities"]), with_errors)
    return found


def is_usable(probabilities: Any) -> bool:
    if not isinstance(probabilities, dict) or not probabilities:
        return False
    usable = [isinstance(p, (int, float)) and 0 <= p <= 1 for p in probabilities.values()]
    return all(usable) and sum(probabilities.values()) > 0


AVERAGES = ("micro", "macro", "weighted")
OF_CLASSES = [
    "accuracy",
    "balanced_accuracy",
    "mcc",
    "kappa",
    *(f"{name}_{average}" for name in ("precision", "recall", "f1") for average in AVERAGES),
]
OF_SCORES = ["log_loss", "roc_auc_ovr", "top_2_accuracy"]


def of_classes(
    actual: list[str], predicted: list[str], with_errors: bool
) -> dict[tuple[str, str | None], Metric]:
    scores = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}
    found = {
        "accuracy": measured(metrics.accuracy_score, actual, predicted),
        "balanced_accuracy": measured(metrics.balanced_accuracy_score, actual, predicted),
        "mcc": measured(metrics.matthews_corrcoef, actual, predicted),
        "kappa": measured(metrics.cohen_kappa_score, actual, predicted),
    }
    found["balanced_accuracy"].is_undefined = len(set(actual)) == 1
    found["mcc"].is_undefined = 1 in (len(set(actual)), len(set(predicted)))
    functions: dict[str, Callable[..., float]] = {
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "mcc": metrics.matthews_corrcoef,
        "kappa": metrics.cohen_kappa_score,
    }
    for (name, score), average in itertools.product(scores.items(), AVERAGES):
        found[f"{name}_{average}"] = measured(score, actual, predicted, average=average)
        functions[f"{name}_{average}"] = partial(score, average=average)
    # a class that never occurs has the weight 0 in this average
    found["recall_weighted"].is_undefined = False
    by_class: dict[tuple[str, str | None], Metric] = {(name, None): metric for name, metric in found.items()}
    for label, (name, score) in itertools.product(sorted(set(actual) | set(predicted)), scores.items()):
        by_class[name, label] = measured(score, actual, predicted, labels=[label], average="macro")
        if with_errors:
            of_class = partial(score, actual, predicted, labels=[label], average="macro")
            by_class[name, label].std_error = delta_error(of_class, len(actual))
    for name, function in functions.items() if with_errors else ():
        found[name].std_error = delta_error(partial(function, actual, predicted), len(actual))
    return by_class


def of_probabilities(
    actual: list[str], given: list[dict[str, float]], with_errors: bool
) -> dict[tuple[str, str | None], Metric]:
    classes = sorted(set(itertools.chain(*given)))
    matrix = np.array([[row.get(name, 0.0) for name in classes] for row in given], dtype=float)
    sums = matrix.sum(axis=1)
    matrix[~np.isclose(1, sums)] /= sums[~np.isclose(1, sums), None]
    # a class that the model does not know has the probability 0
    everything = sorted({*classes, *actual})
    whole = np.array(
        [[row[classes.index(name)] if name in classes else 0.0 for name in everything] for row in matrix]
    )
    own = whole[np.arange(len(actual)), [everything.index(name) for name in actual]]
    losses = -np.log(np.clip(own, EPSILON, 1 - EPSILON))
    log_loss = of_mean(losses)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if len(everything) > 1:
            log_loss.value = metrics.log_loss(actual, y_proba=whole, labels=everything)
    hits = np.array([expected_hit(row, name) for row, name in zip(given, actual, strict=True)])
    top_2 = Metric(
        float(hits.mean()), len(classes) <= 2, math.sqrt(float(((hits - hits.mean()) ** 2).sum())) / len(hits)
    )
    known = len(everything) == len(classes)
    is_complete = all(set(row) == set(classes) for row in given)
    roc_auc = Metric(None, True)
    if known and is_complete and len(classes) > 1:
        occurring = set(actual) == set(classes)

        def area(sample_weight: np.ndarray | None = None) -> float:
            indicators = np.array([[name == label for label in classes] for name in actual], dtype=int)
            return float(
                np.mean(
                    [
                        metrics.roc_auc_score(indicators[:, k], matrix[:, k], sample_weight=sample_weight)
                        for k in range(len(classes))
                    ]
                )
            )

        if occurring:
            roc_auc = Metric(area())
            if len(classes) > 2:
                value = metrics.roc_auc_score(actual, matrix, multi_class="ovr", labels=classes)
                assert math.isclose(value, roc_auc.value or 0, rel_tol=1e-12)
            counts = np.array([actual.count(name) for name in actual])
            if with_errors and counts.min() > 1:
                roc_auc.std_error = delta_error(area, len(actual), counts / (counts - 1))
    return {
        ("log_loss", None): log_loss,
        ("top_2_accuracy", None): top_2,
        ("roc_auc_ovr", None): roc_auc,
    }


def expected_hit(row: dict[str, float], actual: str) -> float:
    """How often the actual class is among the first two, over all orders of the classes, where ties are in that order."""
    hits = [actual in sorted(order, key=lambda name: -row[name])[:2] for order in itertools.permutations(row)]
    return float(np.mean(hits))


# regression


def regression_metrics(rows: pd.DataFrame, quantile: float, with_errors: bool) -> dict[str, Metric]:
    """The metrics of a cell by name.

    `rows` has the numbers actual, predicted, quantile, lower and upper; what is not finite, or beyond 1e100, is missing.
    """
    numbers = rows.astype(float).where(rows.astype(float).abs() <= 1e100)
    labelled = numbers[np.isfinite(rows["actual"].astype(float))]
    used = labelled.dropna(subset=["actual", "predicted"])
    found = dict.fromkeys(OF_REGRESSION, Metric(None, True)) | {"predictions": Metric(len(rows))}
    if len(labelled):
        found["missing_values"] = Metric(len(labelled) - len(used))
    if len(used):
        found |= of_errors(used["actual"].to_numpy(), used["predicted"].to_numpy(), with_errors)
    of_quantile = labelled.dropna(subset=["actual", "quantile"])
    if len(of_quantile):
        actual, predicted = of_quantile["actual"].to_numpy(), of_quantile["quantile"].to_numpy()
        losses = np.maximum(quantile * (actual - predicted), (quantile - 1) * (actual - predicted))
        found["pinball"] = of_mean(losses)
        found["pinball"].value = metrics.mean_pinball_loss(actual, predicted, alpha=quantile)
    of_interval = labelled.dropna(subset=["actual", "lower", "upper"])
    if len(of_interval):
        share = float(of_interval["actual"].between(of_interval["lower"], of_interval["upper"]).mean())
        found["coverage"] = Metric(share, std_error=math.sqrt(share * (1 - share) / len(of_interval)))
    return found


OF_REGRESSION = [
    "mae",
    "rmse",
    "mape",
    "smape",
    "r2",
    "rmsle",
    "median_absolute_error",
    "max_error",
    "mean_error",
    "pinball",
    "coverage",
    "missing_values",
]


def of_errors(actual: np.ndarray, predicted: np.ndarray, with_errors: bool) -> dict[str, Metric]:
    error = predicted - actual
    size = np.abs(actual) + np.abs(predicted)
    losses = {
        "mae": np.abs(error),
        "mape": np.abs(error) / np.maximum(np.abs(actual), EPSILON),
        "smape": np.divide(2 * np.abs(error), size, out=np.zeros(len(error)), where=size > 0),
        "mean_error": error,
    }
    found = {name: of_mean(of_loss) for name, of_loss in losses.items()}
    found["mae"].value = metrics.mean_absolute_error(actual, predicted)
    found["mape"].value = metrics.mean_absolute_percentage_error(actual, predicted)
    found["rmse"] = of_root(error, metrics.root_mean_squared_error(actual, predicted))
    found["rmsle"] = Metric(None, True)
    if min(actual.min(), predicted.min()) > -1:
        value = metrics.root_mean_squared_log_error(actual, predicted)
        found["rmsle"] = of_root(np.log1p(predicted) - np.log1p(actual), value)
    found["median_absolute_error"] = measured(metrics.median_absolute_error, actual, predicted)
    found["max_error"] = measured(metrics.max_error, actual, predicted)
    # squares of tiny numbers are 0, so scikit-learn gets outcomes of a size that has squares
    spread = float(np.ptp(actual))
    size_of_squares = spread if 0 < spread < 1e-100 else 1.0
    if spread * 1e70 > np.abs(error).max() or len(actual) == 1:
        # nor does its mean of nearly equal outcomes have the digits in which they differ
        start = actual.min() if spread < 1e-6 * np.abs(actual).max() else 0.0
        moved = (actual - start) / size_of_squares, (predicted - start) / size_of_squares
        found["r2"] = measured(metrics.r2_score, *moved)
    else:
        # outcomes are as good as constant
        found["r2"] = Metric(float(np.array_equal(actual, predicted)), True)
    if with_errors and not found["r2"].is_undefined:
        found["r2"].std_error = delta_error(partial(metrics.r2_score, actual, predicted), len(actual))
    return found


def of_root(error: np.ndarray, value: float) -> Metric:
    """The root of a mean of squares: its standard error is that of the mean over twice the root."""
    if len(error) < 2:
        return Metric(value)
    of_squares = of_mean(error**2).std_error or 0.0
    return Metric(value, std_error=of_squares / (2 * value) if value else 0.0)


# ranking


def ranking_metrics(rows: pd.DataFrame, cuts: list[int], undefined: str) -> dict[str, Metric]:
    """The metrics of a cell by name: means over its queries of the mean over all orders that the scores allow.

    `rows` has query, actual (the relevance) and score, each of which may be missing.
    """
    labelled = rows[rows["actual"].notna()]
    ranked = labelled.dropna(subset=["query", "score"])
    found = {"predictions": Metric(len(rows))}
    for name, count in {
        "queries": ranked["query"].nunique(),
        "missing_scores": len(labelled) - len(ranked),
    }.items():
        found[name] = Metric(count if len(labelled) else None, labelled.empty)
    by_query = [
        of_query(group["actual"].to_numpy(float), group["score"].to_numpy(float), cuts)
        for _, group in ranked.groupby("query")
    ]
    for name in [
        *(f"{metric}_at_{k}" for k in cuts for metric in ("ndcg", "precision", "recall", "map")),
        "mrr",
    ]:
        values = [query[name] for query in by_query]
        if undefined == "zero_division":
            values = [0.0 if value is None else value for value in values]
        defined = np.array([value for value in values if value is not None])
        found[name] = of_mean(defined) if len(defined) else Metric(None, True)
        if name.startswith("ndcg") and len(ranked) and ranked["actual"].min() < 0:
            found[name] = Metric(None, True)
    return found


def of_query(relevance: np.ndarray, score: np.ndarray, cuts: list[int]) -> dict[str, float | None]:
    n = len(relevance)
    blocks = [np.flatnonzero(score == one) for one in sorted(set(score), reverse=True)]
    orders = [
        np.concatenate(parts).astype(int)
        for parts in itertools.product(*(list(itertools.permutations(block)) for block in blocks))
    ]
    total = int((relevance > 0).sum())
    found: dict[str, float | None] = {}
    for k in cuts:
        hits, precisions, gains = [], [], []
        discounts = 1 / np.log2(np.arange(2, n + 2)) * (np.arange(n) < k)
        for order in orders:
            relevant = (relevance[order] > 0).astype(float)
            hits.append(relevant[:k].sum())
            precisions.append((relevant.cumsum() / np.arange(1, n + 1) * relevant)[:k].sum())
            gains.append((relevance[order] * discounts).sum())
        ideal = (np.sort(relevance)[::-1] * discounts).sum()
        found[f"ndcg_at_{k}"] = float(np.mean(gains) / ideal) if ideal > 0 else 0.0
        if n > 1 and relevance.min() >= 0:
            found[f"ndcg_at_{k}"] = metrics.ndcg_score(relevance[None], score[None], k=k)
        found[f"precision_at_{k}"] = float(np.mean(hits)) / k
        found[f"recall_at_{k}"] = float(np.mean(hits)) / total if total else None
        found[f"map_at_{k}"] = float(np.mean(precisions)) / min(total, k) if total else None
    firsts = [np.flatnonzero(relevance[order] > 0) for order in orders]
    found["mrr"] = float(np.mean([1 / (places[0] + 1) if len(places) else 0.0 for places in firsts]))
    return found
