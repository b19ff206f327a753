"""Direct loss estimation: what a regression model loses before outcomes are known, by a model of the loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold, cross_val_predict

from dbt_baton.errors import EstimationInputError, raise_problems
from dbt_baton.registry import provenance
from dbt_baton.warehouse.relations import (
    Relation,
    column_types,
    find_column,
    is_relation,
    quoted,
    read_batches,
    utc_timestamp,
    value_text,
)

NUMBERS = {"boolean", "float", "double", "decimal", "tinyint", "smallint", "integer", "bigint", "hugeint"}
NUMBERS |= {"utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"}
TEXTS = {"varchar", "enum", "uuid"}
PERIODS = ("hour", "day", "week", "month", "quarter", "year")
FEWEST_ROWS = 100
FOLDS = 5
MOST_CATEGORIES = 254
NORMAL_QUANTILE = 1.959963984540054
MODEL = ["model_name", "model_version"]
CELL = [*MODEL, "period_start", "segment_name", "segment_value"]
COLUMNS = {
    **dict.fromkeys(CELL, "object"),
    "metric": "object",
    **dict.fromkeys(["value", "std_error", "lower", "upper"], "float64"),
    "n": "int64",
    "n_labelled": "Int64",
    "class": "object",
    "undefined_reason": "object",
}

Numbers = npt.NDArray[np.float64]


def estimated_loss(
    dbt: Any,
    predictions: Any,
    reference: Any,
    *,
    features: Sequence[str],
    actual: str = "actual",
    prediction: str = "predicted_value",
    as_of: str = "as_of",
    period: str | None = "day",
    segments: str | Sequence[str | Sequence[str]] = (),
    random_state: int = 42,
) -> pd.DataFrame:
    """Estimate the mean absolute and the root mean squared error of predictions, by period and segment.

    For each model version a gradient boosting model learns, on a labelled reference, how large the loss is
    where features and prediction are such; the estimate of a cell is the mean of what it expects. It sees
    that rows have moved to where the model errs more, and not that the world has changed (concept drift).

    Parameters
    ----------
    dbt : object
        The first argument of the dbt Python model.
    predictions : duckdb.DuckDBPyRelation, shape (n_rows, n_columns)
        `dbt.ref("...")`: `model_name`, `model_version`, the time, the prediction, the features, the segments.
    reference : duckdb.DuckDBPyRelation, shape (n_reference_rows, n_columns)
        Labelled predictions of the same versions, not those of training: the same columns, and `actual`.
    features : list of str
        Numbers, booleans and texts; those that the model uses, and others by which its errors may differ.
    actual : str, default="actual"
        The column of the reference with the outcome; rows without one are left out.
    prediction : str, default="predicted_value"
        The column with the predicted value.
    as_of : str, default="as_of"
        The column with the time of each prediction.
    period : str or None, default="day"
        `hour`, `day`, `week`, `month`, `quarter` or `year`; None for all time.
    segments : str or list, default=()
        Columns, and lists of columns for crossed segments, as in the macro `model_performance`.
    random_state : int, default=42
        Of the folds.

    Returns
    -------
    pandas.DataFrame
        The columns of the macro `model_performance`, with metrics `mae` and `rmse`. `std_error` is that of
        the realised value around the estimate, where the spread of a loss is taken to grow with its mean.
        A version with fewer than 100 reference rows has NULL and a reason.

    Raises
    ------
    EstimationInputError
        If an argument or a column is missing or of a type that cannot be used; names all of them.

    References
    ----------
    NannyML's direct loss estimation: https://nannyml.readthedocs.io/en/stable/how_it_works/performance_estimation.html
    """
    where = f"dbt_baton.estimated_loss in model '{dbt.this.identifier}'"
    features = [features] if isinstance(features, str) else list(features)
    slices = _slices(segments)
    _check(where, predictions, reference, features, actual, prediction, as_of, period, slices)
    if provenance.reads_no_rows():
        return _report([])
    columns = [name for piece in slices for name in piece.columns]
    now = _frame(predictions, features, prediction, as_of, period, columns, None)
    then = _frame(reference, features, prediction, as_of, None, [], actual)
    then = then[np.isfinite(then["actual"]) & np.isfinite(then["prediction"])]
    cells: list[dict[str, Any]] = []
    for version, rows in now.groupby(MODEL, dropna=False):
        known = then[_same(then, MODEL, version)]
        losses = _Losses.fit(known, rows, random_state) if len(known) >= FEWEST_ROWS else None
        for piece in slices:
            by = ["period_start", *(f"segment:{name}" for name in piece.columns)]
            for (start, *values), part in rows.groupby(by, dropna=False):
                cell = dict(zip(CELL, (*version, start, piece.label, piece.value(values)), strict=True))
                cells += _estimates(cell, part, losses)
    return _report(cells)


@dataclass(frozen=True)
class _Losses:
    """What the losses of each row are expected to be, by metric.

    Attributes
    ----------
    expected : dict of str to ndarray, shape (n_rows,)
        By position in the version's rows.
    spread : dict of str to float
        The variance of a loss over its squared expectation.
    of_reference : dict of str to float
        The squared relative error of the mean loss of the reference.
    """

    expected: dict[str, Numbers]
    spread: dict[str, float]
    of_reference: dict[str, float]

    @classmethod
    def fit(cls, known: pd.DataFrame, rows: pd.DataFrame, random_state: int) -> _Losses:
        learned, asked = _inputs(known, rows)
        expected, spread, of_reference = {}, {}, {}
        error = (known["prediction"] - known["actual"]).to_numpy(float)
        for metric, loss in {"mae": np.abs(error), "rmse": error**2}.items():
            if not loss.any():
                expected[metric], spread[metric], of_reference[metric] = np.zeros(len(asked)), 0.0, 0.0
                continue
            # Poisson's deviance weighs small losses more than squares do, and what it fits is never negative
            regressor = HistGradientBoostingRegressor(
                loss="poisson", categorical_features="from_dtype", random_state=random_state
            )
            folds = KFold(FOLDS, shuffle=True, random_state=random_state)
            # the deviance needs a loss in each fold
            loss = loss + 1e-9 * loss.mean()
            unseen = cross_val_predict(regressor, learned, loss, cv=folds)
            spread[metric] = float(((loss - unseen) ** 2).sum() / (unseen**2).sum())
            of_reference[metric] = float(spread[metric] * (unseen**2).sum() / loss.sum() ** 2)
            expected[metric] = regressor.fit(learned, loss).predict(asked)
        return cls(expected, spread, of_reference)


def _estimates(cell: dict[str, Any], rows: pd.DataFrame, losses: _Losses | None) -> Iterator[dict[str, Any]]:
    """Give the rows of one cell."""
    places = rows["place"].to_numpy()[np.isfinite(rows["prediction"].to_numpy(float))]
    reason = f"fewer than {FEWEST_ROWS} labelled reference rows of this version" if losses is None else None
    reason = reason or (None if len(places) else "no predicted values")
    for metric in ("mae", "rmse"):
        row = cell | {"metric": metric, "n": len(rows), "undefined_reason": reason}
        if losses is not None and reason is None:
            expected = losses.expected[metric][places]
            value = expected.mean()
            error = np.sqrt(
                losses.spread[metric] * (expected**2).sum() / len(expected) ** 2
                + losses.of_reference[metric] * value**2
            )
            if metric == "rmse":
                value = np.sqrt(value)
                error = error / (2 * value) if value else 0.0
            row |= {
                "value": value,
                "std_error": error,
                "lower": max(value - NORMAL_QUANTILE * error, 0.0),
                "upper": value + NORMAL_QUANTILE * error,
            }
        yield row


def _report(cells: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=list(COLUMNS)).astype(
        {**COLUMNS, "period_start": "datetime64[us]"}
    )


def _same(frame: pd.DataFrame, names: Sequence[str], values: Sequence[Any]) -> pd.Series[bool]:
    """Whether the columns have these values, a missing one as itself."""
    same = pd.Series(True, index=frame.index)
    for name, value in zip(names, values, strict=True):
        same &= frame[name].isna() if pd.isna(value) else frame[name] == value
    return same


# what the relations hold


def _frame(
    relation: Relation,
    features: Sequence[str],
    prediction: str,
    as_of: str,
    period: str | None,
    segments: Sequence[str],
    actual: str | None,
) -> pd.DataFrame:
    """Read the rows: texts of version and segments, the period, numbers, and features as they are."""
    types = column_types(relation)

    def column(name: str) -> str:
        found = find_column(relation, name)
        assert found is not None
        return found

    time = utc_timestamp(column(as_of), types[column(as_of)])
    written = {name: f"cast({quoted(column(name))} as varchar)" for name in MODEL}
    written["period_start"] = f"date_trunc('{period}', {time})" if period else "cast(null as timestamp)"
    written["prediction"] = f"cast({quoted(column(prediction))} as double)"
    if actual is not None:
        written["actual"] = f"cast({quoted(column(actual))} as double)"
    for name in dict.fromkeys(segments):
        written[f"segment:{name}"] = value_text(column(name), types[column(name)])
    for name in features:
        is_text = types[column(name)].id in TEXTS
        kind = "varchar" if is_text else "double"
        written[f"feature:{name}"] = f"cast({quoted(column(name))} as {kind})"
    selected = ", ".join(f"{sql} as {quoted(name)}" for name, sql in written.items())
    frame: pd.DataFrame = read_batches(relation.project(selected)).read_all().to_pandas()
    return frame.assign(place=frame.groupby(MODEL, dropna=False).cumcount())


def _inputs(known: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the features and the prediction; texts as the categories of the reference, others as missing."""
    names = ["prediction", *(name for name in known if str(name).startswith("feature:"))]
    learned, asked = known[names].copy(), rows[names].copy()
    for name in names:
        if learned[name].dtype.kind not in "fiub":
            frequent = learned[name].value_counts().index[:MOST_CATEGORIES]
            categories = pd.CategoricalDtype(sorted(frequent))
            learned[name], asked[name] = (
                frame[name].where(frame[name].isin(frequent)).astype(categories) for frame in (learned, asked)
            )
        else:
            # infinity is no number to split at
            learned[name] = learned[name].where(np.isfinite(learned[name]))
            asked[name] = asked[name].where(np.isfinite(asked[name]))
    return learned, asked


# segments, named and written as the macros do


@dataclass(frozen=True)
class _Slice:
    """All rows (no columns), the values of a column, or of several that are crossed."""

    label: str
    columns: list[str]
    is_crossed: bool = False

    def value(self, values: Sequence[Any]) -> Any:
        """Give the segment's value: of a crossed one a CSV record, in which a missing value is empty."""
        if not self.columns:
            return "all"
        if self.is_crossed:
            return ",".join(map(_field, values))
        return None if pd.isna(values[0]) else values[0]


def _slices(segments: str | Sequence[str | Sequence[str]]) -> list[_Slice]:
    slices = [_Slice("all", [])]
    for segment in [segments] if isinstance(segments, str) else segments:
        if isinstance(segment, str):
            slices.append(_Slice(segment, [segment]))
        else:
            slices.append(_Slice(",".join(map(_field, segment)), list(segment), is_crossed=True))
    return slices


def _field(value: Any) -> str:
    if pd.isna(value):
        return ""
    text = str(value)
    needs_quotes = text == "" or any(mark in text for mark in ',"\n\r')
    return '"' + text.replace('"', '""') + '"' if needs_quotes else text


def _check(
    where: str,
    predictions: Any,
    reference: Any,
    features: Sequence[str],
    actual: str,
    prediction: str,
    as_of: str,
    period: str | None,
    slices: Sequence[_Slice],
) -> None:
    """Raise one error that names all that is wrong."""
    problems = []
    if period is not None and period not in PERIODS:
        problems.append(f"period is {period!r}, expected one of {', '.join(PERIODS)}, or None")
    if not features:
        problems.append("features is empty, expected the names of columns")
    if any(piece.label == "all" for piece in slices[1:]):
        problems.append("segments contains 'all', which is reserved for the slice of all rows")
    labels = [piece.label for piece in slices[1:]]
    for label in dict.fromkeys(labels):
        if labels.count(label) > 1:
            problems.append(f"segments names {label!r} {labels.count(label)} times")
    segments = [name for piece in slices for name in piece.columns]
    for argument, relation, names in (
        ("predictions", predictions, [*MODEL, as_of, prediction, *features, *segments]),
        ("reference", reference, [*MODEL, as_of, prediction, *features, actual]),
    ):
        if not is_relation(relation):
            problems.append(f"{argument} is {type(relation).__name__}, expected dbt.ref(...)")
            continue
        missing = [name for name in dict.fromkeys(names) if find_column(relation, name) is None]
        if missing:
            problems.append(
                f"{argument} has no {', '.join(map(repr, missing))}, it has {', '.join(relation.columns)}"
            )
        types = column_types(relation)
        numbers = [prediction, *([actual] if argument == "reference" else [])]
        for name in [*numbers, *features]:
            found = find_column(relation, name)
            if found is not None and types[found].id not in NUMBERS | (TEXTS if name in features else set()):
                expected = "a number, a boolean or a text" if name in features else "a number"
                problems.append(f"{argument}.{found} is {types[found]}, expected {expected}")
    raise_problems(EstimationInputError, where, problems)
