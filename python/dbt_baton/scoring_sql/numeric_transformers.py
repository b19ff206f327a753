"""Transformers of numbers: scalers, bins, powers, polynomials and selections.

Each does what `transform` of the class of that name does in scikit-learn's `preprocessing` and
`feature_selection`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dbt_baton.scoring_sql.expressions import greatest, guarded, search, sum_of, switch
from dbt_baton.scoring_sql.query import Column, Query, step_name


def _each(
    query: Query, model: Any, columns: Sequence[Column], write: Callable[[int, Column], str]
) -> list[Column]:
    """Make a column of each; one whose expression is its own name is passed on."""
    layer = query.layer(step_name(model))
    made = []
    for place, column in enumerate(columns):
        expression = write(place, column)
        made.append(column if expression == str(column) else layer.add(column.label, expression, [column]))
    return made


def _shifted_and_divided(query: Query, column: Column, shift: float, scale: float) -> str:
    number = query.dialect.number
    term = query.plus(str(column), -shift)
    if scale == 1:
        return term
    return f"({term}) / {number(scale)}" if shift else f"{column} / {number(scale)}"


def standard_scaler(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give (x - mean) / scale."""
    means = model.mean_ if model.with_mean else np.zeros(len(columns))
    scales = model.scale_ if model.with_std else np.ones(len(columns))
    return _each(query, model, columns, lambda i, one: _shifted_and_divided(query, one, means[i], scales[i]))


def robust_scaler(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give (x - center) / scale."""
    centers = model.center_ if model.with_centering else np.zeros(len(columns))
    scales = model.scale_ if model.with_scaling else np.ones(len(columns))
    return _each(
        query, model, columns, lambda i, one: _shifted_and_divided(query, one, centers[i], scales[i])
    )


def max_abs_scaler(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give x / scale."""
    made = _each(query, model, columns, lambda i, one: _shifted_and_divided(query, one, 0.0, model.scale_[i]))
    return _clipped(query, model, made, -1, 1) if getattr(model, "clip", False) else made


def min_max_scaler(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give x * scale + min."""
    number = query.dialect.number
    made = _each(
        query,
        model,
        columns,
        lambda i, one: query.plus(f"{one} * {number(model.scale_[i])}", model.min_[i]),
    )
    return _clipped(query, model, made, *model.feature_range) if model.clip else made


def _clipped(query: Query, model: Any, columns: Sequence[Column], lower: float, upper: float) -> list[Column]:
    return _each(query, model, columns, lambda i, one: between(query, one, lower, upper))


def between(query: Query, column: Column, lower: float | None, upper: float | None) -> str:
    """Limit a value; `least` and `greatest` would turn NULL into a bound."""
    number = query.dialect.number
    whens = []
    if lower is not None and lower > -math.inf:
        whens.append((f"{column} < {number(lower)}", number(lower)))
    if upper is not None and upper < math.inf:
        whens.append((f"{column} > {number(upper)}", number(upper)))
    return switch(whens, str(column))


def binarizer(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give whether x is larger than the threshold."""
    number = query.dialect.number
    bound = number(model.threshold)
    return _each(
        query,
        model,
        columns,
        lambda i, one: guarded(f"case when {one} > {bound} then {number(1)} else {number(0)} end", [one]),
    )


def normalizer(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Divide by the norm of the row; a row of zeros stays."""
    name, number = step_name(model), query.dialect.number
    layer = query.layer(name)
    if model.norm == "l2":
        parts = [layer.add(f"{one.label}_squared", query.dialect.square(str(one)), [one]) for one in columns]
        norm = sum_of(query, name, "sum_of_squares", parts)
        norm = query.layer(name).add("norm", f"sqrt({norm})", [norm])
    else:
        parts = [layer.add(f"{one.label}_size", f"abs({one})", [one]) for one in columns]
        if model.norm == "l1":
            norm = sum_of(query, name, "norm", parts)
        else:
            norm = query.layer(name).add("norm", guarded(greatest(parts), parts), parts)
    layer = query.layer(name)
    zero = number(0)
    return [
        layer.add(one.label, f"case when {norm} = {zero} then {zero} else {one} / {norm} end", [one, norm])
        for one in columns
    ]


def k_bins_discretizer(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give the number of inner edges that are at most x, or one column for each bin."""
    number = query.dialect.number

    def write(place: int, column: Column) -> str:
        inner = model.bin_edges_[place][1:-1]
        found = search(
            inner, lambda edge: f"{column} < {number(inner[edge])}", lambda interval: number(interval)
        )
        return guarded(found, [column])

    codes = _each(query, model, columns, write)
    if model.encode == "ordinal":
        return codes
    layer = query.layer(step_name(model))
    return [
        layer.add(
            f"{code.label}_{float(one)}",
            guarded(f"case when {code} = {number(one)} then {number(1)} else {number(0)} end", [code]),
            [code],
        )
        for place, code in enumerate(codes)
        for one in range(len(model.bin_edges_[place]) - 1)
    ]


def polynomial_features(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give the products of powers; a power is written as a product, which is exact where a square is."""
    layer = query.layer(step_name(model))
    made = []
    labels = model.get_feature_names_out([column.label for column in columns])
    for label, powers in zip(labels, model.powers_, strict=True):
        factors = [column for column, power in zip(columns, powers, strict=True) for _ in range(power)]
        if len(factors) == 1:
            made.append(factors[0])
        else:
            product = " * ".join(map(str, factors)) or query.dialect.number(1)
            made.append(layer.add(str(label), product, list(dict.fromkeys(factors)), nullable=None))
    return made


def selector(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Keep the columns that a feature selection chose."""
    return [column for column, is_kept in zip(columns, model.get_support(), strict=True) if is_kept]
