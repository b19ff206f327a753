"""FunctionTransformer: numpy's elementwise functions, and those of restored pipelines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from dbt_baton.preprocessing.functions import as_category_text, clip_columns
from dbt_baton.scoring_sql.expressions import switch
from dbt_baton.scoring_sql.numeric_transformers import between
from dbt_baton.scoring_sql.query import NUMBER, Column, Query, step_name


def _log1p(query: Query, column: str) -> str:
    """Write ln(1 + x) by Kahan's formula, which keeps the digits of a small x.

    Goldberg, "What every computer scientist should know about floating-point arithmetic" (1991), theorem 4.
    """
    number = query.dialect.number
    one = number(1)
    whens = [
        (f"{one} + {column} = {one}", column),
        (f"{column} > {number(-1)}", f"ln({one} + {column}) * {column} / (({one} + {column}) - {one})"),
    ]
    return switch([(f"{column} > {number(1e15)}", f"ln({column})"), *whens], "null")


def _expm1(query: Query, column: str) -> str:
    number = query.dialect.number
    one = number(1)
    power = f"exp({column})"
    whens = [
        (f"{column} > {number(709)}", number(math.inf)),
        (f"{column} < {number(-40)}", number(-1)),
        (f"{power} = {one}", column),
        (f"abs({column}) < {number(0.5)}", f"({power} - {one}) * {column} / ln({power})"),
    ]
    return switch(whens, f"{power} - {one}")


def _plain(text: str) -> Callable[[Query, str], str]:
    return lambda query, column: text.replace("x", column)


# by the name of the numpy function; `x` stands for the column
FUNCTIONS: dict[str, Callable[[Query, str], str]] = {
    "abs": _plain("abs(x)"),
    "absolute": _plain("abs(x)"),
    "ceil": _plain("ceil(x)"),
    "floor": _plain("floor(x)"),
    "sign": _plain("cast(sign(x) as double precision)"),
    "square": lambda query, column: query.dialect.square(column),
    "cbrt": _plain("cbrt(x)"),
    "tanh": _plain("tanh(x)"),
    "sin": _plain("sin(x)"),
    "cos": _plain("cos(x)"),
    "exp": lambda query, column: query.dialect.exp(column),
    "expm1": _expm1,
    "log1p": _log1p,
}


def _root(query: Query, column: str) -> str:
    return f"case when {column} >= {query.dialect.number(0)} then sqrt({column}) end"


def _logarithm(factor: float) -> Callable[[Query, str], str]:
    def write(query: Query, column: str) -> str:
        divided = "" if factor == 1 else f" / {query.dialect.number(factor)}"
        return f"case when {column} > {query.dialect.number(0)} then ln({column}){divided} end"

    return write


FUNCTIONS.update(
    {"sqrt": _root, "log": _logarithm(1), "log2": _logarithm(math.log(2)), "log10": _logarithm(math.log(10))}
)


def function_problems(model: Any) -> list[str]:
    """Name functions without a form in SQL."""
    function = model.func
    if function is None or function in (as_category_text, clip_columns):
        return []
    name = getattr(function, "__name__", type(function).__name__)
    if type(function).__module__ == "numpy" and name in FUNCTIONS and not model.kw_args:
        return []
    return [f"FunctionTransformer({name}) has no form in SQL"]


def function_transformer(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Apply the function to every column."""
    function, given = model.func, model.kw_args or {}
    if function is None:
        return list(columns)
    if function is as_category_text:
        exponents = given.get("exponents") or [True] * len(columns)
        return [_as_text(query, *pair) for pair in zip(columns, exponents, strict=True)]
    layer = query.layer(step_name(model) if function is not clip_columns else "clip")
    if function is clip_columns:
        bounds = zip(columns, given["lower"], given["upper"], strict=True)
        return [layer.add(one.label, between(query, one, low, high), [one]) for one, low, high in bounds]
    write = FUNCTIONS[function.__name__]
    is_partial = function.__name__ in ("sqrt", "log", "log2", "log10", "log1p")
    return [
        layer.add(one.label, write(query, str(one)), [one], nullable=True if is_partial else None)
        for one in columns
    ]


def _as_text(query: Query, column: Column, has_exponents: bool) -> Column:
    """Mark numbers that stand for their text: the categories that follow are compared as numbers."""
    if column.kind != NUMBER:
        return column
    infinity = query.dialect.number(math.inf)
    made = query.layer("finite").add(
        column.label, f"case when abs({column}) < {infinity} then {column} end", [column], nullable=True
    )
    made.written_as_text = has_exponents
    return made
