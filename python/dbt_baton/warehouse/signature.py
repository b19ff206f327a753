"""A model's features by name and type: recorded when it is trained, enforced when it scores."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa

from dbt_baton.warehouse.relations import (
    Relation,
    column_types,
    find_column,
    literal,
    quoted,
    utc_timestamp,
    value_text,
)

TYPES = {
    "int": (
        "tinyint", "smallint", "integer", "bigint", "hugeint",
        "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
    ),
    "float": ("float", "double", "decimal"),
    "boolean": ("boolean",),
    "text": ("varchar", "enum", "uuid"),
    "timestamp": (
        "date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone",
        "timestamptz_ns",
    ),
}  # fmt: skip

# A feature may later have another type of the same kind: an integer column that became a double is still the
# same feature.
KINDS = {"int": "number", "float": "number", "boolean": "boolean", "text": "text", "timestamp": "timestamp"}


INPUT, GROUP = "input", "group_by"
MAX_CATEGORIES = 1_000


@dataclass(frozen=True)
class Feature:
    """One column that a model reads.

    Attributes
    ----------
    name : str
    type : str
        One of the words in `TYPES`.
    role : str
        `INPUT` of the estimator, or `GROUP`: the column whose value chooses the estimator.
    categories : tuple of str or None
        The texts that the model was fitted on; None for other types and where they are many.
    """

    name: str
    type: str
    role: str = INPUT
    categories: tuple[str, ...] | None = None


def type_of(duckdb_type: object) -> str | None:
    """Give the word for a DuckDB type, or None for an unsupported type (list, struct, blob, ...)."""
    identifier = getattr(duckdb_type, "id", "")
    return next((word for word, identifiers in TYPES.items() if identifier in identifiers), None)


def to_json(features: Sequence[Feature]) -> str:
    """Write the signature for a version row: a list of names and types, in the model's column order."""
    return json.dumps(
        [
            {"name": feature.name, "type": feature.type}
            | ({"role": feature.role} if feature.role != INPUT else {})
            | ({"categories": list(feature.categories)} if feature.categories is not None else {})
            for feature in features
        ],
        ensure_ascii=False,
    )


def from_json(text: str) -> list[Feature]:
    """Read the signature of a version row."""
    return [
        Feature(
            entry["name"], entry["type"], entry.get("role", INPUT),
            tuple(entry["categories"]) if "categories" in entry else None,
        )
        for entry in json.loads(text)
    ]  # fmt: skip


def problems_with(relation: Relation, features: Sequence[Feature]) -> list[str]:
    """Name every feature that the relation lacks or has with another kind of type."""
    types = column_types(relation)
    problems = []
    for feature in features:
        column = find_column(relation, feature.name)
        if column is None:
            problems.append(f"feature '{feature.name}' ({feature.type}) is missing")
        elif KINDS.get(type_of(types[column]) or "") != KINDS[feature.type]:
            problems.append(
                f"feature '{feature.name}' is {types[column]}, the model was trained on {feature.type}"
            )
    return problems


def expressions(relation: Relation, features: Sequence[Feature]) -> list[str]:
    """Write SQL for each feature: numbers and booleans as double, text as varchar, timestamps in UTC.

    All numbers have one type, because an integer column would be int64 in a batch without NULL and float64 in
    the next one.
    """
    types = column_types(relation)
    sql = []
    for feature in features:
        column = find_column(relation, feature.name)
        assert column is not None, "checked by problems_with"
        if feature.role == GROUP:
            # as text in which equal numbers are equal, whatever their type
            sql.append(value_text(column, types[column]))
        elif KINDS[feature.type] in ("number", "boolean"):
            sql.append(f"cast({quoted(column)} as double)")
        elif feature.type == "text":
            sql.append(f"cast({quoted(column)} as varchar)")
        else:
            sql.append(utc_timestamp(column, types[column]))
    return sql


def row_hash(relation: Relation, features: Sequence[Feature]) -> str:
    """Write SQL for a hash of the feature values, equal to the macro `baton.row_hash` of these columns."""
    types = column_types(relation)
    folded = Counter(feature.name.lower() for feature in features)
    parts = {}
    for feature in features:
        column = find_column(relation, feature.name) or feature.name
        # a name may change its case, unless only its case distinguishes it from another name
        name = feature.name.lower() if folded[feature.name.lower()] == 1 else feature.name
        text = value_text(column, types[column])
        is_number = KINDS.get(type_of(types[column]) or "") in ("number", "boolean")
        escaped = text if is_number else f"replace({text}, ',', ',,')"
        # a value or a name may contain the characters that separate names and values, so both are escaped
        written = name.replace("%", "%25").replace("=", "%3D").replace(",", "%2C")
        # `concat` builds one text and passes over a NULL, where each `||` would build another text
        given = f"{quoted(column)} is not null"
        parts[name] = f"if({given}, {literal(written + '=')}, ''), {escaped}, if({given}, ',', '')"
    return f"md5(concat({', '.join(parts[name] for name in sorted(parts))}))"


def to_frame(columns: Sequence[pa.Array], features: Sequence[Feature]) -> pd.DataFrame:
    """Make the frame for scikit-learn: float64 with NaN for NULL, and `category` for text.

    Parameters
    ----------
    columns : sequence of pyarrow.Array, each of shape (n_rows,)
        The values of `expressions`, in the order of `features`.
    features : sequence of Feature
        The signature.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, n_features)
        Categories are sorted by their text, so they do not depend on the order of rows.
    """
    series = {}
    for column, feature in zip(columns, features, strict=True):
        values = column.to_pandas()
        if feature.type == "text" or feature.role == GROUP:
            values = pd.Series(pd.Categorical(values.astype(object)))
        series[feature.name] = values
    return pd.DataFrame(series)


def with_seen_categories(features: Sequence[Feature], frame: pd.DataFrame) -> list[Feature]:
    """Record the texts of each text column in rows that were fitted on, up to `MAX_CATEGORIES` of them."""
    recorded = []
    for feature in features:
        if feature.type == "text" and feature.role == INPUT:
            seen = sorted(str(text) for text in frame[feature.name].dropna().unique())
            if len(seen) <= MAX_CATEGORIES:
                feature = replace(feature, categories=tuple(seen))
        recorded.append(feature)
    return recorded


def with_own_categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop categories without rows, because a model must not learn the values of the other splits."""
    frame = frame.copy()
    for name in frame.select_dtypes("category"):
        frame[name] = frame[name].cat.remove_unused_categories()
    return frame
