"""Large ensembles, whose trees are a table of nodes, in SQL against scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import scoring_rows as rows
from bench import Engine
from dbt_baton.scoring_sql import compile_scoring, sums_of_trees
from scoring_parity import Parity, features_of


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sums_of_trees, "LARGEST_EXPRESSIONS", dict.fromkeys(sums_of_trees.LARGEST_EXPRESSIONS, 0)
    )


@pytest.mark.usefixtures("everything_is_large")
def test_trees_with_missing_values(engine: Engine):
    frame = rows.with_missing(rows.numbers())
    parity = Parity(engine, frame)
    forest = ensemble.RandomForestClassifier(6, random_state=0)
    boosted = ensemble.HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=3)
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        for model in (forest, boosted):
            parity.check(model.fit(frame, classes))
            parity.check(model.fit(rows.numbers(), classes))
    for model in (
        ensemble.RandomForestRegressor(5, random_state=0),
        ensemble.HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=3, loss="poisson"),
    ):
        parity.check(model.fit(frame, rows.target(frame)))


@pytest.mark.usefixtures("everything_is_large")
def test_several_ensembles_in_one_model_and_infinity(engine: Engine):
    frame = rows.numbers()
    classes = rows.three_classes(frame)
    boosted = ensemble.GradientBoostingClassifier(n_estimators=2, max_depth=2)
    model = CalibratedClassifierCV(make_pipeline(StandardScaler(), boosted), cv=2, method="isotonic")
    Parity(engine, frame).check(model.fit(frame, classes))
    missing = rows.with_missing(frame)
    Parity(engine, missing).check(boosted.fit(frame, rows.two_classes(frame)), refuses_missing=True)
    missing.loc[:9, "age"] = [np.inf, -np.inf] * 5
    hist = ensemble.HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=3)
    Parity(engine, missing).check(hist.fit(missing, classes))


@pytest.mark.usefixtures("everything_is_large")
def test_categories_that_no_tree_reads(engine: Engine):
    frame = rows.mixed()
    classes = rows.two_classes(frame)
    # a constant category is never split
    frame = frame[[rows.TEXTS[0], *rows.NUMBERS]].assign(
        **{rows.TEXTS[0]: pd.Categorical(["one"] * len(frame))}
    )
    model = ensemble.HistGradientBoostingClassifier(
        max_iter=4, min_samples_leaf=3, categorical_features="from_dtype"
    )
    Parity(engine, frame).check(model.fit(frame, classes))


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_only_a_large_model_is_a_table(dialect: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sums_of_trees.LARGEST_EXPRESSIONS, dialect, 5_000)
    frame = rows.numbers()
    features = features_of(frame)
    forest = ensemble.RandomForestRegressor(10, random_state=0).fit(frame, rows.target(frame))
    assert compile_scoring(forest, features, dialect=dialect).nodes is None
    n_nodes = sum(tree.tree_.node_count for tree in forest.estimators_)
    assert n_nodes <= 5_000
    forest.estimators_ *= 1 + 5_000 // n_nodes
    compiled = compile_scoring(forest, features, dialect=dialect)
    assert compiled.nodes is not None
    assert len(json.loads(compiled.nodes)) == 1 + len(forest.estimators_)


def test_no_rows_and_one_row(engine: Engine):
    frame = rows.with_missing(rows.numbers())
    model = ensemble.RandomForestClassifier(3, random_state=0).fit(frame, rows.two_classes(frame))
    for few in (frame[:0], frame[:1]):
        Parity(engine, few).check(model)
    features = features_of(frame)
    assert compile_scoring(model, features, dialect="default").nodes is None
