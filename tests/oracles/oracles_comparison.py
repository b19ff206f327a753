"""The comparison of two models in numpy and scipy: paired tests, influences by brute force, the confidence sequence, the verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats
from sklearn import metrics as sklearn

Numbers = Any  # an array
LOSSES = ("log_loss", "brier", "mae", "mse", "rmse")
ROW_LOSSES: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "log_loss": lambda y, p: (
        -np.log(np.clip(np.where(y == 1, p, 1 - p), np.finfo(float).eps, 1 - np.finfo(float).eps))
    ),
    "brier": lambda y, p: (p - y) ** 2,
    "mae": lambda y, f: np.abs(f - y),
    "mse": lambda y, f: (f - y) ** 2,
}
RATIOS: dict[str, Callable[..., float]] = {
    "precision": sklearn.precision_score,
    "recall": sklearn.recall_score,
    "f1": sklearn.f1_score,
    "rmse": sklearn.root_mean_squared_error,
}


def reach(n: float, minimum_pairs: int, alpha: float = 0.05) -> float:
    """Half the width of the confidence sequence in standard errors: theorem 2.2 of Waudby-Smith et al. (2024)."""
    rho = math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / minimum_pairs)
    boundary = math.sqrt(2 * (n * rho**2 + 1) / (n**2 * rho**2) * math.log(math.sqrt(n * rho**2 + 1) / alpha))
    return boundary * math.sqrt(n)


def influences(metric: str, y: Numbers, a: Numbers, b: Numbers) -> Numbers:
    """What each row adds to n times the difference of the metric of `b` and that of `a`."""
    n = len(y)
    if metric == "roc_auc":
        return _placements(y, b) - _placements(y, a)
    if metric == "accuracy":
        return (b == y).astype(float) - (a == y) - np.mean((b == y).astype(float) - (a == y))
    if metric in ROW_LOSSES:
        difference = ROW_LOSSES[metric](y, b) - ROW_LOSSES[metric](y, a)
        return difference - difference.mean()
    # the derivative by the weight of each row, a row of the matrix for each
    step = 1e-4
    found = np.zeros(n)
    for sign in (1, -1):
        weights = np.ones((n, n)) + sign * step * np.eye(n)
        found += sign * (_weighted(metric, y, b, weights) - _weighted(metric, y, a, weights)) / (2 * step)
    return n * found


def _weighted(metric: str, y: Numbers, s: Numbers, weights: Numbers) -> Numbers:
    """The metric with weights, for each row of a matrix of them."""
    if metric == "rmse":
        return np.sqrt(weights @ (s - y) ** 2 / weights.sum(axis=1))
    right, called, actual = weights @ (s * y), weights @ s, weights @ y
    return {"precision": right / called, "recall": right / actual, "f1": 2 * right / (called + actual)}[
        metric
    ]


def _placements(y: Numbers, s: Numbers) -> Numbers:
    """DeLong's placement values of each row, less their mean, by comparing each positive with each negative."""
    positive, negative = s[y == 1], s[y == 0]
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    found = np.zeros(len(y))
    auc, n = wins.mean(), len(y)
    found[y == 1] = (wins.mean(axis=1) - auc) * n / len(positive)
    found[y == 0] = (wins.mean(axis=0) - auc) * n / len(negative)
    return found


def value(metric: str, y: Numbers, s: Numbers) -> float:
    if metric == "roc_auc":
        return float(sklearn.roc_auc_score(y, s))
    if metric == "accuracy":
        return float(np.mean(s == y))
    if metric in ROW_LOSSES:
        return float(ROW_LOSSES[metric](y, s).mean())
    return float(RATIOS[metric](y, s))


def comparison(
    metric: str,
    y: Numbers,
    a: Numbers,
    b: Numbers,
    minimum_pairs: int,
    alpha: float = 0.05,
    cluster: Numbers | None = None,
) -> dict[str, Any]:
    """The numbers of a row of compare_models for rows that all count."""
    n = len(y)
    champion, challenger = value(metric, y, a), value(metric, y, b)
    difference = challenger - champion
    influence = influences(metric, y, a, b)
    correction = np.full(n, 1.0)
    if metric == "roc_auc":
        rows = np.where(y == 1, np.sum(y == 1), np.sum(y == 0))
        correction = np.sqrt(rows / np.where(rows > 1, rows - 1, np.nan))
    sums = influence * correction
    if cluster is not None:
        sums = np.array([sums[cluster == one].sum() for one in np.unique(cluster)])
    m = len(sums)
    variance = float((sums**2).sum()) / n**2 * (1 if metric == "roc_auc" else m / (m - 1))
    error = math.sqrt(variance)
    width = error * reach(n, minimum_pairs, alpha)
    if math.isnan(error):
        p_value = math.nan
    elif abs(difference) < 1e-12 or error < 1e-12:
        p_value = 1.0 if abs(difference) < 1e-12 else 0.0
    elif metric == "accuracy" and cluster is None:
        wins, losses = np.sum((b == y) & (a != y)), np.sum((b != y) & (a == y))
        p_value = float(stats.chi2.sf((wins - losses) ** 2 / (wins + losses), 1))
    elif metric in ROW_LOSSES:
        # the same as scipy.stats.ttest_rel without clusters, as a test shows
        p_value = float(2 * stats.t.sf(abs(difference) / error, m - 1))
    else:
        p_value = float(2 * stats.norm.sf(abs(difference) / error))
    return {
        "champion_value": champion,
        "challenger_value": challenger,
        "difference": difference,
        "std_error": error,
        "lower": difference - width,
        "upper": difference + width,
        "p_value": p_value,
        "n_pairs": n,
        "verdict": verdict(metric, y, sums, difference, width, minimum_pairs),
    }


def verdict(
    metric: str, y: Numbers, sums: Numbers, difference: float, width: float, minimum_pairs: int
) -> str:
    few = math.ceil(minimum_pairs / 20)
    is_binary = metric in ("roc_auc", "log_loss", "brier", "precision", "recall", "f1")
    rarer = min(np.sum(y == 1), np.sum(y == 0)) if is_binary else len(y)
    fourth = float((sums**4).sum())
    effective = float((sums**2).sum()) ** 2 / fourth if fourth > 1e-30 else math.inf
    if len(y) < minimum_pairs or min(rarer, effective, len(sums)) < few:
        return "not_enough_data"
    gain = -difference if metric in LOSSES else difference
    return "promote" if gain > width else "hold"
