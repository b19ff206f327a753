"""Questions about nodes of a skops schema that were already checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dbt_baton.artifacts.arrays import Header, expect

if TYPE_CHECKING:
    from dbt_baton.artifacts.node_types import Node
    from dbt_baton.artifacts.schema import Walk

PLAIN = {"JsonNode", "TypeNode", "DTypeNode"}


def scalar(walk: Walk, node: Node) -> Any:
    """Give a plain value; something that is not one is not None, a text or a number."""
    resolved = walk.resolve(node)
    return json.loads(resolved["content"]) if resolved["__loader__"] == "JsonNode" else ...


def integers_of(walk: Walk, nodes: list[Node]) -> list[int]:
    """Give the values of plain nodes, which must be whole numbers."""
    values = [scalar(walk, node) for node in nodes]
    expect(all(type(value) is int for value in values), "a number is not whole")
    return values


def integers_in(walk: Walk, node: Node) -> list[int]:
    """Give the whole numbers of a tuple."""
    items = walk.resolve(node)
    expect(items["__loader__"] == "TupleNode", "a shape is not a tuple")
    return integers_of(walk, items["content"])


def header(walk: Walk, node: Node) -> Header:
    """Give the header of an array that is in a file."""
    array = walk.resolve(node)
    expect(
        array["__loader__"] == "NdArrayNode" and array["type"] == "numpy", "an array of numbers holds objects"
    )
    return walk.header(array["file"])


def is_plain(walk: Walk, node: Node) -> bool:
    """Whether there are only texts, numbers, types and containers of them."""
    resolved = walk.resolve(node)
    if resolved["__loader__"] == "DictNode":
        items = list(resolved["content"].values())
    elif resolved["__loader__"] in ("ListNode", "TupleNode"):
        items = resolved["content"]
    else:
        return resolved["__loader__"] in PLAIN
    return all(is_plain(walk, item) for item in items)
