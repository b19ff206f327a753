"""QuantileTransformer and PowerTransformer.

The formulas are those of `_transform_col` and `_yeo_johnson_transform` in scikit-learn's
`preprocessing/_data.py`, and of Yeo and Johnson, "A new family of power transformations to improve normality
or symmetry" (2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dbt_baton.scoring_sql.expressions import piecewise_linear, switch
from dbt_baton.scoring_sql.functions import FUNCTIONS
from dbt_baton.scoring_sql.numeric_transformers import standard_scaler
from dbt_baton.scoring_sql.query import Column, Query, step_name


def quantile_problems(model: Any) -> list[str]:
    """Name the normal distribution, whose quantile function no engine has."""
    if model.output_distribution == "uniform":
        return []
    return [f"QuantileTransformer(output_distribution='{model.output_distribution}') has no form in SQL"]


def quantile_transformer(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Interpolate between the quantiles; equal ones give the middle of their ranks."""
    layer = query.layer(step_name(model))
    made = []
    for place, column in enumerate(columns):
        quantiles, ranks = model.quantiles_[:, place], model.references_
        if np.isnan(quantiles).all():
            made.append(layer.add(column.label, query.dialect.null(query.dialect.double_type), [column]))
            continue
        points = []
        for value in np.unique(quantiles):
            equal = ranks[quantiles == value]
            points.append((float(value), float(equal[0]), float(equal[-1])))
        points[0] = (points[0][0], 0.0, points[0][2])
        points[-1] = (points[-1][0], points[-1][1], 1.0)
        made.append(layer.add(column.label, _with_steps(query, column, points), [column]))
    return made


def _with_steps(query: Query, column: Column, points: Sequence[tuple[float, float, float]]) -> str:
    """Interpolate, with the middle where several quantiles are equal, and 0 and 1 at the ends."""
    number = query.dialect.number
    first, last = points[0][0], points[-1][0]
    whens = [(f"{column} <= {number(first)}", number(0)), (f"{column} >= {number(last)}", number(1))]
    whens += [
        (f"{column} = {number(value)}", number((low + high) / 2))
        for value, low, high in points[1:-1]
        if low != high
    ]
    return switch(whens, piecewise_linear(query, column, points).replace("\n", "\n    "))


def power_transformer(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give the power of Yeo and Johnson, or of Box and Cox, and then the standard score."""
    name = step_name(model)
    write = _box_cox if model.method == "box-cox" else _yeo_johnson
    made = [
        write(query, name, column, float(power))
        for column, power in zip(columns, model.lambdas_, strict=True)
    ]
    return standard_scaler(query, model._scaler, made) if model.standardize else made


def _yeo_johnson(query: Query, name: str, column: Column, power: float) -> Column:
    number = query.dialect.number
    size = query.layer(name).add(f"{column.label}_size", f"abs({column})", [column])
    log = query.layer(name).add(f"{column.label}_log", FUNCTIONS["log1p"](query, str(size)), [size])
    sides = []
    for factor in (power, 2 - power):
        if abs(factor) < np.spacing(1.0):
            sides.append(log)
            continue
        exponent = query.layer(name).add(f"{column.label}_exponent", f"{number(factor)} * {log}", [log])
        raised = FUNCTIONS["expm1"](query, str(exponent)).replace("\n", "\n    ")
        sides.append(
            query.layer(name).add(f"{column.label}_power", f"({raised}) / {number(factor)}", [exponent])
        )
    whens = [(f"{column} >= {number(0)}", str(sides[0])), (f"{column} < {number(0)}", f"-{sides[1]}")]
    return query.layer(name).add(column.label, switch(whens, "null"), [column, *sides])


def _box_cox(query: Query, name: str, column: Column, power: float) -> Column:
    number = query.dialect.number
    log = query.layer(name).add(
        f"{column.label}_log", FUNCTIONS["log"](query, str(column)), [column], nullable=True
    )
    if power == 0:
        return log
    exponent = query.layer(name).add(f"{column.label}_exponent", f"{number(power)} * {log}", [log])
    raised = FUNCTIONS["expm1"](query, str(exponent)).replace("\n", "\n    ")
    return query.layer(name).add(column.label, f"({raised}) / {number(power)}", [exponent])
