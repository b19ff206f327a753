"""Score every row of a relation with versions from the registry, in a stream."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dbt_baton.errors import SignatureMismatch, raise_problems
from dbt_baton.fitted_model import BINARY, REGRESSION, FittedModel
from dbt_baton.registry import provenance
from dbt_baton.registry.versions import Version, find_version, load_version
from dbt_baton.training.progress import Progress
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.relations import (
    Relation,
    column_types,
    find_column,
    is_relation,
    quoted,
    read_batches,
    utc_timestamp,
)

SCORE_FIELDS = [
    ("model_name", pa.string()),
    ("model_version", pa.string()),
    ("alias", pa.string()),
    ("predicted_class", pa.string()),
    ("predicted_probability", pa.float64()),
    ("predicted_value", pa.float64()),
    ("class_probabilities", pa.string()),
    ("feature_hash", pa.string()),
]


def predict(
    dbt: Any,
    features: Any,
    registry: Any,
    *,
    model_name: str,
    alias: str | Sequence[str] = "champion",
    entity: str | Sequence[str] | None = None,
    as_of: str = "as_of",
    keep: str | Sequence[str] = (),
    allow_pickle: bool = False,
) -> pa.RecordBatchReader:
    """Score every row of `features` with the version that `alias` points to.

    In a run with `--empty` no version can be read, so the result has the columns and no rows.

    Parameters
    ----------
    dbt : object
        The first argument of the dbt Python model.
    features : duckdb.DuckDBPyRelation, shape (n_rows, n_columns)
        `dbt.ref("...")`, which may be filtered: entity columns, the as-of column and the features of the
        model's signature, in any order. Other columns are ignored if `entity` is given.
    registry : duckdb.DuckDBPyRelation
        `dbt.ref("...")` of a model made with `baton.model_aliases`; or of one made with
        `baton.model_registry`, with `alias='latest'` for the version with the highest number.
    model_name : str
        The name of the model.
    alias : str or list of str, default="champion"
        The alias of the version, or several, which all score in one pass over the rows.
    entity : str or list of str, optional
        The key column or columns. By default every column that is neither a feature of the signature, nor
        `as_of`, nor a `..._feature_time`. A run with `--empty` reads no signature, so it needs this argument.
    as_of : str, default="as_of"
        The column with the time of each prediction.
    keep : str or list of str, optional
        Other columns to take over into the result.
    allow_pickle : bool, default=False
        Load an artifact that is a pickle.

    Returns
    -------
    pyarrow.RecordBatchReader
        One row per input row and alias, in batches, so memory does not grow with n_rows: entity, as-of,
        `model_name`, `model_version`, `alias`, `predicted_class` (text; NULL for a regression),
        `predicted_probability` (of the positive class; with three classes or more, of the predicted one; NULL
        without `predict_proba`), `predicted_value` (of a regression), `class_probabilities` (JSON, for three
        classes or more), `feature_hash` (`baton.row_hash` of the features), and the columns of `keep`.

    Raises
    ------
    SignatureMismatch
        If a feature or key is missing or a feature has another type; names all of them.
    UnknownModel
        If the registry has no such model or alias; lists the existing ones.
    ArtifactRejected
        If the artifact was altered or contains types that are not allowed.
    """
    where = f"dbt_baton.predict in model '{dbt.this.identifier}'"
    aliases, kept = _as_list(alias), _as_list(keep)
    if provenance.reads_no_rows():
        return _no_scores(where, features, entity, as_of, kept)
    versions = [find_version(registry, model_name, name) for name in aliases]
    keys = [*_keys(features, versions, entity, as_of, kept), as_of]
    _check(where, features, versions, [*keys, *kept], as_of)
    scorers, expressions = [], [*_key_expressions(features, keys), *map(quoted, _spelled(features, kept))]
    for version in versions:
        model = load_version(version, allow_pickle)
        scorers.append(_Scorer(version, model, len(expressions)))
        expressions.append(signature.row_hash(features, version.features))
        expressions += signature.expressions(features, version.features)
    batches = read_batches(features.project(_by_place(expressions)))
    schema = _score_schema(features, keys, kept, batches.schema)
    progress = Progress(str(dbt.this.identifier))
    return pa.RecordBatchReader.from_batches(schema, _scored(batches, schema, scorers, len(keys), progress))


def score_table(rows: pa.Table, version: Version, allow_pickle: bool = False) -> pa.Table:
    """Score a table in memory with one version.

    Parameters
    ----------
    rows : pyarrow.Table, shape (n_rows, n_columns)
        With the features of the version, in any order.
    version : Version
    allow_pickle : bool, default=False

    Returns
    -------
    pyarrow.Table, shape (n_rows, 4)
        `predicted_class, predicted_probability, predicted_value, class_probabilities`, in the rows' order.

    Raises
    ------
    SignatureMismatch
        If a feature is missing or has another type; names all of them.
    """
    import duckdb

    where = f"model '{version.model_name}', version '{version.model_version}'"
    fields = SCORE_FIELDS[3:7]
    scorer = _Scorer(version, load_version(version, allow_pickle), 0)
    with duckdb.connect() as connection:
        features: Any = connection.from_arrow(rows)
        raise_problems(SignatureMismatch, where, signature.problems_with(features, version.features))
        expressions = [signature.row_hash(features, version.features)]
        expressions += signature.expressions(features, version.features)
        schema = pa.schema([pa.field(*field) for field in fields])
        batches = [
            pa.RecordBatch.from_arrays(scorer.score(batch, Counter())[0][3:], schema=schema)
            for batch in read_batches(features.project(_by_place(expressions)))
            if batch.num_rows
        ]
    return pa.Table.from_batches(batches, schema=schema)


@dataclass(frozen=True)
class _Scorer:
    """One version, and the place of its hash and features among the columns that are read."""

    version: Version
    model: FittedModel
    place: int

    def score(self, batch: pa.RecordBatch, unseen: Counter[str]) -> tuple[list[pa.Array], pa.Array]:
        """Give the columns from model_name to class_probabilities, and the hashes."""
        features = self.version.features
        frame = signature.to_frame(batch.columns[self.place + 1 : self.place + 1 + len(features)], features)
        for feature in features:
            if feature.categories is not None:
                values = frame[feature.name]
                unseen[feature.name] += int((values.notna() & ~values.isin(feature.categories)).sum())
        named = (self.version.model_name, self.version.model_version, self.version.alias)
        return [
            *(pa.repeat(name, batch.num_rows) for name in named),
            *self._predictions(frame),
        ], batch.column(self.place)

    def _predictions(self, frame: pd.DataFrame) -> list[pa.Array]:
        try:
            return _predictions(self.model, frame)
        except ValueError as refused:
            first = (str(refused).strip().splitlines() or [""])[0]
            problems = _refused_values(frame)
            model = f"model '{self.version.model_name}', version '{self.version.model_version}'"
            raise SignatureMismatch(
                f"dbt_baton.predict: {model}: {'; '.join(problems) or 'unknown values'} ({first})."
                " Fill or filter them, or train with an imputer in the preprocessing"
            ) from None


def _refused_values(frame: pd.DataFrame) -> list[str]:
    """Name the columns with values that some estimators refuse, and count these."""
    problems = []
    for name in frame:
        missing = int(frame[name].isna().sum())
        if missing:
            problems.append(f"feature '{name}' is NULL in {missing:,} rows")
        if pd.api.types.is_float_dtype(frame[name].dtype):
            values = np.abs(frame[name].to_numpy())
            large = int((values > np.finfo(np.float32).max).sum())
            if large:
                problems.append(f"feature '{name}' is infinite or beyond 3.4e38 in {large:,} rows")
    return problems


def _scored(
    batches: pa.RecordBatchReader,
    schema: pa.Schema,
    scorers: Sequence[_Scorer],
    n_keys: int,
    progress: Progress,
) -> Iterator[pa.RecordBatch]:
    unseen: Counter[str] = Counter()
    n_rows = 0
    n_kept = len(schema) - n_keys - len(SCORE_FIELDS)
    for batch in _read_ahead(batches):
        n_rows += batch.num_rows
        keys, kept = batch.columns[:n_keys], batch.columns[n_keys : n_keys + n_kept]
        for scorer in scorers:
            scores, feature_hash = scorer.score(batch, unseen)
            yield pa.RecordBatch.from_arrays([*keys, *scores, feature_hash, *kept], schema=schema)
    found = ", ".join(f"{name} {count:,}" for name, count in unseen.items() if count)
    if found:
        progress.warn(f"categories that no version was fitted on, of {n_rows:,} rows: {found}")


def _read_ahead(batches: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Give every batch with rows, while DuckDB computes the next one in a thread."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            if batch.num_rows:
                yield batch


def _no_scores(
    where: str, features: Any, entity: str | Sequence[str] | None, as_of: str, kept: Sequence[str]
) -> pa.RecordBatchReader:
    """Give an empty table with the columns of the scores, which need no version."""
    keys = [*_as_list(entity or ()), as_of]
    problems = _problems_with_keys(features, [*keys, *kept], as_of)
    if entity is None:
        problems.append(
            "entity is missing, and with --empty no version says which columns are keys: name them"
        )
    raise_problems(SignatureMismatch, where, problems)
    expressions = [*_key_expressions(features, keys), *map(quoted, _spelled(features, kept))]
    read = read_batches(features.project(_by_place(expressions)))
    return pa.RecordBatchReader.from_batches(_score_schema(features, keys, kept, read.schema), [])


def _key_expressions(features: Relation, keys: Sequence[str]) -> list[str]:
    """Write SQL for the entity's columns and, as the last key, the as-of column."""
    *entity, moment = _spelled(features, keys)
    return [*map(quoted, entity), utc_timestamp(moment, column_types(features)[moment])]


def _score_schema(features: Relation, keys: Sequence[str], kept: Sequence[str], read: pa.Schema) -> pa.Schema:
    """Give the columns of the scores; the keys and the kept columns come first in what was read."""
    fields = [
        pa.field(name, read.field(place).type)
        for place, name in enumerate([*_spelled(features, keys), *_spelled(features, kept)])
    ]
    return pa.schema(
        [*fields[: len(keys)], *(pa.field(*field) for field in SCORE_FIELDS), *fields[len(keys) :]]
    )


def _spelled(features: Relation, names: Sequence[str]) -> list[str]:
    """Spell the names as the relation does."""
    return [find_column(features, name) or name for name in names]


def _by_place(expressions: Sequence[str]) -> str:
    """Write the select list with names by position, because a key may also be a feature."""
    return ", ".join(f"{sql} as c{place}" for place, sql in enumerate(expressions))


def _as_list(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _keys(
    features: Any,
    versions: Sequence[Version],
    entity: str | Sequence[str] | None,
    as_of: str,
    kept: Sequence[str],
) -> Sequence[str]:
    """Give the key columns: those named, or all columns that are neither features nor times."""
    if entity is not None:
        return _as_list(entity)
    if not is_relation(features):
        return []
    taken = {name.lower() for name in (as_of, *kept)}
    taken |= {feature.name.lower() for version in versions for feature in version.features}
    return [
        column
        for column in features.columns
        if column.lower() not in taken and not column.endswith("_feature_time")
    ]


def _check(where: str, features: Any, versions: Sequence[Version], names: Sequence[str], as_of: str) -> None:
    problems = _problems_with_keys(features, names, as_of)
    if is_relation(features):
        of_versions = [signature.problems_with(features, version.features) for version in versions]
        problems += dict.fromkeys(problem for found in of_versions for problem in found)
        if any(of_versions):
            known = {name.lower() for name in names}
            known |= {feature.name.lower() for version in versions for feature in version.features}
            extra = [column for column in features.columns if column.lower() not in known]
            if extra:
                problems[-1] += f" (columns that the model does not use: {', '.join(extra)})"
    raise_problems(SignatureMismatch, where, problems)


def _problems_with_keys(features: Any, names: Sequence[str], as_of: str) -> list[str]:
    if not is_relation(features):
        return [f"features is a {type(features).__name__}, expected the relation that dbt.ref() returns"]
    problems = [
        f"key '{name}' is missing, there are {', '.join(features.columns)}"
        for name in names
        if find_column(features, name) is None
    ]
    moment = find_column(features, as_of)
    if moment and signature.type_of(column_types(features)[moment]) != "timestamp":
        problems.append(f"as_of '{moment}' is {column_types(features)[moment]}, expected a date or timestamp")
    return problems


def _predictions(model: FittedModel, frame: pd.DataFrame) -> list[pa.Array]:
    """Give class, probability, value and class probabilities of each row."""
    found = model.predict(frame)
    no_text, no_number = pa.nulls(len(frame), pa.string()), pa.nulls(len(frame), pa.float64())
    if model.task == REGRESSION:
        return [no_text, no_number, pa.array(found.predicted, pa.float64()), no_text]
    # predict gives labels of classes_, in any order of their own
    order = np.argsort(model.labels)
    places = order[np.searchsorted(model.labels, found.predicted, sorter=order)]
    classes = pa.array([str(label) for label in model.labels], pa.string()).take(pa.array(places))
    if found.probabilities is None:
        return [classes, no_number, no_number, no_text]
    if model.task == BINARY:
        return [classes, pa.array(found.probabilities[:, model.positive], pa.float64()), no_number, no_text]
    probability = pa.array(found.probabilities[np.arange(len(frame)), places], pa.float64())
    return [
        classes,
        probability,
        no_number,
        _as_json(found.probabilities, [str(label) for label in model.labels]),
    ]


def _as_json(probabilities: Any, classes: Sequence[str]) -> pa.Array:
    """Write each row's probabilities by class as JSON, with all digits of the floats."""
    return pa.array(
        [
            json.dumps(dict(zip(classes, row, strict=True)), ensure_ascii=False)
            for row in probabilities.tolist()
        ],
        pa.string(),
    )
