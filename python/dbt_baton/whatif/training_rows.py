"""The rows that a version learnt from, of which a page has aggregates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dbt_baton.errors import ProjectError, SignatureMismatch, raise_problems
from dbt_baton.fitted_model import BINARY, REGRESSION, FittedModel
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.relations import find_column, literal, quoted, read_batches
from dbt_baton.warehouse.signature import Feature
from dbt_baton.whatif.program import WHERE

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 50_000
QUANTILES = 200
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrainingRows:
    """What is there now.

    Attributes
    ----------
    frame : pandas.DataFrame, shape (n_rows, n_features)
        As the model takes them; of many rows those with the lowest hashes, the same ones each time.
    missing : str
        Why there are none.
    """

    frame: pd.DataFrame
    missing: str = ""


def training_rows(
    read: Callable[[str], pa.Table], row: Mapping[str, Any], features: Sequence[Feature]
) -> TrainingRows:
    """Read the rows of the split train, or all where a version has no split.

    Raises
    ------
    SignatureMismatch
        If the relation has no longer the features of the version; names all that differ.
    """
    import duckdb

    nothing = pd.DataFrame({feature.name: [] for feature in features})
    relation, split = row.get("training_relation"), row.get("split")
    if not relation:
        return TrainingRows(nothing, "the version row names no training relation")
    where = f"\nwhere {quoted(split)} = {literal('train')}" if split else ""
    with duckdb.connect() as connection:
        try:
            columns: Any = connection.from_arrow(read(f"select * from {relation} limit 0"))
            different = signature.problems_with(columns, features)
            raise_problems(SignatureMismatch, f"{WHERE}: {relation}", different)
            named = (quoted(find_column(columns, one.name) or one.name) for one in features)
            names = list(dict.fromkeys(named))
            count = read(f"select count(*) as n from {relation}{where}")["n"][0].as_py()
            query = f"select {', '.join(names)} from {relation}{where}"
            if count > MOST_ROWS:
                query += f"\norder by md5({_texts(names)})\nlimit {MOST_ROWS}"
            rows: Any = connection.from_arrow(read(query))
        except ProjectError as failed:
            return TrainingRows(nothing, f"{relation} cannot be read: {failed}")
        selected = enumerate(signature.expressions(rows, features))
        table = read_batches(
            rows.project(", ".join(f"{sql} as c{place}" for place, sql in selected))
        ).read_all()
    frame = signature.to_frame([column.combine_chunks() for column in table.columns], features)
    return TrainingRows(
        frame, "" if count else f"{relation} has no rows{' of the split train' if split else ''}"
    )


def _texts(names: Sequence[str]) -> str:
    """Write the texts of columns in a row; a function of PostgreSQL takes 100 arguments."""
    parts = [names[first : first + 90] for first in range(0, len(names), 90)]
    return " || ".join(f"concat_ws(',', {', '.join(part)})" for part in parts)


def scores_of_rows(model: FittedModel, frame: pd.DataFrame) -> Scores:
    """Give the scores of rows, one column for each that a page shows."""
    found = model.predict(frame)
    if model.task == REGRESSION or found.probabilities is None:
        return np.asarray(found.predicted, dtype=np.float64).reshape(-1, 1)
    return found.probabilities[:, [model.positive]] if model.task == BINARY else found.probabilities


def quantiles_of(scores: Scores) -> list[list[float]]:
    """Give the quantiles of each column, with six digits."""
    ranks = np.linspace(0, 1, QUANTILES + 1)
    quantiles = [np.quantile(column, ranks, method="inverted_cdf") for column in scores.T]
    return [[float(f"{one:.6g}") for one in column] for column in quantiles]


def entities_of(frame: pd.DataFrame, scores: Scores, count: int) -> list[tuple[str, list[Any]]]:
    """Give rows at even ranks of the score, from the lowest to the highest, and what each is called."""
    score = scores[:, -1]
    ranked = np.sort(score)
    found = []
    for place in np.unique(np.linspace(0, len(frame) - 1, min(count, len(frame))).round().astype(int)):
        # of rows with the same score always the same one, whatever the order of rows
        alike = frame[score == ranked[place]].astype(object)
        rows = alike.where(alike.notna(), None).to_numpy().tolist()
        name = f"a training row, score {ranked[place]:.4g}, rank {place / max(1, len(frame) - 1):.0%}"
        found.append((name, min(rows, key=str)))
    return found
