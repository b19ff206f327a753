"""Arithmetic of float32, which XGBoost predicts in: every step is rounded to `real`."""

from __future__ import annotations

import math

from dbt_baton.scoring_sql.expressions import switch
from dbt_baton.scoring_sql.query import Column, Query

# e^x = 2^(k/32) * e^r with k = round(x * 32 / ln 2), and a polynomial for e^r
_STEPS = 32
_PER_STEP = _STEPS * float.fromhex("0x1.71547652b82fep+0")
_CUBIC = float.fromhex("0x1.c6af84b912394p-5") / _STEPS**3
_SQUARE = float.fromhex("0x1.ebfce50fac4f3p-3") / _STEPS**2
_LINEAR = float.fromhex("0x1.62e42ff0c52d6p-1") / _STEPS


def real(sql: str) -> str:
    """Round to float32."""
    return f"cast({sql} as real)"


def as_double(query: Query, name: str, label: str, column: Column) -> Column:
    """Give a float32 as double, which is exact."""
    return query.layer(name).add(label, f"cast({column} as {query.dialect.double_type})", [column])


def exponential(query: Query, name: str, label: str, column: Column) -> Column:
    """Give e^x of a float32 with the last digit that the C library has.

    `expf` of glibc and of most others is computed in double and not always rounded correctly, so rounding a
    better exponential would differ in some rows. The algorithm and its constants are Szabolcs Nagy's, in the
    optimized routines of Arm (`expf`), of which glibc has a copy.
    """
    number = query.dialect.number
    scaled = query.layer(name).add(
        f"{label}_scaled", f"{number(_PER_STEP)} * cast({column} as {query.dialect.double_type})", [column]
    )
    steps = query.layer(name).add(f"{label}_steps", f"round({scaled})", [scaled])
    rest = query.layer(name).add(f"{label}_rest", f"{scaled} - {steps}", [scaled, steps])
    polynomial = (
        f"(({number(_CUBIC)} * {rest} + {number(_SQUARE)}) * ({rest} * {rest})"
        f" + ({number(_LINEAR)} * {rest} + {number(1)}))"
    )
    power = real(f"{polynomial} * power({number(2)}, {steps} / {number(_STEPS)})")
    bounds = [
        (f"{scaled} > {number(88.72 * _PER_STEP)}", real(number(math.inf))),
        (f"{scaled} < {number(-103.9 * _PER_STEP)}", real(number(0))),
        # a product that underflows is an error of PostgreSQL
        (f"abs({rest}) < {number(1e-150)}", real(f"power({number(2)}, {steps} / {number(_STEPS)})")),
    ]
    return query.layer(name).add(label, switch(bounds, power), [scaled, steps, rest])


def sigmoid(query: Query, name: str, label: str, column: Column) -> Column:
    """Give 1 / (e^-x + 1), where -x is at most 88.7, as in XGBoost's `common/math.h`."""
    number = query.dialect.number
    bound, one = real(number(88.7)), real(number(1))
    exponent = query.layer(name).add(
        f"{label}_exponent", switch([(f"-{column} > {bound}", bound)], f"-{column}"), [column]
    )
    power = exponential(query, name, f"{label}_power", exponent)
    return query.layer(name).add(label, f"{one} / ({power} + {one})", [power])
