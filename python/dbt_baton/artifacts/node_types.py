"""The types that the nodes of a skops schema name, against the allow-list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbt_baton.artifacts.allowed_types import ALLOWED
from dbt_baton.errors import ArtifactRejected

Node = dict[str, Any]


def check_types_of(root: Node) -> None:
    """Raise ArtifactRejected if a type is not on the allow-list; names all of them."""
    foreign = foreign_types(root)
    if foreign:
        raise ArtifactRejected(f"it holds types that are not on the allow-list: {', '.join(foreign)}")


def types_in(root: Node) -> list[str]:
    """Name the types of all nodes."""
    return sorted({type_of(node) for node in nodes_below(root)})


def foreign_types(root: Any) -> list[str]:
    """Name the types that the allow-list does not have."""
    return sorted({type_of(node) for node in nodes_below(root) if not is_allowed(node)})


def is_allowed(node: Node) -> bool:
    """Whether the allow-list has the node's loader with its type."""
    loader = node.get("__loader__")
    if loader == "CachedNode":  # its type is that of its target
        return True
    return isinstance(loader, str) and type_of(node) in ALLOWED.get(loader, ())


def type_of(node: Any) -> str:
    """Name the node's type."""
    return f"{node.get('__module__')}.{node.get('__class__')}"


def nodes_below(schema: Any) -> Iterator[Node]:
    """Yield everything that looks like a node, at any depth."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "__loader__" in part:
                yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
