"""Preprocessing in both directions: scikit-learn to the fitted table and back, and each side against SQL."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils.validation import check_is_fitted
from test_preprocessing import CALL, jinja

from bench import Project
from compare import about
from dbt_baton import UnsupportedPreprocessing, fitted_table, pipeline_from, transformers_of
from rendering import answers, make_tables
from strategies import drawn, tables

pytestmark = pytest.mark.filterwarnings("ignore")

numbers = st.floats(-100, 100).map(lambda number: round(number, 3))
known_tables = tables(
    size=40,
    amount=numbers,
    small=st.integers(0, 4).map(float),
    holed=st.one_of(numbers, st.none()),
    code=st.sampled_from([10, 9, 2, -1]),
    rank=st.sampled_from([1, 2, None]),
    city=st.sampled_from(["Paris", "O'Hare", 'say "hi" ✈', "Ünï", "", None]),
    plan=st.sampled_from(["pro", "free", "it's"]),
    flag=st.booleans(),
    y=st.sampled_from(["lo", "mid", "hi"]),
)
FIRST = [
    (0.5, 1.0, 2.5, 9, 1, "Paris", "pro", True, "lo"),
    (-0.5, 2.0, None, 10, None, None, "free", False, "mid"),
    (1.5, 0.0, -1.0, 2, 2, "Ünï", "it's", True, "hi"),
]
COLUMNS = ["amount", "small", "holed", "code", "rank", "city", "plan", "flag", "y"]


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows after some that know every target, with the types that pandas gives such columns."""
    frame = pd.concat([pd.DataFrame(FIRST * 5, columns=COLUMNS, dtype=object), rows], ignore_index=True)
    types = {"amount": float, "small": float, "holed": float, "code": int, "rank": "Int64", "flag": bool}
    return frame.astype(types).assign(city=frame["city"].where(frame["city"].notna(), None))


def branches() -> list[tuple[str, Any, list[str]]]:
    """Every transformer in some form, on columns that it takes."""
    ignore = {"handle_unknown": "ignore", "sparse_output": False}
    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    return [
        ("standard", StandardScaler(), ["amount", "holed"]),
        ("centered", StandardScaler(with_std=False), ["holed"]),
        ("scaled", StandardScaler(with_mean=False), ["holed"]),
        ("min_max", MinMaxScaler(feature_range=(-1, 2), clip=True), ["amount", "small", "holed"]),
        ("max_abs", MaxAbsScaler(), ["amount", "holed"]),
        ("robust", RobustScaler(quantile_range=(10, 80), unit_variance=True), ["amount", "holed"]),
        ("not_centered", RobustScaler(with_centering=False), ["holed"]),
        ("normalizer", Normalizer("l1"), ["amount", "small"]),
        ("bins", KBinsDiscretizer(3, encode="ordinal", strategy="uniform"), ["amount", "small"]),
        ("bin_columns", KBinsDiscretizer(4, encode="onehot-dense"), ["small", "amount"]),
        ("sparse_bins", KBinsDiscretizer(2, quantile_method="linear"), ["amount"]),
        ("quantiles", QuantileTransformer(n_quantiles=9), ["amount", "holed"]),
        ("normal", QuantileTransformer(n_quantiles=7, output_distribution="normal"), ["amount"]),
        ("one_hot", OneHotEncoder(**ignore), ["city", "plan", "code"]),
        ("first", OneHotEncoder(drop="first", **ignore), ["city", "plan"]),
        ("binary", OneHotEncoder(drop="if_binary", sparse_output=False), ["plan"]),
        (
            "rare",
            OneHotEncoder(min_frequency=8, handle_unknown="infrequent_if_exist"),
            ["city", "plan", "code"],
        ),
        ("most", OneHotEncoder(max_categories=2, drop="first", **ignore), ["plan", "code"]),
        ("both", OneHotEncoder(categories=[["free", "it's", "pro"]], max_categories=2), ["plan"]),
        ("given", OneHotEncoder(categories=[["free", "pro", "new"]], **ignore), ["plan"]),
        ("ordinal", OrdinalEncoder(), ["plan", "code"]),
        ("missing", OrdinalEncoder(encoded_missing_value=-5, **unknown), ["plan", "rank"]),
        ("classes", TargetEncoder(), ["city", "plan", "code"]),
        ("smooth", TargetEncoder(smooth=3.0), ["plan"]),
        ("mean", SimpleImputer(), ["holed", "amount"]),
        ("median", SimpleImputer(strategy="median", add_indicator=True), ["holed"]),
        ("mode", SimpleImputer(strategy="most_frequent", missing_values=None), ["city"]),
        ("constant", SimpleImputer(strategy="constant", missing_values=None, fill_value="it's"), ["city"]),
        ("zero", SimpleImputer(strategy="constant"), ["holed"]),
        ("polynomial", PolynomialFeatures(3, include_bias=False), ["amount", "small"]),
        ("degrees", PolynomialFeatures((2, 3), include_bias=False), ["amount", "small"]),
        ("products", PolynomialFeatures(interaction_only=True), ["amount", "small", "code"]),
        ("log", FunctionTransformer(np.log1p, feature_names_out="one-to-one"), ["small"]),
    ]


def own_columns(frame: pd.DataFrame) -> tuple[pd.DataFrame, ColumnTransformer]:
    """A copy of its columns for every branch, so that one pipeline holds all of them."""
    parts, own = [frame], []
    for name, transformer, columns in branches():
        renamed = {column: f"{column} {name}" for column in columns}
        parts.append(frame[columns].rename(columns=renamed))
        own.append((name, transformer, list(renamed.values())))
    return pd.concat(parts, axis=1), ColumnTransformer(own, verbose_feature_names_out=False)


def transformed(pipeline: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """The output of a pipeline, under its own column names."""
    made = pipeline.transform(frame)
    made = made.toarray() if hasattr(made, "toarray") else made
    return pd.DataFrame(np.asarray(made), columns=list(pipeline.get_feature_names_out()), dtype=object)


def assert_same(actual: pd.DataFrame, expected: pd.DataFrame) -> None:
    """The same columns by name, in whatever order, with the same rows in the same order."""
    assert set(actual) == set(expected)
    assert len(actual) == len(expected)
    for name in expected:
        for one, other in zip(actual[name], expected[name], strict=True):
            if isinstance(other, str):
                assert one == other, name
            elif pd.isna(other):
                assert pd.isna(one), name
            else:
                assert math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-9), (name, one, other)


@given(rows=known_tables)
def test_a_pipeline_comes_back_from_its_table_as_it_was(rows):
    frame, pipeline = own_columns(typed(rows))
    pipeline.fit(frame, frame["y"])
    table = fitted_table(pipeline, target="y")
    restored = pipeline_from(table)
    check_is_fitted(restored)
    made = restored.transform(frame)
    assert list(restored.get_feature_names_out()) == list(made.columns)
    expected = transformed(pipeline, frame).rename(columns=lambda name: name.replace("_nan", "_None"))
    assert_same(made, expected)
    assert transformers_of(table) == transformers_of(pipeline, target="y")
    again = fitted_table(restored, target="y")
    assert_same(pipeline_from(again).transform(frame), made)


@given(rows=known_tables)
def test_chains_come_back_whatever_their_nesting(rows):
    frame = typed(rows)
    plain = {"verbose_feature_names_out": False}
    numeric = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    pipeline = make_pipeline(
        ColumnTransformer(
            [
                ("numbers", numeric, ["amount", "holed"]),
                ("bins", KBinsDiscretizer(3, encode="onehot-dense", strategy="uniform"), [1]),
                ("plan", OneHotEncoder(sparse_output=False), make_column_selector("plan")),
                ("rest", "passthrough", ["code"]),
                ("flag", "drop", ["flag"]),
            ],
            **plain,
        ),
        ColumnTransformer(
            [
                ("clip", MinMaxScaler(clip=True), [0, -1]),
                ("long", Normalizer(), slice(1, 3)),
                ("flat", make_pipeline(PolynomialFeatures(2, include_bias=False), MaxAbsScaler()), [3, 4]),
            ],
            remainder="passthrough",
            **plain,
        ),
        StandardScaler(),
        ColumnTransformer(
            [("far", Normalizer(), [5, 0, 2]), ("near", PolynomialFeatures(), [1, 6])],
            remainder=RobustScaler(),
            verbose_feature_names_out=True,
        ),
        ColumnTransformer([("last", Normalizer(), [0, -1])], remainder="passthrough"),
    )
    pipeline.fit(frame)
    restored = pipeline_from(fitted_table(pipeline))
    expected = transformed(pipeline, frame).rename(columns=lambda name: name.split("__")[-1])
    assert_same(restored.transform(frame), expected)
    assert_same(pipeline_from(fitted_table(restored)).transform(frame), expected)


def test_a_restored_pipeline_stays_as_it_is_when_it_is_fitted_pickled_or_cloned():
    frame, pipeline = own_columns(typed(pd.DataFrame(columns=COLUMNS)))
    pipeline.fit(frame, frame["y"])
    restored = pipeline_from(fitted_table(pipeline, target="y"))
    made = restored.transform(frame)
    other = frame.assign(**{"amount standard": 1e6 + frame["amount"]})
    assert_same(clone(restored).fit(other, frame["y"]).transform(frame), made)
    assert_same(pickle.loads(pickle.dumps(restored)).transform(frame), made)
    assert isinstance(restored.named_transformers_["standard_scaler"], FrozenEstimator)
    np.testing.assert_allclose(
        restored.named_transformers_["standard_scaler"].mean_, pipeline.named_transformers_["standard"].mean_
    )


def test_a_single_transformer_a_frozen_one_and_one_in_a_pipeline_have_one_table():
    frame = typed(pd.DataFrame(columns=COLUMNS))[["amount", "small"]]
    scaler = StandardScaler().fit(frame)
    expected = fitted_table(scaler)
    assert list(expected.columns) == [
        "transformer", "column_name", "parameter", "category", "position", "value_number", "value_text",
    ]  # fmt: skip
    for same in (FrozenEstimator(scaler), make_pipeline(StandardScaler(), "passthrough").fit(frame)):
        pd.testing.assert_frame_equal(fitted_table(same), expected)


def test_the_table_may_come_from_anywhere():
    frame, pipeline = own_columns(typed(pd.DataFrame(columns=COLUMNS)))
    table = fitted_table(pipeline.fit(frame, frame["y"]), target="y")
    made = pipeline_from(table).transform(frame)
    arrow = pa.Table.from_pandas(table)
    with duckdb.connect() as connection:
        for same in (arrow, connection.from_arrow(arrow), table.sample(frac=1, random_state=0)):
            assert_same(pipeline_from(same).transform(frame), made)


def test_an_unseen_category_is_an_error_where_it_was_one():
    frame = pd.DataFrame({"code": [7.0, 7.0, 9.0, None], "city": ["x", "x", "y", "z"]})
    for encoder in (OneHotEncoder(sparse_output=False), OrdinalEncoder()):
        pipeline = make_pipeline(
            ColumnTransformer(
                [("code", SimpleImputer(strategy="most_frequent"), ["code"])], remainder="passthrough"
            ).set_output(transform="pandas"),
            encoder,
        ).fit(frame)
        restored = pipeline_from(fitted_table(pipeline))
        restored.transform(frame)
        with pytest.raises(ValueError, match=r"unknown categories .*'8'"):
            restored.transform(frame.assign(code=8.0))


def test_every_imputed_column_has_its_indicator_as_in_sql():
    frame = pd.DataFrame({"a": [1.0, None, 4.0], "b": [1.0, 2.0, 3.0]})
    imputer = SimpleImputer(add_indicator=True).fit(frame)
    assert list(imputer.get_feature_names_out()) == ["a", "b", "missingindicator_a"]
    made = pipeline_from(fitted_table(imputer)).transform(frame.assign(b=[None, 2.0, 3.0]))
    assert made["missingindicator_a"].tolist() == [0, 1, 0]
    assert made["missingindicator_b"].tolist() == [1, 0, 0]
    scaled = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()).fit(frame)
    made = pipeline_from(fitted_table(scaled)).transform(frame)
    np.testing.assert_allclose(made[["a", "b", "missingindicator_a"]], scaled.transform(frame))


def test_values_that_no_frame_had_at_the_fit_are_met_as_in_sql():
    """Unseen, missing, infinite; text, numbers and booleans in whatever type pandas has them."""
    fit = pd.DataFrame({"city": ["a", "b", None], "code": [1.0, 2.0, np.nan], "flag": [True, False, True]})
    steps = [
        ("city", OneHotEncoder(handle_unknown="ignore"), ["city"]),
        ("code", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["code"]),
        ("flag", OneHotEncoder(handle_unknown="ignore"), ["flag"]),
    ]
    restored = pipeline_from(fitted_table(ColumnTransformer(steps).fit(fit)))
    for city in (
        [None, "b", "c"],
        pd.Categorical([None, "b", "c"]),
        pd.array([None, "b", "c"], dtype="string"),
    ):
        for code in ([np.inf, 2, 7], pd.array([None, 2, 7], dtype="Int64"), [None, 2.0, 7.0]):
            for flag in ([None, True, False], pd.array([None, True, False], dtype="boolean")):
                made = restored.transform(pd.DataFrame({"city": city, "code": code, "flag": flag}))
                assert made["city_None"].tolist() == [1, 0, 0]
                assert made["city_b"].tolist() == [0, 1, 0]
                assert made["city_a"].tolist() == [0, 0, 0]
                np.testing.assert_array_equal(made["code"], [np.nan, 1, -1])
                assert made["flag_true"].tolist() == [0, 1, 0]
                assert made["flag_false"].tolist() == [0, 0, 1]


def test_everything_that_has_no_form_in_sql_is_named_at_once():
    frame = typed(pd.DataFrame(columns=COLUMNS)).assign(gone=np.nan, **{"y 1": 1.0, "y 2": 2.0})
    pipeline = ColumnTransformer(
        [
            ("pca", PCA(), ["amount", "small"]),
            ("union", FeatureUnion([("one", StandardScaler())]), ["holed"]),
            ("function", FunctionTransformer(np.sqrt), ["small"]),
            ("kmeans", KBinsDiscretizer(2, strategy="kmeans"), ["amount"]),
            ("target", TargetEncoder(), ["plan"]),
            (
                "named",
                OneHotEncoder(drop=["pro"], feature_name_combiner=lambda name, category: name),
                ["plan"],
            ),
            ("rare", OrdinalEncoder(min_frequency=2), ["plan"]),
            ("imputer", SimpleImputer(), ["gone"]),
            ("minus", SimpleImputer(missing_values=-1), ["code"]),
            ("powers", PolynomialFeatures(), ["y 1"]),
            ("others", PolynomialFeatures(), ["y 2"]),
        ]
    ).fit(frame, frame["y"])
    with pytest.raises(UnsupportedPreprocessing) as failed:
        fitted_table(pipeline)
    message = str(failed.value)
    for part in (
        "dbt_baton.fitted_table: ",
        "PCA has no form in SQL, expected one of StandardScaler",
        "FeatureUnion has no form in SQL",
        "FunctionTransformer calls a function",
        "branch 'function' takes small, which another branch has taken",
        "KBinsDiscretizer has strategy 'kmeans'",
        "TargetEncoder does not know the name of its target: call with target='...'",
        "OneHotEncoder drops categories by name",
        "OneHotEncoder names its columns with a function",
        "OrdinalEncoder groups infrequent categories",
        "SimpleImputer drops gone, of which every value was missing",
        "SimpleImputer takes -1 for missing",
        "polynomial_features makes 1, but SQL has a column of that name already",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("pipeline", "part"),
    [
        (StandardScaler(), "was not fitted"),
        (StandardScaler().fit([[1.0], [2.0]]), "does not know its columns"),
        (LabelEncoder().fit(["a"]), "has no column name"),
        (
            make_pipeline(StandardScaler(), LinearRegression()).fit(pd.DataFrame({"a": [1.0, 2.0]}), [1, 2]),
            "is a model",
        ),
        (PCA(), "has no form in SQL"),
    ],
)
def test_what_can_not_be_written_says_why(pipeline: Any, part: str):
    with pytest.raises(UnsupportedPreprocessing, match=part):
        fitted_table(pipeline)


def test_what_scikit_learn_does_not_have_is_named():
    rows = [
        (kind, column, parameter, None, None, number, text)
        for column, kind in (("a", "cyclical"), ("b", "hashing_encoder"))
        for parameter, number, text in (
            ("step", 0.0, None),
            ("column", 0.0, None),
            ("transformer", None, kind),
        )
    ]
    table = fitted_table(StandardScaler().fit(pd.DataFrame({"a": [1.0]})))
    unknown = pd.DataFrame(rows, columns=table.columns)
    unknown["value_number"] = [0.0, 0.0, None, 1.0, 0.0, None]
    with pytest.raises(
        UnsupportedPreprocessing, match=r"2 problems: .* is a cyclical.* is a hashing_encoder"
    ):
        pipeline_from(unknown)
    with pytest.raises(UnsupportedPreprocessing, match="has no column transformer, column_name"):
        pipeline_from(pd.DataFrame({"a": [1]}))
    with pytest.raises(
        UnsupportedPreprocessing, match="does not say how 'standard_scaler' was called on 'a'"
    ):
        pipeline_from(table[table["parameter"] != "step"])


# with SQL


def transform_call(steps: list[dict[str, Any]], rows: str, fitted: str) -> str:
    return f"{{{{ baton.transform(source('data', '{rows}'), source('data', '{fitted}'), {jinja(steps)}) }}}}"


def in_order(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return frame.sort_values("id", ignore_index=True)[names]


class BothWays(NamedTuple):
    """A case that was fitted in Python and in SQL, and transformed in SQL by either table."""

    frame: pd.DataFrame
    pipeline: Any
    fitted_in_python: pd.DataFrame
    fitted_in_sql: pd.DataFrame
    made_by_python_s: pd.DataFrame
    made_by_sql_s: pd.DataFrame


@pytest.fixture(scope="module")
def both_ways(project: Project) -> list[BothWays]:
    """One case of five, because fitting everything takes long."""
    cases = [own_columns(typed(case["rows"])) for case in drawn(rows=known_tables)[2::5]]
    tables_in_python, steps = [], []
    for frame, pipeline in cases:
        pipeline.fit(frame, frame["y"])
        tables_in_python.append(fitted_table(pipeline, target="y"))
        steps.append(transformers_of(pipeline, target="y"))
    project.put_cases(
        rows=[frame.assign(id=range(len(frame))) for frame, _ in cases], fitted_in_python=tables_in_python
    )
    fits = {
        f"fitted_in_sql_{number}": f"{{{{ baton.fit(source('data', 'rows_{number}'), {jinja(own)}) }}}}"
        for number, own in enumerate(steps)
    }
    make_tables(project, fits)
    made = answers(
        project,
        {
            (number, way): transform_call(own, f"rows_{number}", f"fitted_in_{way}_{number}")
            for number, own in enumerate(steps)
            for way in ("python", "sql")
        },
    )
    return [
        BothWays(
            frame,
            pipeline,
            tables_in_python[number],
            project.read(f"fitted_in_sql_{number}"),
            made[number, "python"],
            made[number, "sql"],
        )
        for number, (frame, pipeline) in enumerate(cases)
    ]


def test_sql_transforms_as_the_pipeline_does_that_was_fitted_in_python(both_ways: list[BothWays]):
    for number, case in enumerate(both_ways):
        expected = transformed(case.pipeline, case.frame)
        expected = expected.rename(columns=lambda name: name.replace("_nan", "_None"))
        with about(case=number):
            assert_same(in_order(case.made_by_python_s, list(expected)), expected)


def test_a_pipeline_restored_from_sql_transforms_as_sql_does(both_ways: list[BothWays]):
    for number, case in enumerate(both_ways):
        restored = pipeline_from(case.fitted_in_sql).transform(case.frame)
        with about(case=number):
            assert_same(restored, in_order(case.made_by_sql_s, list(restored.columns)))


def test_the_table_is_the_one_that_sql_makes(both_ways: list[BothWays]):
    for number, case in enumerate(both_ways):
        with about(case=number):
            assert_same_table(case.fitted_in_sql, case.fitted_in_python)


def assert_same_table(in_sql: pd.DataFrame, in_python: pd.DataFrame) -> None:
    """The same facts, with numbers equal except for the last digits."""
    key = ["transformer", "column_name", "parameter", "category", "position", "value_text"]
    sides = []
    for table in (in_sql, in_python):
        side = {}
        for row in table.astype(object).to_dict("records"):
            row = {name: None if pd.isna(value) else value for name, value in row.items()}
            if row["parameter"] in CALL.split()[1:] and row["value_text"] is not None:
                row["value_text"] = json.dumps(json.loads(row["value_text"]))
            # a fitted OneHotEncoder has not kept its counts
            is_count = row["transformer"].startswith("one_hot_encoder") and row["parameter"] == "category"
            side[tuple(row[name] for name in key)] = None if is_count else row["value_number"]
        assert len(side) == len(table)
        sides.append(side)
    assert set(sides[0]) == set(sides[1])
    for place, number in sides[0].items():
        other = sides[1][place]
        assert (number is None) == (other is None), place
        assert number is None or math.isclose(number, other, rel_tol=1e-9, abs_tol=1e-9), place
