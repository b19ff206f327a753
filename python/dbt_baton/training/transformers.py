"""The transformers of the macro `fit` as scikit-learn steps that are not fitted yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
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

from dbt_baton.preprocessing.parameters import PARAMETERS
from dbt_baton.training.options import near

CLASSES = {
    "standard_scaler": StandardScaler,
    "min_max_scaler": MinMaxScaler,
    "max_abs_scaler": MaxAbsScaler,
    "robust_scaler": RobustScaler,
    "normalizer": Normalizer,
    "k_bins_discretizer": KBinsDiscretizer,
    "quantile_transformer": QuantileTransformer,
    "one_hot_encoder": OneHotEncoder,
    "ordinal_encoder": OrdinalEncoder,
    "target_encoder": TargetEncoder,
    "simple_imputer": SimpleImputer,
    "polynomial_features": PolynomialFeatures,
    "log1p": FunctionTransformer,
}
# these change how the macros work, and scikit-learn has another way or none
_OF_SQL_ONLY = ("target", "fold_by", "cross_fit")


def steps_of(calls: Sequence[Any], features: Sequence[str], problems: list[str]) -> list[tuple[str, Any]]:
    """Make one pipeline step for each call of a transformer; columns that it does not name pass through.

    Parameters
    ----------
    calls : sequence of mapping
        As in the macro `fit`: `transformer`, `columns`, and the transformer's parameters.
    features : sequence of str
        The columns that the first step receives.
    problems : list of str
        What is wrong is appended here.

    Returns
    -------
    list of (str, ColumnTransformer)
        Steps of a `Pipeline` over data frames. Columns of a one-hot encoder, and others that a step makes,
        are named as scikit-learn does, so that a later step can use them.
    """
    steps = []
    known = [name.lower() for name in features]
    for place, call in enumerate(calls):
        where = f"preprocessing[{place}]"
        if not isinstance(call, Mapping):
            problems.append(f"{where} is {call!r}, expected a mapping with transformer and columns")
            continue
        kind, columns = call.get("transformer"), call.get("columns")
        if kind not in CLASSES:
            problems.append(f"{where}.transformer is {kind!r}, {_what_instead(str(kind))}")
            continue
        columns = [columns] if isinstance(columns, str) else columns
        if not isinstance(columns, (list, tuple)) or not columns:
            problems.append(
                f"{where}.columns is {columns!r}, expected the name of a column or a list of names"
            )
            continue
        given = {key: value for key, value in call.items() if key not in ("transformer", "columns")}
        allowed = [key for key in PARAMETERS[kind] if key not in _OF_SQL_ONLY]
        problems += [
            f"{where} has the unknown key '{key}', {near(str(key), allowed)}"
            for key in given
            if key not in allowed
        ]
        if place == 0:
            problems += [
                f"{where}.columns has '{column}', which is no feature"
                for column in columns
                if str(column).lower() not in known
            ]
        spelled = {name.lower(): name for name in features}
        steps.append(
            (
                f"{place + 1}_{kind}",
                _step(kind, [spelled.get(str(c).lower(), str(c)) for c in columns], given),
            )
        )
    return steps


def with_preprocessing(steps: Sequence[tuple[str, Any]], estimator: Any) -> Any:
    """Put the steps before the estimator; without any the estimator stays as it is."""
    return Pipeline([*steps, ("estimator", estimator)]) if steps else estimator


def _step(kind: str, columns: list[str], given: dict[str, Any]) -> Any:
    made = ColumnTransformer(
        [(kind, _transformer(kind, columns, given), columns)],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return made.set_output(transform="pandas")


def _transformer(kind: str, columns: list[str], given: dict[str, Any]) -> Any:
    if kind == "log1p":
        return FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    given = dict(given)
    if kind == "one_hot_encoder":
        # a data frame has no sparse columns; in SQL every category is a column of 0 and 1 too
        given["sparse_output"] = False
    if kind == "k_bins_discretizer":
        given["encode"] = "onehot-dense" if given.get("encode", "onehot") == "onehot" else given["encode"]
        given["subsample"] = None
    if kind == "quantile_transformer":
        given["subsample"] = None
    if kind == "simple_imputer":
        # as in SQL, where columns must be known before the values are
        given.setdefault("keep_empty_features", True)
    for name in ("feature_range", "quantile_range"):
        if isinstance(given.get(name), list):
            given[name] = tuple(given[name])
    categories = given.get("categories")
    if isinstance(categories, list) and categories and not isinstance(categories[0], list):
        given["categories"] = [categories] * len(columns)
    return CLASSES[kind](**given)


def _what_instead(kind: str) -> str:
    if kind in PARAMETERS:
        return "which scikit-learn does not have: apply it in SQL with baton.transform"
    return near(kind, sorted(CLASSES))
