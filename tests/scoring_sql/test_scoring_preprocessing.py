"""Transformers in front of a model in SQL against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing as sk
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest, VarianceThreshold, f_regression
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

import scoring_rows as rows
from bench import Engine
from dbt_baton import fitted_table, pipeline_from
from scoring_parity import Parity

NUMERIC = [
    sk.StandardScaler(with_mean=False),
    sk.StandardScaler(with_std=False),
    sk.MinMaxScaler((-1, 2)),
    sk.MinMaxScaler(clip=True),
    sk.MaxAbsScaler(),
    sk.RobustScaler(unit_variance=True),
    sk.RobustScaler(with_centering=False),
    sk.Binarizer(threshold=0.1),
    *(sk.Normalizer(norm) for norm in ("l1", "l2", "max")),
    sk.KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"),
    sk.KBinsDiscretizer(3, strategy="uniform"),
    sk.KBinsDiscretizer(3, strategy="kmeans", encode="onehot-dense"),
    sk.PolynomialFeatures(3),
    sk.PolynomialFeatures(2, interaction_only=True, include_bias=False),
    sk.QuantileTransformer(n_quantiles=20),
    sk.PowerTransformer(),
    sk.PowerTransformer(standardize=False),
    PCA(2),
    PCA(3, whiten=True),
    TruncatedSVD(2),
    SelectKBest(f_regression, k=2),
    SelectFromModel(LinearRegression()),
    RFE(LinearRegression(), n_features_to_select=1),
    VarianceThreshold(0.5),
    FeatureUnion([("scaled", sk.StandardScaler()), ("same", "passthrough"), ("gone", "drop")]),
    *(
        sk.FunctionTransformer(one)
        for one in (None, np.exp, np.expm1, np.square, np.abs, np.tanh, np.sign, np.floor)
    ),
]
POSITIVE = [
    sk.PowerTransformer("box-cox"),
    *(sk.FunctionTransformer(one) for one in (np.log1p, np.log, np.log2, np.log10, np.sqrt, np.cbrt)),
]


def scored(transformer: Any, frame: pd.DataFrame, y: Any) -> Any:
    return make_pipeline(transformer, LinearRegression()).fit(frame, y)


def test_numbers(engine: Engine):
    frame = rows.numbers()
    parity = Parity(engine, frame)
    for transformer in NUMERIC:
        parity.check(scored(transformer, frame, rows.target(frame)))


def test_positive_numbers(engine: Engine):
    frame = rows.numbers().abs() + 0.01
    frame.iloc[0] = 1e-17
    frame.iloc[1] = 1e17
    parity = Parity(engine, frame)
    for transformer in POSITIVE:
        parity.check(scored(transformer, frame, rows.target(rows.numbers())))


def test_values_outside_of_those_of_the_fit(engine: Engine):
    frame = rows.numbers()
    frame.iloc[0], frame.iloc[1] = 50.0, -50.0
    parity = Parity(engine, frame)
    for transformer in NUMERIC[:20]:
        parity.check(scored(transformer, rows.numbers(), rows.target(rows.numbers())))


def test_missing_values_through_scalers_and_bins(engine: Engine):
    frame = rows.with_missing(rows.numbers())
    parity = Parity(engine, frame)
    for transformer in [*NUMERIC[:6], *NUMERIC[14:17]]:
        if not isinstance(transformer, sk.PolynomialFeatures):
            model = make_pipeline(transformer, HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=5))
            parity.check(model.fit(frame, rows.target(frame)))
    for transformer in NUMERIC[6:14]:
        model = scored(transformer, rows.numbers(), rows.target(rows.numbers()))
        parity.check(model, refuses_missing=True)


def test_imputers(engine: Engine):
    frame = rows.with_missing(rows.numbers()).assign(empty=np.nan, minus=-1.0)
    frame.loc[::3, "minus"] = 4.0
    parity = Parity(engine, frame)
    for imputer in (
        *(SimpleImputer(strategy=way) for way in ("mean", "median", "most_frequent")),
        SimpleImputer(strategy="constant", fill_value=7.5),
        SimpleImputer(add_indicator=True),
        SimpleImputer(keep_empty_features=True, add_indicator=True),
        make_pipeline(SimpleImputer(keep_empty_features=True), SimpleImputer(missing_values=-1)),
        FeatureUnion([("which", MissingIndicator()), ("filled", SimpleImputer())]),
    ):
        parity.check(scored(imputer, frame, rows.target(rows.numbers())))


def encoders() -> list[Any]:
    text = SimpleImputer(strategy="most_frequent")
    return [
        sk.OneHotEncoder(handle_unknown="ignore"),
        sk.OneHotEncoder(handle_unknown="ignore", drop="if_binary"),
        sk.OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=35, drop="first"),
        sk.OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, sparse_output=False),
        sk.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2),
        sk.OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=9, max_categories=2
        ),
        sk.TargetEncoder(random_state=0, cv=2),
        make_pipeline(text, sk.OneHotEncoder(handle_unknown="ignore")),
        make_pipeline(SimpleImputer(strategy="constant"), sk.OneHotEncoder(handle_unknown="ignore")),
    ]


def with_unseen(frame: pd.DataFrame) -> pd.DataFrame:
    unseen = frame.copy()
    unseen["plan"] = unseen["plan"].cat.add_categories(["BASIC"])
    unseen.loc[::9, "plan"] = "BASIC"
    unseen.loc[4::9, "plan"] = None
    unseen.loc[2::9, rows.NUMBERS[2]] = 77.0
    return unseen


def test_encoders(engine: Engine):
    frame = rows.mixed()
    parity = Parity(engine, with_unseen(frame))
    classes = rows.three_classes(frame)
    for encoder in encoders():
        branches = [("numbers", SimpleImputer(), rows.NUMBERS[:2]), ("texts", encoder, rows.TEXTS)]
        parity.check(make_pipeline(ColumnTransformer(branches), LogisticRegression()).fit(frame, classes))
    for encoder in encoders()[:7]:
        branches = [("codes", encoder, [rows.NUMBERS[2]])]
        parity.check(scored(ColumnTransformer(branches), frame, rows.target(frame[rows.NUMBERS])))


def test_an_unseen_category_has_no_score_where_it_is_an_error(engine: Engine):
    frame = rows.mixed()
    parity = Parity(engine, with_unseen(frame))
    unseen = (parity.frame["plan"] == "BASIC") | parity.frame["plan"].isna()
    for encoder in (
        sk.OneHotEncoder(),
        sk.OneHotEncoder(drop="first"),
        sk.OneHotEncoder(drop=["select"]),
        sk.OrdinalEncoder(),
    ):
        model = scored(
            ColumnTransformer([("plan", encoder, ["plan"])]), frame, rows.target(frame[rows.NUMBERS])
        )
        values = parity.scores(model)["predicted_value"]
        assert values[unseen].isna().all()
        np.testing.assert_allclose(
            values[~unseen].astype(float), model.predict(parity.frame[~unseen]), atol=1e-9
        )


def test_nested_pipelines_and_column_transformers(engine: Engine):
    frame = rows.mixed()
    parity = Parity(engine, frame)
    numeric = Pipeline([("impute", SimpleImputer()), ("none", None), ("scale", sk.StandardScaler())])
    inner = ColumnTransformer(
        [
            ("numbers", numeric, make_column_selector(dtype_include=float)),
            ("plan", sk.OneHotEncoder(sparse_output=False), slice("plan", "plan")),
            ("none", sk.StandardScaler(), []),
        ],
        remainder="drop",
    )
    outer = ColumnTransformer(
        [("first", sk.MinMaxScaler(), [0, -1]), ("second", "passthrough", slice(1, 3))],
        remainder=sk.PolynomialFeatures(2),
        transformer_weights={"first": 0.3},
    )
    model = make_pipeline(inner, outer, "passthrough", LogisticRegression())
    parity.check(model.fit(frame, rows.three_classes(frame)))
    named = make_pipeline(inner.set_output(transform="pandas"), LogisticRegression())
    parity.check(named.fit(frame, rows.two_classes(frame)))


def test_pipelines_that_were_made_from_a_fitted_table(engine: Engine):
    frame = rows.mixed()
    text = [sk.OneHotEncoder(handle_unknown="ignore"), sk.TargetEncoder(cv=2)]
    parity = Parity(engine, with_unseen(frame))
    for encoder in text:
        fitted = ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(), sk.StandardScaler()), rows.NUMBERS[:2]),
                ("code", encoder, [rows.NUMBERS[2]]),
                ("texts", encoder, rows.TEXTS),
            ]
        ).fit(frame, rows.target(frame[rows.NUMBERS]))
        restored = pipeline_from(fitted_table(fitted, target="y"))
        parity.check(scored(restored, frame, rows.target(frame[rows.NUMBERS])))


@pytest.mark.parametrize("name", ["select", "Älter", "x" * 60, "a b", "A", "_1", "a\nb"])
def test_any_name_of_a_column(engine: Engine, name: str):
    frame = rows.numbers().rename(columns={"age": name, "Select": f"{name}_"})
    model = make_pipeline(sk.StandardScaler(), LinearRegression())
    Parity(engine, frame).check(model.fit(frame, rows.target(rows.numbers())))
