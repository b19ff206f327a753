"""Arrays in an artifact, checked as data: nothing is allocated before its size is known to be right."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dbt_baton.artifacts.archive import read_members, write_members
from dbt_baton.errors import ArtifactRejected

KINDS = frozenset("biufUSmM")  # booleans, numbers, text and times: no objects, which could only be pickled
MAX_DIMENSIONS = 8
MAX_FIELDS = 32
MAX_SPARSE = 2**26  # bytes of a sparse matrix; that of a model has as many values as there are features
SPARSE_MEMBERS = {"data.npy", "indices.npy", "indptr.npy", "shape.npy", "format.npy"}


@dataclass(frozen=True)
class Header:
    """What an npy file says about its array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran_order: bool
    start: int


def npy_header(content: bytes) -> Header:
    """Read the header of an npy file, and check that the file is as long as its header says.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    Header

    Raises
    ------
    ArtifactRejected
        If the array has objects, an unusual form or another number of bytes.
    ValueError
        If it is not an npy file.
    """
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ArtifactRejected(f"an array in it has the unknown format {version}")
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran_order, dtype = read(file)
    header = Header(shape, dtype, fortran_order, file.tell())
    _check_dtype(dtype)
    expect(len(shape) <= MAX_DIMENSIONS and min(shape, default=0) >= 0, "an array has an impossible shape")
    count = math.prod(shape)
    expect(dtype.itemsize > 0 or count <= 1, "an array has elements without bytes")
    expect(
        len(content) - header.start == count * dtype.itemsize,
        "an array has another size than its header says",
    )
    return header


def read_npy(content: bytes) -> npt.NDArray[Any]:
    """Give the array of an npy file whose header was checked; it is read-only."""
    header = npy_header(content)
    values = np.frombuffer(content, dtype=header.dtype, count=math.prod(header.shape), offset=header.start)
    return values.reshape(header.shape, order="F" if header.fortran_order else "C")


def write_npy(values: npt.NDArray[Any]) -> bytes:
    """Write an npy file whose bytes depend on the values only.

    The gaps between the fields of a structured array hold whatever was in memory; here they are zero.
    """
    if values.dtype.names:
        clean = np.zeros(values.shape, dtype=values.dtype)
        for name in values.dtype.names:
            clean[name] = values[name]
        values = clean
    file = io.BytesIO()
    np.lib.format.write_array(file, values, allow_pickle=False)
    return file.getvalue()


def plain_sparse(content: bytes) -> tuple[bytes, bool]:
    """Check a sparse matrix in scipy's npz format, and write it again without compression.

    scipy's compiled code follows `indices` and `indptr` without checking them.

    Parameters
    ----------
    content : bytes
        An npz file of a CSR matrix.

    Returns
    -------
    content : bytes
        The same matrix; its bytes depend on the values only.
    is_array : bool
        Whether it is a sparse array, not a sparse matrix.
    """
    members = read_members(content, max_bytes=MAX_SPARSE, max_unpacked=MAX_SPARSE)
    expect(
        set(members) - {"_is_array.npy"} == SPARSE_MEMBERS,
        "a sparse matrix has other parts than scipy writes",
    )
    parts = {name.removesuffix(".npy"): read_npy(member) for name, member in members.items()}
    _check_csr(parts)
    packed = {name: write_npy(parts[name.removesuffix(".npy")]) for name in sorted(members)}
    is_array = bool(parts.get("_is_array", np.False_))
    return write_members(packed, compression=zipfile.ZIP_STORED), is_array


def _check_csr(parts: Mapping[str, npt.NDArray[Any]]) -> None:
    data, indices, indptr, shape = (parts[name] for name in ("data", "indices", "indptr", "shape"))
    expect(parts["format"].tolist() in (b"csr", "csr"), "a sparse matrix is not in CSR format")
    expect(
        shape.shape == (2,)
        and all(part.ndim == 1 and part.dtype.kind == "i" for part in (shape, indices, indptr)),
        "a sparse matrix has no integers as indices",
    )
    expect(data.ndim == 1 and data.dtype.kind in "bif", "a sparse matrix has no numbers as values")
    rows, columns = shape.tolist()
    expect(
        rows >= 0
        and len(indptr) == rows + 1
        and indptr[0] == 0
        and bool((indptr[1:] >= indptr[:-1]).all())
        and indptr[-1] == len(indices) == len(data)
        and (len(indices) == 0 or 0 <= indices.min() <= indices.max() < columns),
        "a sparse matrix has an index out of range",
    )


def _check_dtype(dtype: np.dtype[Any]) -> None:
    if dtype.fields is None:
        expect(dtype.kind in KINDS, f"an array has the type {dtype}")
        return
    fields = [field[0] for field in dtype.fields.values()]
    expect(
        len(fields) <= MAX_FIELDS and all(field.fields is None and field.kind in KINDS for field in fields),
        "a structured array has fields of unusual types",
    )


def expect(condition: bool, otherwise: str) -> None:
    """Raise ArtifactRejected unless the condition holds."""
    if not condition:
        raise ArtifactRejected(
            f"the artifact is not what scikit-learn writes: {otherwise}; train the version again"
        )
