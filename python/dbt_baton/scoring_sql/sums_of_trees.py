"""The sum of many trees, the heart of every ensemble, in the form that is quickest for its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dbt_baton.scoring_sql.expressions import guarded
from dbt_baton.scoring_sql.float32 import real
from dbt_baton.scoring_sql.node_table import depth_of, store
from dbt_baton.scoring_sql.node_walk import TreeSums, walked
from dbt_baton.scoring_sql.query import Column, Query, unique
from dbt_baton.scoring_sql.tree_sql import Input, case_expression
from dbt_baton.scoring_sql.trees import Doubles, Tree

# The most nodes that are written as expressions, once for each sum; more become a table, since planning the
# expressions grows faster than their number. Measured on two busy cores, in seconds of CPU as expressions and
# as a table. DuckDB, 100,000 rows: 2.2 and 5.3 for 18,000 nodes (boosting, 300 trees), 3.2 and 2.0 for 25,000
# (a forest of 100 trees, two classes), 7.2 and 2.3 for 51,000. PostgreSQL, 20,000 rows: 9.5 and 12.4 for
# 125,000. In a page the table is always shorter. Spark has no form of the table.
LARGEST_EXPRESSIONS = {"duckdb": 20_000, "postgres": 150_000, "default": 150_000, "page": 0}


@dataclass(frozen=True)
class Summand:
    """A tree, what each of its nodes adds, and to which of the sums."""

    tree: Tree
    values: Doubles
    place: int = 0


def sums_of_trees(
    query: Query,
    name: str,
    labels: Sequence[str],
    starts: Sequence[float],
    summands: Sequence[Summand],
    inputs: Sequence[Input],
    *,
    refuses_missing: bool,
    in_float32: bool = False,
) -> list[Column]:
    """Add up trees in the given order, as scikit-learn does, so that the sums have the same last digit.

    Parameters
    ----------
    labels, starts : sequence of str, sequence of float
        The sums and what each begins with.
    summands : sequence of Summand
    inputs : sequence of Column or CodeBits
        The features.
    refuses_missing : bool
        Whether the library refuses a row with a missing value; its sums are NULL.
    in_float32 : bool
        Whether each step of the sum is rounded to float32.
    """
    if _is_table(query, summands):
        # no tree reads a category, but each feature keeps its place
        columns = [source if isinstance(source, Column) else source.words[0] for source in inputs]
        sums = _from_table(query, name, labels, starts, summands, columns, in_float32)
    else:
        sums = _from_cases(query, name, labels, starts, summands, inputs, refuses_missing, in_float32)
    if not refuses_missing:
        return [_never_null(total) for total in sums]
    read = [source for source in inputs if isinstance(source, Column)]
    if not any(column.nullable for column in read):
        return sums
    layer = query.layer(name)
    return [
        layer.add(f"{total.label}_of_complete", guarded(str(total), read), unique([total, *read]))
        for total in sums
    ]


def _from_cases(
    query: Query,
    name: str,
    labels: Sequence[str],
    starts: Sequence[float],
    summands: Sequence[Summand],
    inputs: Sequence[Input],
    refuses_missing: bool,
    in_float32: bool,
) -> list[Column]:
    sums = []
    for place, (label, start) in enumerate(zip(labels, starts, strict=True)):
        terms = [
            _term(query, summand, inputs, refuses_missing) for summand in summands if summand.place == place
        ]
        first = query.dialect.number(start)
        if in_float32:
            first, terms = real(first), [(real(sql), columns) for sql, columns in terms]
        needs: Sequence[Column] = ()
        if start == 0 and terms:
            (first, needs), *terms = terms
        total = query.total(name, label, first, [(f"+ {sql}", columns) for sql, columns in terms], needs)
        sums.append(total)
    return sums


def _is_table(query: Query, summands: Sequence[Summand]) -> bool:
    """Whether the trees are too many for expressions; a split by category has no other form."""
    n_nodes = sum(len(summand.tree) for summand in summands)
    limit = LARGEST_EXPRESSIONS.get(query.dialect.name, n_nodes)
    return n_nodes > limit and not any(summand.tree.codes_left for summand in summands)


def _from_table(
    query: Query,
    name: str,
    labels: Sequence[str],
    starts: Sequence[float],
    summands: Sequence[Summand],
    columns: Sequence[Column],
    in_float32: bool,
) -> list[Column]:
    leaf = Tree(
        left=np.array([-1]),
        right=np.array([-1]),
        feature=np.array([0]),
        threshold=np.array([0.0]),
        missing_left=np.array([False]),
        values=np.zeros((1, 1)),
    )
    stored = [
        store(query, leaf, [np.array([start])], place, len(columns)) for place, start in enumerate(starts)
    ]
    groups: list[list[Summand]] = []
    for summand in summands:
        if groups and groups[-1][0].tree is summand.tree:
            groups[-1].append(summand)
        else:
            groups.append([summand])
    for group in groups:
        values = [summand.values for summand in group]
        stored.append(store(query, group[0].tree, values, group[0].place, len(columns)))
    depth = max(depth_of(group[0].tree) for group in groups)
    return walked(query, TreeSums(name, labels, stored, columns, depth, in_float32))


def _term(
    query: Query, summand: Summand, inputs: Sequence[Input], refuses_missing: bool
) -> tuple[str, list[Column]]:
    numbers = query.dialect.numbers(summand.values.tolist())
    return case_expression(
        query, summand.tree, inputs, lambda leaf: numbers[leaf], refuses_missing=refuses_missing
    )


def _never_null(column: Column) -> Column:
    column.nullable = False
    return column
