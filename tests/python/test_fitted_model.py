"""A fitted model gives the classes of scikit-learn's `predict`, whether or not it calls it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from dbt_baton.fitted_model import FittedModel

TIED = pd.DataFrame({"a": [0.0, 1.0, 0.0, 1.0] * 25, "b": [0.0, 0.0, 1.0, 1.0] * 25})
NEAR_ONE_HALF = pd.DataFrame({"a": [0.5, 0.5 + 1e-16, 0.5 - 1e-17, 0.0, 1.0], "b": [0.5] * 5})


@pytest.mark.parametrize(
    "estimator",
    [
        CalibratedClassifierCV(DecisionTreeClassifier(max_depth=1, random_state=0), cv=2),
        DecisionTreeClassifier(max_depth=1, random_state=0),
        GradientBoostingClassifier(n_estimators=2, random_state=0),
        HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=1),
        LogisticRegression(),
        RandomForestClassifier(4, max_depth=1, random_state=0),
        SVC(),
        make_pipeline(StandardScaler(), LogisticRegression(C=1e-12)),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("labels", [["no", "yes"], ["yes", "no"], ["a", "b", "c"], [1, 10, 2]])
def test_classes_are_those_of_predict_with_ties(estimator, labels):
    label = np.random.default_rng(0).permutation(np.resize(labels, len(TIED)))
    estimator.fit(TIED, label)
    rows = pd.concat([TIED, NEAR_ONE_HALF], ignore_index=True)
    found = FittedModel(estimator).predict(rows)
    assert found.predicted.tolist() == estimator.predict(rows).tolist()
    if found.probabilities is not None:
        np.testing.assert_array_equal(found.probabilities, estimator.predict_proba(rows))


def test_a_margin_below_rounding_is_the_estimator_s_to_decide():
    estimator = LogisticRegression().fit(TIED, np.resize([0, 1], len(TIED)))
    estimator.coef_, estimator.intercept_ = np.array([[1e-17, 0.0]]), np.array([0.0])
    rows = pd.DataFrame({"a": [1.0, -1.0, 0.0], "b": 0.0})
    assert np.argmax(estimator.predict_proba(rows), axis=1).tolist() == [0, 0, 0]
    assert FittedModel(estimator).predict(rows).predicted.tolist() == [1, 0, 0]


def test_a_model_of_one_class_gives_it():
    estimator = DecisionTreeClassifier().fit(TIED, ["only"] * len(TIED))
    assert set(FittedModel(estimator).predict(TIED).predicted) == {"only"}
