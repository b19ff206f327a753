"""Models in skops' format, with the version that they belong to: written, and read after every check."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import skops.io

from dbt_baton.artifacts.archive import MAX_UNPACKING, read_members, write_members
from dbt_baton.artifacts.arrays import plain_sparse
from dbt_baton.artifacts.binding import Binding
from dbt_baton.artifacts.canonical import canonical, without_distributions
from dbt_baton.artifacts.model_checks import check_model
from dbt_baton.artifacts.node_types import Node, check_types_of, types_in
from dbt_baton.artifacts.schema import PROTOCOL, SCHEMA, check_schema, parse_schema
from dbt_baton.errors import ArtifactRejected

BINDING = "baton.json"


def write(model: object, binding: Binding) -> bytes:
    """Write a model; the same model gives the same bytes.

    Parameters
    ----------
    model : object
    binding : Binding
        The version that it belongs to.

    Returns
    -------
    bytes
        A file that skops can open too.

    Raises
    ------
    ArtifactRejected
        If a type is not on the allow-list.
    """
    root, members = _written_by_skops(model)
    root, files = canonical(root, members)
    schema = {**root, "protocol": PROTOCOL, "_skops_version": skops.__version__}
    return write_members(
        {
            BINDING: binding.to_json().encode(),
            SCHEMA: json.dumps(schema, separators=(",", ":")).encode(),
            **files,
        }
    )


def check_types(model: object) -> None:
    """Raise ArtifactRejected if a type is not on the allow-list."""
    _written_by_skops(model)


def read(content: bytes, binding: Binding, max_bytes: int) -> Any:
    """Read a model, after it was checked that it is safe.

    Parameters
    ----------
    content : bytes
        From `write`.
    binding : Binding
        The version that it must belong to.
    max_bytes : int
        The limit for the file; unpacked it may have eight times as many bytes.

    Returns
    -------
    object

    Raises
    ------
    ArtifactRejected
        If anything is not as `write` writes it. A damaged file may also raise any other exception, but no
        compiled code sees data that was not checked.
    """
    members = read_members(content, max_bytes=max_bytes, max_unpacked=MAX_UNPACKING * max_bytes)
    binding.check(members.pop(BINDING, None))
    if SCHEMA not in members:
        raise ArtifactRejected("the artifact cannot be read: it has no schema")
    root = parse_schema(members[SCHEMA])
    check_schema(root, members)
    # skops gets what was checked, not the file: without compression, also inside of sparse matrices
    checked = {
        name: plain_sparse(member)[0] if name.endswith(".npz") else member for name, member in members.items()
    }
    # skops' own audit comes second, because it checks types by name only
    model = skops.io.loads(write_members(checked, compression=zipfile.ZIP_STORED), trusted=types_in(root))
    check_model(model)
    return model


def _written_by_skops(model: object) -> tuple[Node, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    root = parse_schema(members[SCHEMA])
    without_distributions(root)
    check_types_of(root)
    return root, members
