"""Large ensembles as data: the trees are JSON, and the query walks them level by level.

Scoring a row by a tree takes one step per level. All nodes of a tree are in arrays; the right child of a node
follows its left one, so a step is `node = left[node] + (value[feature[node]] > threshold[node])`. A leaf is
its own left child and has no value above its threshold. Every feature is there twice, with missing values
above everything (NaN is, for both engines) and below everything, so they go either way without a condition.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dbt_baton.scoring_sql.query import Column, Query
from dbt_baton.scoring_sql.trees import Doubles, Tree


@dataclass(frozen=True)
class StoredTree:
    """A tree of the table.

    Attributes
    ----------
    number : int
        Its place in the table, from 1.
    place : int
        The first of the sums that it adds to.
    n_values : int
        How many sums, one after the other.
    """

    number: int
    place: int
    n_values: int


def store(query: Query, tree: Tree, values: Sequence[Doubles], place: int, n_features: int) -> StoredTree:
    """Add a tree to the query's table of nodes."""
    order, left = _children_side_by_side(tree)
    is_leaf = tree.left[order] < 0
    # missing values are above everything in the first half of the features, below in the second
    feature = np.where(is_leaf, 0, tree.feature[order]) + 1
    feature += np.where(is_leaf | tree.missing_left[order], n_features, 0)
    threshold = np.where(is_leaf, math.inf, tree.threshold[order])
    before = query.nodes[-1]["before"] + len(query.nodes[-1]["left"]) if query.nodes else 0
    query.nodes.append(
        {
            "before": before,
            "feature": feature.tolist(),
            "threshold": _json_numbers(threshold),
            "left": left.tolist(),
            "place": place,
            "values": [_json_numbers(np.where(is_leaf, own[order], 0.0)) for own in values],
        }
    )
    return StoredTree(len(query.nodes), place, len(values))


def _json_numbers(numbers: Any) -> list[float | str]:
    written = np.asarray(numbers, dtype=np.float64).astype(object)
    is_infinite = ~np.isfinite(numbers)
    written[is_infinite] = np.where(numbers[is_infinite] > 0, "Infinity", "-Infinity")
    listed: list[float | str] = written.tolist()
    return listed


def _children_side_by_side(tree: Tree) -> tuple[Any, Any]:
    """Give the nodes in a new order, level by level, and the new number of each one's left child, from 1."""
    levels = [np.array([0])]
    while True:
        parents = levels[-1][tree.left[levels[-1]] >= 0]
        if not len(parents):
            break
        levels.append(np.column_stack([tree.left[parents], tree.right[parents]]).ravel())
    order = np.concatenate(levels)
    number = np.empty(len(tree), dtype=np.int64)
    number[order] = np.arange(1, len(order) + 1)
    is_leaf = tree.left[order] < 0
    return order, np.where(is_leaf, number[order], number[tree.left[order]])


def depth_of(tree: Tree) -> int:
    """Give the number of steps to the lowest leaf."""
    depth = np.zeros(len(tree), dtype=int)
    for node in np.flatnonzero(tree.left >= 0):
        depth[tree.left[node]] = depth[tree.right[node]] = depth[node] + 1
    return int(depth.max())


def values_twice(query: Query, columns: Sequence[Column]) -> str:
    """Write the list of all features, with missing values above everything, then below."""
    number = query.dialect.number
    nan = f"cast('NaN' as {query.dialect.double_type})"
    above = [f"coalesce({one}, {nan})" if one.nullable else str(one) for one in columns]
    below = [f"coalesce({one}, {number(-math.inf)})" if one.nullable else str(one) for one in columns]
    return ", ".join([*above, *below])


def nodes_json(query: Query) -> str | None:
    """Give the text for the relation `scoring_nodes`."""
    return json.dumps(query.nodes, separators=(",", ":")) if query.nodes else None
