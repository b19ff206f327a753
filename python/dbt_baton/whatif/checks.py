"""Rows with the scores of the model itself, by which a page checks that it computes the same."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dbt_baton.fitted_model import REGRESSION, FittedModel
from dbt_baton.warehouse.signature import GROUP, Feature, to_frame
from dbt_baton.whatif.inputs import Input

ROWS = 60
ARROW_TYPES = {"text": pa.string(), "timestamp": pa.timestamp("us")}


def check_rows(inputs: Sequence[Input], reads: Container[str | None]) -> list[list[Any]]:
    """Make rows of values that occur, in combinations that need not: no row of the warehouse is among them.

    The first is that of the start, the next ones lack one value each, and the others are drawn at random, the
    same ones each time. What the expressions do not read is never missing: a linear model refuses NULL also
    in a column with the weight 0, where the expressions give a score.

    Parameters
    ----------
    inputs : sequence of Input
    reads : container of str
        The names of those that the expressions read.
    """
    start = [one.start if one.name in reads else _known(one) for one in inputs]
    read = [place for place, one in enumerate(inputs) if one.name in reads]
    rows = [start] + [[*start[:place], None, *start[place + 1 :]] for place in read]
    draw = np.random.default_rng(0)
    for _ in range(ROWS):
        row = list(start)
        for place in read:
            values = inputs[place].values()
            row[place] = values[draw.integers(len(values))]
        rows.append(row)
    return rows


def _known(one: Input) -> Any:
    return (
        one.start
        if one.start is not None
        else next((value for value in one.values() if value is not None), None)
    )


def scores_of(model: FittedModel, features: Sequence[Feature], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Give what the model says of each row: probabilities and the place of the class, or a value.

    Returns
    -------
    list
        `[probabilities, place]` or a number; None for a row that the model refuses.
    """
    frame = frame_of(features, rows)
    try:
        return _scores(model, frame)
    except ValueError:
        return [_score(model, frame.iloc[[place]]) for place in range(len(frame))]


def frame_of(features: Sequence[Feature], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Give rows as the model takes them."""
    arrays = []
    for feature, values in zip(features, zip(*rows, strict=True), strict=True):
        type_ = pa.string() if feature.role == GROUP else ARROW_TYPES.get(feature.type, pa.float64())
        arrays.append(pa.array(values, type_))
    return to_frame(arrays, features)


def _score(model: FittedModel, row: pd.DataFrame) -> Any:
    try:
        return _scores(model, row)[0]
    except ValueError:
        return None


def _scores(model: FittedModel, frame: pd.DataFrame) -> list[Any]:
    found = model.predict(frame)
    if model.task == REGRESSION:
        return [float(value) for value in np.ravel(found.predicted)]
    assert found.probabilities is not None, "a page has a model with probabilities"
    labels = [str(label) for label in model.labels]
    places = [labels.index(str(label)) for label in found.predicted]
    return [[row, place] for row, place in zip(found.probabilities.tolist(), places, strict=True)]
