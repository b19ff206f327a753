"""The identity of a model version: a hash of training data, configuration and code."""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import platform
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import takewhile
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dbt_baton.release import __version__

CHUNK_ROWS = 65_536
NOT_IN_IDENTITY = {"n_jobs", "verbose"}  # they change how a model is trained, not the result


def row_digests(table: pa.Table) -> list[str]:
    """Hash each row's values to 32 hex digits.

    Parameters
    ----------
    table : pyarrow.Table, shape (n_rows, n_columns)
        Columns of type int64, double, text or timestamp.

    Returns
    -------
    list of str, length n_rows
        NULL differs from every value, every NaN is the same value, and 0.0 equals -0.0. The digests do not
        depend on names, on engine or library versions, on the order of rows, or on the machine's byte order.
    """
    digests = []
    for batch in table.to_batches(max_chunksize=CHUNK_ROWS):
        cells = np.hstack([_cells(column) for column in batch.columns])
        digests += [hashlib.blake2b(row, digest_size=16).hexdigest() for row in cells]
    return digests


def training_set_hash(schema: Sequence[tuple[str, str]], digests: Sequence[str]) -> str:
    """Hash a set of rows; duplicates count, order does not.

    Parameters
    ----------
    schema : sequence of (str, str)
        The role and the name or type of each column.
    digests : sequence of str
        From `row_digests`.

    Returns
    -------
    str
        64 hex digits.
    """
    content = hashlib.sha256(_canonical_json(list(schema)).encode())
    for digest in sorted(digests):
        content.update(digest.encode())
    return content.hexdigest()


def model_version(data_hash: str, configuration: dict[str, Any], estimator: object) -> str:
    """Hash training data, configuration and code to the 12 hex digits of a version.

    Code means the versions of this package and of every package with a part in the estimator, such as
    scikit-learn. Another version of scikit-learn may fit another model, so an upgrade makes a new
    version in the next run instead of a silent change. Functions and estimators outside of a versioned
    package are identified by their source.

    Parameters
    ----------
    data_hash : str
        From `training_set_hash`.
    configuration : dict
        JSON-like: label, entity, features, ...
    estimator : estimator
        Not fitted, with all parameters set.
    """
    described = describe(estimator, leave_out=NOT_IN_IDENTITY)
    content = _canonical_json([data_hash, configuration, described, code_of(estimator)])
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def describe(value: Any, leave_out: frozenset[str] | set[str] = frozenset()) -> Any:
    """Describe a value of an estimator's parameters in JSON, the same in every process.

    Parameters
    ----------
    value : object
        A parameter, or an estimator: `{"class": ..., "params": {...}}`, nested.
    leave_out : set of str
        Parameters to leave out, at every depth.

    Raises
    ------
    TypeError
        If the value has no representation that is the same in another process (it has a memory address).
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, np.generic):
        return describe(value.item())
    if isinstance(value, np.ndarray):
        return [describe(item, leave_out) for item in value.tolist()]
    if isinstance(value, dict):
        return {str(key): describe(item, leave_out) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [describe(item, leave_out) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((describe(item, leave_out) for item in value), key=_canonical_json)
    if isinstance(value, type):
        return qualified_name(value)
    if hasattr(value, "get_params"):
        params = {key: item for key, item in value.get_params(deep=False).items() if key not in leave_out}
        return {"class": qualified_name(type(value)), "params": describe(params, leave_out)}
    if isinstance(value, partial):
        return describe([value.func, value.args, value.keywords], leave_out)
    if callable(value) and hasattr(value, "__name__"):
        return qualified_name(value)
    if all(hasattr(value, part) for part in ("dist", "args", "kwds")):
        # a distribution of scipy, which also holds a generator that a search does not use
        return {
            "class": qualified_name(type(value.dist)),
            "params": describe([value.args, value.kwds], leave_out),
        }
    if " at 0x" not in repr(value):
        return repr(value)
    if hasattr(value, "__dict__"):
        return {"class": qualified_name(type(value)), "attributes": describe(vars(value), leave_out)}
    raise TypeError(f"a {type(value).__name__} has no value that another run could repeat")


def code_of(estimator: object) -> dict[str, str]:
    """Name the version of every package with a part in the estimator, or a hash of the part's source."""
    code = {"dbt-baton": __version__}
    for part in _code_parts(estimator):
        package = (getattr(part, "__module__", None) or "").partition(".")[0]
        found = getattr(sys.modules.get(package), "__version__", None)
        if found:
            code[package] = str(found)
        elif not isinstance(part, np.ufunc):
            code[qualified_name(part)] = _source_hash(part)
    return code


def library_versions(estimator: object) -> dict[str, str]:
    """List the versions to record: more than the identity uses, to help to rebuild a model."""
    versions = {"python": platform.python_version(), **code_of(estimator)}
    for distribution in ("scikit-learn", "numpy", "pandas", "pyarrow", "scipy", "skops"):
        try:
            versions[distribution] = version(distribution)
        except PackageNotFoundError:
            continue
    versions.pop("sklearn", None)
    return versions


def qualified_name(value: Any) -> str:
    """Name a class or function as it is imported: `sklearn.ensemble.RandomForestClassifier`."""
    modules = (getattr(value, "__module__", None) or "numpy").split(".")
    public = takewhile(lambda part: not part.startswith("_"), modules)
    return ".".join([*public, getattr(value, "__qualname__", value.__name__)])


def _cells(column: pa.Array) -> npt.NDArray[np.uint8]:
    """Give a column's bytes for each row, of fixed width: whether the value is not NULL, then the value."""
    valid = np.asarray(column.is_valid(), dtype=np.uint8)[:, None]
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        values = _text_digests(column)
    elif pa.types.is_floating(column.type):
        floats = np.asarray(pc.fill_null(column, 0.0), dtype=np.float64) + 0.0
        floats[np.isnan(floats)] = np.nan
        values = floats.astype("<f8").view(np.uint8).reshape(len(column), 8)
    else:
        integers = np.asarray(pc.fill_null(column.cast(pa.int64()), 0))
        values = integers.astype("<i8").view(np.uint8).reshape(len(column), 8)
    return np.hstack([valid, values * valid])


def _text_digests(column: pa.Array) -> npt.NDArray[np.uint8]:
    """Hash each text to 16 bytes; each distinct text is hashed once."""
    encoded = pc.fill_null(column, "").dictionary_encode()
    digests = b"".join(
        hashlib.blake2b(text.encode(), digest_size=16).digest() for text in encoded.dictionary.to_pylist()
    )
    cells: npt.NDArray[np.uint8] = np.frombuffer(digests, dtype=np.uint8).reshape(-1, 16)[encoded.indices]
    return cells


def _code_parts(value: Any) -> Iterator[Any]:
    """Find the classes and functions inside an estimator's parameters."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _code_parts(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _code_parts(item)
    elif isinstance(value, type):
        yield value
    elif hasattr(value, "get_params"):
        yield type(value)
        yield from _code_parts(value.get_params(deep=False))
    elif isinstance(value, partial):
        yield from _code_parts([value.func, value.args, value.keywords])
    elif callable(value):
        yield value if hasattr(value, "__name__") else type(value)


def _source_hash(part: Any) -> str:
    try:
        source = inspect.getsource(part)
    except (OSError, TypeError):
        return "no source"
    return hashlib.sha256(source.encode()).hexdigest()


def _canonical_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
