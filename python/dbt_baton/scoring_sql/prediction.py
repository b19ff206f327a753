"""What a compiled model gives: decisions, probabilities, values, and which class wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbt_baton.scoring_sql.expressions import complement, greatest, switch
from dbt_baton.scoring_sql.query import Column, Query


@dataclass(frozen=True)
class Winner:
    """The class that `predict` gives: `choose` writes an expression for the result of this class, of all."""

    choose: Callable[[Sequence[str]], str]
    needs: Sequence[Column]


@dataclass(frozen=True)
class Prediction:
    """The columns of a model's results.

    Attributes
    ----------
    value : Column or None
        What a regressor predicts.
    classes : sequence
        Of a classifier, as scikit-learn has them.
    decision : list of Column
        `decision_function`: one column of a binary model, else one for each class; empty without one.
    probabilities : list of Column
        `predict_proba`, one column for each class; empty without one.
    winner : Winner or None
        Of a classifier.
    """

    value: Column | None = None
    classes: Sequence[Any] = ()
    decision: list[Column] = field(default_factory=list)
    probabilities: list[Column] = field(default_factory=list)
    winner: Winner | None = None


def by_sign(query: Query, column: Column, *, zero_is_positive: bool = False) -> Winner:
    """Take the second class where the column is positive."""
    zero = query.dialect.number(0)
    more, less = (">=", "<") if zero_is_positive else (">", "<=")

    def choose(results: Sequence[str]) -> str:
        negative, positive = results
        whens = [(f"{column} {more} {zero}", positive), (f"{column} {less} {zero}", negative)]
        return switch(whens, "null")

    return Winner(choose, [column])


def by_largest(query: Query, name: str, columns: Sequence[Column]) -> Winner:
    """Take the class with the largest column, the first of equal ones."""
    if len(columns) == 1:
        return Winner(lambda results: f"case when {columns[0]} is not null then {results[0]} end", columns)
    if len(columns) == 2:
        first, second = columns
        return Winner(
            lambda results: switch(
                [(f"{first} >= {second}", results[0]), (f"{first} < {second}", results[1])], "null"
            ),
            columns,
        )
    largest = query.layer(name).add("largest", greatest(columns), columns)

    def choose(results: Sequence[str]) -> str:
        whens = [(f"{column} = {largest}", result) for column, result in zip(columns, results, strict=True)]
        return switch(whens, "null")

    return Winner(choose, [largest, *columns])


def two_sided(query: Query, name: str, labels: Sequence[str], positive: Column) -> list[Column]:
    """Give the probabilities of both classes from that of the second."""
    return [complement(query, name, f"probability_{labels[0]}", positive), positive]
