"""From the steps of a fitted table to fitted scikit-learn transformers.

An estimator is fitted on a few made-up rows, so that its columns, categories and bookkeeping are
scikit-learn's own, and then gets the numbers of the table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import preprocessing
from sklearn.base import BaseEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from dbt_baton.preprocessing.functions import as_category_text, clip_columns
from dbt_baton.preprocessing.steps import PARAMETERS, Step

SCALERS = {
    "standard_scaler": preprocessing.StandardScaler,
    "min_max_scaler": preprocessing.MinMaxScaler,
    "max_abs_scaler": preprocessing.MaxAbsScaler,
    "robust_scaler": preprocessing.RobustScaler,
}
# a number that DuckDB writes with an exponent
WITHOUT_EXPONENT = re.compile(r"-?(0\.0000[0-9]+|[1-9][0-9]{38,})")
ATTRIBUTES = {
    "standard_scaler": ("mean", "var", "scale", "n_samples_seen"),
    "min_max_scaler": ("data_min", "data_max", "scale", "min"),
    "max_abs_scaler": ("max_abs", "scale"),
    "robust_scaler": ("center", "scale"),
}


def estimator_of(step: Step) -> Any:
    """Give the fitted scikit-learn transformer that does what the step does.

    Parameters
    ----------
    step : Step
        Of a kind in `RESTORED`.

    Returns
    -------
    estimator
        Takes a data frame with the step's columns. An encoder, and an imputer of text, is a Pipeline: before
        it stands the function that writes values as SQL does. An encoder takes unknown categories until
        `make_strict` is called.
    """
    return RESTORED[step.kind](step)


def make_strict(step: Step, estimator: Any) -> None:
    """Let an encoder meet unknown categories as the step was told to."""
    if step.kind == "one_hot_encoder":
        estimator[-1].set_params(handle_unknown=step.parameter("handle_unknown"))
    elif step.kind == "label_encoder" or (
        step.kind == "ordinal_encoder" and step.parameter("handle_unknown") == "error"
    ):
        estimator[-1].set_params(handle_unknown="error", unknown_value=None)


def takes_text(step: Step) -> bool:
    """Whether the step's first column may be text."""
    return step.kind in _ENCODERS or (
        step.kind == "simple_imputer" and any(fact.text is not None for fact in step.facts)
    )


def _frame(step: Step, rows: Sequence[float]) -> pd.DataFrame:
    """Make up rows with the same numbers in every column."""
    return pd.DataFrame({column: np.array(rows, dtype=float) for column in step.columns})


def _given(step: Step, **others: Any) -> dict[str, Any]:
    """Give the parameters as scikit-learn takes them."""
    parameters = {name: step.parameter(name) for name in PARAMETERS[step.kind]}
    pairs = {name: tuple(value) for name, value in parameters.items() if isinstance(value, list)}
    return {**parameters, **pairs, **others}


def _scaler(step: Step) -> Any:
    scaler = SCALERS[step.kind](**_given(step)).fit(_frame(step, [0.0, 1.0]))
    for name in ATTRIBUTES[step.kind]:
        setattr(scaler, f"{name}_", step.numbers(name))
    if step.kind == "min_max_scaler":
        scaler.data_range_ = scaler.data_max_ - scaler.data_min_
        del scaler.n_samples_seen_
    if step.kind == "max_abs_scaler":
        del scaler.n_samples_seen_
    return scaler


def _normalizer(step: Step) -> Any:
    return preprocessing.Normalizer(**_given(step)).fit(_frame(step, [1.0]))


def _polynomials(step: Step) -> Any:
    return preprocessing.PolynomialFeatures(**_given(step)).fit(_frame(step, [1.0]))


def _log1p(step: Step) -> Any:
    function = preprocessing.FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    return function.fit(_frame(step, [1.0]))


def _clip(step: Step) -> Any:
    bounds = {
        side: [next((fact.number for fact in step.of(column, side)), None) for column in step.columns]
        for side in ("lower", "upper")
    }
    function = preprocessing.FunctionTransformer(clip_columns, kw_args=bounds, feature_names_out="one-to-one")
    return function.fit(_frame(step, [1.0]))


def _bins(step: Step) -> Any:
    """Make columns of one bin constant, which is how scikit-learn comes to one bin."""
    edges = [np.array([fact.number for fact in step.of(column, "bin_edge")]) for column in step.columns]
    counts = [len(own) - 1 for own in edges]
    rows = pd.DataFrame(
        {column: [0.0, min(count - 1, 1)] for column, count in zip(step.columns, counts, strict=True)}
    )
    given = _given(
        step, encode="ordinal" if step.parameter("encode") == "ordinal" else "onehot-dense", subsample=None
    )
    bins = preprocessing.KBinsDiscretizer(**given)
    bins.set_params(n_bins=[max(count, 2) for count in counts], strategy="uniform")
    bins.fit(rows)
    bins.set_params(n_bins=given["n_bins"], strategy=given["strategy"])
    for place, own in enumerate(edges):
        bins.bin_edges_[place] = own
    return bins


def _quantiles(step: Step) -> Any:
    quantiles = np.array(
        [
            [math.nan if fact.number is None else fact.number for fact in step.of(column, "quantile")]
            for column in step.columns
        ]
    ).T
    transformer = preprocessing.QuantileTransformer(**_given(step), subsample=None)
    transformer.set_params(n_quantiles=1)
    transformer.fit(_frame(step, [0.0]))
    transformer.set_params(n_quantiles=step.parameter("n_quantiles"))
    transformer.n_quantiles_ = len(quantiles)
    transformer.references_ = np.linspace(0, 1, len(quantiles))
    transformer.quantiles_ = quantiles
    return transformer


def _categories(step: Step, missing: float | None) -> list[npt.NDArray[Any]]:
    """Give the categories of each column, with what stands for NULL at the end."""
    found = []
    for column in step.columns:
        facts = step.of(column, "encoding" if step.kind == "target_encoder" else "category")
        texts = dict.fromkeys(
            fact.category for fact in facts if step.kind != "target_encoder" or fact.position is None
        )
        known: list[Any] = [text for text in texts if text is not None]
        found.append(np.array([*known, *([missing] if None in texts else [])], dtype=object))
    return found


def _rows_of(categories: Sequence[npt.NDArray[Any]], step: Step) -> pd.DataFrame:
    """Make up rows that hold every category; a shorter column repeats its first."""
    length = max(map(len, categories))
    return pd.DataFrame(
        {
            column: pd.Series([*own, *[own[0]] * (length - len(own))], dtype=object)
            for column, own in zip(step.columns, categories, strict=True)
        }
    )


def _behind_text(step: Step, estimator: BaseEstimator, missing: float | None) -> Any:
    """Put the estimator behind the function that writes the step's columns as text."""
    texts = [
        [fact.category for fact in step.facts if fact.column == column and fact.category is not None]
        for column in step.columns
    ]
    function = preprocessing.FunctionTransformer(
        as_category_text,
        kw_args={
            "missing": missing,
            "exponents": [not any(WITHOUT_EXPONENT.fullmatch(text) for text in own) for own in texts],
        },
        feature_names_out="one-to-one",
    )
    function.fit(pd.DataFrame({column: pd.Series(["a"], dtype=object) for column in step.columns}))
    return Pipeline([("as_category_text", function), (step.kind, estimator)])


def _one_hot(step: Step) -> Any:
    """Group categories by rows that hold each of them once, and twice those that are frequent."""
    categories = _categories(step, missing=None)
    infrequent = [{fact.category for fact in step.of(column, "infrequent")} for column in step.columns]
    given = _given(step, handle_unknown="ignore", sparse_output=False)
    encoder = preprocessing.OneHotEncoder(**given)
    encoder.set_params(
        categories=categories, min_frequency=2 if any(infrequent) else None, max_categories=None
    )
    columns = [
        [one for one in own for _ in range(1 if one in rare else 2)]
        for own, rare in zip(categories, infrequent, strict=True)
    ]
    length = max(map(len, columns))
    unknown = "?" * (1 + max(len(str(one)) for own in categories for one in own))
    rows = {
        column: pd.Series([*own, *[unknown] * (length - len(own))], dtype=object)
        for column, own in zip(step.columns, columns, strict=True)
    }
    encoder.fit(pd.DataFrame(rows))
    encoder.set_params(
        categories="auto" if step.parameter("categories") == "auto" else categories,
        min_frequency=given["min_frequency"],
        max_categories=given["max_categories"],
    )
    return _behind_text(step, encoder, missing=None)


def _ordinal(step: Step) -> Any:
    """Make an ordinal encoder; for that of a label encoder NULL is a category too."""
    is_label = step.kind == "label_encoder"
    missing = None if is_label else math.nan
    categories = _categories(step, missing)
    codes = dict.fromkeys(("unknown_value", "encoded_missing_value"), math.nan)
    if not is_label:
        codes.update({name: step.parameter(name) for name in codes if step.parameter(name) is not None})
    encoder = preprocessing.OrdinalEncoder(categories=categories, handle_unknown="use_encoded_value", **codes)
    encoder.fit(_rows_of(categories, step))
    if is_label or step.parameter("categories") == "auto":
        encoder.set_params(categories="auto")
    return _behind_text(step, encoder, missing=missing)


def _target(step: Step) -> Any:
    categories = _categories(step, missing=math.nan)
    labels = step.classes(step.columns[0])
    # a binary target and a continuous one are transformed alike
    target_type = "multiclass" if labels != [None] else "continuous"
    if step.parameter("target_type") == "binary":
        target_type = "binary"
    encoder = preprocessing.TargetEncoder(
        categories=categories,
        target_type=target_type,
        smooth=step.parameter("smooth"),
        cv=step.parameter("cv"),
    )
    rows = _rows_of(categories, step)
    rows = pd.concat([rows] * (1 + max(2, len(labels)) // len(rows)), ignore_index=True)
    classes: list[Any] = [*labels] if target_type == "multiclass" else [0, 1]
    encoder.fit(rows, [classes[place % len(classes)] for place in range(len(rows))])
    encoder.set_params(categories="auto")

    def numbers(column: str, parameter: str, label: str | None) -> dict[str | None, float]:
        return {
            fact.category: math.nan if fact.number is None else fact.number
            for fact in step.of(column, parameter)
            if fact.position is None and fact.text == label
        }

    means = [numbers(step.columns[0], "target_mean", label)[None] for label in labels]
    encoder.target_mean_ = np.array(means) if target_type == "multiclass" else means[0]
    encoder.encodings_ = []
    for column, own in zip(step.columns, categories, strict=True):
        for label in labels:
            encodings = numbers(column, "encoding", label)
            texts = [one if isinstance(one, str) else None for one in own]
            encoder.encodings_.append(np.array([encodings[text] for text in texts]))
    return _behind_text(step, encoder, missing=math.nan)


def _imputer(step: Step) -> Any:
    facts = [step.of(column, "statistic")[0] for column in step.columns]
    is_text = takes_text(step)
    given = _given(step, keep_empty_features=True)
    if is_text:
        statistics = [fact.text if fact.text is not None else fact.number for fact in facts]
        rows = pd.DataFrame({column: pd.Series([math.nan, "a"], dtype=object) for column in step.columns})
    else:
        statistics = [fact.number for fact in facts]
        rows = _frame(step, [math.nan, 1.0])
    imputer = SimpleImputer(**given).fit(rows)
    imputer.statistics_ = np.array(statistics, dtype=object if is_text else float)
    return _behind_text(step, imputer, missing=math.nan) if is_text else imputer


_ENCODERS = ("one_hot_encoder", "ordinal_encoder", "label_encoder", "target_encoder")
RESTORED: dict[str, Callable[[Step], Any]] = {
    **dict.fromkeys(SCALERS, _scaler),
    "normalizer": _normalizer,
    "polynomial_features": _polynomials,
    "log1p": _log1p,
    "clip": _clip,
    "k_bins_discretizer": _bins,
    "quantile_transformer": _quantiles,
    "one_hot_encoder": _one_hot,
    "ordinal_encoder": _ordinal,
    "label_encoder": _ordinal,
    "target_encoder": _target,
    "simple_imputer": _imputer,
}
