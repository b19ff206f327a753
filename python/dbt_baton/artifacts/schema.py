"""The schema of a skops file, checked as data before skops builds anything.

A schema is a tree of nodes, one for each object. Each node names the loader with which skops rebuilds it,
its type, and what the loader reads. Here every node has an allowed loader and type, exactly the fields that
the loader reads, each of the kind that it expects, and files that exist; and there are limits on the number
of nodes and their depth. What goes beyond kinds is in `node_checks`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dbt_baton.artifacts.arrays import Header, npy_header
from dbt_baton.artifacts.node_checks import CHECKS
from dbt_baton.artifacts.node_types import Node, check_types_of, is_allowed, type_of
from dbt_baton.errors import ArtifactRejected

SCHEMA = "schema.json"
PROTOCOL = 2  # of skops 0.13 to 0.16; another one may have other fields, which nothing here checks
TOP = {"protocol", "_skops_version"}

# A forest of a thousand trees has about sixty thousand nodes; each takes about a kilobyte in memory.
MAX_NODES = 1_000_000
# A pipeline in a search in a calibration has a depth of about 25, and skops recurses three times for each
# level.
MAX_DEPTH = 100
# brackets and commas, which bound the memory that the parsed JSON takes
MAX_PARTS = 6_000_000

# What each loader reads, in the order in which it reads it.
NODE, NODES, NAMED, TEXT, FILE, INDEX, TRUE = "node", "nodes", "named nodes", "text", "file", "index", "true"
FIELDS: dict[str, Node] = {
    "BytesNode": {"file": FILE},
    "CachedNode": {},
    "DTypeNode": {"content": NODE},
    "DictNode": {"key_types": NODE, "content": NAMED},
    "FunctionNode": {},
    "JsonNode": {"content": TEXT, "is_json": TRUE},
    "ListNode": {"content": NODES},
    "LossNode": {"content": NODE, "__reduce__": {"args": NODE}},
    "MaskedArrayNode": {"content": {"data": NODE, "mask": NODE}},
    "NdArrayNode numpy": {"type": TEXT, "file": FILE},
    "NdArrayNode json": {"type": TEXT, "content": NODES, "shape": NODE},
    "ObjectNode": {"content": NODE},
    "PartialNode": {"content": {"func": NODE, "args": NODE, "kwds": NODE, "namespace": NODE}},
    "RandomGeneratorNode": {"content": {"bit_generator": NODE, "seed_seq": NODE}},
    "RandomStateNode": {"content": NODE},
    "SetNode": {"content": NODES},
    "SliceNode": {"content": {"start": INDEX, "stop": INDEX, "step": INDEX}},
    "SparseMatrixNode": {"type": TEXT, "file": FILE},
    "TreeNode": {"content": NODE, "__reduce__": {"args": NODE}},
    "TupleNode": {"content": NODES},
    "TypeNode": {},
}
OPTIONAL = {("JsonNode", "is_json"), ("ObjectNode", "content")}
COMMON = {"__class__", "__module__", "__loader__", "__id__"}


def parse_schema(content: bytes) -> Node:
    """Parse a schema and check what is not in its nodes."""
    if sum(content.count(mark) for mark in (b"{", b"[", b",")) > MAX_PARTS:
        raise ArtifactRejected(f"the artifact's schema has more than {MAX_PARTS:,} parts")
    schema = json.loads(content)
    if not isinstance(schema, dict) or schema.get("protocol") != PROTOCOL:
        found = schema.get("protocol") if isinstance(schema, dict) else None
        raise ArtifactRejected(
            f"the artifact's schema has the protocol {found!r}, expected {PROTOCOL}: use a version of skops"
            " from 0.13 to 0.16"
        )
    return {key: value for key, value in schema.items() if key not in TOP}


def check_schema(root: Node, members: Mapping[str, bytes]) -> None:
    """Check every node of a schema.

    Parameters
    ----------
    root : dict
        The node of the model, from `parse_schema`.
    members : mapping of str to bytes
        The files of the archive.

    Raises
    ------
    ArtifactRejected
        At the first node that is not as scikit-learn and skops write it; types that are not on the
        allow-list are all named.
    """
    check_types_of(root)
    Walk(members).check(root, 1)


@dataclass
class Size:
    """How many nodes a node has below it, itself included, and on how many levels.

    A node that is used twice counts twice, because skops' audit visits it twice.
    """

    nodes: int = 1
    levels: int = 1

    def add(self, child: Size) -> None:
        """Count a child."""
        self.nodes += child.nodes
        self.levels = max(self.levels, child.levels + 1)
        if self.nodes > MAX_NODES or self.levels > MAX_DEPTH:
            raise ArtifactRejected(
                f"the artifact's schema has more than {MAX_NODES:,} nodes or more than {MAX_DEPTH} levels"
            )


@dataclass
class Walk:
    """The state of one walk over a schema, in the order in which skops loads it."""

    members: Mapping[str, bytes]
    known: dict[int, tuple[Node, Size]] = field(default_factory=dict)
    headers: dict[str, Header] = field(default_factory=dict)

    def header(self, file: str) -> Header:
        """Give the checked header of an array's file."""
        if file not in self.headers:
            self.headers[file] = npy_header(self.members[file])
        return self.headers[file]

    def check(self, node: Any, depth: int) -> Size:
        """Check a node and those below it."""
        if depth > MAX_DEPTH:
            raise ArtifactRejected(f"the artifact's schema has more than {MAX_DEPTH} levels")
        if not isinstance(node, dict) or not is_allowed(node):
            raise _malformed(node)
        name = node.get("__id__")
        # 0 would be no name, and True the name 1
        if name is not None and (type(name) is not int or name < 1):
            raise _malformed(node)
        if node["__loader__"] == "CachedNode":
            # only an object that is complete can be used again, so nothing contains itself
            target = self.resolve(node)
            if set(node) != COMMON or type_of(target) != type_of(node):
                raise _malformed(node)
            return self.known[node["__id__"]][1]
        size = Size()
        for child in self._children(node, shape_of(node)):
            size.add(self.check(child, depth + 1))
        CHECKS.get(node["__loader__"], _nothing)(self, node)
        if name is not None:
            if name in self.known:
                raise ArtifactRejected(f"the artifact's schema has two objects with the id {name}")
            self.known[name] = (node, size)
        return size

    def resolve(self, node: Node) -> Node:
        """Give the node that a reference points to, or the node itself."""
        if node["__loader__"] != "CachedNode":
            return node
        if node.get("__id__") not in self.known:
            raise ArtifactRejected("the artifact's schema uses an object before it is complete")
        return self.known[node["__id__"]][0]

    def _children(self, node: Node, shape: Node, where: Node | None = None) -> Iterator[Any]:
        """Yield the nodes below a node, and check that there is nothing else."""
        part = node if where is None else where
        if not isinstance(part, dict):
            raise _malformed(node)
        expected = set(shape) | (COMMON if where is None else set())
        optional = {key for key in shape if (node["__loader__"], key) in OPTIONAL} | {"__id__"}
        if not set(part) <= expected <= set(part) | optional:
            raise _malformed(node)
        for key, kind in shape.items():
            if key in part:
                yield from self._field(node, kind, part[key])

    def _field(self, node: Node, kind: Any, value: Any) -> Iterator[Any]:
        if isinstance(kind, dict):
            yield from self._children(node, kind, value)
        elif kind == NODE:
            yield value
        elif kind == NODES and isinstance(value, list):
            yield from value
        elif kind == NAMED and isinstance(value, dict):
            yield from value.values()
        elif not (
            (kind == TEXT and isinstance(value, str))
            or (kind == FILE and isinstance(value, str) and value in self.members and value != SCHEMA)
            or (kind == INDEX and (value is None or type(value) is int))
            or (kind == TRUE and value is True)
        ):
            raise _malformed(node)


def _nothing(walk: Walk, node: Node) -> None:
    """Check nothing but the kinds of the fields."""


def shape_of(node: Node) -> Node:
    """Give the fields that the node's loader reads, and their kinds."""
    loader = node["__loader__"]
    if loader == "NdArrayNode":
        loader = f"{loader} {node.get('type')}"
    if loader not in FIELDS:
        raise _malformed(node)
    return FIELDS[loader]


def _malformed(node: Any) -> ArtifactRejected:
    what = f"the {node.get('__loader__')} of a {type_of(node)}" if isinstance(node, dict) else "a node"
    return ArtifactRejected(
        f"the artifact's schema is not what skops writes: {what[:200]} has unexpected fields"
    )
