"""Comparison of relations with an oracle: every value, and row counts in both directions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from oracles import Row, is_missing


def assert_same_rows(
    actual: pd.DataFrame,
    expected: Sequence[Row],
    columns: Sequence[str] | None = None,
    *,
    rtol: float = 1e-9,
    atol: float = 1e-9,
) -> None:
    """Assert equal rows and counts, in any order: NULL equals only NULL, numbers within atol + rtol * |expected|."""
    columns = list(columns if columns is not None else expected[0] if expected else actual.columns)
    assert set(columns) <= set(actual.columns), f"missing columns: {set(columns) - set(actual.columns)}"
    left = sorted(
        (tuple(_plain(row[name]) for name in columns) for row in actual.to_dict("records")), key=_order
    )
    right = sorted((tuple(_plain(row[name]) for name in columns) for row in expected), key=_order)
    assert len(left) == len(right), f"{len(left)} rows, expected {len(right)}"
    for got, wanted in zip(left, right, strict=True):
        for name, one, other in zip(columns, got, wanted, strict=True):
            assert _same(one, other, rtol, atol), (
                f"{name} is {one!r}, expected {other!r}\n  got {got}\n  not {wanted}"
            )


@contextmanager
def about(**case: Any) -> Iterator[None]:
    """Says of a comparison that fails which case it is of: for the many that one build has."""
    try:
        yield
    except AssertionError as failed:
        failed.add_note(f"for {', '.join(f'{name}={value!r}' for name, value in case.items())}")
        raise


def _plain(value: Any) -> Any:
    if is_missing(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, Decimal):
        return float(value)
    return value.item() if hasattr(value, "item") else value


def _same(one: Any, other: Any, rtol: float, atol: float) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=rtol, abs_tol=atol)
    return bool(one == other)


def _order(row: tuple[Any, ...]) -> list[tuple[int, Any]]:
    """Rows in an order that survives rounding and mixed types: NULL first, numbers rounded, the rest as text."""
    return [
        (0, 0.0)
        if value is None
        else (1, round(float(value), 6))
        if isinstance(value, int | float)
        else (2, str(value))
        for value in row
    ]
