"""Score every row of a relation with a version from the registry, in a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dbt_baton import artifacts
from dbt_baton.errors import SignatureMismatch, raise_problems
from dbt_baton.registry import provenance
from dbt_baton.registry.versions import Version, find_version
from dbt_baton.training import tasks
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
    alias: str = "champion",
    entity: str | Sequence[str] | None = None,
    as_of: str = "as_of",
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
    alias : str, default="champion"
        The alias of the version.
    entity : str or list of str, optional
        The key column or columns. By default every column that is neither a feature of the signature, nor
        `as_of`, nor a `..._feature_time`. A run with `--empty` reads no signature, so it needs this argument.
    as_of : str, default="as_of"
        The column with the time of each prediction.
    allow_pickle : bool, default=False
        Load an artifact that is a pickle.

    Returns
    -------
    pyarrow.RecordBatchReader
        One row per input row, in batches, so memory does not grow with n_rows: entity, as-of, `model_name`,
        `model_version`, `predicted_class` (text; NULL for a regression), `predicted_probability` (of the
        positive class; with three classes or more, of the predicted one; NULL without `predict_proba`),
        `predicted_value` (of a regression), `class_probabilities` (JSON, for three classes or more),
        `feature_hash` (`baton.row_hash` of the features).

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
    if provenance.reads_no_rows():
        return _no_scores(where, features, entity, as_of)
    version = find_version(registry, model_name, alias)
    keys = [*_keys(features, version, entity, as_of), as_of]
    _check(where, features, version, keys)
    model = artifacts.load(
        version.artifact,
        model_name=version.model_name,
        model_version=version.model_version,
        allow_pickle=allow_pickle,
    )

    expressions = [
        *_key_expressions(features, keys),
        signature.row_hash(features, version.features),
        *signature.expressions(features, version.features),
    ]
    batches = read_batches(features.project(_by_place(expressions)))
    schema = _score_schema(features, keys, batches.schema)
    return pa.RecordBatchReader.from_batches(schema, _scored(batches, schema, model, version, len(keys)))


def _no_scores(
    where: str, features: Any, entity: str | Sequence[str] | None, as_of: str
) -> pa.RecordBatchReader:
    """Give an empty table with the columns of the scores, which need no version."""
    keys = [*_as_list(entity or ()), as_of]
    problems = _problems_with_keys(features, keys)
    if entity is None:
        problems.append(
            "entity is missing, and with --empty no version says which columns are keys: name them"
        )
    raise_problems(SignatureMismatch, where, problems)
    read = read_batches(features.project(_by_place(_key_expressions(features, keys))))
    return pa.RecordBatchReader.from_batches(_score_schema(features, keys, read.schema), [])


def _key_expressions(features: Relation, keys: Sequence[str]) -> list[str]:
    """Write SQL for the entity's columns and, as the last key, the as-of column."""
    *entity, moment = _spelled(features, keys)
    return [*map(quoted, entity), utc_timestamp(moment, column_types(features)[moment])]


def _score_schema(features: Relation, keys: Sequence[str], read: pa.Schema) -> pa.Schema:
    """Give the columns of the scores; the key columns come first in what was read."""
    key_fields = [
        pa.field(name, read.field(place).type) for place, name in enumerate(_spelled(features, keys))
    ]
    return pa.schema([*key_fields, *(pa.field(*field) for field in SCORE_FIELDS)])


def _spelled(features: Relation, names: Sequence[str]) -> list[str]:
    """Spell the names as the relation does."""
    return [find_column(features, name) or name for name in names]


def _by_place(expressions: Sequence[str]) -> str:
    """Write the select list with names by position, because a key may also be a feature."""
    return ", ".join(f"{sql} as c{place}" for place, sql in enumerate(expressions))


def _as_list(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def _keys(features: Any, version: Version, entity: str | Sequence[str] | None, as_of: str) -> Sequence[str]:
    """Give the key columns: those named, or all columns that are neither features nor times."""
    if entity is not None:
        return _as_list(entity)
    if not is_relation(features):
        return []
    taken = {as_of.lower(), *(feature.name.lower() for feature in version.features)}
    return [
        column
        for column in features.columns
        if column.lower() not in taken and not column.endswith("_feature_time")
    ]


def _check(where: str, features: Any, version: Version, keys: Sequence[str]) -> None:
    problems = _problems_with_keys(features, keys)
    if is_relation(features):
        problems += signature.problems_with(features, version.features)
    raise_problems(SignatureMismatch, where, problems)


def _problems_with_keys(features: Any, keys: Sequence[str]) -> list[str]:
    if not is_relation(features):
        return [f"features is a {type(features).__name__}, expected the relation that dbt.ref() returns"]
    problems = [
        f"key '{key}' is missing, there are {', '.join(features.columns)}"
        for key in keys
        if find_column(features, key) is None
    ]
    moment = find_column(features, keys[-1])
    if moment and signature.type_of(column_types(features)[moment]) != "timestamp":
        problems.append(f"as_of '{moment}' is {column_types(features)[moment]}, expected a date or timestamp")
    return problems


def _scored(
    batches: pa.RecordBatchReader, schema: pa.Schema, model: Any, version: Version, n_keys: int
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows == 0:
            continue
        *keys, feature_hash = batch.columns[: n_keys + 1]
        frame = signature.to_frame(batch.columns[n_keys + 1 :], version.features)
        yield pa.RecordBatch.from_arrays(
            [
                *keys,
                pa.repeat(version.model_name, batch.num_rows),
                pa.repeat(version.model_version, batch.num_rows),
                *_predictions(model, version.task, frame),
                feature_hash,
            ],
            schema=schema,
        )


def _predictions(model: Any, task: str, frame: Any) -> list[pa.Array]:
    """Give class, probability, value and class probabilities of each row."""
    predicted = model.predict(frame)
    nothing = pa.nulls(len(frame))
    if task == tasks.REGRESSION:
        return [
            nothing.cast(pa.string()),
            nothing.cast(pa.float64()),
            pa.array(predicted, pa.float64()),
            nothing.cast(pa.string()),
        ]
    classes = pa.array([str(label) for label in predicted], pa.string())
    probabilities = model.predict_proba(frame) if hasattr(model, "predict_proba") else None
    probability, by_class = nothing.cast(pa.float64()), nothing.cast(pa.string())
    if probabilities is not None and task == tasks.BINARY:
        probability = pa.array(probabilities[:, 1], pa.float64())
    elif probabilities is not None:
        places = np.searchsorted(model.classes_, predicted)
        probability = pa.array(probabilities[np.arange(len(frame)), places], pa.float64())
        by_class = _as_json(probabilities, [str(label) for label in model.classes_])
    return [classes, probability, nothing.cast(pa.float64()), by_class]


def _as_json(probabilities: npt.NDArray[np.float64], classes: Sequence[str]) -> pa.Array:
    """Write each row's probabilities by class as JSON, with all digits of the floats."""
    return pa.array(
        [
            json.dumps(dict(zip(classes, row, strict=True)), ensure_ascii=False)
            for row in probabilities.tolist()
        ],
        pa.string(),
    )
