"""The gate of scoring in SQL: a version has a query only if it gave what scikit-learn gives, row by row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dbt_baton.errors import EngineRefused, UnsupportedScoring
from dbt_baton.fitted_model import BINARY, REGRESSION, FittedModel
from dbt_baton.scoring_sql.compile import ScoringSql
from dbt_baton.scoring_sql.groups import KEPT_COLUMNS, scoring_sql
from dbt_baton.training.probes import probe_rows
from dbt_baton.training.progress import Progress
from dbt_baton.warehouse.signature import Feature

MAX_ERROR = 1e-9
MAX_ROWS = 1_000_000
ROW = "baton_row"


@dataclass(frozen=True)
class Export:
    """The query of a version, and how far its scores are from scikit-learn's.

    Attributes
    ----------
    query : ScoringSql or None
        None if the model has no form in SQL, or if the form gave something else.
    max_abs_error : float or None
        The largest difference of a probability or value; None if nothing was compared.
    differing_classes : int or None
        Rows whose class differs.
    """

    query: ScoringSql | None
    max_abs_error: float | None = None
    differing_classes: int | None = None


def export(
    model: FittedModel, signature: list[Feature], frame: pd.DataFrame, session: Any, progress: Progress
) -> Export:
    """Write the query of a version and compare it with scikit-learn on the session's engine.

    Parameters
    ----------
    model : FittedModel
    signature : list of Feature
    frame : pandas.DataFrame, shape (n_rows, n_features)
        All rows of the training set; of more than `MAX_ROWS`, evenly spaced ones are compared. Rows with
        missing values and with values on the model's split points are added.
    session : DuckDBSession or PostgresSession
    progress : Progress
    """
    try:
        query = scoring_sql(model, signature, session.dialect)
    except UnsupportedScoring as unsupported:
        progress.say(f"has no scoring SQL: {unsupported}")
        return Export(None)
    every = max(1, math.ceil(len(frame) / MAX_ROWS))
    rows = probe_rows(model, frame.iloc[::every])
    sql = query.sql.replace(KEPT_COLUMNS, f"{ROW},")
    try:
        scored = session.score(as_table(rows, signature), sql, query.nodes)
    except EngineRefused as refused:
        first = str(refused).strip().splitlines()[0]
        progress.warn(f"has no scoring SQL: the engine refused it: {first}")
        return Export(None)
    error, differing = _compare(model, rows, scored)
    if error <= MAX_ERROR and not differing:
        progress.say(f"scoring SQL equals scikit-learn on {len(rows):,} rows, largest difference {error:.1e}")
        return Export(query, error, 0)
    progress.warn(
        f"has no scoring SQL: on {len(rows):,} rows it differs from scikit-learn by up to {error:.3g}, and in"
        f" {differing:,} classes"
    )
    return Export(None, error, differing)


def as_table(frame: pd.DataFrame, signature: list[Feature]) -> pa.Table:
    """Give the rows as the relation `features` of a scoring query has them, with the number of each row."""
    columns = {}
    for feature in signature:
        values = frame[feature.name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            columns[feature.name] = pa.array(values.astype(object).where(values.notna(), None), pa.string())
        else:
            columns[feature.name] = pa.array(values, from_pandas=True)
    return pa.table({ROW: np.arange(len(frame), dtype=np.int64), **columns})


def _compare(model: FittedModel, frame: pd.DataFrame, scored: pa.Table) -> tuple[float, int]:
    """Give the largest difference, infinite where one side has no value, and rows of another class."""
    scored = scored.sort_by(ROW)
    if scored.num_rows != len(frame):
        return math.inf, 0
    expected = model.predict(frame)
    if model.task == REGRESSION:
        return _largest(scored["predicted_value"], expected.predicted), 0
    classes = scored["predicted_class"].to_pylist()
    differing = sum(found != str(label) for found, label in zip(classes, expected.predicted, strict=True))
    if expected.probabilities is None:
        return 0.0 if scored["predicted_probability"].null_count == len(frame) else math.inf, differing
    if model.task == BINARY:
        wanted = expected.probabilities[:, model.positive]
    else:
        wanted = expected.probabilities[
            np.arange(len(frame)), np.searchsorted(model.labels, expected.predicted)
        ]
    return _largest(scored["predicted_probability"], wanted), differing


def _largest(found: pa.ChunkedArray, wanted: npt.NDArray[Any]) -> float:
    values = np.asarray(found.to_pandas(), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        differences = np.where(values == wanted, 0.0, np.abs(values - wanted))
    return float(np.max(np.nan_to_num(differences, nan=math.inf), initial=0.0))
