"""A skops file rewritten so that the same fitted model has the same bytes in every process.

skops names objects and files by their address in memory, writes the time, and writes an object that is used
twice twice. Here files are named by their content, and only an object that is used again has a number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from dbt_baton.artifacts.arrays import plain_sparse, read_npy, write_npy
from dbt_baton.artifacts.node_types import Node, foreign_types, nodes_below
from dbt_baton.artifacts.schema import FILE, NAMED, NODE, NODES, shape_of

# Values that nobody can change: whether two of them are one object depends on the interpreter, not on the
# model.
VALUES = {"BytesNode", "DTypeNode", "FunctionNode", "JsonNode", "SliceNode", "TypeNode"}
RANDOM_SEARCHES = {"RandomizedSearchCV", "HalvingRandomSearchCV"}
NULL = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": "null"}
DIGITS = 32


def canonical(root: Node, members: Mapping[str, bytes]) -> tuple[Node, dict[str, bytes]]:
    """Rewrite a schema and its files.

    Parameters
    ----------
    root : dict
        The node of the model, as skops wrote it; all loaders and types are allowed.
    members : mapping of str to bytes
        The files of the archive.

    Returns
    -------
    root : dict
    files : dict of str to bytes
        Those that the schema uses, in the order of their first use.
    """
    rewriting = _Rewriting(members)
    return rewriting.node(root), rewriting.files


def without_distributions(root: Node) -> None:
    """Remove the distributions that a random search drew from, which predictions do not need.

    Objects of scipy.stats run code from their own attributes when they are loaded.
    """
    for node in nodes_below(root):
        if node.get("__class__") in RANDOM_SEARCHES and "content" in node:
            attributes = node["content"]["content"]
            if foreign_types(attributes.get("param_distributions")):
                attributes["param_distributions"] = dict(NULL)


@dataclass
class _Rewriting:
    members: Mapping[str, bytes]
    files: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    first: dict[Any, Node] = field(default_factory=dict)
    used_again: int = 0

    def node(self, node: Node) -> Node:
        is_value = node["__loader__"] in VALUES or (
            node["__loader__"] == "NdArrayNode" and node["__class__"] != "ndarray"
        )
        if node["__loader__"] == "PartialNode" and node["content"]["namespace"]["content"] == {}:
            # a partial without attributes has an empty dict of them once it was loaded
            node = {**node, "content": {**node["content"], "namespace": NULL}}
        name = node.get("__id__")
        if name in self.first and not is_value:
            return self._again(self.first[name])
        new = {key: node[key] for key in ("__class__", "__module__", "__loader__")}
        for key, kind in shape_of(node).items():
            if key in node and key != "is_json":  # which skops does not read
                new[key] = self._field(kind, node[key])
            if key == "key_types":
                new[key] = self._shared(new[key])
        if node["__loader__"] == "SetNode":
            new["content"] = sorted(new["content"], key=json.dumps)
        is_constant = node["__loader__"] == "TupleNode" and all(map(_is_constant, new["content"]))
        if name is not None and not is_value and not is_constant:
            self.first[name] = new
        return new

    def _fields(self, shape: Node, part: Node) -> Node:
        return {key: self._field(kind, part[key]) for key, kind in shape.items() if key in part}

    def _field(self, kind: Any, value: Any) -> Any:
        if isinstance(kind, dict):
            return self._fields(kind, value)
        if kind == NODE:
            return self.node(value)
        if kind == NODES:
            return [self.node(item) for item in value]
        if kind == NAMED:
            return {key: self.node(item) for key, item in value.items()}
        if kind == FILE:
            return self._file(value)
        return value

    def _file(self, name: str) -> str:
        if name not in self.names:
            kind = PurePosixPath(name).suffix
            content = self.members[name]
            if kind == ".npy":
                content = write_npy(read_npy(content))
            elif kind == ".npz":
                content, _ = plain_sparse(content)
            self.names[name] = hashlib.sha256(content).hexdigest()[:DIGITS] + kind
            self.files.setdefault(self.names[name], content)
        return self.names[name]

    def _again(self, node: Node) -> Node:
        if "__id__" not in node:
            self.used_again += 1
            node["__id__"] = self.used_again
        return {
            **{key: node[key] for key in ("__class__", "__module__", "__id__")},
            "__loader__": "CachedNode",
        }

    def _shared(self, key_types: Node) -> Node:
        """Write equal lists of key types once, which makes the schema of a forest half as long."""
        text = json.dumps(key_types)
        if text in self.first:
            return self._again(self.first[text])
        self.first[text] = key_types
        return key_types


def _is_constant(node: Node) -> bool:
    return (
        "__id__" not in node
        and node["__loader__"] in {*VALUES, "TupleNode", "NdArrayNode"}
        and (node["__loader__"] != "NdArrayNode" or node["__class__"] != "ndarray")
    )
