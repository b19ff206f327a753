"""The sum of many trees, the heart of every ensemble, in the form that is quickest for its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dbt_baton.scoring_sql.expressions import guarded
from dbt_baton.scoring_sql.query import Column, Query, unique
from dbt_baton.scoring_sql.tree_sql import Input, case_expression
from dbt_baton.scoring_sql.trees import Doubles, Tree


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
    """
    sums = []
    for place, (label, start) in enumerate(zip(labels, starts, strict=True)):
        terms = [
            _term(query, summand, inputs, refuses_missing) for summand in summands if summand.place == place
        ]
        first = query.dialect.number(start)
        needs: Sequence[Column] = ()
        if start == 0 and terms:
            (first, needs), *terms = terms
        total = query.total(name, label, first, [(f"+ {sql}", columns) for sql, columns in terms], needs)
        sums.append(total)
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
