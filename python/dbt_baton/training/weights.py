"""Sample weights: a column of the training set, and class weights where the estimator has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import has_fit_parameter

from dbt_baton.training.training_sets import Places


@dataclass(frozen=True)
class Weights:
    """The weight of each row.

    Attributes
    ----------
    values : ndarray of float or None, shape (n_rows,)
    name : str
        The argument of `fit` that takes them, such as `estimator__sample_weight` of a pipeline.
    """

    values: npt.NDArray[np.float64] | None
    name: str = "sample_weight"

    def of_fit(self, places: Places) -> dict[str, Any]:
        """Give the keyword arguments of the estimator's `fit` for these rows."""
        return {} if self.values is None else {self.name: self.values[places]}

    def of_metrics(self, places: Places) -> dict[str, Any]:
        """Give the keyword argument `sample_weight` for these rows."""
        return {} if self.values is None else {"sample_weight": self.values[places]}


def last_step(estimator: Any) -> Any:
    """Give the estimator at the end of a pipeline."""
    return last_step(estimator[-1]) if isinstance(estimator, Pipeline) else estimator


def with_class_weight(
    estimator: Any, class_weight: Any, labels: npt.NDArray[Any], problems: list[str]
) -> Any:
    """Set `class_weight` where the estimator has this parameter.

    Returns
    -------
    object
        What sample weights have to do instead: the class weights, or None if the estimator does it.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, Mapping):
        by_text = {str(label): label for label in np.unique(labels)}
        problems += [
            f"class_weight has the class '{name}', there are {', '.join(map(repr, by_text))}"
            for name in class_weight
            if str(name) not in by_text
        ]
        class_weight = {by_text.get(str(name), name): weight for name, weight in class_weight.items()}
        class_weight = {
            key.item() if hasattr(key, "item") else key: value for key, value in class_weight.items()
        }
    last = last_step(estimator)
    if "class_weight" in last.get_params(deep=False):
        last.set_params(class_weight=class_weight)
        return None
    return class_weight


def row_weights(
    estimator: Any,
    weight: npt.NDArray[np.float64] | None,
    class_weight: Any,
    labels: npt.NDArray[Any],
    train: Places,
    problems: list[str],
) -> Weights:
    """Multiply the weights of the column and of the classes.

    Parameters
    ----------
    estimator : estimator
        A pipeline or its last step.
    weight : ndarray of float or None, shape (n_rows,)
    class_weight : object
        From `with_class_weight`.
    labels : ndarray, shape (n_rows,)
    train : ndarray of int64
        The rows whose class counts make 'balanced'.
    problems : list of str
        What is wrong is appended here.
    """
    if weight is None and class_weight is None:
        return Weights(None)
    last = last_step(estimator)
    if not has_fit_parameter(last, "sample_weight"):
        asked = "weight" if weight is not None else "class_weight"
        problems.append(
            f"{asked} needs an estimator whose fit takes sample_weight, {type(last).__name__} does not"
        )
        return Weights(None)
    values = np.ones(len(labels)) if weight is None else np.nan_to_num(weight, nan=0.0)
    if class_weight is not None:
        if class_weight == "balanced":
            classes, counts = np.unique(labels[train], return_counts=True)
            of_class = len(train) / (len(classes) * counts)
            class_weight = {
                (name.item() if hasattr(name, "item") else name): value
                for name, value in zip(classes, of_class, strict=True)
            }
        known = (
            np.isin(labels, list(class_weight)) if len(class_weight) else np.zeros(len(labels), dtype=bool)
        )
        values = values.copy()
        values[known] *= compute_sample_weight(class_weight, labels[known])
    return Weights(values, _argument(estimator))


def _argument(estimator: Any) -> str:
    if not isinstance(estimator, Pipeline):
        return "sample_weight"
    return f"{estimator.steps[-1][0]}__{_argument(estimator[-1])}"
