"""Score every row of a relation with a version of the registry, as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dbt_baton import artifacts, signature, tasks
from dbt_baton.errors import SignatureMismatch, raise_problems
from dbt_baton.registry import Version, find_version
from dbt_baton.relations import column_types, find_column, is_relation, quoted, read_batches, utc_timestamp

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

    Parameters
    ----------
    dbt : object
        What dbt gives to the Python model.
    features : duckdb.DuckDBPyRelation, shape (n_rows, n_columns)
        `dbt.ref("...")`, filtered or not: entity columns, the as-of column and the features of the model's
        signature, in any order, among other columns or not.
    registry : duckdb.DuckDBPyRelation
        `dbt.ref("...")` of a model made with `baton.model_aliases`; or with `baton.model_registry` and
        `alias='latest'`, the version with the highest number.
    model_name : str
        Which model.
    alias : str, default="champion"
        Which of its versions.
    entity : str or list of str, optional
        The key column or columns. By default every column that is neither a feature of the signature, nor
        `as_of`, nor a `..._feature_time`.
    as_of : str, default="as_of"
        The column with the moment of each prediction.
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
        If the registry has no such model or alias; lists what it has.
    ArtifactRejected
        If the artifact was altered or holds what this package does not load.
    """
    version = find_version(registry, model_name, alias)
    keys = [*_keys(features, version, entity, as_of), as_of]
    _check(f"dbt_baton.predict in model '{dbt.this.identifier}'", features, version, keys)
    model = artifacts.load(version.artifact, allow_pickle=allow_pickle)

    columns = [find_column(features, key) or key for key in keys]
    expressions = [
        *map(quoted, columns[:-1]),
        utc_timestamp(columns[-1], column_types(features)[columns[-1]]),
        signature.row_hash(features, version.features),
        *signature.expressions(features, version.features),
    ]
    # by place, as a key may be a feature too
    projected = features.project(", ".join(f"{sql} as c{place}" for place, sql in enumerate(expressions)))
    batches = read_batches(projected)
    key_fields = [pa.field(column, batches.schema.field(place).type) for place, column in enumerate(columns)]
    schema = pa.schema([*key_fields, *(pa.field(*field) for field in SCORE_FIELDS)])
    return pa.RecordBatchReader.from_batches(schema, _scored(batches, schema, model, version, len(keys)))


def _keys(features: Any, version: Version, entity: str | Sequence[str] | None, as_of: str) -> Sequence[str]:
    """Give the key columns: those named, or what is left of the relation without features and times."""
    if entity is not None:
        return [entity] if isinstance(entity, str) else entity
    if not is_relation(features):
        return []
    taken = {as_of.lower(), *(feature.name.lower() for feature in version.features)}
    return [
        column
        for column in features.columns
        if column.lower() not in taken and not column.endswith("_feature_time")
    ]


def _check(where: str, features: Any, version: Version, keys: Sequence[str]) -> None:
    if not is_relation(features):
        problem = f"features is a {type(features).__name__}, expected the relation that dbt.ref() returns"
        raise_problems(SignatureMismatch, where, [problem])
    problems = [
        f"key '{key}' is missing, there are {', '.join(features.columns)}"
        for key in keys
        if find_column(features, key) is None
    ]
    moment = find_column(features, keys[-1])
    if moment and signature.type_of(column_types(features)[moment]) != "timestamp":
        problems.append(f"as_of '{moment}' is {column_types(features)[moment]}, expected a date or timestamp")
    raise_problems(SignatureMismatch, where, problems + signature.problems_with(features, version.features))


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
    """Class, probability, value and class probabilities of each row."""
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
    """Each row's probabilities by class; floats are written so that they read back bit for bit."""
    return pa.array(
        [
            json.dumps(dict(zip(classes, row, strict=True)), ensure_ascii=False)
            for row in probabilities.tolist()
        ],
        pa.string(),
    )
