"""Encoder steps of a fitted table as fitted scikit-learn encoders.

Each encoder follows a function that writes values as text like SQL does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import preprocessing
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from dbt_baton.preprocessing.functions import as_category_text
from dbt_baton.preprocessing.restored_numeric import given_parameters
from dbt_baton.preprocessing.steps import Step

# a number without an exponent that DuckDB would write with one
WITHOUT_EXPONENT = re.compile(r"-?(0\.0000[0-9]+|[1-9][0-9]{38,})")


def _categories(step: Step, missing: float | None) -> list[npt.NDArray[Any]]:
    """Give the categories of each column; the last one is `missing` if NULL is a category."""
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
    """Make up rows that contain every category; a column with fewer categories repeats its first one."""
    length = max(map(len, categories))
    return pd.DataFrame(
        {
            column: pd.Series([*own, *[own[0]] * (length - len(own))], dtype=object)
            for column, own in zip(step.columns, categories, strict=True)
        }
    )


def behind_text(step: Step, estimator: BaseEstimator, missing: float | None) -> Any:
    """Make a pipeline of the function that writes the step's columns as text, and the estimator."""
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


def restore_one_hot(step: Step) -> Any:
    """Fit on rows with infrequent categories once and the others twice, so that the encoder groups them."""
    categories = _categories(step, missing=None)
    infrequent = [{fact.category for fact in step.of(column, "infrequent")} for column in step.columns]
    given = given_parameters(step, handle_unknown="ignore", sparse_output=False)
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
    return behind_text(step, encoder, missing=None)


def restore_ordinal(step: Step) -> Any:
    """Make an ordinal encoder; if it restores a label encoder, NULL is a category too."""
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
    return behind_text(step, encoder, missing=missing)


def restore_target(step: Step) -> Any:
    """Restore a TargetEncoder."""
    categories = _categories(step, missing=math.nan)
    labels = step.classes(step.columns[0])
    # binary and continuous targets are transformed in the same way
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
    return behind_text(step, encoder, missing=math.nan)
