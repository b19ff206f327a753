"""The features of false_alarms.py: ten that do not drift, and one for each planted drift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

STEADY: dict[str, Callable[..., Any]] = {
    "normal": lambda random, n: random.normal(size=n),
    "exponential": lambda random, n: random.exponential(size=n),
    "lognormal": lambda random, n: random.lognormal(size=n),
    "uniform": lambda random, n: random.random(n),
    "whole numbers": lambda random, n: random.poisson(3, n).astype(float),
    **{
        f"{count} categories": lambda random, n, count=count: _categories(
            random, n, 1 / np.arange(1, count + 1)
        )
        for count in (2, 3, 5, 10, 20)
    },
}
PLANTED: dict[str, Callable[..., Any]] = {
    "mean + 0.1 sd": lambda random, n, moved: random.normal(0.1 * moved, size=n),
    "mean + 0.25 sd": lambda random, n, moved: random.normal(0.25 * moved, size=n),
    "mean + 0.5 sd": lambda random, n, moved: random.normal(0.5 * moved, size=n),
    "variance x 1.5": lambda random, n, moved: random.normal(0, 1.5 ** (moved / 2), n),
    "categories 30 25 20 15 10 % to 20 % each": lambda random, n, moved: _categories(
        random, n, np.full(5, 20.0) if moved else np.array([30.0, 25, 20, 15, 10])
    ),
    "NULL 2 % to 7 %": lambda random, n, moved: np.where(
        random.random(n) < 0.02 + 0.05 * moved, np.nan, random.normal(size=n)
    ),
}


def _categories(random: Any, n: int, weights: Any) -> Any:
    """Category numbers, as integers."""
    return random.choice(len(weights), n, p=weights / weights.sum())


def draw(random: np.random.Generator, n: int, *, moved: bool) -> dict[str, Any]:
    """Draw all features; `moved` plants the drifts."""
    return {name: of(random, n) for name, of in STEADY.items()} | {
        name: of(random, n, int(moved)) for name, of in PLANTED.items()
    }


def texts(categories: Any) -> Any:
    """Category numbers as texts of few bytes."""
    return np.arange(100).astype("U2")[categories]


def is_category(values: Any) -> bool:
    """Say whether a feature is categorical."""
    return bool(values.dtype.kind == "i")
