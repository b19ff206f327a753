"""Feature importances: one number for each input column of a model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import is_classifier
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss, make_scorer

MAX_ROWS = 2_000
REPEATS = 5


def feature_importances(
    model: Any, features: pd.DataFrame, labels: npt.NDArray[Any], *, random_state: int
) -> dict[str, float | None]:
    """Take the model's own importances if it has them, and measure them otherwise.

    A model's own importances are `feature_importances_` (shares of the impurity, which sum to 1) or the
    absolute `coef_` (its mean over classes, in the units of the features). Those of a pipeline belong to the
    outputs of its steps and not to the features. So pipelines, and models without importances, are measured
    by permutation: the decrease of the score when a column is shuffled, over `REPEATS` shuffles of at most
    `MAX_ROWS` evenly spaced rows. The score is the negative log loss, or the estimator's own score if it has
    no probabilities.

    Parameters
    ----------
    model : estimator
        Fitted.
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
    values = _own(model, len(features.columns))
    if values is None:
        values = _permuted(model, features, labels, random_state)
    numbers = [float(value) if math.isfinite(value) else None for value in values]
    return dict(zip(features.columns, numbers, strict=True))


def _own(model: Any, n_features: int) -> npt.NDArray[np.float64] | None:
    for attribute in ("feature_importances_", "coef_"):
        values = getattr(model, attribute, None)
        if isinstance(values, np.ndarray):
            magnitudes: npt.NDArray[np.float64] = np.abs(values).reshape(-1, values.shape[-1]).mean(axis=0)
            if len(magnitudes) == n_features:
                return magnitudes
    return None


def _permuted(
    model: Any, features: pd.DataFrame, labels: npt.NDArray[Any], random_state: int
) -> npt.NDArray[np.float64]:
    scoring = None
    if is_classifier(model) and hasattr(model, "predict_proba"):
        known = np.isin(labels, model.classes_)
        features, labels = features[known], labels[known]
        scoring = make_scorer(
            log_loss, response_method="predict_proba", greater_is_better=False, labels=model.classes_
        )
    if len(features) == 0:
        return np.full(len(features.columns), np.nan)
    every = math.ceil(len(features) / MAX_ROWS)
    measured: npt.NDArray[np.float64] = permutation_importance(
        model, features.iloc[::every], labels[::every],
        scoring=scoring, n_repeats=REPEATS, random_state=random_state,
    ).importances_mean  # fmt: skip
    return measured
