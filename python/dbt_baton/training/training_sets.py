"""The rows of a training set, in an order that does not depend on the input, and their splits and folds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dbt_baton.errors import TrainingInputError, UnlabelledRows, raise_problems
from dbt_baton.registry import identity
from dbt_baton.training import tasks
from dbt_baton.training.roles import Plan
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.relations import Relation, column_types, quoted, read_batches, utc_timestamp

TRAIN, VALIDATION = "train", "validation"
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """A backtest: the rows to fit on and the later rows to measure on, by their places."""

    number: int
    train: Places
    validation: Places


@dataclass(frozen=True)
class Rows:
    """A training set in memory.

    Attributes
    ----------
    features : pandas.DataFrame, shape (n_rows, n_features)
    label : pyarrow.ChunkedArray, shape (n_rows,)
        The values of `tasks.label_expression`.
    split : ndarray of object, shape (n_rows,)
        None for a row that takes no part.
    weight : ndarray of float or None, shape (n_rows,)
    as_of, label_known_at : ndarray of int64, shape (n_rows,)
        Microseconds since 1970 in UTC; a row without a label window was known at its as-of.
    folds : list of Fold
        Of a table of folds, whose last fold is also the split; else empty.
    digests : ndarray of str, shape (n_rows,)
        A hash of each row's values.
    """

    features: pd.DataFrame
    label: pa.ChunkedArray
    split: npt.NDArray[Any]
    weight: npt.NDArray[np.float64] | None
    as_of: npt.NDArray[np.int64]
    label_known_at: npt.NDArray[np.int64]
    folds: list[Fold]
    digests: npt.NDArray[Any]

    def __len__(self) -> int:
        return len(self.digests)

    def places(self, split: str) -> Places:
        """Give the places of the rows of a split."""
        return np.flatnonzero(self.split == split)

    def splits(self) -> list[str]:
        """Name the splits, in alphabetical order."""
        return sorted({value for value in self.split if value is not None})

    def used(self, uses_validation: bool, uses_folds: bool) -> list[str]:
        """Give role and digest of each row that fitting sees, which is what a version's identity is about."""
        seen = [f"{TRAIN} {digest}" for digest in self.digests[self.places(TRAIN)]]
        if uses_validation:
            seen += [f"{VALIDATION} {digest}" for digest in self.digests[self.places(VALIDATION)]]
        for fold in self.folds if uses_folds else []:
            seen += [f"fold {fold.number} {TRAIN} {digest}" for digest in self.digests[fold.train]]
            seen += [f"fold {fold.number} {VALIDATION} {digest}" for digest in self.digests[fold.validation]]
        return seen


def read_rows(where: str, training_set: Relation, plan: Plan) -> Rows:
    """Read the columns of the plan, and sort the rows by as-of, entity and a hash of the row."""
    types = column_types(training_set)
    moment = f"epoch_us({utc_timestamp(plan.as_of, types[plan.as_of])})"
    window_end = plan.window_end and f"epoch_us({utc_timestamp(plan.window_end, types[plan.window_end])})"
    hashed = [
        moment,
        *(f"cast({quoted(name)} as varchar)" for name in plan.entity),
        tasks.label_expression(quoted(plan.label), plan.label_type),
        *signature.expressions(training_set, plan.features),
        *([f"cast({quoted(plan.weight)} as double)"] if plan.weight else []),
    ]
    apart = [
        f"cast({quoted(plan.split)} as varchar)" if plan.split else f"'{TRAIN}'",
        f"cast({quoted(plan.fold)} as bigint)" if plan.fold else "cast(null as bigint)",
        f"coalesce({window_end}, {moment})" if window_end else moment,
    ]
    projected = training_set.project(
        ", ".join(f"{sql} as c{place}" for place, sql in enumerate([*hashed, *apart]))
    )
    table = read_batches(projected).read_all()
    digests = identity.row_digests(table.select(range(len(hashed))))
    n_keys = 1 + len(plan.entity)
    order = pa.table({"digest": digests, **{f"c{place}": table.column(place) for place in range(n_keys)}})
    order_by = [(f"c{place}", "ascending") for place in range(n_keys)]
    taken = pc.sort_indices(order, sort_keys=[*order_by, ("digest", "ascending")])
    table = table.take(taken)
    as_of, label, features = table.column(0), table.column(n_keys), table.columns[n_keys + 1 : len(hashed)]
    rows = Rows(
        features=signature.to_frame(features[: len(plan.features)], plan.features),
        label=label,
        split=np.array(table.column(len(hashed)).to_pylist(), dtype=object),
        weight=_doubles(features[-1]) if plan.weight else None,
        as_of=_whole(as_of),
        label_known_at=_whole(table.column(len(hashed) + 2)),
        folds=[],
        digests=np.array(digests, dtype=object)[np.asarray(taken)],
    )
    return _without_copies(where, rows, table.column(len(hashed) + 1), plan) if plan.fold else rows


def checked_labels(where: str, rows: Rows, estimator: Any) -> npt.NDArray[Any]:
    """Give the labels for the estimator, or raise one error for all problems with the rows."""
    missing = tasks.count_missing(rows.label)
    if missing:
        raise UnlabelledRows(
            f"{where}: {missing} of {len(rows.label)} rows have no label. A label that is not mature yet is"
            " NULL: keep mature rows only (baton.training_set does), or filter where the label is not null"
        )
    labels, problems = tasks.as_labels(rows.label, estimator)
    fitted_on = rows.places(TRAIN)
    if len(rows) == 0:
        problems.append("the training set has no rows")
    elif len(fitted_on) == 0:
        problems.append(f"no row has split 'train'; the values are {', '.join(rows.splits()) or 'all NULL'}")
    elif not problems and tasks.is_classification(estimator) and len(set(labels[fitted_on])) < 2:
        problems.append(f"all rows to fit on have the label '{labels[fitted_on][0]}', expected two classes")
    if rows.weight is not None:
        weights = rows.weight[fitted_on]
        bad = int((~(np.isfinite(weights) & (weights >= 0))).sum())
        if bad:
            problems.append(
                f"weight is missing, infinite or negative in {bad} of {len(weights)} rows to fit on"
            )
    raise_problems(TrainingInputError, where, problems)
    return labels


def rolling_folds(rows: Rows, places: Places, count: int) -> list[Fold]:
    """Cut rows into backtests by time, each validated on the rows that follow those it is fitted on.

    The moments are cut into `count + 1` parts of about equal rows; fold k is fitted on the first k parts and
    validated on the next. A cut never separates rows of one moment, and a row whose label was not known when
    the validation starts is not fitted on.

    Parameters
    ----------
    rows : Rows
    places : ndarray of int64
        The rows to cut.
    count : int
        How many folds; fewer if there are too few moments.
    """
    moments = np.sort(rows.as_of[places])
    starts = (
        sorted({int(moments[len(moments) * part // (count + 1)]) for part in range(1, count + 1)})
        if len(moments)
        else []
    )
    folds: list[Fold] = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else None
        at = rows.as_of[places]
        fit = places[(at < start) & (rows.label_known_at[places] <= start)]
        measure = places[(at >= start) & (at < end if end is not None else True)]
        if len(fit) and len(measure):
            folds.append(Fold(len(folds) + 1, fit, measure))
    return folds


def _without_copies(where: str, rows: Rows, fold_column: pa.ChunkedArray, plan: Plan) -> Rows:
    """Turn a table of folds, in which a row is once in each of its folds, into rows and their folds."""
    fold = (
        pd.array(fold_column.to_pandas(), dtype="Int64") if len(fold_column) else pd.array([], dtype="Int64")
    )
    frame = pd.DataFrame({"digest": rows.digests, "fold": fold, "split": rows.split})
    frame["copy"] = frame.groupby(["fold", "split", "digest"], dropna=False).cumcount()
    first = ~frame.duplicated(["digest", "copy"])
    if first.all() and frame["fold"].nunique() != 1:
        # every row once: a column that happens to be called `fold`, and not what `folds` writes
        return rows
    place = frame.groupby(["digest", "copy"], sort=False).ngroup().to_numpy()
    folds = [
        Fold(
            int(number),
            *(
                np.sort(place[part & (frame["fold"] == number)])
                for part in (frame.split == TRAIN, frame.split == VALIDATION)
            ),
        )
        for number in sorted(frame["fold"].dropna().unique())
    ]
    empty = [fold.number for fold in folds if not len(fold.train) or not len(fold.validation)]
    if empty:
        listed = ", ".join(map(str, empty))
        raise_problems(
            TrainingInputError, where,
            [f"fold {listed} of column '{plan.fold}' has no rows of split 'train' or none of 'validation'"],
        )  # fmt: skip
    kept = np.flatnonzero(first.to_numpy())
    split = np.full(len(kept), None, dtype=object)
    split[folds[-1].train], split[folds[-1].validation] = TRAIN, VALIDATION
    return replace(
        rows,
        features=rows.features.iloc[kept].reset_index(drop=True),
        label=rows.label.take(pa.array(kept)),
        split=split,
        weight=None if rows.weight is None else rows.weight[kept],
        as_of=rows.as_of[kept],
        label_known_at=rows.label_known_at[kept],
        folds=folds,
        digests=rows.digests[kept],
    )


def _doubles(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _whole(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    # a row without a moment counts as the first
    return np.asarray(pc.fill_null(column, np.iinfo(np.int64).min).to_numpy(), dtype=np.int64)
