"""fit and transform against scikit-learn: every fitted value, every cell, every column name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles_preprocessing as oracle
from bench import Project
from compare import assert_same_rows
from strategies import tables

Steps = Sequence[Mapping[str, Any]]

FITTED = ["transformer", "column_name", "parameter", "category", "position", "value_number", "value_text"]
WHERE = "split = 'train'"
FEW = settings(max_examples=max(2, settings().max_examples // 5))

splits = st.sampled_from(["train", "train", "train", "test"])
small = st.sampled_from([-3, 0, 0, 1, 1, 1, 2, 7, None])
amounts = st.one_of(
    st.floats(-1000, 1000, allow_subnormal=False).map(lambda number: round(number, 3)),
    st.sampled_from([0.1, 0.1, -2.5, None, float("nan"), float("inf")]),
)
wide = st.sampled_from([0.0, 1.0, -2.5, 0.1, 1e-9, 12345.678, 1e12, float("nan"), -float("inf"), None])
prices = st.sampled_from([Decimal("0.10"), Decimal("19.99"), Decimal("-3.50"), Decimal("0.00"), None])
cities = st.sampled_from(
    ["Paris", "O'Hare", 'say "hi" ✈', "a b", "Ünï", "a", "B", "", None, "Paris", "Paris"]
)
codes = st.sampled_from([10, 9, 9, 9, 2, -1, None])

numeric_tables = tables(
    size=40,
    split=splits,
    small=small,
    amount=amounts,
    wide=wide,
    price=prices,
    constant=st.sampled_from([0.1, 0.1, 0.1, None]),
    gone=st.just(float("nan")),
    **{"Order": st.sampled_from([1, 2, 3, 4, 5, 6])},
)
NUMERIC = {
    "split": "train",
    "small": 1,
    "amount": 0.5,
    "wide": 1.0,
    "price": Decimal("1.25"),
    "constant": 0.1,
    "gone": float("nan"),
    "Order": 3,
}

category_tables = tables(
    size=60,
    split=splits,
    city=cities,
    code=codes,
    flag=st.sampled_from([True, True, False, None]),
    share=st.sampled_from([0.5, 0.25, -1.5, None, float("nan")]),
    only=st.sampled_from(["x", "x", "x", "y"]),
    churned=st.booleans(),
    plan=st.sampled_from(["pro", "free", "it's"]),
    spent=st.floats(-100, 100).map(lambda number: round(number, 2)),
)


# a project's text


def jinja(value: Any) -> str:
    """A value as it stands in a call."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{jinja(key)}: {jinja(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(jinja, value)) + "]"
    return "none" if value is None else json.dumps(value)


def models(steps: Steps, where: str | None = WHERE, keep: Sequence[str] | None = None) -> dict[str, str]:
    transformers = jinja(list(steps))
    return {
        "fitted": f"{{{{ baton.fit(source('data', 'rows'), {transformers}, where={jinja(where)}) }}}}",
        "transformed": f"{{{{ baton.transform(source('data', 'rows'), ref('fitted'), {transformers}"
        + (f", keep={jinja(list(keep))}" if keep is not None else "")
        + ") }}",
    }


def cells(**columns: list[Any]) -> pd.DataFrame:
    """A frame in which None stays None."""
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def rows_with(first: Mapping[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """The rows after one that gives each column its type, numbered; what they lack is NULL."""
    rows = rows.assign(
        **{name: cells(empty=[None] * len(rows))["empty"] for name in first if name not in rows}
    )
    frame = pd.concat([pd.DataFrame([first], dtype=object), rows[list(first)]], ignore_index=True)
    frame.insert(0, "id", range(len(frame)))
    return frame


def copies(frame: pd.DataFrame, steps: Steps) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """A copy of its columns for every step, named after the step, so that one build tests many steps."""
    parts, own = [frame], []
    for place, step in enumerate(steps):
        names = {name: f"{name}_{place}" for name in step["columns"]}
        parts.append(frame[list(names)].rename(columns=names))
        own.append({**step, "columns": list(names.values()), "name": f"{step['transformer']} {place}"})
    return pd.concat(parts, axis=1), own


def check(
    project: Project,
    frame: pd.DataFrame,
    steps: Steps,
    *,
    where: str | None = WHERE,
    keep: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Build both models and compare everything in them with scikit-learn's results."""
    project.put(rows=frame)
    transformed = project.build(models(steps, where, keep))
    train = frame[frame["split"] == "train"] if where else frame
    truth = oracle.Fit(steps, train, project.engine.name)
    fitted = project.read("fitted")
    assert list(fitted.columns) == FITTED
    assert_same_rows(learned(fitted), truth.parameters, FITTED)
    expected = truth.transform(frame, keep)
    assert list(transformed.columns) == list(expected)
    assert_same_rows(transformed, rows_of(expected))
    return transformed


def rows_of(table: oracle.Table) -> list[dict[str, Any]]:
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]


def learned(fitted: pd.DataFrame) -> pd.DataFrame:
    """The rows with what a step learned, without its parameters."""
    is_call = fitted["parameter"].isin(CALL.split()) & fitted["value_text"].notna()
    return fitted[~is_call & ~fitted["parameter"].isin(["step", "column"])]


CALL = (
    "transformer with_mean with_std feature_range clip with_centering with_scaling quantile_range unit_variance norm"
    " n_bins encode strategy quantile_method n_quantiles output_distribution handle_unknown min_frequency"
    " max_categories drop categories unknown_value encoded_missing_value target target_type smooth cv fold_by"
    " cross_fit fill_value add_indicator lower upper lower_quantile upper_quantile period degree interaction_only"
    " include_bias n_components"
)


# numbers

NUMBERS = ["small", "amount", "wide", "price", "constant", "gone", "Order"]
SOME = ["small", "wide", "constant"]
OTHERS = ["amount", "price", "gone"]
KNOWN = ["small", "amount", "wide", "price", "constant", "Order"]
NUMERIC_STEPS: Steps = [
    {"transformer": "standard_scaler", "columns": NUMBERS},
    {"transformer": "standard_scaler", "columns": SOME, "with_mean": False},
    {"transformer": "standard_scaler", "columns": OTHERS, "with_std": False},
    {"transformer": "min_max_scaler", "columns": NUMBERS},
    {"transformer": "min_max_scaler", "columns": SOME, "feature_range": [-1, 3], "clip": True},
    {"transformer": "max_abs_scaler", "columns": NUMBERS},
    {"transformer": "robust_scaler", "columns": NUMBERS},
    {"transformer": "robust_scaler", "columns": SOME, "with_centering": False, "unit_variance": True},
    {"transformer": "robust_scaler", "columns": OTHERS, "with_scaling": False, "quantile_range": [10, 60]},
    {"transformer": "normalizer", "columns": ["small", "amount", "wide", "Order"]},
    {"transformer": "normalizer", "columns": ["small", "Order"], "norm": "l1"},
    {"transformer": "normalizer", "columns": ["constant", "price"], "norm": "max"},
    {"transformer": "log1p", "columns": ["small", "amount", "price"]},
    {"transformer": "clip", "columns": SOME, "lower": -0.5, "upper": 2},
    {"transformer": "clip", "columns": NUMBERS, "lower_quantile": 0.1, "upper_quantile": 0.85},
    {"transformer": "clip", "columns": ["amount"], "upper": 1.5},
    {"transformer": "simple_imputer", "columns": NUMBERS},
    {"transformer": "simple_imputer", "columns": OTHERS, "strategy": "median", "add_indicator": True},
    {"transformer": "simple_imputer", "columns": NUMBERS, "strategy": "most_frequent"},
    {
        "transformer": "simple_imputer",
        "columns": ["small", "amount"],
        "strategy": "constant",
        "fill_value": 7,
    },
    {"transformer": "simple_imputer", "columns": ["price", "gone"], "strategy": "constant"},
    {"transformer": "polynomial_features", "columns": ["small", "amount", "Order"]},
]
KIND = {"transformer": "k_bins_discretizer"}
QUANTILES = {"transformer": "quantile_transformer"}
BIN_STEPS: Steps = [
    {**KIND, "columns": KNOWN, "encode": "ordinal"},
    {**KIND, "columns": KNOWN, "encode": "ordinal", "strategy": "uniform", "n_bins": 3},
    {**KIND, "columns": ["small", "amount", "wide"], "encode": "ordinal", "quantile_method": "linear"},
    {**KIND, "columns": ["small", "amount", "constant"], "n_bins": 4},
    {**KIND, "columns": ["small", "Order"], "encode": "onehot", "strategy": "uniform"},
    {**QUANTILES, "columns": NUMBERS},
    {**QUANTILES, "columns": ["small", "amount", "constant"], "n_quantiles": 7},
    {**QUANTILES, "columns": NUMBERS, "n_quantiles": 10, "output_distribution": "normal"},
]


@FEW
@given(rows=numeric_tables)
def test_numbers_become_what_scikit_learn_makes_of_them(project: Project, rows):
    check(project, *copies(rows_with(NUMERIC, rows), NUMERIC_STEPS))


@FEW
@given(rows=numeric_tables)
def test_bins_and_quantiles_are_those_of_scikit_learn(project: Project, rows):
    check(project, *copies(rows_with(NUMERIC, rows), BIN_STEPS))


def test_polynomials_of_any_degree_have_scikit_learns_names(project: Project):
    frame = rows_with(NUMERIC, cells(split=["train", "test"], small=[2, None], Order=[3, -1]))
    kind = {"transformer": "polynomial_features"}
    steps = [
        {**kind, "columns": ["small", "Order"], "degree": 3, "include_bias": False},
        {**kind, "columns": ["small", "Order", "price"], "interaction_only": True, "include_bias": False},
        {**kind, "columns": ["small", "Order"], "degree": [2, 2]},
    ]
    check(project, *copies(frame[["id", "split", "small", "Order", "price"]], steps))


# categories

CATEGORY = {
    "split": "train",
    "city": "Paris",
    "code": 9,
    "flag": True,
    "share": 0.5,
    "only": "x",
    "churned": True,
    "plan": "pro",
    "spent": 1.5,
}
CATEGORIES = ["city", "code", "flag", "share", "only"]
ONE_HOT = {"transformer": "one_hot_encoder", "handle_unknown": "ignore"}
GROUPED = {"transformer": "one_hot_encoder", "handle_unknown": "infrequent_if_exist"}
ORDINAL = {"transformer": "ordinal_encoder", "handle_unknown": "use_encoded_value"}
ENCODER_STEPS: Steps = [
    {**ONE_HOT, "columns": CATEGORIES},
    {**ONE_HOT, "columns": ["city", "flag", "only"], "drop": "first"},
    {**ONE_HOT, "columns": ["code", "flag", "only"], "drop": "if_binary"},
    {**GROUPED, "columns": ["city", "code"], "min_frequency": 4},
    {**GROUPED, "columns": ["city", "share"], "max_categories": 3},
    {**ONE_HOT, "columns": ["city", "only"], "min_frequency": 0.2, "max_categories": 4, "drop": "if_binary"},
    {**ONE_HOT, "columns": ["city", "code"], "categories": [["a", "O'Hare", "never"], [2, 9]]},
    {**ORDINAL, "columns": CATEGORIES, "unknown_value": -1},
    {**ORDINAL, "columns": ["city", "code"], "unknown_value": -2, "encoded_missing_value": -1},
    {**ORDINAL, "columns": ["city"], "unknown_value": 99, "categories": [["a", "O'Hare", "never"]]},
    {"transformer": "frequency_encoder", "columns": CATEGORIES},
    {"transformer": "hashing_encoder", "columns": ["code", "flag", "share"]},
    {"transformer": "hashing_encoder", "columns": ["city"], "n_components": 3},
    {"transformer": "simple_imputer", "columns": ["city", "flag"], "strategy": "most_frequent"},
    {"transformer": "simple_imputer", "columns": ["city"], "strategy": "constant", "add_indicator": True},
    {"transformer": "simple_imputer", "columns": ["city"], "strategy": "constant", "fill_value": "it's"},
]
TARGET_STEPS: Steps = [
    {"transformer": "target_encoder", "columns": CATEGORIES, "target": "churned", "target_type": "binary"},
    {"transformer": "target_encoder", "columns": CATEGORIES, "target": "spent", "target_type": "continuous"},
    {
        "transformer": "target_encoder",
        "columns": CATEGORIES,
        "target": "plan",
        "target_type": "multiclass",
        "smooth": 2.5,
    },
    {"transformer": "target_encoder", "columns": ["city"], "target": "plan", "target_type": "multiclass"},
    {
        "transformer": "target_encoder",
        "columns": ["city"],
        "target": "spent",
        "target_type": "continuous",
        "smooth": 0,
    },
    {
        "transformer": "target_encoder",
        "columns": CATEGORIES,
        "target": "spent",
        "target_type": "continuous",
        "cv": 3,
        "fold_by": "id",
        "cross_fit": WHERE,
    },
    {
        "transformer": "target_encoder",
        "columns": ["code"],
        "target": "churned",
        "target_type": "binary",
        "fold_by": ["id", "only"],
        "cross_fit": WHERE,
    },
]


@FEW
@given(rows=category_tables)
def test_categories_become_what_scikit_learn_makes_of_them(project: Project, rows):
    check(project, *copies(rows_with(CATEGORY, rows), ENCODER_STEPS))


@FEW
@given(rows=category_tables)
def test_target_encodings_are_those_of_scikit_learn_inside_and_out_of_the_fold(project: Project, rows):
    if len(rows) < 10:
        rows = pd.concat([rows] * 10, ignore_index=True)
    first = pd.DataFrame(
        [{**CATEGORY, "plan": plan, "churned": plan == "pro"} for plan in ("free", "it's")] * 9, dtype=object
    )
    check(project, *copies(rows_with(CATEGORY, pd.concat([first, rows], ignore_index=True)), TARGET_STEPS))


def test_every_known_category_passes_the_strict_encoders(project: Project):
    city = ["b", "O'Hare", None, "é", "Z", "a"]
    rows = cells(split=["train"] * 6, city=city, code=[10, 9, -1, 9, None, 2])
    frame = rows_with({"split": "train", "city": "b", "code": 9}, rows)
    steps = [
        {"transformer": "one_hot_encoder", "columns": ["city", "code"]},
        {"transformer": "ordinal_encoder", "columns": ["city", "code"]},
        {"transformer": "label_encoder", "columns": ["city", "code"]},
    ]
    check(project, *copies(frame, steps))


@pytest.mark.parametrize("transformer", ["one_hot_encoder", "ordinal_encoder", "label_encoder"])
def test_an_unseen_category_ends_the_query_with_column_and_value(project: Project, transformer: str):
    project.put(rows=pd.DataFrame({"id": [1, 2], "split": ["train", "test"], "City": ["a", "O'Hare ✈"]}))
    message = project.error(models([{"transformer": transformer, "columns": "City"}]))
    assert "City" in message
    assert "O'Hare ✈" in message


def test_three_hundred_categories(project: Project):
    cities = [f"city {place % 300}" for place in range(900)]
    frame = pd.DataFrame(
        {"id": range(900), "split": "train", "a": cities, "b": cities, "c": cities, "y": range(900)}
    )
    steps = [
        {"transformer": "one_hot_encoder", "columns": "a"},
        {"transformer": "ordinal_encoder", "columns": "b"},
        {"transformer": "target_encoder", "columns": "c", "target": "y", "target_type": "continuous"},
    ]
    assert check(project, frame, steps).shape == (900, 4 + 1 + 300)


# chains, rows, names

CHAIN: Steps = [
    {"transformer": "simple_imputer", "columns": ["small", "amount", "price"], "strategy": "median"},
    {"transformer": "standard_scaler", "columns": ["small", "amount", "Order"]},
    {"transformer": "clip", "columns": ["amount", "Order"], "lower_quantile": 0.05, "upper": 1},
    {"transformer": "log1p", "columns": "price"},
    {"transformer": "robust_scaler", "columns": "price"},
    {"transformer": "standard_scaler", "columns": "price", "name": "again"},
    {"transformer": "k_bins_discretizer", "columns": "amount", "n_bins": 3, "encode": "onehot"},
    {"transformer": "min_max_scaler", "columns": "Order"},
    {"transformer": "polynomial_features", "columns": ["small", "Order"], "include_bias": False},
    {"transformer": "max_abs_scaler", "columns": ["small Order", "small^2"]},
]


@FEW
@given(rows=numeric_tables)
def test_a_step_is_fitted_on_what_the_steps_before_it_made(project: Project, rows):
    check(project, rows_with(NUMERIC, rows).drop(columns="gone"), CHAIN)


@FEW
@given(rows=category_tables)
def test_encoders_follow_imputers(project: Project, rows):
    steps = [
        {"transformer": "simple_imputer", "columns": ["city", "code"], "strategy": "most_frequent"},
        {"transformer": "one_hot_encoder", "columns": "city", "handle_unknown": "ignore"},
        {"transformer": "frequency_encoder", "columns": ["code", "only"]},
        {"transformer": "standard_scaler", "columns": ["code", "only"]},
    ]
    check(project, rows_with(CATEGORY, rows)[["id", "split", "city", "code", "only"]], steps)


@FEW
@given(rows=numeric_tables)
def test_keep_names_the_columns_that_stay_beside_the_made_ones(project: Project, rows):
    steps = [
        {"transformer": "standard_scaler", "columns": ["amount"]},
        {"transformer": "k_bins_discretizer", "columns": ["small"], "n_bins": 2},
        {"transformer": "clip", "columns": ["Order"], "upper": 4},
    ]
    check(project, rows_with(NUMERIC, rows), steps, keep=["id", "split"])


@FEW
@given(rows=numeric_tables)
def test_without_where_all_rows_are_fitted_and_a_second_run_gives_the_same_to_the_last_bit(
    project: Project, rows
):
    frame, steps = copies(rows_with(NUMERIC, rows), [NUMERIC_STEPS[0], NUMERIC_STEPS[6], BIN_STEPS[0]])
    first = check(project, frame, steps, where=None)
    fitted = project.read("fitted")
    project.put(rows=frame.sample(frac=1, random_state=0))
    second = project.build(models(steps, None))
    pd.testing.assert_frame_equal(
        *(one.sort_values("id", ignore_index=True) for one in (first, second)), check_exact=True
    )
    again = project.read("fitted")
    pd.testing.assert_frame_equal(
        *(one.sort_values(FITTED[:5], ignore_index=True) for one in (fitted, again)), check_exact=True
    )


def test_one_row(project: Project):
    frame = rows_with(NUMERIC, cells(split=["test"], amount=[2.5]))[["id", "split", "amount", "constant"]]
    steps = [
        {**step, "columns": [name for name in ("amount", "constant") if name in step["columns"]]}
        for step in [*NUMERIC_STEPS, *BIN_STEPS]
    ]
    check(project, *copies(frame, [step for step in steps if step["columns"]]))


def test_the_ends_of_a_quantile_transform_are_where_doubles_put_them(project: Project):
    """Beyond 1e9 the margin of 1e-7 at either end is lost in rounding."""
    values = [1e12, 1e12, 1e12, 0.0, 1.0, -1e12, -1e12, 5e11]
    frame = cells(id=list(range(8)), split=["train"] * 8, huge=values)
    steps = [{**QUANTILES, "columns": ["huge"], "output_distribution": way} for way in ("normal", "uniform")]
    check(project, *copies(frame, steps))


def test_names_of_columns_are_quoted_where_they_must_be(project: Project):
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "split": ["train", "train", "test"],
            "select": [1.0, 2.0, 3.0],
            "Mixed Case": [5.0, 7.0, None],
            "it's": ["a", "b", "a"],
            "ünï": ["x", "y", "y"],
        }
    )
    steps = [
        {"transformer": "standard_scaler", "columns": ["select", "Mixed Case"]},
        {"transformer": "polynomial_features", "columns": ["select", "Mixed Case"]},
        {"transformer": "one_hot_encoder", "columns": ["it's", "ünï"]},
    ]
    check(project, frame, steps)


def test_times_become_places_on_a_circle(project: Project):
    moments = [datetime(2024, 1, 1), datetime(2024, 12, 31, 23, 59), datetime(2024, 2, 29, 12, 30), None]
    frame = pd.DataFrame({"id": range(4), "split": "train", "at": moments})
    steps = [
        {"transformer": "cyclical", "columns": ["at"], "period": "month"},
        {"transformer": "cyclical", "columns": ["at"], "period": ["hour", "day_of_week"]},
    ]
    check(project, *copies(frame, steps))


def test_the_fitted_table_says_how_every_step_was_called(project: Project):
    frame = rows_with(NUMERIC, cells(split=["train"], amount=[2.5]))
    project.put(rows=frame.assign(city=["a", "it's"]))
    steps = [
        {"transformer": "min_max_scaler", "columns": ["small", "amount"], "feature_range": [-1, 1]},
        {"transformer": "one_hot_encoder", "columns": ["city"], "categories": [["a", "it's"]]},
    ]
    project.build(models(steps))
    rows = project.read("fitted")
    called = rows[~rows.index.isin(learned(rows).index)]

    def parameters(column: str) -> dict[str, Any]:
        return {
            row.parameter: (
                json.loads(row.value_text)
                if row.parameter not in ("transformer", "step", "column")
                else row.value_text
                if row.parameter == "transformer"
                else row.value_number
            )
            for row in called[called["column_name"] == column].itertuples()
        }

    assert parameters("amount") == {
        "step": 0, "column": 1, "transformer": "min_max_scaler", "feature_range": [-1, 1], "clip": False,
    }  # fmt: skip
    assert parameters("city") == {
        "step": 1, "column": 0, "transformer": "one_hot_encoder", "categories": ["a", "it's"], "drop": None,
        "handle_unknown": "error", "min_frequency": None, "max_categories": None,
    }  # fmt: skip


def test_a_fit_without_rows_leaves_everything_undefined_and_no_row_lost(project: Project):
    rows = cells(split=["test"] * 3, amount=[1.0, None, 2.0], small=[1, 2, None])
    numeric = [NUMERIC_STEPS[place] for place in (0, 3, 5, 6, 14, 16, 17, 18)]
    frame, steps = copies(rows_with(NUMERIC, rows), [*numeric, *BIN_STEPS[:3], *BIN_STEPS[5:]])
    project.put(rows=frame)
    made = project.build(models(steps, "split = 'nothing'")).sort_values("id", ignore_index=True)
    assert len(made) == len(frame)
    for step in steps:
        for name in step["columns"]:
            known = frame[name[: name.rindex("_")]].astype(float)
            if step["transformer"] == "simple_imputer":
                assert made[name].astype(float).tolist() == known.fillna(0).tolist(), name
            elif step["transformer"] == "clip":
                pd.testing.assert_series_equal(made[name].astype(float), known, check_names=False)
            else:
                assert made[name].isna().all(), name


def test_names_that_postgres_would_cut_end_with_their_hash(project: Project):
    city = "é" * 40
    frame = pd.DataFrame({"id": [1, 2], "split": "train", "city": [city, city + "e"]})
    project.put(rows=frame)
    made = project.build(models([{"transformer": "one_hot_encoder", "columns": "city"}]))
    names = [f"city_{city}", f"city_{city}e"]
    if project.engine.name == "postgres":
        assert all(len(name.encode()) <= 63 for name in made)
        assert [name[-9:] for name in made.columns[2:]] == [
            "_" + hashlib.md5(name.encode()).hexdigest()[:8] for name in names
        ]
    else:
        assert list(made.columns[2:]) == names
    made = made.sort_values("id")
    assert made.iloc[:, 2:].to_numpy().tolist() == [[1, 0], [0, 1]]


def test_errors(duckdb_project: Project):
    duckdb_project.put(rows=pd.DataFrame({"id": [1], "split": "train", "age": [1.0], "city": ["a"]}))
    steps = [
        {"transformer": "standard_scalar", "columns": ["age"]},
        {"transformer": "min_max_scaler", "columns": ["age"], "feature_range": [1, 0]},
        {"transformer": "clip", "columns": ["age"]},
        {"transformer": "one_hot_encoder", "columns": ["city"], "handle_unknown": "skip", "unknown": 1},
        {"transformer": "standard_scaler"},
        {"transformer": "max_abs_scaler", "columns": ["age"]},
        {"transformer": "max_abs_scaler", "columns": ["age"]},
        {"transformer": "target_encoder", "columns": ["city"], "target": "y", "cross_fit": "true"},
    ]
    message = duckdb_project.error(models(steps))
    for part in (
        ": 8 problems in model '",
        'transformers[0].transformer is "standard_scalar", expected one of standard_scaler, min_max_scaler',
        "transformers[1].feature_range is [1, 0], expected two numbers, the first below the second",
        "transformers[2] has no bound",
        "transformers[3].handle_unknown",
        "transformers[3] has an unknown key",
        "transformers[4] has no 'columns'",
        "'max_abs_scaler' is applied to column 'age' a second time: give this step another name",
        "transformers[7].cross_fit needs fold_by",
    ):
        assert part in message
    for column, part in (
        ("agee", 'names "agee", which is not a column of the relation (age, id, split, city)'),
        ("city", "takes numbers, but 'city' is text"),
    ):
        steps = [{"transformer": "standard_scaler", "columns": ["age", column]}]
        assert part in duckdb_project.error(models(steps))
    encoded_twice = [
        {"transformer": f"{kind}_encoder", "columns": ["city"]} for kind in ("one_hot", "ordinal")
    ]
    message = duckdb_project.error(models(encoded_twice))
    assert 'names "city", which one_hot_encoder replaced by other columns' in message
