"""Checks of nodes that compiled constructors read: trees, losses, sparse matrices and random states."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dbt_baton.artifacts.arrays import expect, plain_sparse, read_npy
from dbt_baton.artifacts.node_values import header, integers_of, scalar

if TYPE_CHECKING:
    from dbt_baton.artifacts.node_types import Node
    from dbt_baton.artifacts.schema import Walk

MT19937_WORDS = 624


def check_sparse(walk: Walk, node: Node) -> None:
    """Check the indices, which the compiled code of scipy trusts."""
    expect(node["type"] == "scipy", "a sparse matrix has an unknown type")
    _, is_array = plain_sparse(walk.members[node["file"]])
    expect(is_array == (node["__class__"] == "csr_array"), "a sparse matrix is an array, or the reverse")


def check_tree(walk: Walk, node: Node) -> None:
    """Check the counts: the compiled constructor copies as many bytes as they say."""
    args = walk.resolve(node["__reduce__"]["args"])
    expect(args["__loader__"] == "TupleNode" and len(args["content"]) == 3, "a tree has other arguments")
    n_features, n_outputs = integers_of(walk, args["content"][0::2])
    expect(
        0 < n_features < 2**31 and 0 < n_outputs < 2**31,
        "a tree has an impossible number of features or outputs",
    )
    n_classes = header(walk, args["content"][1])
    expect(
        n_classes.dtype.kind == "i" and n_classes.shape == (n_outputs,),
        "a tree has another number of outputs",
    )
    classes = read_npy(walk.members[walk.resolve(args["content"][1])["file"]])
    expect(0 < classes.min() <= classes.max() < 2**31, "a tree has an impossible number of classes")

    state = walk.resolve(node["content"])
    expect(
        state["__loader__"] == "DictNode"
        and set(state["content"]) == {"max_depth", "node_count", "nodes", "values"},
        "a tree has other attributes",
    )
    parts = state["content"]
    max_depth, node_count = integers_of(walk, [parts["max_depth"], parts["node_count"]])
    nodes, values = header(walk, parts["nodes"]), header(walk, parts["values"])
    expect(
        0 <= max_depth <= node_count == math.prod(nodes.shape) > 0
        and len(nodes.shape) == 1
        and bool(nodes.dtype.names),
        "a tree has another number of nodes than it says",
    )
    expect(
        values.dtype == np.float64 and values.shape == (node_count, n_outputs, int(classes.max())),
        "a tree has another number of values than it says",
    )


def check_loss(walk: Walk, node: Node) -> None:
    """Check that there is at most one number, which is what the compiled constructors take."""
    args, state = walk.resolve(node["__reduce__"]["args"]), walk.resolve(node["content"])
    expect(args["__loader__"] == "TupleNode" and len(args["content"]) <= 1, "a loss has other arguments")
    for item in args["content"]:
        value = walk.resolve(item)
        is_number = value["__loader__"] == "JsonNode" and isinstance(scalar(walk, value), (int, float))
        expect(
            is_number or value["__class__"] in ("float64", "int64"),
            "a loss has an argument that is no number",
        )
    expect(state["__loader__"] in ("DictNode", "TupleNode") and not state["content"], "a loss has attributes")


def check_random_state(walk: Walk, node: Node) -> None:
    """Check `pos`, at which the compiled generator reads."""
    state = _entries(walk, node["content"], {"bit_generator", "state", "has_gauss", "gauss"})
    inner = _entries(walk, state["state"], {"key", "pos"})
    key = header(walk, inner["key"])
    position = scalar(walk, inner["pos"])
    expect(scalar(walk, state["bit_generator"]) == "MT19937", "a random state is of an unknown kind")
    expect(key.shape == (MT19937_WORDS,) and key.dtype == np.uint32, "a random state has another size")
    expect(
        type(position) is int and 0 <= position <= MT19937_WORDS, "a random state has an index out of range"
    )


def check_random_generator(walk: Walk, node: Node) -> None:
    """Check for PCG64, which has no index; the other generators read at one without checking it."""
    state = _entries(
        walk, node["content"]["bit_generator"], {"bit_generator", "state", "has_uint32", "uinteger"}
    )
    _entries(walk, state["state"], {"state", "inc"})
    expect(scalar(walk, state["bit_generator"]) == "PCG64", "a random generator is of an unknown kind")
    seed = _entries(
        walk, node["content"]["seed_seq"], {"entropy", "spawn_key", "pool_size", "n_children_spawned"}
    )
    expect(scalar(walk, seed["pool_size"]) == 4, "a random generator has another size")


def _entries(walk: Walk, node: Node, keys: set[str]) -> Node:
    resolved = walk.resolve(node)
    expect(
        resolved["__loader__"] == "DictNode" and set(resolved["content"]) == keys,
        "a random state has other parts",
    )
    content: Node = resolved["content"]
    return content
