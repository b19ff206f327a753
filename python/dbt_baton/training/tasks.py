"""The task of a model: its labels as scikit-learn expects them, its kind, and its metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sklearn.base import is_classifier, is_regressor

from dbt_baton.fitted_model import MULTICLASS, REGRESSION, FittedModel
from dbt_baton.training import metrics


def is_supervised(estimator: object) -> bool:
    """Whether the value is an instance of a classifier or regressor, not a class."""
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return False
    return bool(is_classifier(estimator) or is_regressor(estimator))


def is_classification(estimator: object) -> bool:
    """Whether the estimator predicts classes."""
    return bool(is_classifier(estimator))


def label_expression(column: str, label_type: str) -> str:
    """Write SQL for a label: text as varchar, integers and booleans as bigint, other numbers as double."""
    if label_type == "text":
        return f"cast({column} as varchar)"
    return f"cast({column} as {'double' if label_type == 'float' else 'bigint'})"


def count_missing(labels: pa.ChunkedArray) -> int:
    """Count the labels that are NULL or NaN."""
    missing = int(labels.null_count)
    if pa.types.is_floating(labels.type):
        missing += int(np.isnan(labels.drop_null().to_numpy()).sum())
    return missing


def as_labels(labels: pa.ChunkedArray, estimator: object) -> tuple[npt.NDArray[Any], list[str]]:
    """Convert the labels for the estimator, and list the problems with them.

    Parameters
    ----------
    labels : pyarrow.ChunkedArray, shape (n_rows,)
        The values of `label_expression`, without missing ones.
    estimator : estimator
        A classifier takes text or whole numbers (1.0 is class 1), a regressor numbers.

    Returns
    -------
    labels : ndarray, shape (n_rows,)
    problems : list of str
    """
    is_text = pa.types.is_string(labels.type)
    if not is_classifier(estimator):
        if is_text:
            return np.empty(0), ["the label is text, a regressor takes numbers"]
        return labels.to_numpy().astype(np.float64), []
    if is_text:
        return np.array(labels.to_pylist(), dtype=object), []
    numbers = labels.to_numpy()
    if not np.all(np.isfinite(numbers)) or not np.array_equal(numbers, np.round(numbers)):
        return numbers, [
            "the label has fractions, a classifier takes classes: text, whole numbers or booleans"
        ]
    return numbers.astype(np.int64), []


def evaluate(model: FittedModel, features: pd.DataFrame, labels: npt.NDArray[Any]) -> metrics.Metrics:
    """Compute the metrics of the model's task on these rows."""
    found = model.predict(features)
    if model.task == REGRESSION:
        return metrics.regression(labels, np.asarray(found.predicted, dtype=np.float64))
    if model.task == MULTICLASS:
        return metrics.multiclass(labels, found.predicted, found.probabilities, model.labels)
    positive_class = model.labels[model.positive]
    positive = None if found.probabilities is None else found.probabilities[:, model.positive]
    return metrics.binary(labels == positive_class, found.predicted == positive_class, positive)
