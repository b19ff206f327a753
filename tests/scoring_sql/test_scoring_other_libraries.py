"""XGBoost and LightGBM in SQL against their own predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

import scoring_rows as rows
from bench import Engine
from dbt_baton.errors import UnsupportedScoring
from dbt_baton.scoring_sql import compile_scoring, sums_of_trees
from scoring_parity import Parity, features_of

lightgbm = pytest.importorskip("lightgbm", reason="lightgbm is not installed")
xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
FEW = {"n_estimators": 6, "n_jobs": 1}
XGBOOST = {**FEW, "max_depth": 4, "learning_rate": 0.7}
LIGHTGBM = {**FEW, "num_leaves": 6, "min_child_samples": 3, "verbose": -1}


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """LightGBM takes no quotation mark in a name."""
    return frame.rename(columns={rows.NUMBERS[2]: "wéird one"})


def numbered(classes: np.ndarray) -> np.ndarray:
    """XGBoost takes only classes that count from 0."""
    return np.unique(classes.astype(str), return_inverse=True)[1]


def many(frame: pd.DataFrame) -> pd.DataFrame:
    """Values on and beside the split points, many more of them, so that most digits of an exponential occur."""
    rng = np.random.default_rng(0)
    more = pd.concat([frame] * 10, ignore_index=True)
    for name in rows.NUMBERS[:2]:
        more[name] += np.where(rng.random(len(more)) < 0.7, rng.normal(size=len(more)), 0)
    return more


@pytest.fixture(scope="module")
def holed(engine: Engine) -> Parity:
    return Parity(engine, many(fitted_on()))


def fitted_on() -> pd.DataFrame:
    return named(rows.with_missing(rows.numbers()))


def test_xgboost(holed: Parity):
    frame = fitted_on()
    two, three = (numbered(classes(frame)) for classes in (rows.two_classes, rows.three_classes))
    holed.check(xgboost.XGBClassifier(**XGBOOST).fit(frame, two))
    holed.check(xgboost.XGBClassifier(**XGBOOST).fit(frame, three))
    holed.check(xgboost.XGBClassifier(**XGBOOST, base_score=0.9, scale_pos_weight=3).fit(frame, two))
    holed.check(xgboost.XGBRFClassifier(n_estimators=4, max_depth=3, n_jobs=1).fit(frame, two))
    early = xgboost.XGBClassifier(**{**XGBOOST, "n_estimators": 60}, early_stopping_rounds=2)
    holed.check(early.fit(frame[:80], two[:80], eval_set=[(frame[80:], two[80:])], verbose=False))
    assert early.best_iteration < 40
    for objective in ("reg:squarederror", "count:poisson", "reg:gamma", "reg:tweedie", "reg:absoluteerror"):
        holed.check(xgboost.XGBRegressor(**XGBOOST, objective=objective).fit(frame, rows.target(frame)))
    holed.check(xgboost.XGBRegressor(**XGBOOST, objective="reg:logistic").fit(frame, two))


def test_lightgbm(holed: Parity):
    frame = fitted_on()
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        holed.check(lightgbm.LGBMClassifier(**LIGHTGBM).fit(frame, classes))
        holed.check(lightgbm.LGBMClassifier(**LIGHTGBM).fit(named(rows.numbers()), classes))
        holed.check(lightgbm.LGBMClassifier(**LIGHTGBM, zero_as_missing=True).fit(frame, classes))
        forest = {"boosting_type": "rf", "subsample": 0.7, "subsample_freq": 1}
        holed.check(lightgbm.LGBMClassifier(**LIGHTGBM, **forest).fit(frame, classes))
    ova = lightgbm.LGBMClassifier(**LIGHTGBM, objective="multiclassova")
    holed.check(ova.fit(frame, rows.three_classes(frame)))
    for objective in ("l2", "l1", "poisson", "gamma", "tweedie", "huber", "quantile"):
        holed.check(lightgbm.LGBMRegressor(**LIGHTGBM, objective=objective).fit(frame, rows.target(frame)))


def test_categories(engine: Engine):
    frame = named(rows.mixed())
    some = frame.copy()
    some.loc[::6, "plan"] = None
    parity = Parity(engine, some)
    ascii_only = Parity(
        engine, some.assign(plan=some["plan"].cat.rename_categories({"größe": "size", rows.PLANS[5]: "x\ny"}))
    )
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        parity.check(
            lightgbm.LGBMClassifier(**LIGHTGBM, min_data_per_group=2, cat_smooth=1).fit(frame, classes)
        )
        for most in (2, 9):
            model = xgboost.XGBClassifier(**XGBOOST, enable_categorical=True, max_cat_to_onehot=most)
            ascii_only.check(model.fit(ascii_only.frame, numbered(classes)))
    unseen = some.copy()
    unseen["plan"] = unseen["plan"].cat.add_categories(["never"])
    unseen.loc[1::6, "plan"] = "never"
    model = lightgbm.LGBMClassifier(**LIGHTGBM, min_data_per_group=2, cat_smooth=1)
    Parity(engine, unseen).check(model.fit(frame, rows.two_classes(frame)))


def test_extreme_margins(engine: Engine):
    frame = named(rows.numbers())
    parity = Parity(engine, frame)
    steep = {**XGBOOST, "learning_rate": 60.0, "reg_lambda": 0.0}
    for classes in (rows.two_classes(frame), rows.three_classes(frame)):
        model = xgboost.XGBClassifier(**steep).fit(frame, numbered(classes))
        parity.check(model)
    model = lightgbm.LGBMClassifier(**{**LIGHTGBM, "learning_rate": 200.0})
    parity.check(model.fit(frame, rows.two_classes(frame)))


def test_as_a_table_of_nodes_and_in_a_pipeline(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        sums_of_trees, "LARGEST_EXPRESSIONS", dict.fromkeys(sums_of_trees.LARGEST_EXPRESSIONS, 0)
    )
    frame = fitted_on()
    parity = Parity(engine, frame)
    models: list[Any] = [xgboost.XGBClassifier(**XGBOOST), lightgbm.LGBMClassifier(**LIGHTGBM)]
    for model in [*models, make_pipeline(SimpleImputer(add_indicator=True), models[0])]:
        parity.check(model.fit(frame, numbered(rows.three_classes(frame))))


def test_what_has_no_sql_is_named():
    frame = named(rows.numbers())
    y = rows.target(frame)
    features = features_of(frame)
    categories = {"enable_categorical": True, "max_cat_to_onehot": 9, "n_estimators": 5}
    umlauts = frame.assign(plan=rows.mixed()["plan"])
    model = xgboost.XGBRegressor(**categories).fit(umlauts, umlauts["plan"].cat.codes)
    with pytest.raises(UnsupportedScoring, match="other letters than ASCII"):
        compile_scoring(model, features_of(umlauts), dialect="duckdb")
    for model, part in (
        (xgboost.XGBRegressor(booster="gblinear", n_estimators=2), "booster 'gblinear'"),
        (xgboost.XGBRegressor(booster="dart", n_estimators=2), "booster 'dart'"),
        (xgboost.XGBRegressor(missing=-1, n_estimators=2), "missing=-1"),
        (lightgbm.LGBMRegressor(**LIGHTGBM, reg_sqrt=True), "regression sqrt"),
        (lightgbm.LGBMRegressor(**LIGHTGBM, linear_tree=True), "linear trees"),
    ):
        with pytest.raises(UnsupportedScoring) as failed:
            compile_scoring(model.fit(frame, y), features, dialect="duckdb")
        assert part in str(failed.value)
