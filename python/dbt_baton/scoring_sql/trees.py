"""Decision trees of any library in one form, in which a double is compared with a double."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """A tree in which every child has a higher number than its parent.

    Attributes
    ----------
    left, right : array of int, shape (n_nodes,)
        The children; -1 for a leaf.
    feature : array of int, shape (n_nodes,)
    threshold : array of float, shape (n_nodes,)
        A row goes left if its value is at most this.
    missing_left : array of bool, shape (n_nodes,)
        Whether a missing value goes left.
    values : array of float, shape (n_nodes, n_values)
        What a leaf gives.
    codes_left : mapping from int to set of int
        For a node that splits by category: the codes that go left. Other known codes go right, and unknown
        ones where missing values go.
    """

    left: Integers
    right: Integers
    feature: Integers
    threshold: Doubles
    missing_left: npt.NDArray[np.bool_]
    values: Doubles
    codes_left: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.left)

    def features(self) -> list[int]:
        """Give the features that it reads."""
        return sorted(set(self.feature[self.left >= 0].tolist()))


def sklearn_tree(estimator: Any) -> Tree:
    """Read a tree of scikit-learn, which compares values that were rounded to float32."""
    tree = estimator.tree_
    missing_left = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count))
    return Tree(
        left=tree.children_left.astype(np.int64),
        right=tree.children_right.astype(np.int64),
        feature=tree.feature.astype(np.int64),
        threshold=last_double_at_most(tree.threshold),
        missing_left=np.asarray(missing_left).astype(bool),
        values=tree.value[:, 0, :],
    )


def last_double_at_most(threshold: npt.ArrayLike) -> Doubles:
    """Give the largest double that is at most the threshold after rounding it to float32.

    `float32(x) <= threshold` and `x <= last_double_at_most(threshold)` are the same for every double x, so no
    row needs a cast, which PostgreSQL and DuckDB refuse outside of the range of float32.

    Halfway between two neighbours of float32 lies a double, which is rounded to the one with an even mantissa
    (IEEE 754, roundTiesToEven).
    """
    threshold = np.asarray(threshold, dtype=np.float64)
    with np.errstate(over="ignore"):
        nearest = threshold.astype(np.float32)
    before = np.nextafter(nearest, np.float32(-np.inf))
    last = np.where(nearest.astype(np.float64) > threshold, before, nearest)
    with np.errstate(over="ignore"):
        following = np.nextafter(last, np.float32(np.inf)).astype(np.float64)
    following[np.isinf(following) & np.isfinite(last)] = 2.0**128
    halfway = last.astype(np.float64) / 2 + following / 2
    is_even = last.view(np.int32) % 2 == 0
    result = np.where(is_even, halfway, np.nextafter(halfway, -np.inf))
    return np.where(np.isinf(last), last.astype(np.float64), result)


def in_preorder(tree: Tree) -> Tree:
    """Put every parent before its children, and leave out nodes that no path reaches."""
    order, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        order.append(node)
        if tree.left[node] >= 0:
            waiting += [int(tree.right[node]), int(tree.left[node])]
    nodes = np.array(order)
    number = np.full(len(tree) + 1, -1, dtype=np.int64)
    number[nodes] = np.arange(len(nodes))
    return Tree(
        left=number[tree.left[nodes]],
        right=number[tree.right[nodes]],
        feature=tree.feature[nodes],
        threshold=tree.threshold[nodes],
        missing_left=tree.missing_left[nodes],
        values=tree.values[nodes],
        codes_left={int(number[node]): codes for node, codes in tree.codes_left.items() if number[node] >= 0},
    )
