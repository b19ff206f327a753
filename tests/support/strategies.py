"""Random tables with all kinds of dirty data in the contract: ties, duplicates, NULLs, NaN, odd text, late rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2024, 1, 1)
KEYS = ["a", "a-", "O'Brien", 'say "hi" ✈']
NUMBERS = [0.0, 1.0, -2.5, 0.1, 1e-9, 12345.678, 1e12, float("nan"), float("inf"), None]

# a coarse grid, so that times and window bounds often coincide
moments = st.integers(0, 60).map(lambda step: START + timedelta(hours=12 * step))
maybe_moments = st.one_of(moments, moments, moments, st.none())
keys = st.sampled_from(KEYS)
maybe_keys = st.one_of(keys, keys, keys, st.none())


def tables(size: int = 50, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[pd.DataFrame]:
    """Frames with these columns, mostly with about `size` rows, sometimes with very few.

    The columns have dtype object, so that NaN and NULL differ.
    """
    row = st.fixed_dictionaries(columns)
    few, many = st.lists(row, max_size=3), st.lists(row, min_size=size, max_size=size)
    return st.one_of(many, many, many, few).map(lambda rows: frame(rows, list(columns)))


def frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """The rows as a frame of Python objects."""
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in columns})


def drawn(times: int = 1, **strategies: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
    """As many examples as `@given` would try, or a multiple of that, at once, so that they need only one build.

    They are the same in every call, except in the nightly profile.
    """
    examples: list[dict[str, Any]] = []

    @given(st.lists(st.fixed_dictionaries(strategies), min_size=times, max_size=times))
    def collect(some: list[dict[str, Any]]) -> None:
        examples.extend(some)

    collect()
    return examples


def stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The frames stacked into one, with a key column `case`."""
    return pd.concat(
        [
            frame.assign(case=pd.Series(number, frame.index, dtype=object))
            for number, frame in enumerate(frames)
        ],
        ignore_index=True,
    )
