"""Numeric steps of a fitted table as fitted scikit-learn transformers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn import preprocessing

from dbt_baton.preprocessing.functions import clip_columns
from dbt_baton.preprocessing.parameters import FITTED_NUMBERS, PARAMETERS
from dbt_baton.preprocessing.steps import Step

SCALERS = {
    "standard_scaler": preprocessing.StandardScaler,
    "min_max_scaler": preprocessing.MinMaxScaler,
    "max_abs_scaler": preprocessing.MaxAbsScaler,
    "robust_scaler": preprocessing.RobustScaler,
}


def made_up_rows(step: Step, rows: Sequence[float]) -> pd.DataFrame:
    """Make up rows with the same numbers in every column."""
    return pd.DataFrame({column: np.array(rows, dtype=float) for column in step.columns})


def given_parameters(step: Step, **others: Any) -> dict[str, Any]:
    """Give the parameters as scikit-learn takes them."""
    parameters = {name: step.parameter(name) for name in PARAMETERS[step.kind]}
    pairs = {name: tuple(value) for name, value in parameters.items() if isinstance(value, list)}
    return {**parameters, **pairs, **others}


def restore_scaler(step: Step) -> Any:
    """Restore a scaler of `SCALERS`."""
    scaler = SCALERS[step.kind](**given_parameters(step)).fit(made_up_rows(step, [0.0, 1.0]))
    for name in FITTED_NUMBERS[step.kind]:
        setattr(scaler, f"{name}_", step.numbers(name))
    if step.kind == "min_max_scaler":
        scaler.data_range_ = scaler.data_max_ - scaler.data_min_
        del scaler.n_samples_seen_
    if step.kind == "max_abs_scaler":
        del scaler.n_samples_seen_
    return scaler


def restore_normalizer(step: Step) -> Any:
    """Restore a Normalizer."""
    return preprocessing.Normalizer(**given_parameters(step)).fit(made_up_rows(step, [1.0]))


def restore_polynomials(step: Step) -> Any:
    """Restore PolynomialFeatures."""
    return preprocessing.PolynomialFeatures(**given_parameters(step)).fit(made_up_rows(step, [1.0]))


def restore_log1p(step: Step) -> Any:
    """Restore log1p, a FunctionTransformer."""
    function = preprocessing.FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    return function.fit(made_up_rows(step, [1.0]))


def restore_clip(step: Step) -> Any:
    """Restore clip, a FunctionTransformer."""
    bounds = {
        side: [next((fact.number for fact in step.of(column, side)), None) for column in step.columns]
        for side in ("lower", "upper")
    }
    function = preprocessing.FunctionTransformer(clip_columns, kw_args=bounds, feature_names_out="one-to-one")
    return function.fit(made_up_rows(step, [1.0]))


def restore_bins(step: Step) -> Any:
    """Restore a KBinsDiscretizer; it is fitted on a constant where a column has one bin."""
    edges = [np.array([fact.number for fact in step.of(column, "bin_edge")]) for column in step.columns]
    counts = [len(own) - 1 for own in edges]
    rows = pd.DataFrame(
        {column: [0.0, min(count - 1, 1)] for column, count in zip(step.columns, counts, strict=True)}
    )
    given = given_parameters(
        step, encode="ordinal" if step.parameter("encode") == "ordinal" else "onehot-dense", subsample=None
    )
    bins = preprocessing.KBinsDiscretizer(**given)
    bins.set_params(n_bins=[max(count, 2) for count in counts], strategy="uniform")
    bins.fit(rows)
    bins.set_params(n_bins=given["n_bins"], strategy=given["strategy"])
    for place, own in enumerate(edges):
        bins.bin_edges_[place] = own
    return bins


def restore_quantiles(step: Step) -> Any:
    """Restore a QuantileTransformer."""
    quantiles = np.array(
        [
            [math.nan if fact.number is None else fact.number for fact in step.of(column, "quantile")]
            for column in step.columns
        ]
    ).T
    transformer = preprocessing.QuantileTransformer(**given_parameters(step), subsample=None)
    transformer.set_params(n_quantiles=1)
    transformer.fit(made_up_rows(step, [0.0]))
    transformer.set_params(n_quantiles=step.parameter("n_quantiles"))
    transformer.n_quantiles_ = len(quantiles)
    transformer.references_ = np.linspace(0, 1, len(quantiles))
    transformer.quantiles_ = quantiles
    return transformer
