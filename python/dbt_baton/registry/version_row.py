"""The version row: the record of a trained model, with the same columns from Python and from SQL."""

from __future__ import annotations

import json
import math
from typing import Any

import pyarrow as pa

VERSION_SCHEMA = pa.schema(
    [
        ("model_name", pa.string()),
        ("model_version", pa.string()),
        ("trained_at", pa.timestamp("us")),
        ("task", pa.string()),
        ("estimator", pa.string()),
        ("params", pa.string()),
        ("features", pa.string()),
        ("label", pa.string()),
        ("split", pa.string()),
        ("training_rows", pa.int64()),
        ("training_set_hash", pa.string()),
        ("random_state", pa.int64()),
        ("metrics", pa.string()),
        ("feature_importances", pa.string()),
        ("artifact", pa.binary()),
        ("artifact_sha256", pa.string()),
        ("artifact_format", pa.string()),
        ("library_versions", pa.string()),
        ("scoring_sql", pa.string()),
        ("scoring_sql_max_abs_error", pa.float64()),
        ("run_id", pa.string()),
        ("git_sha", pa.string()),
        ("owner", pa.string()),
        ("classes", pa.string()),
        ("threshold", pa.float64()),
        ("training_relation", pa.string()),
        ("configuration", pa.string()),
        ("groups", pa.string()),
        ("scoring_nodes", pa.string()),
        ("scoring_sql_differing_classes", pa.int64()),
    ]
)


def no_rows() -> pa.Table:
    """Give the table that an incremental model appends when there is no new version."""
    return VERSION_SCHEMA.empty_table()


def one_row(**values: Any) -> pa.Table:
    """Give the table of one version; columns without a value are NULL."""
    return pa.Table.from_pylist([values], schema=VERSION_SCHEMA)


def to_json(value: Any) -> str:
    """Write JSON text with sorted keys; NaN and infinity become null, because JSON has neither."""
    return json.dumps(_finite(value), sort_keys=True, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
