"""Whether rows keep the linear structure of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import ks_2samp
from threadpoolctl import threadpool_limits

from dbt_baton.drift.finding import Finding, too_few
from dbt_baton.drift.rows import most_frequent, numbers, places

CHUNK = 50_000
ROUNDING = 1e-9  # below which an error is that of the arithmetic

Numbers = npt.NDArray[np.float64]


class Reconstruction:
    """Principal components of one half of the reference, and the errors of the other half.

    Parameters
    ----------
    reference : pandas.DataFrame, shape (n_rows, n_features)
        In random order, as `shuffled` gives it.
    explained_variance : float
        The share of the variance that the components explain together.
    """

    def __init__(self, reference: pd.DataFrame, explained_variance: float) -> None:
        self._n_reference = len(reference)
        half = len(reference) // 2
        fitted = reference.iloc[:half]
        self._features = list(reference.columns)
        self._columns = [_Column.fit(fitted, feature) for feature in self._features] if half else []
        self._owners = np.repeat(np.arange(len(self._columns)), [column.width for column in self._columns])
        self._varying = sum(column.width > 0 for column in self._columns)
        if self._varying > 1:
            self._components = self._fit(fitted, explained_variance)
            self._errors, self._by_feature = self._errors_of(reference.iloc[half:])

    def compare(self, rows: pd.DataFrame) -> Finding:
        """Compare the errors of these rows with those of reference rows that had no part in the fit."""
        reason = too_few(self._n_reference, len(rows))
        if reason is None and self._varying < 2:
            reason = "fewer than two features of the reference vary"
        if reason:
            return Finding(undefined_reason=reason)
        errors, by_feature = self._errors_of(rows)
        p_value = float(ks_2samp(self._errors, errors, method="asymp").pvalue)
        importances = dict(zip(self._features, (by_feature - self._by_feature).tolist(), strict=True))
        return Finding(float(errors.mean()), float(self._errors.mean()), p_value, importances)

    def _fit(self, fitted: pd.DataFrame, explained_variance: float) -> Numbers:
        """Give the components, shape (n_encoded, n_components)."""
        width = len(self._owners)
        products = np.zeros((width, width))
        with threadpool_limits(1, "blas"):
            for encoded in self._encoded(fitted):
                products += encoded.T @ encoded
            variances, directions = np.linalg.eigh(products / len(fitted))
        variances, directions = np.maximum(variances[::-1], 0), directions[:, ::-1]
        rank = int((variances > ROUNDING * variances[0]).sum())
        shares = np.cumsum(variances) / variances.sum()
        wanted = int(np.searchsorted(shares, explained_variance - ROUNDING)) + 1
        # components for all that varies would leave no error
        return directions[:, : max(min(wanted, rank - 1), 1)]

    def _errors_of(self, rows: pd.DataFrame) -> tuple[Numbers, Numbers]:
        """Give the error of each row, and the mean squared error of each feature."""
        errors, by_feature = [], np.zeros(len(self._features))
        with threadpool_limits(1, "blas"):
            for encoded in self._encoded(rows):
                squares = (encoded - encoded @ self._components @ self._components.T) ** 2
                found = np.sqrt(squares.sum(axis=1))
                errors.append(np.where(found < ROUNDING, 0.0, found))
                by_feature += np.bincount(self._owners, squares.sum(axis=0), len(self._features))
        return np.concatenate(errors), by_feature / len(rows)

    def _encoded(self, rows: pd.DataFrame) -> Iterator[Numbers]:
        for start in range(0, len(rows), CHUNK):
            chunk = rows.iloc[start : start + CHUNK]
            yield np.column_stack([column.encode(chunk) for column in self._columns if column.width])


@dataclass(frozen=True)
class _Column:
    """How a feature becomes a column, and a second one where some of its values are missing, of variance 1.

    Attributes
    ----------
    feature : str
    levels : list of str or None
        The texts of the reference, the most frequent first; None for a number.
    scores : ndarray, shape (n_levels + 1,)
        The share of rows with a more frequent text, and half of those with the same; the last is of texts
        that the reference does not have. One column for each text would give every text a small variance,
        and components leave out what varies least: they would keep the dependences of the numbers instead.
    means, scales : ndarray, shape (2,)
        Of the value, and of whether it is missing.
    kept : ndarray of bool, shape (2,)
        Those that vary.
    """

    feature: str
    levels: Sequence[str] | None
    scores: Numbers
    means: Numbers
    scales: Numbers
    kept: npt.NDArray[np.bool_]

    @property
    def width(self) -> int:
        return int(self.kept.sum())

    @classmethod
    def fit(cls, rows: pd.DataFrame, feature: str) -> _Column:
        levels, scores = None, np.empty(0)
        if numbers(rows, feature) is None:
            levels = most_frequent([rows[feature]], len(rows))
            found = places(rows[feature], levels)
            shares = np.bincount(found[found >= 0], minlength=len(levels)) / max((found >= 0).sum(), 1)
            scores = np.append(np.cumsum(shares) - shares / 2, 1.0)
        raw = _raw(rows, feature, levels, scores)
        counts = np.maximum((~np.isnan(raw)).sum(axis=0), 1)
        means = np.nansum(raw / counts, axis=0)
        scales = np.sqrt(np.nansum((raw - means) ** 2, axis=0) / counts)
        kept = scales > ROUNDING * np.maximum(np.abs(means), np.finfo(float).tiny)
        return cls(feature, levels, scores, means, scales, kept)

    def encode(self, rows: pd.DataFrame) -> Numbers:
        """Scale; what is missing is at the mean."""
        scaled = _raw(rows, self.feature, self.levels, self.scores)[:, self.kept]
        scaled = (scaled - self.means[self.kept]) / self.scales[self.kept]
        filled: Numbers = np.nan_to_num(scaled, nan=0.0)
        return filled


def _raw(rows: pd.DataFrame, feature: str, levels: Sequence[str] | None, scores: Numbers) -> Numbers:
    """Give the number, or the score of a text, and whether it is missing."""
    values = numbers(rows, feature)
    if levels is not None:
        found = places(rows[feature], levels)
        values = np.where(found < 0, np.nan, scores[found])
    assert values is not None, feature
    return np.column_stack([values, np.isnan(values)])
