"""Whether a classifier can tell rows from those of the reference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier

from dbt_baton.drift.finding import Finding, too_few
from dbt_baton.drift.rows import most_frequent, numbers, places

BLOCKS = 5
ITERATIONS = 30
MOST_CATEGORIES = 254
ROWS_FOR_IMPORTANCE = 2_500  # of each side and block
NO_SKILL = 0.5

Numbers = npt.NDArray[np.float64]


def compare(reference: pd.DataFrame, rows: pd.DataFrame, random_state: int) -> Finding:
    """Compare by the AUC of a classifier, on rows that it was not fitted on.

    Both sides are cut into five blocks. Each block but the first is scored by a classifier that was fitted on
    the blocks before it. Given those, labels of a block are exchangeable if nothing has drifted, so its
    Mann-Whitney statistic has a known mean and variance; the sum over the blocks is a martingale, and close
    to normal. Out-of-fold scores of a cross-validation have no such law: each row is in the training of the
    others, which doubles the variance.

    Parameters
    ----------
    reference, rows : pandas.DataFrame, shape (n_rows, n_features)
        In random order, as `shuffled` gives them.
    random_state : int
        Of the permutations by which features are ranked, and of the classifier.
    """
    reason = too_few(len(reference), len(rows))
    if reason:
        return Finding(undefined_reason=reason)
    features, matrix, is_text = _matrix(reference, rows)
    if not features:
        return Finding(undefined_reason="no feature varies")
    is_new = np.repeat([0, 1], [len(reference), len(rows)])
    block = np.concatenate([np.arange(len(side)) * BLOCKS // len(side) for side in (reference, rows)])
    random = np.random.default_rng([random_state, 2])
    wins = pairs = surplus = variance = 0.0
    lost, lost_pairs = np.zeros(len(features)), 0.0
    for number in range(1, BLOCKS):
        classifier = HistGradientBoostingClassifier(
            max_iter=ITERATIONS,
            early_stopping=False,
            categorical_features=is_text,
            random_state=random_state,
        ).fit(matrix[block < number], is_new[block < number])
        inside = np.flatnonzero(block == number)
        scores = classifier.decision_function(matrix[inside])
        of_block = _Wins.count(scores, is_new[inside])
        wins, pairs = wins + of_block.wins, pairs + of_block.pairs
        surplus += of_block.wins - of_block.pairs / 2
        variance += of_block.variance
        fallen, weight = _importances(classifier, matrix, is_new, inside, random)
        lost, lost_pairs = lost + fallen, lost_pairs + weight
    # a classifier without a single split gives every row the same score
    z = surplus / math.sqrt(variance) if variance else -math.inf
    importances = dict.fromkeys(reference.columns, 0.0)
    importances |= dict(zip(features, (lost / lost_pairs).tolist(), strict=True))
    return Finding(wins / pairs, NO_SKILL, math.erfc(z / math.sqrt(2)) / 2, importances)


class _Wins:
    """How often a new row scores higher than one of the reference, a tie as a half.

    Attributes
    ----------
    wins, pairs : float
    variance : float
        Of the wins, if labels are exchangeable among these scores.
    """

    def __init__(self, wins: float, pairs: float, variance: float) -> None:
        self.wins, self.pairs, self.variance = wins, pairs, variance

    @classmethod
    def count(cls, scores: Numbers, is_new: npt.NDArray[np.int64]) -> _Wins:
        n, n_new = len(scores), float(is_new.sum())
        pairs = n_new * (n - n_new)
        wins = float(rankdata(scores)[is_new == 1].sum()) - n_new * (n_new + 1) / 2
        ties = np.unique(scores, return_counts=True)[1].astype(float)
        tied = float((ties**3 - ties).sum()) / (n * (n - 1))
        return cls(wins, pairs, max(pairs / 12 * (n + 1 - tied), 0.0))


def _importances(
    classifier: HistGradientBoostingClassifier,
    matrix: Numbers,
    is_new: npt.NDArray[np.int64],
    inside: npt.NDArray[np.int64],
    random: np.random.Generator,
) -> tuple[Numbers, float]:
    """Count the wins that are lost when a feature's values are permuted, and the pairs."""
    few = np.concatenate([inside[is_new[inside] == side][:ROWS_FOR_IMPORTANCE] for side in (0, 1)])
    sample, labels = matrix[few], is_new[few]
    whole = _Wins.count(classifier.decision_function(sample), labels)
    order = random.permutation(len(few))
    lost = np.zeros(matrix.shape[1])
    for place in range(matrix.shape[1]):
        kept = sample[:, place].copy()
        sample[:, place] = kept[order]
        lost[place] = whole.wins - _Wins.count(classifier.decision_function(sample), labels).wins
        sample[:, place] = kept
    return lost, whole.pairs


def _matrix(reference: pd.DataFrame, rows: pd.DataFrame) -> tuple[list[str], Numbers, Sequence[bool]]:
    """Give the features that vary, their values, and which are codes of texts.

    A text is a code by its frequency on both sides together, which does not depend on the side. All that are
    beyond 253 share the last one.
    """
    features: list[str] = []
    is_text: list[bool] = []
    matrix: Numbers = np.empty((len(reference) + len(rows), reference.shape[1]), order="F")
    for feature in reference.columns:
        # filled in place, because a copy of both sides is what takes the memory
        values: Numbers = matrix[:, len(features)]
        one, other = (numbers(side, feature) for side in (reference, rows))
        if one is not None and other is not None:
            np.concatenate([one, other], out=values)
        else:
            values[:] = _codes([side[feature] for side in (reference, rows)])
        if _varies(values):
            features.append(feature)
            is_text.append(one is None)
    return features, matrix[:, : len(features)], is_text


def _codes(sides: Sequence[pd.Series[Any]]) -> Numbers:
    frequent = most_frequent(sides, MOST_CATEGORIES - 1)
    codes = np.concatenate([places(side, frequent) for side in sides]).astype(np.float64)
    codes[codes < 0] = np.nan
    return codes


def _varies(values: Numbers) -> bool:
    missing = np.isnan(values)
    if missing.any():
        return not missing.all()
    return bool((values != values[0]).any())
