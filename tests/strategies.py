"""Random tables with all the dirt that the contract names: ties, duplicates, NULLs, NaN, odd text, late rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

START = datetime(2024, 1, 1)
KEYS = ["a", "a-", "-b", "b", "O'Brien", 'say "hi"', "naïve ✈"]
NUMBERS = [0.0, 1.0, -2.5, 0.1, 1e-9, 12345.678, 1e12, float("nan"), float("inf"), None]

# a coarse grid, so that instants and window edges coincide often
moments = st.integers(0, 60).map(lambda step: START + timedelta(hours=12 * step))
maybe_moments = st.one_of(moments, moments, moments, st.none())
keys = st.sampled_from(KEYS)
maybe_keys = st.one_of(keys, keys, keys, st.none())


def tables(max_size: int = 40, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[pd.DataFrame]:
    """Frames with these columns; dtype object, so that NaN and NULL stay two things."""
    rows = st.lists(st.fixed_dictionaries(columns), min_size=0, max_size=max_size)
    return rows.map(lambda found: frame(found, list(columns)))


def frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """The rows as a frame whose first row gives every column its type and can be told by key 'typed'."""
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in columns})
