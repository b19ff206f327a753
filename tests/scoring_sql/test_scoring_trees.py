"""Trees and their ensembles in SQL against scikit-learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import ensemble, tree

import scoring_rows as rows
from bench import Engine
from dbt_baton.scoring_sql.trees import last_double_at_most
from scoring_parity import Parity

TAKE_MISSING = [
    tree.DecisionTreeClassifier(max_depth=4),
    tree.ExtraTreeClassifier(max_depth=4, random_state=0),
    ensemble.RandomForestClassifier(8, max_depth=4, random_state=0),
    ensemble.ExtraTreesClassifier(5, max_depth=4, random_state=0),
    ensemble.HistGradientBoostingClassifier(max_iter=6, min_samples_leaf=3),
]
REGRESSORS = [
    tree.DecisionTreeRegressor(),
    ensemble.RandomForestRegressor(5, max_depth=4, random_state=0),
    ensemble.ExtraTreesRegressor(5, max_depth=4, random_state=0),
    ensemble.HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=3),
    ensemble.HistGradientBoostingRegressor(max_iter=5, loss="poisson"),
    ensemble.HistGradientBoostingRegressor(max_iter=5, loss="gamma"),
]
TAKE_NO_MISSING = [
    ensemble.GradientBoostingClassifier(n_estimators=5),
    ensemble.GradientBoostingClassifier(n_estimators=4, init="zero", learning_rate=0.3, subsample=0.7),
]
GRADIENT_BOOSTING_REGRESSORS = [
    ensemble.GradientBoostingRegressor(n_estimators=5, loss=loss)
    for loss in ("squared_error", "absolute_error", "huber", "quantile")
]


def rows_around_splits() -> pd.DataFrame:
    """Values on the split points of float32, a step beside them, missing ones, and numbers beyond float32."""
    frame = rows.with_missing(rows.numbers())
    first = rows.numbers()["age"].to_numpy()
    frame.loc[40:79, "age"] = (
        (first[40:80].astype(np.float32) + first[39:79].astype(np.float32)) / 2
    ).astype(float)
    frame.loc[80:119, "age"] = np.nextafter(first[80:120], np.inf)
    frame.loc[120:139, "age"] = np.nextafter(first[120:140].astype(np.float32), np.float32(-np.inf)).astype(
        float
    )
    return frame


@pytest.fixture(scope="module")
def complete(engine: Engine) -> Parity:
    return Parity(engine, rows.numbers())


def test_trees_with_missing_values(engine: Engine):
    parity = Parity(engine, rows_around_splits())
    fitted_on = rows.with_missing(rows.numbers())
    for model in TAKE_MISSING:
        parity.check(model.fit(fitted_on, rows.two_classes(fitted_on)))
        parity.check(model.fit(fitted_on, rows.three_classes(fitted_on)))
        # missing values that the fit did not see
        parity.check(model.fit(rows.numbers(), rows.two_classes(fitted_on)))
    for model in REGRESSORS:
        parity.check(model.fit(fitted_on, rows.target(fitted_on)))


def test_gradient_boosting(complete: Parity):
    frame = complete.frame
    for model in TAKE_NO_MISSING:
        complete.check(model.fit(frame, rows.two_classes(frame)))
        complete.check(model.fit(frame, rows.three_classes(frame)))
    exponential = ensemble.GradientBoostingClassifier(n_estimators=5, loss="exponential")
    complete.check(exponential.fit(frame, rows.two_classes(frame)))
    for model in GRADIENT_BOOSTING_REGRESSORS:
        complete.check(model.fit(frame, rows.target(frame)))


def test_gradient_boosting_of_missing_values_has_no_score(engine: Engine):
    frame = rows.with_missing(rows.numbers())
    model = ensemble.GradientBoostingClassifier(n_estimators=3).fit(rows.numbers(), rows.two_classes(frame))
    Parity(engine, frame).check(model, refuses_missing=True)


def test_infinity_and_numbers_beyond_float32(engine: Engine):
    frame = rows.numbers()
    huge = [3e38, -3e38, 1e-320, -1e-50, 1e-40, 0.0, -0.0, 1e30]
    frame.loc[:7, "age"] = huge
    models = [*TAKE_MISSING, *TAKE_NO_MISSING]
    parity = Parity(engine, frame)
    for model in models:
        parity.check(model.fit(frame, rows.two_classes(frame)))
    frame = frame.copy()
    frame.loc[8:13, "age"] = [np.inf, -np.inf, 1e300, -1e300, 3.5e38, -3.5e38]
    model = TAKE_MISSING[-1]
    parity = Parity(engine, frame)
    parity.check(model.fit(frame, rows.two_classes(frame)))
    # scikit-learn refuses these rows for the others; SQL must not fail for them
    for model in models[:-3]:
        assert (
            parity.scores(model.fit(rows.numbers(), rows.two_classes(frame)))["predicted_class"].notna().all()
        )


def test_categories_of_histogram_gradient_boosting(engine: Engine):
    frame = rows.mixed()
    model = ensemble.HistGradientBoostingClassifier(
        max_iter=8, min_samples_leaf=2, categorical_features="from_dtype"
    )
    unseen = frame.copy()
    unseen["plan"] = unseen["plan"].cat.add_categories(["never"])
    unseen.loc[::7, "plan"] = "never"
    unseen.loc[3::7, "plan"] = None
    parity = Parity(engine, unseen)
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        parity.check(model.fit(frame, classes))
    numbers = frame[rows.NUMBERS]
    model = ensemble.HistGradientBoostingRegressor(max_iter=5, min_samples_leaf=2, categorical_features=[2])
    Parity(engine, numbers).check(model.fit(numbers, rows.target(numbers)))


def test_more_categories_than_an_integer_has_bits(engine: Engine):
    frame = pd.DataFrame({"code": pd.Categorical([f"c{number}" for number in range(150)] * 3)})
    y = np.random.default_rng(0).normal(size=150).repeat(3)
    y = np.tile(y[::3], 3)
    model = ensemble.HistGradientBoostingRegressor(
        max_iter=5, min_samples_leaf=1, categorical_features="from_dtype"
    )
    Parity(engine, frame).check(model.fit(frame, y))


def test_a_threshold_of_doubles_splits_as_one_of_float32():
    rng = np.random.default_rng(0)
    values = rng.normal(size=3000) * 10.0 ** rng.integers(-44, 39, 3000)
    exact = values.astype(np.float32).astype(float)
    for thresholds in (values, exact, (exact[1:] + exact[:-1]) / 2, np.array([0.0, -0.0, 1.5, 2.0**-149])):
        moved = last_double_at_most(thresholds)
        for step in (-1, 0, 1):
            near = moved if step == 0 else np.nextafter(moved, step * np.inf)
            with np.errstate(over="ignore"):
                rounded = near.astype(np.float32)
            np.testing.assert_array_equal(rounded <= thresholds, near <= moved)
