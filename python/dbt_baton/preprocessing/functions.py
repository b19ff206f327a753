"""The functions inside restored pipelines, for what SQL does differently from scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dbt_baton.preprocessing.steps import category_text


def as_category_text(
    frame: pd.DataFrame, missing: float | None = None, exponents: Sequence[bool] = ()
) -> pd.DataFrame:
    """Write every value as the text of its category in the fitted table.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n_rows, n_columns)
        Text, numbers or booleans.
    missing : float or None
        The value to write for None, NaN and infinity: None or NaN, whichever the encoder expects.
    exponents : sequence of bool, shape (n_columns,)
        Whether tiny numbers in the column are written with an exponent, as in DuckDB; by default in all.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_columns)
        Columns of dtype object.
    """
    columns = {}
    for place, name in enumerate(frame.columns):
        values = frame[name]
        has_exponents = exponents[place] if exponents else True
        texts = [category_text(value, exponents=has_exponents) for value in values.astype(object)]
        columns[name] = pd.Series(
            [missing if text is None else text for text in texts], index=frame.index, dtype=object
        )
    return pd.DataFrame(columns, index=frame.index)


def clip_columns(
    frame: pd.DataFrame, lower: Sequence[float | None], upper: Sequence[float | None]
) -> pd.DataFrame:
    """Limit each column to its bounds; None means no bound, and missing values stay missing.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n_rows, n_columns)
    lower, upper : sequence of float or None, shape (n_columns,)

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_columns)
        Doubles.
    """
    bounds: list[npt.NDArray[np.float64]] = [
        np.array([infinity if bound is None else bound for bound in side])
        for side, infinity in ((lower, -math.inf), (upper, math.inf))
    ]
    values: Any = np.clip(frame.to_numpy(dtype=float, na_value=np.nan), *bounds)
    return pd.DataFrame(values, columns=frame.columns, index=frame.index)
