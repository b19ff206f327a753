"""Expressions that several models share: links, the largest of several, tables of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dbt_baton.scoring_sql.query import Column, Query, unique


def expit(query: Query, name: str, label: str, column: Column, factor: float = 1) -> Column:
    """Give 1 / (1 + exp(-factor * x)), which no value of x makes overflow.

    The bounds are far beyond those from which a double is 0 or 1 to 1e-300.
    """
    number = query.dialect.number
    term = f"-{column}" if factor == 1 else f"{number(-factor)} * {column}"
    bound = 700 / abs(factor)
    high, low = ("1", "0") if factor > 0 else ("0", "1")
    expression = (
        f"case\n    when {column} > {number(bound)} then {number(float(high))}"
        f"\n    when {column} < {number(-bound)} then {number(float(low))}"
        f"\n    else {number(1)} / ({number(1)} + exp({term}))\nend"
    )
    return query.layer(name).add(label, expression, [column])


def softmax(query: Query, name: str, labels: Sequence[str], scores: Sequence[Column]) -> list[Column]:
    """Give exp(x_k) / sum of all exp(x_j), with the largest subtracted first, which changes nothing else."""
    largest = query.layer(name).add("largest", greatest(scores), scores)
    layer = query.layer(name)
    differences = [
        layer.add(f"difference_{label}", f"{score} - {largest}", [score, largest])
        for label, score in zip(labels, scores, strict=True)
    ]
    layer = query.layer(name)
    powers = [
        layer.add(f"power_{label}", query.dialect.exp(str(difference)), [difference])
        for label, difference in zip(labels, differences, strict=True)
    ]
    return shares(query, name, labels, powers)


def shares(query: Query, name: str, labels: Sequence[str], parts: Sequence[Column]) -> list[Column]:
    """Divide by the sum."""
    total = sum_of(query, name, "total", parts)
    layer = query.layer(name)
    return [
        layer.add(f"probability_{label}", f"{part} / {total}", [part, total])
        for label, part in zip(labels, parts, strict=True)
    ]


def shares_or_equal(query: Query, name: str, labels: Sequence[str], parts: Sequence[Column]) -> list[Column]:
    """Divide by the sum; where all are 0, all are equal."""
    number = query.dialect.number
    total = sum_of(query, name, "total", parts)
    layer = query.layer(name)
    equal = number(1 / len(parts))
    return [
        layer.add(
            f"probability_{label}",
            f"case when {total} = {number(0)} then {equal} else {part} / {total} end",
            [part, total],
        )
        for label, part in zip(labels, parts, strict=True)
    ]


def sum_of(query: Query, name: str, label: str, columns: Sequence[Column]) -> Column:
    """Add columns up."""
    first, *others = columns
    return query.total(name, label, str(first), [(f"+ {one}", [one]) for one in others], [first])


def complement(query: Query, name: str, label: str, column: Column) -> Column:
    """Give 1 - x."""
    return query.layer(name).add(label, f"{query.dialect.number(1)} - {column}", [column])


def greatest(columns: Sequence[Column]) -> str:
    """Give the largest of columns that are all NULL or all not."""
    return f"greatest({', '.join(map(str, columns))})" if len(columns) > 1 else str(columns[0])


def guarded(expression: str, columns: Sequence[Column]) -> str:
    """Give NULL where any of the columns is NULL, for a model that does not take missing values."""
    nullable = [column for column in unique(columns) if column.nullable]
    if not nullable:
        return expression
    conditions = "\n    and ".join(f"{column} is not null" for column in nullable)
    expression = expression.replace("\n", "\n    ")
    return f"case\n    when {conditions}\n    then {expression}\nend"


def switch(whens: Sequence[tuple[str, str]], otherwise: str) -> str:
    """Write a case expression, or what it gives if there is only one possibility."""
    if not whens:
        return otherwise
    lines = [f"    when {condition} then {value}" for condition, value in whens]
    ending = "" if otherwise == "null" else f"    else {otherwise}\n"
    return "case\n" + "\n".join(lines) + f"\n{ending}end"


def search(
    bounds: Sequence[float], below: Callable[[int], str], leaf: Callable[[int], str], first: int = 0
) -> str:
    """Find the interval of a value by halving, so that a long table costs few comparisons.

    Parameters
    ----------
    bounds : sequence of float
        The ends of the intervals, of which there is one more.
    below : callable
        Writes the condition that the value is before the bound of that number.
    leaf : callable
        Writes the result in the interval of that number.
    """
    if not len(bounds):
        return leaf(first)
    middle = len(bounds) // 2
    left = search(bounds[:middle], below, leaf, first)
    right = search(bounds[middle + 1 :], below, leaf, first + middle + 1)
    if "\n" not in left + right and len(bounds) == 1:
        return f"case when {below(first + middle)} then {left} else {right} end"
    left, right = (side.replace("\n", "\n    ") for side in (left, right))
    return f"case\n    when {below(first + middle)} then {left}\n    else {right}\nend"


def piecewise_linear(query: Query, column: Column, points: Sequence[tuple[float, float, float]]) -> str:
    """Interpolate between points, and give the value of the first or last one outside of them.

    Parameters
    ----------
    points : sequence of (float, float, float)
        Place, value from the left, and value from the right, in order of place.
    """
    number = query.dialect.number

    def leaf(interval: int) -> str:
        if interval in (0, len(points)):
            return number(points[0][1] if interval == 0 else points[-1][2])
        (low, _, value), (high, end, _) = points[interval - 1], points[interval]
        if value == end:
            return number(value)
        slope = (end - value) / (high - low)
        return f"{number(value)} + {number(slope)} * ({query.plus(str(column), -low)})"

    places = [place for place, _, _ in points]
    found = search(places, lambda place: f"{column} < {number(places[place])}", leaf)
    return guarded(found, [column])


def labels_of(classes: Any) -> list[str]:
    """Give the classes as text, as a score shows them."""
    return [str(label) for label in classes]
