"""Feature importances: how much worse the predictions are when one column is shuffled."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import log_loss

from dbt_baton.fitted_model import REGRESSION, FittedModel, Predictions

MAX_ROWS = 1_000
REPEATS = 5
ROWS_AT_ONCE = 100_000


def feature_importances(
    model: FittedModel, features: pd.DataFrame, labels: npt.NDArray[np.object_], *, random_state: int
) -> dict[str, float | None]:
    """Measure permutation importances.

    The importance of a column is the mean decrease of the score over `REPEATS` shuffles of that column, on at
    most `MAX_ROWS` evenly spaced rows (Breiman, Random Forests, 2001). The score is the negative log loss;
    without probabilities the accuracy; of a regression R2. All shuffles are predicted together, since most
    of the time of a small prediction is not spent in the estimator.

    Parameters
    ----------
    model : FittedModel
    features : pandas.DataFrame, shape (n_rows, n_features)
        Rows to measure on.
    labels : ndarray of shape (n_rows,)
        Their labels.
    random_state : int
        The seed of the shuffles.

    Returns
    -------
    dict of str to float or None
        By feature; None if there are no rows to measure on.
    """
    if model.task != REGRESSION:
        known = np.isin(labels, model.labels)
        features, labels = features[known], labels[known]
    every = max(1, math.ceil(len(features) / MAX_ROWS))
    features, labels = features.iloc[::every], labels[::every]
    if len(features) == 0:
        return dict.fromkeys(features.columns)
    whole = _score(model, model.predict(features), labels)
    random = np.random.default_rng(random_state)
    decreases: dict[str, list[float]] = {name: [] for name in features.columns}
    for names, shuffled in _shuffled(features, random):
        found = model.predict(shuffled)
        for place, name in enumerate(names):
            part = slice(place * len(labels), (place + 1) * len(labels))
            probabilities = None if found.probabilities is None else found.probabilities[part]
            decreases[name].append(
                whole - _score(model, Predictions(found.predicted[part], probabilities), labels)
            )
    means = {name: float(np.mean(values)) for name, values in decreases.items()}
    return {name: value if math.isfinite(value) else None for name, value in means.items()}


def _shuffled(
    features: pd.DataFrame, random: np.random.Generator
) -> Iterator[tuple[list[str], pd.DataFrame]]:
    """Yield frames of several copies of the rows, each with one column shuffled, and that column's name."""
    at_once = max(1, ROWS_AT_ONCE // len(features))
    waiting = [name for name in features.columns for _ in range(REPEATS)]
    for start in range(0, len(waiting), at_once):
        names = waiting[start : start + at_once]
        # every copy takes the same rows by their places, only one column takes them in another order
        places = np.tile(np.arange(len(features)), len(names))
        frame = features.iloc[places].reset_index(drop=True)
        for name in dict.fromkeys(names):
            order = places.copy()
            for copy in (copy for copy, shuffled in enumerate(names) if shuffled == name):
                order[copy * len(features) : (copy + 1) * len(features)] = random.permutation(len(features))
            frame[name] = features[name].iloc[order].reset_index(drop=True)
        yield names, frame


def _score(model: FittedModel, found: Predictions, labels: npt.NDArray[np.object_]) -> float:
    if model.task == REGRESSION:
        actual = labels.astype(np.float64)
        total = float(((actual - actual.mean()) ** 2).sum())
        return 1 - float(((actual - found.predicted) ** 2).sum()) / total if total else math.nan
    if found.probabilities is None:
        return float(np.mean(found.predicted == labels))
    return -float(log_loss(labels, found.probabilities, labels=model.labels))
