"""Naive Bayes, dummies, calibration and ensembles of models in SQL against scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble, naive_bayes, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import scoring_rows as rows
from bench import Engine
from dbt_baton.errors import UnsupportedScoring
from dbt_baton.scoring_sql import compile_scoring
from dbt_baton.warehouse.signature import Feature
from scoring_parity import Parity, features_of


@pytest.fixture(scope="module")
def parity(engine: Engine) -> Parity:
    return Parity(engine, rows.numbers())


def test_naive_bayes(parity: Parity):
    frame = parity.frame
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        for model in (
            naive_bayes.GaussianNB(),
            naive_bayes.BernoulliNB(),
            naive_bayes.BernoulliNB(binarize=0.5, fit_prior=False),
        ):
            parity.check(model.fit(frame, classes))


def test_naive_bayes_of_counts(engine: Engine):
    frame = rows.numbers().abs().round()
    parity = Parity(engine, frame)
    for classes in (rows.two_classes(frame), rows.three_classes(rows.numbers())):
        for model in (
            naive_bayes.MultinomialNB(),
            naive_bayes.ComplementNB(),
            naive_bayes.ComplementNB(norm=True),
            naive_bayes.CategoricalNB(),
        ):
            parity.check(model.fit(frame, classes))
    present = frame.clip(upper=1)
    model = naive_bayes.BernoulliNB(binarize=None)
    Parity(engine, present).check(model.fit(present, rows.three_classes(rows.numbers())))


def test_values_far_from_every_class(engine: Engine):
    frame = rows.numbers()
    frame.iloc[0], frame.iloc[1] = 1e8, 1e-200
    model = naive_bayes.GaussianNB().fit(rows.numbers(), rows.three_classes(frame))
    model.theta_[0, 0] = 0.0
    scores = Parity(engine, frame).scores(model)
    assert scores["predicted_class"].tolist() == list(model.predict(frame))


def test_dummies(engine: Engine):
    frame = rows.with_missing(rows.numbers())
    parity = Parity(engine, frame)
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        for model in (
            DummyClassifier(),
            DummyClassifier(strategy="most_frequent"),
            DummyClassifier(strategy="constant", constant=classes[0]),
        ):
            parity.check(model.fit(frame, classes))
    parity.check(DummyRegressor(strategy="median").fit(frame, rows.target(frame)))


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration(parity: Parity, method: str):
    frame = parity.frame
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        for model in (
            make_pipeline(StandardScaler(), LogisticRegression()),
            RidgeClassifier(),
            ensemble.RandomForestClassifier(3, max_depth=3, random_state=0),
            ensemble.GradientBoostingClassifier(n_estimators=2),
        ):
            parity.check(CalibratedClassifierCV(model, method=method, cv=2).fit(frame, classes))
        crossed = CalibratedClassifierCV(LogisticRegression(), method=method, cv=2, ensemble=False)
        parity.check(crossed.fit(frame, classes))
        fitted = ensemble.RandomForestClassifier(3, max_depth=3, random_state=0).fit(frame, classes)
        frozen = CalibratedClassifierCV(FrozenEstimator(fitted), method=method)
        parity.check(frozen.fit(frame[50:], classes[50:]))


def test_calibration_by_temperature(parity: Parity):
    frame = parity.frame
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        for model in (LogisticRegression(), ensemble.RandomForestClassifier(3, max_depth=3, random_state=0)):
            parity.check(CalibratedClassifierCV(model, method="temperature", cv=2).fit(frame, classes))


def test_ensembles_of_models(parity: Parity):
    frame = parity.frame
    stump, line = tree.DecisionTreeClassifier(max_depth=2), LogisticRegression()
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        for model in (
            ensemble.BaggingClassifier(line, 3, max_features=2, random_state=0),
            ensemble.BaggingClassifier(stump, 3, max_samples=0.1, random_state=1),
            ensemble.BaggingClassifier(RidgeClassifier(), 3, random_state=0),
            ensemble.VotingClassifier([("a", line), ("b", stump)], voting="soft", weights=[1, 2]),
            ensemble.VotingClassifier([("a", line), ("b", stump), ("c", RidgeClassifier())]),
            ensemble.AdaBoostClassifier(n_estimators=4, random_state=0),
            ensemble.AdaBoostClassifier(line, n_estimators=2, random_state=0),
        ):
            parity.check(model.fit(frame, classes))
    for model in (
        ensemble.BaggingRegressor(n_estimators=3, random_state=0),
        ensemble.VotingRegressor([("a", LinearRegression()), ("b", tree.DecisionTreeRegressor(max_depth=2))]),
    ):
        parity.check(model.fit(frame, rows.target(frame)))


def test_what_has_no_sql_is_named_all_at_once():
    frame = rows.numbers()
    classes = rows.two_classes(frame)
    from sklearn.decomposition import SparsePCA
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, SplineTransformer

    model = make_pipeline(
        QuantileTransformer(n_quantiles=5, output_distribution="normal"),
        FunctionTransformer(np.fft.fft2),
        SparsePCA(random_state=0),
        SplineTransformer(),
        CalibratedClassifierCV(KNeighborsClassifier(), cv=2),
    )
    model.set_params(functiontransformer__func=None).fit(frame, classes)
    model.set_params(functiontransformer__func=np.fft.fft2)
    with pytest.raises(UnsupportedScoring) as failed:
        compile_scoring(model, features_of(frame), dialect="oracle")
    for part in (
        "6 problems",
        "QuantileTransformer(output_distribution='normal')",
        "FunctionTransformer(fft2)",
        "SparsePCA has no form in SQL",
        "SplineTransformer has no form in SQL",
        "KNeighborsClassifier has no form in SQL",
        "dialect is 'oracle', expected one of duckdb, postgres, spark, default",
    ):
        assert part in str(failed.value)


def test_what_fits_no_model_is_named():
    frame = rows.numbers()
    features = features_of(frame)
    two = LogisticRegression().fit(frame, rows.two_classes(frame))
    three = LogisticRegression().fit(frame, rows.three_classes(frame))
    several = LinearRegression().fit(frame, frame[["age", "Select"]])
    random = DummyClassifier(strategy="uniform").fit(frame, rows.two_classes(frame))
    digits = frame.assign(text=pd.Categorical(["1", "2"] * (rows.N // 2)))
    of_text = make_pipeline(StandardScaler(), LogisticRegression()).fit(digits, rows.two_classes(frame))
    with pytest.raises(UnsupportedScoring, match="StandardScaler reads the text text"):
        compile_scoring(of_text, features_of(digits), dialect="duckdb")
    times = [Feature("age", "timestamp"), *features[1:]]
    with pytest.raises(UnsupportedScoring, match="LogisticRegression reads the timestamp age"):
        compile_scoring(two, times, dialect="duckdb")
    for model, options, part in (
        (two, {"positive_class": "other"}, "positive_class is 'other', expected one of two classes"),
        (three, {"positive_class": "ü"}, "expected one of two classes"),
        (three, {"threshold": 0.5}, "threshold needs a model of two classes with probabilities"),
        (RidgeClassifier().fit(frame, rows.two_classes(frame)), {"threshold": 0.5}, "threshold needs"),
        (several, {}, "LinearRegression predicts several outputs"),
        (random, {}, "predicts at random"),
    ):
        with pytest.raises(UnsupportedScoring) as failed:
            compile_scoring(model, features, dialect="duckdb", **options)
        assert part in str(failed.value)
