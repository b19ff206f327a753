"""Rows to fit and score small models on: odd names, odd texts, missing values."""

from __future__ import annotations

import numpy as np
import pandas as pd

N = 160
# names that SQL has to quote, and one that PostgreSQL would cut off
NUMBERS = ["age", "Select", 'we "ird']
TEXTS = ["plan", "a name that is longer than the sixty-three bytes that PostgreSQL keeps of it"]
PLANS = ["basic", "a'x", 'b"y', "select", "größe", "two\nlines\u2028and\x85more", "-- no comment"]


def numbers(seed: int = 0) -> pd.DataFrame:
    """No missing values; few decimals, so that values lie on split points."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.normal(size=N).round(1) for name in NUMBERS})
    frame[NUMBERS[2]] = rng.integers(0, 5, N).astype(float)
    return frame


def with_missing(frame: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """A fifth of the values of the first two columns missing."""
    rng = np.random.default_rng(seed)
    return frame.assign(**{name: frame[name].where(rng.random(N) > 0.2) for name in NUMBERS[:2]})


def mixed(seed: int = 2) -> pd.DataFrame:
    """Numbers and texts, both with missing values."""
    rng = np.random.default_rng(seed)
    towns = pd.Categorical(rng.choice(np.array(["p", "q", "P", None], dtype=object), N))
    return with_missing(numbers(seed)).assign(
        **{TEXTS[0]: pd.Categorical(rng.choice(PLANS, N)), TEXTS[1]: towns}
    )


def two_classes(frame: pd.DataFrame) -> np.ndarray:
    """Classes whose names need quotes in SQL and in JSON."""
    noise = np.random.default_rng(3).normal(size=len(frame))
    return np.where(frame["age"].fillna(0) + noise > 0, "it's", 'b "q" \\')


def three_classes(frame: pd.DataFrame) -> np.ndarray:
    """Three of them."""
    noise = np.random.default_rng(4).normal(size=len(frame))
    return np.where(frame["Select"].fillna(0) + noise > 0.5, "ü", two_classes(frame)).astype(object)


def target(frame: pd.DataFrame) -> np.ndarray:
    """A positive number."""
    return (frame.fillna(0)["age"] + 0.5 * frame.fillna(0)["Select"] ** 2 + 6).to_numpy()
