"""Encoders of categories: scikit-learn says what it makes of each category, and this is written down.

Asking the fitted encoder for every category covers dropped, infrequent, missing and unknown ones alike, in
every version of scikit-learn.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.preprocessing import OneHotEncoder

from dbt_baton.scoring_sql.expressions import switch
from dbt_baton.scoring_sql.imputers import is_missing, literal_for
from dbt_baton.scoring_sql.query import Column, Layer, Query, step_name


@dataclass(frozen=True)
class Encoding:
    """What an encoder makes of one feature.

    Attributes
    ----------
    categories : sequence
        The known categories.
    rows : array of float, shape (n_categories, n_outputs)
        What each becomes.
    unknown : array of float, shape (n_outputs,), or None
        What others become; None if they are an error.
    """

    categories: Sequence[Any]
    rows: npt.NDArray[np.float64]
    unknown: npt.NDArray[np.float64] | None


def encode(query: Query, encoder: Any, columns: Sequence[Column]) -> list[Column]:
    """Compile OneHotEncoder, OrdinalEncoder or TargetEncoder."""
    name = step_name(encoder)
    labels = iter(map(str, encoder.get_feature_names_out(_names(encoder, columns))))
    made = []
    for column, encoding in zip(columns, encodings(encoder), strict=True):
        layer = query.layer(name)
        if encoding.unknown is None and encoding.rows.shape[1] != 1:
            codes = Encoding(
                encoding.categories, np.arange(len(encoding.categories), dtype=float)[:, None], None
            )
            code = layer.add(
                f"{column.label}_code", _expression(query, column, codes, 0), [column], nullable=True
            )
            layer = query.layer(name)
            for place in range(encoding.rows.shape[1]):
                made.append(layer.add(next(labels), _by_code(query, code, encoding.rows[:, place]), [code]))
            continue
        for place in range(encoding.rows.shape[1]):
            made.append(_add(query, layer, next(labels), column, encoding, place))
    return made


def encodings(encoder: Any) -> list[Encoding]:
    """Ask the encoder what it makes of every category of every feature."""
    categories = [list(own) for own in encoder.categories_]
    widths = [1] * len(categories)
    if isinstance(encoder, OneHotEncoder):
        widths = list(encoder._n_features_outs)
    elif getattr(encoder, "target_type_", None) == "multiclass":
        widths = [len(encoder.classes_)] * len(categories)
    ends = np.cumsum(widths)
    knows_all = getattr(encoder, "handle_unknown", "ignore") == "error"
    found = []
    for place, own in enumerate(categories):
        asked = own if knows_all else [*own, _unknown(own)]
        made = _transformed(encoder, categories, place, asked)[:, ends[place] - widths[place] : ends[place]]
        found.append(Encoding(own, made[: len(own)], None if knows_all else made[-1]))
    return found


def _unknown(categories: Sequence[Any]) -> Any:
    """Make up a category that is not among these."""
    known = [one for one in categories if not is_missing(one)]
    if known and all(not isinstance(one, str) for one in known):
        return float(max(known)) + 1.0
    return "?" * (1 + max((len(str(one)) for one in known), default=0))


def _transformed(
    encoder: Any, categories: Sequence[Sequence[Any]], place: int, asked: Sequence[Any]
) -> npt.NDArray[np.float64]:
    names = getattr(encoder, "feature_names_in_", None)
    columns = []
    for number, own in enumerate(categories):
        values = list(asked) if number == place else [own[0]] * len(asked)
        is_text = any(isinstance(value, str) for value in [*own, *values])
        columns.append(pd.Series(values, dtype=object if is_text or None in values else float))
    frame = pd.DataFrame(dict(enumerate(columns)))
    if names is not None:
        frame.columns = pd.Index(names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = encoder.transform(frame)
    made = made.toarray() if hasattr(made, "toarray") else made
    return np.asarray(made, dtype=float)


def _names(encoder: Any, columns: Sequence[Column]) -> list[str]:
    names = getattr(encoder, "feature_names_in_", None)
    return [column.label for column in columns] if names is None else list(names)


def _add(query: Query, layer: Layer, label: str, column: Column, encoding: Encoding, place: int) -> Column:
    results = [*encoding.rows[:, place], *([] if encoding.unknown is None else [encoding.unknown[place]])]
    return layer.add(
        label,
        _expression(query, column, encoding, place),
        [column],
        nullable=encoding.unknown is None or bool(np.isnan(results).any()),
    )


def _expression(query: Query, column: Column, encoding: Encoding, place: int) -> str:
    """Write what becomes of a category; the most frequent result, that of unknown ones, is in `else`."""
    otherwise = math.nan if encoding.unknown is None else float(encoding.unknown[place])
    whens = []
    for category, value in zip(encoding.categories, encoding.rows[:, place], strict=True):
        missing = is_missing(category)
        literal = None if missing else literal_for(query, column, category)
        if (literal is None and not missing) or _same(value, otherwise):
            continue
        condition = f"{column} is null" if missing else f"{column} = {literal}"
        whens.append((condition, _number(query, value)))
    if len(whens) == 1:
        ((condition, value_sql),) = whens
        ending = "" if math.isnan(otherwise) else f" else {_number(query, otherwise)}"
        return f"case when {condition} then {value_sql}{ending} end"
    return (
        switch(whens, _number(query, otherwise))
        if whens
        else f"cast({_number(query, otherwise)} as {query.dialect.double_type})"
    )


def _by_code(query: Query, code: Column, results: npt.NDArray[np.float64]) -> str:
    """Write a column of an encoder that knows all categories: NULL for an unknown one."""
    number = query.dialect.number
    ones = np.flatnonzero(results != 0)
    if len(ones) == 0:
        return f"{code} * {number(0)}"
    among = " or ".join(f"{code} = {number(float(one))}" for one in ones)
    return f"case when {among} then {number(1)} when {code} is not null then {number(0)} end"


def _number(query: Query, value: float) -> str:
    return "null" if math.isnan(value) else query.dialect.number(value)


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
