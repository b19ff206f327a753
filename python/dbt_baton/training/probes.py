"""Rows on which a scoring query is wrong first: missing values, and values on and beside split points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from dbt_baton.fitted_model import FittedModel

ROWS_PER_FEATURE = 60
SMALLEST = 1e-200


def probe_rows(model: FittedModel, frame: pd.DataFrame) -> pd.DataFrame:
    """Add probes to the rows.

    For each number the probes are the split points of the trees that read it, else its own quantiles, and the
    neighbours of both as a float of four and of eight bytes; and a missing value in each column, if the model
    takes them.

    Parameters
    ----------
    model : FittedModel
    frame : pandas.DataFrame, shape (n_rows, n_features)
    """
    if frame.empty:
        return frame
    splits: dict[str, list[float]] = {}
    for estimator in (model.estimator, *model.groups.values()):
        for name, value in _split_points(estimator):
            splits.setdefault(name, []).append(value)
    parts = [frame]
    for name in frame.columns:
        if pd.api.types.is_float_dtype(frame[name].dtype):
            parts.append(_with_values(frame, name, _around(splits.get(name) or _quantiles(frame[name]))))
    probed = pd.concat(parts, ignore_index=True)
    missing = _with_missing(frame, frame.columns)
    try:
        model.predict(missing)
    except ValueError:
        return probed
    return pd.concat([probed, missing], ignore_index=True)


def _split_points(estimator: Any) -> Iterator[tuple[str, float]]:
    """Yield column and threshold of trees that read the columns themselves, not what a step made of them."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None or hasattr(estimator, "steps"):
        return
    trees = [estimator, *np.ravel(getattr(estimator, "estimators_", []))]
    for tree in (tree.tree_ for tree in trees if hasattr(tree, "tree_")):
        inner = tree.children_left >= 0
        yield from zip(names[tree.feature[inner]], tree.threshold[inner].tolist(), strict=True)
    for iteration in getattr(estimator, "_predictors", []):
        for predictor in iteration:
            nodes = predictor.nodes[~predictor.nodes["is_leaf"].astype(bool)]
            if len(nodes) and nodes["feature_idx"].max() < len(names):
                yield from zip(names[nodes["feature_idx"]], nodes["num_threshold"].tolist(), strict=True)


def _quantiles(column: pd.Series) -> list[float]:
    known = column[np.isfinite(column)]
    return np.quantile(known, np.linspace(0, 1, 9)).tolist() if len(known) else [0.0]


def _around(values: list[float]) -> list[float]:
    """Give the values, thinned out, with their neighbours."""
    distinct = np.unique(np.asarray(values, dtype=np.float64))
    distinct = distinct[np.isfinite(distinct)]
    every = max(1, len(distinct) * 5 // ROWS_PER_FEATURE)
    chosen = distinct[::every]
    short = chosen.astype(np.float32)
    near = [
        chosen,
        np.nextafter(chosen, np.inf),
        np.nextafter(chosen, -np.inf),
        np.nextafter(short, np.float32(np.inf)).astype(np.float64),
        np.nextafter(short, np.float32(-np.inf)).astype(np.float64),
    ]
    values_around = np.unique(np.concatenate(near))
    # PostgreSQL raises an error where a product of such a number underflows, which is no question of parity
    values_around = values_around[(values_around == 0) | (np.abs(values_around) > SMALLEST)]
    around: list[float] = values_around.tolist()
    return around


def _with_values(frame: pd.DataFrame, name: str, values: list[float]) -> pd.DataFrame:
    places = np.linspace(0, len(frame) - 1, len(values)).astype(int)
    rows = frame.iloc[places].copy()
    rows[name] = values
    return rows


def _with_missing(frame: pd.DataFrame, names: Any) -> pd.DataFrame:
    rows = frame.iloc[np.linspace(0, len(frame) - 1, len(names) + 1).astype(int)].reset_index(drop=True)
    columns = {name: rows[name].copy() for name in names}
    for place, name in enumerate(names):
        # one column missing in a row of its own, and all of them in the last
        columns[name][[place, len(names)]] = None
    return pd.DataFrame(columns)
