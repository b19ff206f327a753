"""Linear models in SQL against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import linear_model, svm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import scoring_rows as rows
from bench import Engine
from scoring_parity import Parity

CLASSIFIERS = [
    linear_model.LogisticRegression(),
    linear_model.LogisticRegression(C=1e6, solver="liblinear"),
    linear_model.RidgeClassifier(),
    LinearDiscriminantAnalysis(),
    GridSearchCV(linear_model.LogisticRegression(), {"C": [0.1, 1]}, cv=2),
    linear_model.Perceptron(),
    svm.LinearSVC(),
    *(
        linear_model.SGDClassifier(loss=loss, random_state=0)
        for loss in ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "huber")
    ),
]
REGRESSORS = [
    linear_model.LinearRegression(),
    linear_model.Ridge(),
    linear_model.RidgeCV(),
    linear_model.Lasso(alpha=0.3),
    linear_model.ElasticNet(),
    linear_model.LassoCV(cv=3),
    linear_model.BayesianRidge(),
    linear_model.HuberRegressor(),
    linear_model.SGDRegressor(random_state=0),
    linear_model.PoissonRegressor(),
    linear_model.GammaRegressor(),
    linear_model.TweedieRegressor(power=0, link="identity"),
    linear_model.TweedieRegressor(power=1.5),
    svm.LinearSVR(),
]


@pytest.fixture(scope="module")
def parity(engine: Engine) -> Parity:
    return Parity(engine, rows.numbers())


def test_two_classes(parity: Parity):
    frame = parity.frame
    for model in CLASSIFIERS:
        parity.check(make_pipeline(StandardScaler(), model).fit(frame, rows.two_classes(frame)))


def test_three_classes(parity: Parity):
    frame = parity.frame
    for model in CLASSIFIERS:
        if getattr(model, "solver", "") != "liblinear":
            parity.check(make_pipeline(StandardScaler(), model).fit(frame, rows.three_classes(frame)))


def test_regressions(parity: Parity):
    for model in REGRESSORS:
        parity.check(model.fit(parity.frame, rows.target(parity.frame)))


def test_either_class_is_positive_and_a_threshold_counts_for_it(parity: Parity):
    frame = parity.frame
    model = linear_model.LogisticRegression().fit(frame, rows.two_classes(frame))
    for positive in map(str, model.classes_):
        parity.check(model, positive_class=positive)
        for threshold in (0.0, 0.3, 0.5, 1.0, float(model.predict_proba(frame)[7, 1])):
            parity.check(model, positive_class=positive, threshold=threshold)


def test_scores_that_overflow_an_exponential(engine: Engine):
    frame = rows.numbers()
    frame.iloc[0], frame.iloc[1] = 1e6, -1e6
    parity = Parity(engine, frame)
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        model = linear_model.LogisticRegression().fit(rows.numbers(), classes)
        model.coef_ *= 1e3
        parity.check(model)


def test_a_sum_of_more_terms_than_a_parser_nests(engine: Engine):
    rng = np.random.default_rng(5)
    more = {f"x{number}": rng.normal(size=rows.N) for number in range(120)}
    frame = rows.numbers().assign(**more)
    Parity(engine, frame).check(linear_model.LinearRegression().fit(frame, rows.target(frame)))


def test_a_model_that_was_made_sparse(parity: Parity):
    model = linear_model.SGDClassifier(penalty="l1", random_state=0)
    for classes in (rows.two_classes(parity.frame), rows.three_classes(parity.frame)):
        parity.check(model.fit(parity.frame, classes).sparsify())


@pytest.mark.parametrize("labels", [[0, 1], [False, True], [-1.0, 2.0], [3, 1, 2], ["a\nb", "a b", "\u2028"]])
def test_classes_that_are_no_text(parity: Parity, labels: list[object]):
    classes = np.array(labels)[np.arange(rows.N) % len(labels)]
    parity.check(linear_model.LogisticRegression().fit(parity.frame, classes))


def test_a_missing_value_has_no_score(engine: Engine):
    frame = rows.with_missing(rows.numbers())
    model = linear_model.LogisticRegression().fit(rows.numbers(), rows.two_classes(frame))
    Parity(engine, frame).check(model, refuses_missing=True)
