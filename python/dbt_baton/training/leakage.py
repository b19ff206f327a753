"""A feature that alone predicts the label nearly perfectly may be the label itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

MAX_ROWS = 20_000
NEARLY_PERFECT = 0.995
FEWEST_ROWS = 50


def suspicious_features(
    features: pd.DataFrame, labels: npt.NDArray[Any], is_classification: bool
) -> dict[str, float]:
    """Find features that predict the label nearly perfectly without any other.

    A class is told from the others by the area under the ROC curve of the feature's values, in either
    direction; a category, and a missing value, counts as the share of the class in its rows. A number is told
    by the absolute rank correlation.

    Parameters
    ----------
    features : pandas.DataFrame, shape (n_rows, n_features)
    labels : ndarray, shape (n_rows,)
    is_classification : bool

    Returns
    -------
    dict of str to float
        The features of at least `NEARLY_PERFECT`; of a class, all classes must be told apart that well.
        Columns in which nearly every row has a category of its own are left out.
    """
    every = max(1, len(features) // MAX_ROWS)
    features, labels = features.iloc[::every], labels[::every]
    if len(labels) < FEWEST_ROWS:
        return {}
    found = {}
    for name in features:
        codes, numbers = _as_numbers(features[name])
        if codes is not None and codes.max(initial=0) > len(labels) / 10:
            continue
        value = (
            _of_classes(codes, numbers, labels) if is_classification else _of_number(codes, numbers, labels)
        )
        if value >= NEARLY_PERFECT:
            found[str(name)] = value
    return found


def _as_numbers(column: pd.Series) -> tuple[npt.NDArray[np.int64] | None, npt.NDArray[np.float64]]:
    """Give the codes of categories, or else the numbers with the missing ones below all others."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes: npt.NDArray[np.int64] = column.cat.codes.to_numpy(np.int64) + np.int64(1)
        return codes, np.empty(0)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        numbers = column.astype("int64").to_numpy(np.float64)
        numbers[column.isna().to_numpy()] = np.nan
    else:
        numbers = column.to_numpy(np.float64)
    return None, np.where(np.isnan(numbers), -np.inf, numbers)


def _of_classes(
    codes: npt.NDArray[np.int64] | None, numbers: npt.NDArray[np.float64], labels: npt.NDArray[Any]
) -> float:
    worst = 1.0
    for label in np.unique(labels):
        positive = labels == label
        values = numbers if codes is None else _means(codes, positive.astype(np.float64))
        n_positive, n_negative = int(positive.sum()), int((~positive).sum())
        if not n_positive or not n_negative:
            return 0.0
        ranks = rankdata(values)
        area = (ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)
        worst = min(worst, max(area, 1 - area))
    return float(worst)


def _of_number(
    codes: npt.NDArray[np.int64] | None, numbers: npt.NDArray[np.float64], labels: npt.NDArray[np.float64]
) -> float:
    values = numbers if codes is None else _means(codes, labels)
    ranks, of_labels = rankdata(values), rankdata(labels)
    if not np.ptp(ranks) or not np.ptp(of_labels):
        return 0.0
    return float(abs(np.corrcoef(ranks, of_labels)[0, 1]))


def _means(codes: npt.NDArray[np.int64], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    totals = np.bincount(codes, weights=values)
    counts = np.maximum(np.bincount(codes), 1)
    means: npt.NDArray[np.float64] = (totals / counts)[codes]
    return means
