"""A tree as a nested case expression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dbt_baton.scoring_sql.query import Column, Query
from dbt_baton.scoring_sql.trees import Tree

# The bits of a bigint, without its sign
BITS = 62


@dataclass(frozen=True)
class CodeBits:
    """A category as one bit in a row of integers, all of which are NULL if it is missing or unknown."""

    words: Sequence[Column]
    n_codes: int


Input = Column | CodeBits


@dataclass
class _Part:
    """What a node and all below it give: the branches of one case expression, and how deeply they nest."""

    depth: int
    whens: list[tuple[str, str]]
    otherwise: str

    def sql(self) -> str:
        if not self.whens:
            return self.otherwise
        if len(self.whens) == 1 and self.depth == 1:
            ((condition, value),) = self.whens
            return f"case when {condition} then {value} else {self.otherwise} end"
        lines = []
        for condition, value in self.whens:
            nested = value.replace("\n", "\n    ")
            lines.append(f"    when {condition} then {nested}")
        return "case\n" + "\n".join(lines) + f"\n    else {self.otherwise}\nend"


def case_expression(
    query: Query, tree: Tree, inputs: Sequence[Input], leaf: Callable[[int], str], *, refuses_missing: bool
) -> tuple[str, list[Column]]:
    """Write the tree, and give the columns in it.

    A node becomes one `when`. The child in its `then` is nested, the other one goes on in the same case
    expression; so the branches are put such that it nests least, which is also what DuckDB runs quickest.
    NULL makes a condition false, therefore the side of missing values is never in the `then`.

    Parameters
    ----------
    leaf : callable
        Writes the result of the leaf of that number.
    refuses_missing : bool
        Whether no missing value arrives here.
    """
    parts: list[_Part | None] = [None] * len(tree)
    for node in range(len(tree) - 1, -1, -1):
        if tree.left[node] < 0:
            parts[node] = _Part(0, [], leaf(node))
            continue
        left, right = parts[tree.left[node]], parts[tree.right[node]]
        assert left is not None and right is not None, "children come after their parent"
        parts[tree.left[node]] = parts[tree.right[node]] = None
        parts[node] = _split(query, tree, node, inputs[tree.feature[node]], left, right, refuses_missing)
    root = parts[0]
    assert root is not None
    columns: list[Column] = []
    for feature in tree.features():
        source = inputs[feature]
        columns += [source] if isinstance(source, Column) else source.words
    return root.sql(), columns


def _split(
    query: Query, tree: Tree, node: int, source: Input, left: _Part, right: _Part, refuses_missing: bool
) -> _Part:
    missing_left = bool(tree.missing_left[node])
    if isinstance(source, CodeBits):
        codes = tree.codes_left.get(node, frozenset())
        if missing_left:
            others = frozenset(range(source.n_codes)) - codes
            return _branch(_is_among(source, others), then=right, otherwise=left)
        return _branch(_is_among(source, codes), then=left, otherwise=right)
    threshold = tree.threshold[node]
    if np.isposinf(threshold):
        # every value goes left
        if missing_left or refuses_missing or not source.nullable:
            return left
        return _branch(f"{source} is null", then=right, otherwise=left)
    number = query.dialect.number(threshold)
    ways = []
    goes_anywhere = refuses_missing or not source.nullable
    if goes_anywhere or not missing_left:
        ways.append((f"{source} <= {number}", left, right))
    if goes_anywhere or missing_left:
        ways.append((f"{source} > {number}", right, left))
    condition, then, otherwise = min(ways, key=lambda way: max(way[1].depth + 1, way[2].depth))
    return _branch(condition, then, otherwise)


def _branch(condition: str, then: _Part, otherwise: _Part) -> _Part:
    depth = max(then.depth + 1, otherwise.depth)
    return _Part(depth, [(condition, then.sql()), *otherwise.whens], otherwise.otherwise)


def _is_among(source: CodeBits, codes: frozenset[int]) -> str:
    """Write the condition that the category has one of these codes."""
    conditions = []
    for place, word in enumerate(source.words):
        mask = sum(1 << (code - place * BITS) for code in codes if place * BITS <= code < (place + 1) * BITS)
        if mask:
            conditions.append(f"({word} & {mask}) <> 0")
    return " or ".join(conditions) or "false"
