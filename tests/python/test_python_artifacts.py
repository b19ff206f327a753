"""Artifacts: loaded unchanged, and rejected if altered, of a type that is not allowed, or out of bounds."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
import skops.io
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
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
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
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from dbt_baton import ArtifactRejected, artifacts
from dbt_baton.artifacts import Artifact
from dbt_baton.artifacts.tree_checks import check_trees

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
    TransformedTargetRegressor(prepared(Ridge()), func=np.log1p, inverse_func=np.expm1),
]  # fmt: skip


def name_of(estimator):
    return " ".join(
        type(step).__name__ for step in getattr(estimator, "named_steps", {"": estimator}).values()
    )


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)
def test_a_model_is_read_back_as_it_was(estimator):
    inputs = NUMBERS if isinstance(estimator, LogisticRegression) else INPUTS
    model = estimator.fit(inputs, LABELS)
    artifact = artifacts.dump(model)
    assert artifact.format == "skops"
    assert artifact.sha256 == hashlib.sha256(artifact.content).hexdigest()
    again = artifacts.load(artifact)
    assert again.predict(inputs).tolist() == model.predict(inputs).tolist()
    if hasattr(model, "predict_proba"):
        assert again.predict_proba(inputs).tolist() == model.predict_proba(inputs).tolist()


# rejected before any object is built


class Dangerous:
    """Its state is a command."""

    def __reduce__(self):
        return os.system, ("exit 1",)


def artifact_of(content, kind="skops"):
    return Artifact(content, hashlib.sha256(content).hexdigest(), kind)


def rewritten(model, change):
    """The skops file of a model with another schema."""
    source = zipfile.ZipFile(io.BytesIO(skops.io.dumps(model)))
    schema = json.loads(source.read("schema.json"))
    change(schema)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, json.dumps(schema) if name == "schema.json" else source.read(name))
    return artifact_of(target.getvalue())


def test_bytes_with_another_hash_are_refused():
    artifact = artifacts.dump(LogisticRegression().fit(NUMBERS, LABELS))
    for content in (artifact.content + b" ", artifact.content[:-1], b""):
        with pytest.raises(ArtifactRejected, match="altered after training"):
            artifacts.load(Artifact(content, artifact.sha256, "skops"))


def test_a_type_outside_of_the_allow_list_is_refused_even_with_the_right_hash():
    foreign = LogisticRegression().fit(NUMBERS, LABELS)
    foreign.extra = io.StringIO
    with pytest.raises(ArtifactRejected, match=r"io\.StringIO"):
        artifacts.load(artifact_of(skops.io.dumps(foreign)))


@pytest.mark.parametrize(
    "node",
    [
        {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "system"},
        {"__class__": "system", "__module__": "posix", "__loader__": "TypeNode"},
        {
            "__class__": "float64",
            "__module__": "numpy",
            "__loader__": "ConstructorFromReduceNode",
            "content": {},
        },
        {"__class__": "dict", "__module__": "builtins", "__loader__": "MethodNode", "content": {}},
        {"__class__": "load", "__module__": "numpy", "__loader__": "FunctionNode", "content": "load"},
        {"__loader__": "DictNode"},
    ],
    ids=lambda node: f"{node.get('__module__')}.{node.get('__class__')} by {node['__loader__']}",
)
def test_a_crafted_file_is_refused_before_it_is_built(node):
    model = LogisticRegression().fit(NUMBERS, LABELS)
    crafted = rewritten(model, lambda schema: schema["content"]["content"].update(extra=node))
    with pytest.raises(ArtifactRejected, match="not on the allow-list"):
        artifacts.load(crafted)


@pytest.mark.parametrize("content", [b"", b"no zip", pickle.dumps(1)])
def test_what_is_no_skops_file_is_refused(content):
    with pytest.raises(ArtifactRejected, match="cannot be read"):
        artifacts.load(artifact_of(content))


def test_a_pickle_is_not_opened_without_the_opt_in():
    with pytest.raises(ArtifactRejected, match="the artifact is a pickle"):
        artifacts.load(artifact_of(pickle.dumps(Dangerous()), "pickle"))
    assert artifacts.load(artifact_of(pickle.dumps([1]), "pickle"), allow_pickle=True) == [1]


def test_an_unknown_format_is_refused():
    with pytest.raises(
        ArtifactRejected, match="the artifact's format is 'onnx', expected 'skops' or 'pickle'"
    ):
        artifacts.load(artifact_of(b"", "onnx"), allow_pickle=True)


# trees


def with_nodes(tree, **changes):
    """The same tree with other node values; scikit-learn's own `__setstate__` takes them as they are."""
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    for name, value in changes.items():
        state["nodes"][name][0] = value
    tree.__setstate__(state)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"left_child": 10_000}, "index outside"),
        ({"right_child": 10_000}, "index outside"),
        ({"right_child": -7}, "a child before its parent"),
        ({"left_child": 0}, "a child before its parent"),
        ({"feature": 2}, "index outside"),
        ({"feature": -2}, "index outside"),
    ],
)
def test_a_tree_that_points_outside_of_itself_is_refused(changes, message):
    tree = DecisionTreeClassifier(max_depth=3).fit(NUMBERS, LABELS)
    forest = RandomForestClassifier(2, max_depth=3).fit(NUMBERS, LABELS)
    boosting = GradientBoostingClassifier(n_estimators=2).fit(NUMBERS, LABELS)
    for model, inner in (
        (tree, tree),
        (forest, forest.estimators_[1]),
        (boosting, boosting.estimators_[1, 0]),
    ):
        check_trees(make_pipeline(model))
        with_nodes(inner.tree_, **changes)
        with pytest.raises(ArtifactRejected, match=message):
            artifacts.load(artifact_of(skops.io.dumps({"model": make_pipeline(model)})))


def test_trees_that_do_not_fit_their_ensemble_are_refused():
    forest = RandomForestClassifier(2).fit(NUMBERS, LABELS)
    forest.n_features_in_ = 1
    boosting = GradientBoostingClassifier(n_estimators=2).fit(NUMBERS, LABELS)
    boosting.estimators_ = np.hstack([boosting.estimators_, boosting.estimators_])
    with_classes = GradientBoostingClassifier(n_estimators=2).fit(NUMBERS, LABELS)
    with_classes.estimators_[0, 0].tree_ = DecisionTreeClassifier().fit(NUMBERS, LABELS).tree_
    histogram = HistGradientBoostingClassifier(max_iter=2).fit(NUMBERS, LABELS)
    histogram._predictors[0] *= 2
    from_a_forest = GradientBoostingClassifier(n_estimators=2, init=RandomForestClassifier(2)).fit(
        NUMBERS, LABELS
    )
    for model in (forest, boosting, with_classes, histogram, from_a_forest):
        with pytest.raises(ArtifactRejected, match="the artifact is not what scikit-learn writes"):
            artifacts.load(artifact_of(skops.io.dumps(model)))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("left", 10_000, "index outside"),
        ("right", 0, "a child before its parent"),
        ("feature_idx", 2, "index outside"),
        ("feature_idx", -1, "index outside"),
        ("is_categorical", 1, "a number is split as a category"),
    ],
)
def test_a_tree_of_histogram_boosting_that_points_outside_of_itself_is_refused(name, value, message):
    model = HistGradientBoostingClassifier(max_iter=2).fit(NUMBERS, LABELS)
    check_trees(model)
    model._predictors[1][0].nodes[name][0] = value
    with pytest.raises(ArtifactRejected, match=message):
        artifacts.load(artifact_of(skops.io.dumps(model)))


def test_categories_outside_of_the_bitsets_are_refused():
    def model():
        return HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype").fit(
            INPUTS[["t"]], LABELS
        )

    far, thin, many = model(), model(), model()
    far._predictors[0][0].nodes["bitset_idx"][0] = 99
    thin._predictors[0][0].raw_left_cat_bitsets = np.zeros((1, 1), dtype=np.uint32)
    many._bin_mapper.bin_thresholds_[0] = np.array([0.0, 4096.0])
    for crafted in (far, thin, many):
        with pytest.raises(ArtifactRejected, match="the artifact is not what scikit-learn writes"):
            check_trees(crafted)
