"""A trained version as it scores: one estimator, or one for each group, with positive class and threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import is_classifier

BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
NEAR_TIE = 1e-9  # of two probabilities


@dataclass(frozen=True)
class Predictions:
    """What a model says of rows.

    Attributes
    ----------
    predicted : ndarray, shape (n_rows,)
        Class labels as the estimator knows them, or values of a regression.
    probabilities : ndarray of float or None, shape (n_rows, n_classes)
        In the order of the estimator's `classes_`; None without `predict_proba`.
    """

    predicted: npt.NDArray[Any]
    probabilities: npt.NDArray[np.float64] | None


@dataclass(frozen=True)
class FittedModel:
    """A fitted estimator and what its version says about its use.

    Attributes
    ----------
    estimator : estimator
        Of all rows. It scores every row, or with `groups` those of other groups.
    positive_class : str or None
        The text of the class whose probability a binary model gives; by default the last of `classes_`.
    threshold : float or None
        A row is of the positive class if its probability is at least this; None for the estimator's own
        choice.
    groups : mapping from str to estimator
        By the text of the value of `group_by`.
    group_by : str or None
        The column that holds the group.
    """

    estimator: Any
    positive_class: str | None = None
    threshold: float | None = None
    groups: Mapping[str, Any] = field(default_factory=dict)
    group_by: str | None = None

    @property
    def task(self) -> str:
        """Give the kind of the model: binary, multiclass or regression."""
        if not is_classifier(self.estimator):
            return REGRESSION
        return BINARY if len(self.estimator.classes_) == 2 else MULTICLASS

    @property
    def labels(self) -> npt.NDArray[Any]:
        """Give the classes in the estimator's order."""
        labels: npt.NDArray[Any] = self.estimator.classes_
        return labels

    @property
    def positive(self) -> int:
        """Give the place of the positive class in the estimator's order."""
        texts = [str(label) for label in self.labels]
        return texts.index(self.positive_class) if self.positive_class in texts else len(texts) - 1

    def classes(self) -> list[str] | None:
        """Give the texts of the classes, the negative one first; None for a regression."""
        if self.task == REGRESSION:
            return None
        texts = [str(label) for label in self.labels]
        return texts[::-1] if self.task == BINARY and self.positive == 0 else texts

    def predict(self, frame: pd.DataFrame) -> Predictions:
        """Score rows, each with the estimator of its group.

        Parameters
        ----------
        frame : pandas.DataFrame, shape (n_rows, n_features)
            As `signature.to_frame` makes it, with the column of `group_by` if there is one.
        """
        if self.group_by is None:
            return self._with_threshold(_predict(self.estimator, frame))
        values = frame[self.group_by].astype(object)
        inputs = frame.drop(columns=self.group_by)
        parts = []
        of_fallback = ~values.isin(list(self.groups)).to_numpy()
        for estimator, of_group in [
            (self.estimator, of_fallback),
            *((estimator, (values == value).to_numpy()) for value, estimator in self.groups.items()),
        ]:
            places = np.flatnonzero(of_group)
            if len(places):
                parts.append((places, _predict(estimator, inputs.iloc[places])))
        return self._with_threshold(_joined(parts, len(frame)))

    def content(self) -> Any:
        """Give what the artifact stores: the estimator, or a mapping of all of them."""
        if self.group_by is None:
            return self.estimator
        return {
            "group_by": self.group_by,
            "groups": [[value, estimator] for value, estimator in self.groups.items()],
            "fallback": self.estimator,
        }

    @classmethod
    def from_content(cls, content: Any, positive_class: str | None, threshold: float | None) -> FittedModel:
        """Read what `content` gave."""
        if not isinstance(content, dict):
            return cls(content, positive_class, threshold)
        return cls(
            content["fallback"],
            positive_class,
            threshold,
            dict(map(tuple, content["groups"])),
            content["group_by"],
        )

    def _with_threshold(self, found: Predictions) -> Predictions:
        if self.threshold is None or found.probabilities is None or self.task != BINARY:
            return found
        is_positive = found.probabilities[:, self.positive] >= self.threshold
        negative, positive = self.labels[1 - self.positive], self.labels[self.positive]
        return Predictions(
            np.where(is_positive, positive, negative).astype(self.labels.dtype), found.probabilities
        )


def _predict(estimator: Any, frame: pd.DataFrame) -> Predictions:
    if not (is_classifier(estimator) and hasattr(estimator, "predict_proba")):
        return Predictions(np.asarray(estimator.predict(frame)), None)
    probabilities = np.asarray(estimator.predict_proba(frame), dtype=np.float64)
    if not takes_the_most_probable(estimator):
        return Predictions(np.asarray(estimator.predict(frame)), probabilities)
    predicted = estimator.classes_[np.argmax(probabilities, axis=1)]
    # a tie of rounded probabilities need not be one of the scores that `predict` compares
    is_tied = _margins(probabilities) < NEAR_TIE
    if is_tied.any():
        predicted[is_tied] = estimator.predict(frame[is_tied])
    return Predictions(predicted, probabilities)


def takes_the_most_probable(estimator: Any) -> bool:
    """Whether `predict` gives the class of the highest probability, so that one of the two is enough."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
    from sklearn.ensemble._forest import ForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.tree import BaseDecisionTree

    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return isinstance(
        last,
        (
            BaseDecisionTree,
            CalibratedClassifierCV,
            ForestClassifier,
            GradientBoostingClassifier,
            HistGradientBoostingClassifier,
            LogisticRegression,
        ),
    )


def _margins(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give how far the highest probability of each row is from the next one."""
    n_classes = probabilities.shape[1]
    if n_classes == 1:
        return probabilities[:, 0]
    highest = probabilities if n_classes == 2 else np.partition(probabilities, -2, axis=1)
    margins: npt.NDArray[np.float64] = np.abs(highest[:, -1] - highest[:, -2])
    return margins


def _joined(parts: list[tuple[npt.NDArray[np.int64], Predictions]], n_rows: int) -> Predictions:
    """Put the predictions of the groups back into the order of the rows."""
    if not parts:
        return Predictions(np.empty(0, dtype=object), None)
    predicted = np.empty(n_rows, dtype=parts[0][1].predicted.dtype)
    first = parts[0][1].probabilities
    probabilities = None if first is None else np.empty((n_rows, first.shape[1]))
    for places, part in parts:
        predicted[places] = part.predicted
        if probabilities is not None:
            probabilities[places] = part.probabilities
    return Predictions(predicted, probabilities)
