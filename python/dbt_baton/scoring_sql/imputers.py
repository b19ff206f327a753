"""SimpleImputer and MissingIndicator, and how a value of scikit-learn is written in the type of a column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.impute import MissingIndicator, SimpleImputer

from dbt_baton.preprocessing.steps import category_text
from dbt_baton.scoring_sql.expressions import switch
from dbt_baton.scoring_sql.query import TEXT, Column, Query, step_name


def is_missing(value: Any) -> bool:
    """Whether scikit-learn's value is NULL in SQL."""
    return category_text(value) is None and not (isinstance(value, float) and math.isinf(value))


def number_of(column: Column, text: str) -> float | None:
    """Give the number that a column of numbers written as text has for this text, if any has."""
    try:
        number = float(text)
    except ValueError:
        return None
    written = category_text(number, exponents=bool(column.written_as_text))
    return number if written == text else None


def literal_for(query: Query, column: Column, value: Any) -> str | None:
    """Write a value in the type of the column; None if no row of the column can have it."""
    if column.kind == TEXT:
        return query.dialect.text(value) if isinstance(value, str) else None
    if isinstance(value, str):
        found = number_of(column, value) if column.written_as_text is not None else None
        return None if found is None else query.dialect.number(found)
    return query.dialect.number(float(value))


def simple_imputer(query: Query, imputer: Any, columns: Sequence[Column]) -> list[Column]:
    """Replace missing values with the statistics, and add the indicators."""
    layer = query.layer(step_name(imputer))
    made = []
    for column, statistic in zip(columns, imputer.statistics_, strict=True):
        missing = is_missing(statistic)
        if missing and not imputer.keep_empty_features:
            continue
        value = None if missing else literal_for(query, column, statistic)
        if value is None or not (column.nullable or not is_missing(imputer.missing_values)):
            made.append(column)
            continue
        if is_missing(imputer.missing_values):
            filled = layer.add(
                column.label, f"coalesce({column}, {value})", [column], kind=column.kind, nullable=False
            )
        else:
            wanted = literal_for(query, column, imputer.missing_values)
            whens = [] if wanted is None else [(f"{column} = {wanted}", value)]
            filled = layer.add(column.label, switch(whens, str(column)), [column], kind=column.kind)
        filled.written_as_text = column.written_as_text
        made.append(filled)
    if imputer.add_indicator:
        made += missing_indicator(query, imputer.indicator_, columns)
    return made


def missing_indicator(query: Query, indicator: MissingIndicator, columns: Sequence[Column]) -> list[Column]:
    """Give whether a value is missing, for the features that the indicator has."""
    number = query.dialect.number
    layer = query.layer(step_name(indicator))
    made = []
    for place in indicator.features_:
        column = columns[place]
        condition = f"{column} is null"
        if not is_missing(indicator.missing_values):
            condition = f"{column} = {literal_for(query, column, indicator.missing_values)}"
        expression = f"case when {condition} then {number(1)} else {number(0)} end"
        made.append(layer.add(f"missingindicator_{column.label}", expression, [column], nullable=False))
    return made


def imputer_problems(imputer: SimpleImputer) -> list[str]:
    """Name statistics that a column of SQL can not hold."""
    values = [value for value in imputer.statistics_ if not is_missing(value)]
    odd = sorted(
        {type(value).__name__ for value in values if not isinstance(value, str | int | float | np.number)}
    )
    return [f"SimpleImputer with a value of type {name}" for name in odd]
