"""The rows that are compared, read so that neither their order in the table nor threads change a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from dbt_baton.warehouse.relations import (
    Relation,
    column_types,
    find_column,
    quoted,
    read_batches,
    utc_timestamp,
)
from dbt_baton.warehouse.signature import type_of

LARGEST = "1e100"  # whose square is still a double
NO_PERIOD = np.iinfo(np.int64).min


def read(relation: Relation, features: Sequence[str]) -> pd.DataFrame:
    """Read all rows.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
    features : list of str
        Columns that the relation has.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_features)
        As `read_periods` gives them.
    """
    parts = [rows for _, rows in read_periods(relation, features, "cast(null as timestamp)")]
    return parts[0] if parts else _frame([], features)


def read_periods(
    relation: Relation, features: Sequence[str], period_start: str
) -> Iterator[tuple[pd.Timestamp, pd.DataFrame]]:
    """Read one period after the other, so that only one is in memory.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
    features : list of str
        Columns that the relation has.
    period_start : str
        SQL of a timestamp.

    Yields
    ------
    pandas.Timestamp
        The start of the period, NaT for rows without a time, which come last.
    pandas.DataFrame, shape (n_rows, n_features)
        Numbers, booleans and seconds of times as float64, where what is not finite is missing; texts as
        categories. Rows are in the order of their values.
    """
    columns = [f"{period_start} as baton_period", *_expressions(relation, features)]
    written = f"select {', '.join(columns)} from baton_rows order by all"
    held: list[pa.RecordBatch] = []
    current: int | None = None
    for batch in read_batches(relation.query("baton_rows", written)):
        starts = batch.column(0).cast(pa.timestamp("us")).cast(pa.int64()).fill_null(NO_PERIOD)
        starts = starts.to_numpy(zero_copy_only=False)
        edges = [0, *(np.flatnonzero(np.diff(starts)) + 1), len(starts)]
        for first, end in pairwise(edges):
            if first == end:
                continue
            if held and starts[first] != current:
                yield _moment(current), _frame(held, features)
                held = []
            current = int(starts[first])
            held.append(batch.slice(first, end - first))
    if held:
        yield _moment(current), _frame(held, features)


def period_of(relation: Relation, as_of: str, period: str | None) -> str:
    """Write SQL for the start of a row's period; NULL where all time is one, and where a time is infinite."""
    column = find_column(relation, as_of)
    if period is None or column is None:
        return "cast(null as timestamp)"
    time = utc_timestamp(column, column_types(relation)[column])
    return f"case when isfinite({time}) then date_trunc('{period}', {time}) end"


def shuffled(frame: pd.DataFrame, seed: Sequence[int], max_rows: int | None) -> pd.DataFrame:
    """Put the rows in an order that only their number decides, and keep the first `max_rows`."""
    order = np.random.default_rng(seed).permutation(len(frame))
    return frame.take(order if max_rows is None else order[:max_rows])


def numbers(frame: pd.DataFrame, feature: str) -> npt.NDArray[np.float64] | None:
    """Give a column of numbers; None for texts."""
    column = frame[feature]
    return None if isinstance(column.dtype, pd.CategoricalDtype) else column.to_numpy(np.float64)


def most_frequent(columns: Sequence[pd.Series[Any]], most: int) -> list[str]:
    """Give the texts that occur most often in all columns; of equally frequent ones the lesser come first."""
    counts: Counter[str] = Counter()
    for column in columns:
        of_column = column.value_counts()
        counts.update({str(text): int(count) for text, count in of_column.items() if count})
    return sorted(counts, key=lambda text: (-counts[text], text))[:most]


def places(column: pd.Series[Any], levels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Give the place of each text among the levels: -1 for a missing one, one past the last for others."""
    known = {level: place for place, level in enumerate(levels)}
    # the last is that of the code -1
    of_code = np.array([known.get(text, len(levels)) for text in column.cat.categories] + [-1])
    found: npt.NDArray[np.int64] = of_code[column.cat.codes.to_numpy()]
    return found


def _expressions(relation: Relation, features: Sequence[str]) -> Iterator[str]:
    types = column_types(relation)
    for place, feature in enumerate(features):
        column = find_column(relation, feature)
        assert column is not None
        word = type_of(types[column])
        if word == "text":
            value = f"cast({quoted(column)} as varchar)"
        elif word == "timestamp":
            moment = utc_timestamp(column, types[column])
            value = f"case when isfinite({moment}) then epoch({moment}) end"
        else:
            number = f"cast({quoted(column)} as double)"
            value = f"case when isfinite({number}) then greatest(least({number}, {LARGEST}), -{LARGEST}) end"
        yield f"{value} as c{place}"


def _frame(batches: Sequence[pa.RecordBatch], features: Sequence[str]) -> pd.DataFrame:
    if not batches:
        return pd.DataFrame({feature: pd.Series(dtype="float64") for feature in features})
    table = pa.Table.from_batches(batches)
    columns: dict[str, Any] = {}
    for place, feature in enumerate(features, start=1):
        column = table.column(place)
        if pa.types.is_floating(column.type):
            columns[feature] = column.to_numpy().astype(np.float64)
        else:
            columns[feature] = column.cast(pa.string()).dictionary_encode().combine_chunks().to_pandas()
    return pd.DataFrame(columns)


def _moment(start: int | None) -> Any:
    return pd.NaT if start is None or start == NO_PERIOD else pd.Timestamp(start, unit="us")
