"""Artifacts: loaded unchanged, the same in every process, and bound to their version."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge, SGDClassifier
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    TimeSeriesSplit,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from dbt_baton import ArtifactRejected, artifacts, fitted_table, pipeline_from
from dbt_baton.artifacts import Artifact

VERSION = {"model_name": "m", "model_version": "v"}
RANDOM = np.random.default_rng(0)
INPUTS = pd.DataFrame(
    {
        "a": RANDOM.normal(size=200),
        "b": np.where(RANDOM.random(200) < 0.2, np.nan, RANDOM.random(200)),
        "c": RANDOM.random(200),
        "t": pd.Categorical(RANDOM.choice(np.array(["x", "y'é", None], dtype=object), 200)),
    }
)
NUMBERS = INPUTS[["a", "c"]]
LABELS = (INPUTS.a + (INPUTS.t == "x") > 0.5).astype(int).to_numpy()


def prepared(*steps):
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    columns = make_column_transformer(
        (numbers, ["a", "b"]),
        (FunctionTransformer(np.log1p, feature_names_out="one-to-one"), ["c"]),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_include="category"),
        ),
    )
    return make_pipeline(columns, *steps)


def only(columns, encoder, model):
    return make_pipeline(make_column_transformer((encoder, columns)), model)


ESTIMATORS = [
    LogisticRegression(),
    prepared(LogisticRegression()),
    prepared(SGDClassifier()),
    prepared(LinearSVC()),
    prepared(PolynomialFeatures(), Ridge()),
    prepared(PoissonRegressor()),
    only(["a", "c"], KBinsDiscretizer(3, strategy="uniform"), LinearRegression()),
    prepared(make_union(QuantileTransformer(n_quantiles=10), StandardScaler()), LinearRegression()),
    prepared(DecisionTreeClassifier()),
    prepared(RandomForestClassifier(3)),
    prepared(ExtraTreesRegressor(3)),
    prepared(GradientBoostingClassifier(n_estimators=3)),
    prepared(GradientBoostingRegressor(n_estimators=3, loss="huber", init="zero")),
    prepared(AdaBoostClassifier(n_estimators=3)),
    prepared(BaggingClassifier(n_estimators=3, max_features=0.5)),
    prepared(HistGradientBoostingClassifier(max_iter=3)),
    HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype", early_stopping=True),
    HistGradientBoostingRegressor(max_iter=3, categorical_features="from_dtype", loss="absolute_error"),
    only(["t"], OrdinalEncoder(), HistGradientBoostingClassifier(max_iter=3)),
    only(["t"], TargetEncoder(), LogisticRegression()),
    CalibratedClassifierCV(prepared(RandomForestClassifier(3)), method="isotonic", cv=2),
    StackingClassifier([("forest", prepared(RandomForestClassifier(3)))], cv=2),
    VotingClassifier([("forest", prepared(RandomForestClassifier(3))), ("line", prepared(SGDClassifier()))]),
    GridSearchCV(prepared(Ridge()), {"ridge__alpha": [0.1, 1]}, cv=TimeSeriesSplit(2), scoring="r2"),
    RandomizedSearchCV(Ridge(), {"alpha": loguniform(0.1, 1)}, n_iter=2, cv=2, random_state=0),
    TransformedTargetRegressor(prepared(Ridge()), func=np.log1p, inverse_func=np.expm1),
    TunedThresholdClassifierCV(LogisticRegression(), cv=2),
    GradientBoostingClassifier(n_estimators=2, random_state=np.random.RandomState(1)),
]  # fmt: skip


ONLY_NUMBERS = (
    LogisticRegression,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    GradientBoostingClassifier,
)


def name_of(estimator):
    return " ".join(
        type(step).__name__ for step in getattr(estimator, "named_steps", {"": estimator}).values()
    )


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)
def test_a_model_is_read_back_as_it_was(estimator):
    inputs = NUMBERS if isinstance(estimator, ONLY_NUMBERS) else INPUTS
    model = estimator.fit(inputs, LABELS)
    artifact = artifacts.dump(model, **VERSION)
    assert artifact.format == "skops"
    assert artifact.sha256 == hashlib.sha256(artifact.content).hexdigest()
    again = artifacts.load(artifact, **VERSION)
    assert again.predict(inputs).tolist() == model.predict(inputs).tolist()
    assert artifacts.dump(again, **VERSION) == artifact
    if hasattr(model, "predict_proba"):
        assert again.predict_proba(inputs).tolist() == model.predict_proba(inputs).tolist()


def scaled_and_encoded():
    columns = make_column_transformer(
        (StandardScaler(), ["a", "c"]), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["t"])
    )
    fitted = columns.set_output(transform="pandas").fit(INPUTS[["a", "c", "t"]].astype({"t": object}))
    return pipeline_from(fitted_table(fitted))


def test_what_pipeline_from_makes_is_stored_with_its_frozen_branches():
    model = make_pipeline(scaled_and_encoded(), LogisticRegression()).fit(INPUTS, LABELS)
    again = artifacts.load(artifacts.dump(model, **VERSION), **VERSION)
    assert again.predict_proba(INPUTS).tolist() == model.predict_proba(INPUTS).tolist()


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
def test_a_calibrated_frozen_model_is_stored(method):
    fitted = prepared(HistGradientBoostingClassifier(max_iter=3)).fit(INPUTS[:100], LABELS[:100])
    model = CalibratedClassifierCV(FrozenEstimator(fitted), method=method).fit(INPUTS[100:], LABELS[100:])
    again = artifacts.load(artifacts.dump(model, **VERSION), **VERSION)
    assert again.predict_proba(INPUTS).tolist() == model.predict_proba(INPUTS).tolist()


def test_models_of_groups_are_stored_as_one_artifact():
    one, other = (LogisticRegression(C=c).fit(NUMBERS, LABELS) for c in (1, 0.01))
    models = {"group_by": "plan", "groups": [["pro", one], ["free", other]], "fallback": one}
    again = artifacts.load(artifacts.dump(models, **VERSION), **VERSION)
    assert [name for name, _ in again["groups"]] == ["pro", "free"]
    assert again["groups"][1][1].coef_.tolist() == other.coef_.tolist()
    assert again["fallback"] is again["groups"][0][1]
    assert isinstance(artifacts.load(artifacts.dump([one, other], **VERSION), **VERSION), list)


def test_a_type_that_cannot_be_stored_is_refused_before_it_is_fitted():
    with pytest.raises(ArtifactRejected, match=r"sklearn\.svm\._classes\.SVC"):
        artifacts.check_storable(make_pipeline(StandardScaler(), SVC()))
    artifacts.check_storable(SVC(), allow_pickle=True)
    artifacts.check_storable(prepared(RandomForestClassifier()))


IN_ANOTHER_PROCESS = """
import sys
sys.path[:0] = sys.argv[1:]
import test_python_artifacts as tests
for estimator in tests.DETERMINISTIC:
    print(tests.artifacts.dump(estimator.fit(tests.INPUTS, tests.LABELS), **tests.VERSION).sha256)
"""
DETERMINISTIC = [
    prepared(RandomForestClassifier(3, random_state=0)),
    HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype", random_state=0),
]


def test_the_same_model_has_the_same_bytes_in_every_process():
    hashes = [
        artifacts.dump(model.fit(INPUTS, LABELS), **VERSION).sha256
        for model in DETERMINISTIC
        for _ in range(2)
    ]
    assert hashes[0::2] == hashes[1::2]
    found = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, *sys.path],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert found.stdout.split() == hashes[0::2]


def test_an_artifact_on_the_row_of_another_version_is_refused():
    model = LogisticRegression().fit(NUMBERS, LABELS)
    for allow_pickle in (False, True):
        stored = artifacts.dump(SVC() if allow_pickle else model, **VERSION, allow_pickle=allow_pickle)
        for other in ({"model_version": "w"}, {"model_name": "n"}):
            with pytest.raises(ArtifactRejected, match="belongs to version 'v' of model 'm', but its row is"):
                artifacts.load(stored, **{**VERSION, **other}, allow_pickle=allow_pickle)
    unbound = Artifact(pickle.dumps(1), hashlib.sha256(pickle.dumps(1)).hexdigest(), "pickle")
    with pytest.raises(
        ArtifactRejected, match=r"does not say which version it belongs to.* train model 'm' again"
    ):
        artifacts.load(unbound, **VERSION, allow_pickle=True)


def test_a_model_larger_than_the_limit_is_refused_by_both():
    model = RandomForestClassifier(20).fit(NUMBERS, LABELS)
    stored = artifacts.dump(model, **VERSION)
    limit = len(stored.content) - 1
    for refused in (
        lambda: artifacts.dump(model, **VERSION, max_bytes=limit),
        lambda: artifacts.load(stored, **VERSION, max_bytes=limit),
    ):
        with pytest.raises(ArtifactRejected, match=f"bytes, the limit is {limit:,}: train a smaller model"):
            refused()
    with pytest.raises(ArtifactRejected, match="the limit is 100"):
        artifacts.dump(SVC(), **VERSION, allow_pickle=True, max_bytes=100)


def test_keys_that_would_come_back_as_others_are_refused():
    assert artifacts.load(artifacts.dump({1: 2, 0.5: 3, "x": 4}, **VERSION), **VERSION) == {
        1: 2,
        0.5: 3,
        "x": 4,
    }
    with pytest.raises(ArtifactRejected, match="keys of a dict are neither texts nor numbers"):
        artifacts.dump({False: 1}, **VERSION)


@pytest.mark.parametrize(("library", "name"), [("xgboost", "XGBClassifier"), ("lightgbm", "LGBMClassifier")])
def test_models_of_other_libraries_are_stored_by_the_opt_in_only(library, name):
    of_library = pytest.importorskip(library, reason=f"{library} is not installed")
    model = getattr(of_library, name)(n_estimators=2).fit(NUMBERS, LABELS)
    with pytest.raises(ArtifactRejected, match=f"{library}.*allow_pickle=True"):
        artifacts.dump(model, **VERSION)
    with pytest.raises(ArtifactRejected, match=f"{library}.*allow_pickle=True"):
        artifacts.check_storable(model)
    again = artifacts.load(artifacts.dump(model, **VERSION, allow_pickle=True), **VERSION, allow_pickle=True)
    assert again.predict(NUMBERS).tolist() == model.predict(NUMBERS).tolist()
