"""What monitoring must report, computed row by row with scikit-learn, numpy and scipy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from scipy import stats
from sklearn import metrics

from oracles import is_missing
from oracles_drift import OUTSIDE, is_rare, limit_of_new_rows, sparse_together


def binary_metrics(rows: pd.DataFrame) -> dict[str, float | None]:
    """The metrics of a cell's rows, None where undefined.

    `rows` has the columns actual and predicted (1, 0 or None), probability and value.
    """
    found: dict[str, float | None] = dict.fromkeys(METRICS)
    found["predictions"] = len(rows)
    labelled = rows[rows["actual"].notna()]
    if labelled.empty:
        return found
    classified = labelled[labelled["predicted"].notna()]
    scored = labelled[labelled["probability"].between(0, 1)]
    found["missing_classes"] = len(labelled) - len(classified)
    found["missing_probabilities"] = len(labelled) - len(scored)
    found["total_value"] = math.fsum(labelled.loc[labelled["actual"] == 1, "value"].dropna())
    # scikit-learn's input checks take longer than the metrics of so few rows
    with (
        warnings.catch_warnings(),
        sklearn.config_context(assume_finite=True, skip_parameter_validation=True),
    ):
        warnings.simplefilter("ignore")
        if len(classified):
            found |= _of_classes(classified)
        if len(scored):
            found |= _of_scores(scored)
    return found


METRICS = [
    "predictions",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "specificity",
    "f1",
    "mcc",
    "kappa",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "expected_calibration_error",
    "true_positives",
    "false_positives",
    "false_negatives",
    "true_negatives",
    "lift_at_10",
    "gain_at_10",
    "missing_classes",
    "missing_probabilities",
    "recovered_value",
    "total_value",
]


def _of_classes(rows: pd.DataFrame) -> dict[str, float | None]:
    actual, predicted = rows["actual"].to_numpy(int), rows["predicted"].to_numpy(int)
    (tn, fp), (fn, tp) = metrics.confusion_matrix(actual, predicted, labels=[0, 1])
    both, called_both = len(set(actual)) == 2, len(set(predicted)) == 2
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(actual, predicted, labels=[0, 1])
    return {
        "accuracy": metrics.accuracy_score(actual, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(actual, predicted) if both else None,
        "precision": precision[1] if tp + fp else None,
        "recall": recall[1] if tp + fn else None,
        "specificity": recall[0] if tn + fp else None,
        "f1": f1[1] if tp + fp + fn else None,
        "mcc": metrics.matthews_corrcoef(actual, predicted) if both and called_both else None,
        "kappa": metrics.cohen_kappa_score(actual, predicted)
        if min(tp + fp + fn, tn + fp + fn) > 0
        else None,
        "true_positives": tp,
        "false_positives": fp,
        "false_negatives": fn,
        "true_negatives": tn,
        "recovered_value": math.fsum(rows.loc[(actual == 1) & (predicted == 1), "value"].dropna()),
    }


def _of_scores(rows: pd.DataFrame) -> dict[str, float | None]:
    actual, probability = rows["actual"].to_numpy(int), rows["probability"].to_numpy(float)
    both = len(set(actual)) == 2
    bins = np.minimum(np.floor(probability * 10), 9)
    gaps = [
        len(part) * abs(part["probability"].mean() - part["actual"].mean()) for _, part in rows.groupby(bins)
    ]
    gain = gain_within(actual, probability, 0.1) if actual.any() else None
    return {
        "lift_at_10": None if gain is None else gain / 0.1,
        "gain_at_10": gain,
        "roc_auc": metrics.roc_auc_score(actual, probability) if both else None,
        "average_precision": metrics.average_precision_score(actual, probability) if actual.any() else None,
        "log_loss": metrics.log_loss(actual, probability, labels=[0, 1]),
        "brier": metrics.brier_score_loss(actual, probability, pos_label=1),
        "expected_calibration_error": sum(gaps) / len(rows),
    }


def shares_within(probability: np.ndarray, share: float) -> np.ndarray:
    """How much of each row is among the first `share` of the rows; tied rows have the same part of what is left for them."""
    _, block, tied = np.unique(probability, return_inverse=True, return_counts=True)
    above = len(probability) - np.cumsum(tied)
    return np.clip((share * len(probability) - above) / tied, 0, 1)[block]


def gain_within(actual: np.ndarray, probability: np.ndarray, share: float) -> float:
    """The share of the positives that are among the first rows."""
    return float((actual * shares_within(probability, share)).sum() / actual.sum())


def scikit_learn_instead(rows: pd.DataFrame) -> dict[str, float | None]:
    """What scikit-learn gives for undefined metrics with a warning, where it is a number."""
    classified = rows[rows["actual"].notna() & rows["predicted"].notna()]
    scored = rows[rows["actual"].notna() & rows["probability"].between(0, 1)]
    found: dict[str, float | None] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if len(classified):
            actual, predicted = classified["actual"].to_numpy(int), classified["predicted"].to_numpy(int)
            found["precision"] = metrics.precision_score(actual, predicted)
            found["recall"] = metrics.recall_score(actual, predicted)
            found["specificity"] = metrics.recall_score(actual, predicted, pos_label=0)
            found["f1"] = metrics.f1_score(actual, predicted)
            found["mcc"] = metrics.matthews_corrcoef(actual, predicted)
            found["kappa"] = metrics.cohen_kappa_score(actual, predicted)
            found["balanced_accuracy"] = metrics.balanced_accuracy_score(actual, predicted)
        if len(scored):
            found["average_precision"] = metrics.average_precision_score(
                scored["actual"].to_numpy(int), scored["probability"]
            )
    return found


def standard_errors(rows: pd.DataFrame, values: Mapping[str, float | None]) -> dict[str, float | None]:
    """The standard errors of the metrics of a cell.

    Binomial for shares, DeLong's by comparing every pair, of a mean, of a sum, and for the others the infinitesimal jackknife: by
    how much a metric changes with the weight of each row, found by changing the weight.
    """
    labelled = rows[rows["actual"].notna()]
    classified = labelled[labelled["predicted"].notna()]
    scored = labelled[labelled["probability"].between(0, 1)]
    found: dict[str, float | None] = {}
    sizes = {
        "accuracy": len(classified),
        "precision": (classified["predicted"] == 1).sum(),
        "recall": (classified["actual"] == 1).sum(),
        "specificity": (classified["actual"] == 0).sum(),
    }
    for name, size in sizes.items():
        share = values[name]
        found[name] = None if share is None else math.sqrt(share * (1 - share) / size)
    found |= _errors_of_counts(classified, values)
    positive = scored.loc[scored["actual"] == 1, "probability"].to_numpy(float)
    negative = scored.loc[scored["actual"] == 0, "probability"].to_numpy(float)
    found["roc_auc"] = None
    if len(positive) > 1 and len(negative) > 1:
        wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
        found["roc_auc"] = math.sqrt(
            wins.mean(axis=1).var(ddof=1) / len(positive) + wins.mean(axis=0).var(ddof=1) / len(negative)
        )
    actual, probability = scored["actual"].to_numpy(float), scored["probability"].to_numpy(float)
    clipped = np.clip(
        np.where(actual == 1, probability, 1 - probability), np.finfo(float).eps, 1 - np.finfo(float).eps
    )
    for name, losses in {"brier": (probability - actual) ** 2, "log_loss": -np.log(clipped)}.items():
        found[name] = losses.std(ddof=1) / math.sqrt(len(losses)) if len(losses) > 1 else None
    found |= dict.fromkeys(("average_precision", "gain_at_10", "lift_at_10"))
    if len(positive):
        found["average_precision"] = _jackknife(
            lambda weights: weighted_average_precision(actual, probability, weights), len(scored)
        )
        # the rate of positives around the cut, and what a row changes by itself and by moving the cut
        gain, within = gain_within(actual, probability, 0.1), shares_within(probability, 0.1)
        around = shares_within(probability, 0.15) - shares_within(probability, 0.05)
        rate = (actual * around).sum() / (0.1 * len(scored))
        influences = [
            within * (actual * (1 - gain) - 0.9 * rate) ** 2
            + (1 - within) * (actual * (0 - gain) + 0.1 * rate) ** 2
        ]
        error = math.sqrt(sum(map(np.sum, influences))) / len(positive)
        found |= {"gain_at_10": error, "lift_at_10": 10 * error}
    for name, part, counted in (
        ("recovered_value", classified, (classified["actual"] == 1) & (classified["predicted"] == 1)),
        ("total_value", labelled, labelled["actual"] == 1),
    ):
        worth = part["value"].fillna(0).where(counted, 0).to_numpy(float)
        found[name] = math.sqrt(len(worth) * worth.var(ddof=1)) if len(worth) > 1 else None
    return found


def _errors_of_counts(rows: pd.DataFrame, values: Mapping[str, float | None]) -> dict[str, float | None]:
    """Of what the four counts of a confusion matrix decide."""
    kinds = [(1, 1), (0, 1), (1, 0), (0, 0)]
    counts = np.array(
        [((rows["actual"] == one) & (rows["predicted"] == other)).sum() for one, other in kinds], dtype=float
    )
    actual, predicted = np.array(kinds).T
    found: dict[str, float | None] = {}
    for name, metric in {
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "f1": metrics.f1_score,
        "mcc": metrics.matthews_corrcoef,
        "kappa": metrics.cohen_kappa_score,
    }.items():
        found[name] = None
        if values[name] is not None:
            changes = _changes(
                lambda weights, of=metric: of(actual, predicted, sample_weight=weights), counts
            )
            found[name] = math.sqrt((counts * changes**2).sum())
    return found


def weighted_average_precision(actual: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> float:
    total = 0.0
    for score in set(probability):
        above, here = probability >= score, probability == score
        precision = (weights * actual * above).sum() / (weights * above).sum()
        total += (weights * actual * here).sum() * precision
    return float(total / (weights * actual).sum())


def _changes(metric: Any, weights: np.ndarray, step: float = 1e-4) -> np.ndarray:
    """By how much a metric changes with each weight that is not 0."""
    changes = np.zeros(len(weights))
    with (
        warnings.catch_warnings(),
        sklearn.config_context(assume_finite=True, skip_parameter_validation=True),
    ):
        warnings.simplefilter("ignore")
        for place in np.flatnonzero(weights):
            moved = np.eye(len(weights))[place] * step
            changes[place] = (metric(weights + moved) - metric(weights - moved)) / (2 * step)
    return changes


def _jackknife(metric: Any, rows: int) -> float:
    return math.sqrt((_changes(metric, np.ones(rows)) ** 2).sum())


class Baseline:
    """The bins of one feature: `place` gives the bin of a value, `counts` the number of values per bin.

    `edges` is 'quantile', 'uniform' or a list of the edges.
    """

    def __init__(
        self,
        reference: list[Any],
        kind: str,
        bins: int = 10,
        max_categories: int = 20,
        edges: str | list[float] = "quantile",
    ) -> None:
        self.kind = kind
        present = [value for value in reference if not is_missing(value)]
        if kind == "categorical":
            ranked = sorted(set(present), key=lambda category: (-present.count(category), category.encode()))
            self.bin_of = {
                category: str(rank) if rank <= max_categories else "OTHER"
                for rank, category in enumerate(ranked, 1)
            }
        else:
            ordered = sorted(float(value) for value in present)
            finite = [value for value in ordered if math.isfinite(value)]
            if isinstance(edges, list):
                ends = [float(edge) for edge in edges]
            elif edges == "uniform" and finite:
                width = finite[-1] / bins - finite[0] / bins
                ends = [*(finite[0] + step * width for step in range(bins)), finite[-1]]
            elif edges == "quantile" and ordered:
                # the first row of a share: after share / bins of the rows, rounded down
                ends = [*(ordered[share * len(ordered) // bins] for share in range(bins)), ordered[-1]]
            else:
                ends = [-math.inf]
            lasts = [False] * (len(ends) - 2) + [True]
            self.edges = [
                lower
                for lower, upper, is_last in zip(ends, ends[1:], lasts, strict=False)
                if lower < upper or is_last
            ]
            self.highest = ends[-1]
        self.counts = self.histogram(reference)
        self.n_single = sum(n == 1 for name, n in self.counts.items() if name != "OTHER")
        if kind == "categorical":
            self.n_single += sum(present.count(one) == 1 for one in ranked[max_categories:])

    def place(self, value: Any) -> str:
        if is_missing(value):
            return "NULL"
        if self.kind == "categorical":
            return self.bin_of.get(value, "UNSEEN")
        if not self.edges or value < self.edges[0]:
            return "below"
        if value > self.highest:
            return "above"
        return str(sum(edge <= value for edge in self.edges))

    def histogram(self, values: list[Any]) -> dict[str, int]:
        """The number of values in each bin that has any."""
        counts: dict[str, int] = {}
        for value in values:
            counts[self.place(value)] = counts.get(self.place(value), 0) + 1
        return counts


def psi(
    reference: Mapping[str, int], current: Mapping[str, int], n_single: int
) -> tuple[float | None, float | None, int]:
    """PSI, its exact p-value and the degrees of freedom; `n_single` bins and categories of the reference have one row."""
    bins = sorted(set(reference) | set(current))
    r = np.array([reference.get(name, 0) for name in bins], dtype=float)
    c = np.array([current.get(name, 0) for name in bins], dtype=float)
    if not r.sum() or not c.sum():
        return None, None, len(bins) - 1
    p = (r + 0.5) / (r.sum() + 0.5 * len(bins))
    q = (c + 0.5) / (c.sum() + 0.5 * len(bins))
    value = float(((p - q) * np.log(p / q)).sum())
    groups = sparse_together(r + c, int(r.sum()), is_rare(bins))
    n_new = sum(n for name, n in current.items() if name in OUTSIDE and not reference.get(name, 0))
    limit = limit_of_new_rows(n_new, n_single, int(r.sum()), int(c.sum()))
    r, c = (np.array([side[group].sum() for group in groups]) for side in (r, c))
    if len(groups) == 1:
        return value, limit, 0
    chi_squared = float(stats.chi2_contingency([r, c], correction=False).statistic)
    if len(groups) == 2:
        return value, min(float(stats.chi2.sf(chi_squared, 1)), limit), 1
    mean, variance = _moments_of_chi_squared(r, c)
    p_value = float(stats.gamma.sf(chi_squared, mean**2 / variance, scale=variance / mean))
    return value, min(p_value, limit), len(groups) - 1


def _moments_of_chi_squared(r: np.ndarray, c: np.ndarray) -> tuple[float, float]:
    """Mean and variance over all divisions of the rows into two sides of these sizes, from the moments of falling factorials."""
    n, rest, both = r.sum(), c.sum(), r + c
    total = n + rest

    def falling(x: Any, k: int) -> Any:
        return math.prod([x - i for i in range(k)])

    # E[x^2] and E[x_i^2 x_j^2] of the counts x on one side, as sums of factorial moments
    def moment(i: int, j: int | None = None) -> Any:
        stirling = {2: {1: 1, 2: 1}, 4: {1: 1, 2: 7, 3: 6, 4: 1}}
        if j is None:
            return sum(
                f * falling(both[i], k) * falling(n, k) / falling(total, k) for k, f in stirling[2].items()
            )
        if i == j:
            return sum(
                f * falling(both[i], k) * falling(n, k) / falling(total, k)
                for k, f in stirling[4].items()
                if total > 3
            )
        return sum(
            falling(both[i], k) * falling(both[j], m) * falling(n, k + m) / falling(total, k + m)
            for k in (1, 2)
            for m in (1, 2)
        )

    # chi-squared is a constant times the sum of x^2 / both, less another constant
    scale = total**2 / (n * rest)
    cells = range(len(both))
    mean = sum(moment(i) / both[i] for i in cells)
    square = sum(moment(i, j) / (both[i] * both[j]) for i in cells for j in cells)
    return scale * (mean - n**2 / total), scale**2 * (square - mean**2)
