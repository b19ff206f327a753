"""The query that is being written: columns, and the layers that compute them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbt_baton.scoring_sql.dialect import LONGEST_NAME, Dialect
from dbt_baton.warehouse.signature import KINDS, Feature

NUMBER, TEXT, TIMESTAMP = "number", "text", "timestamp"

# DuckDB refuses expressions that are nested more than 1000 deep, and every summand is one level
SUMMANDS = 50


@dataclass(eq=False)
class Column:
    """One value of each row.

    Attributes
    ----------
    label : str
        Its name in scikit-learn, without the step.
    sql : str
        How later layers refer to it: the name of a column.
    kind : str
        NUMBER, TEXT or TIMESTAMP.
    nullable : bool
        Whether it may be NULL.
    expression : str or None
        The SQL that computes it; None for an input.
    needs : sequence of Column
        The columns in `expression`.
    written_as_text : bool or None
        For a number that stands for its text, as category of a pipeline that was made from a fitted table:
        whether tiny numbers are written with an exponent. None for everything else.
    """

    label: str
    sql: str
    kind: str = NUMBER
    nullable: bool = True
    expression: str | None = None
    needs: Sequence[Column] = ()
    written_as_text: bool | None = None

    def __str__(self) -> str:
        return self.sql


@dataclass(eq=False)
class Layer:
    """One CTE: columns that need only earlier layers; those without an expression come from its join."""

    query: Query
    name: str
    comment: str
    columns: list[Column] = field(default_factory=list)
    join: str = ""

    def add(
        self,
        label: str,
        expression: str,
        needs: Sequence[Column],
        *,
        kind: str = NUMBER,
        nullable: bool | None = None,
    ) -> Column:
        """Add a column, which stays out of the text if nothing needs it; by default NULL comes from NULL."""
        if nullable is None:
            nullable = any(column.nullable for column in needs)
        name = self.query.free_name(f"{self.name}__{label}")
        column = Column(label, self.query.dialect.identifier(name), kind, nullable, expression, needs)
        self.columns.append(column)
        return column


class Query:
    """The layers over the relation `features`.

    Parameters
    ----------
    dialect : Dialect
    features : sequence of Feature
        The model's inputs.
    """

    def __init__(self, dialect: Dialect, features: Sequence[Feature]) -> None:
        self.dialect = dialect
        self.layers: list[Layer] = []
        self.nodes: list[dict[str, Any]] = []
        self._arrays: dict[str, str] = {}
        self.problems: list[str] = []
        self._taken = {"features", "scoring_nodes", *(feature.name.lower() for feature in features)}
        kinds = {"text": TEXT, "timestamp": TIMESTAMP}
        self.inputs = [
            Column(feature.name, dialect.identifier(feature.name), kinds.get(KINDS[feature.type], NUMBER))
            for feature in features
        ]

    def layer(self, name: str, comment: str = "") -> Layer:
        """Begin a layer."""
        layer = Layer(self, name, comment)
        self.layers.append(layer)
        return layer

    def array(self, part: str) -> str:
        """Give the name of a column that holds a part of all trees, on DuckDB."""
        if part not in self._arrays:
            self._arrays[part] = self.dialect.identifier(self.free_name(f"tree_{part}"))
        return self._arrays[part]

    def free_name(self, name: str) -> str:
        """Give the name, numbered where it is taken in any spelling, and cut to what every engine keeps."""
        number = 1
        free = _cut(name, LONGEST_NAME)
        while free.lower() in self._taken:
            number += 1
            ending = f"_{number}"
            free = _cut(name, LONGEST_NAME - len(ending)) + ending
        self._taken.add(free.lower())
        return free

    def literal(self, value: object) -> str:
        """Write a number or text."""
        return self.dialect.text(value) if isinstance(value, str) else self.dialect.number(float(value))  # type: ignore[arg-type]

    def total(
        self,
        name: str,
        label: str,
        start: str,
        summands: Sequence[tuple[str, Sequence[Column]]],
        needs: Sequence[Column] = (),
    ) -> Column:
        """Add up in the given order, in as many layers as the parsers of the engines need.

        Parameters
        ----------
        name, label : str
            The layer and the column.
        start : str
            The first summand.
        summands : sequence of (str, sequence of Column)
            SQL that begins with `+` or `-`, and the columns in it.
        needs : sequence of Column
            The columns in `start`.
        """
        column: Column | None = None
        for first in range(0, max(len(summands), 1), SUMMANDS):
            part = summands[first : first + SUMMANDS]
            lines = [str(column or start), *(sql for sql, _ in part)]
            own = [column] if column else [*needs]
            own += [one for _, columns in part for one in columns]
            column = self.layer(name).add(label, "\n".join(lines), unique(own))
        assert column is not None, "the loop runs at least once"
        return column

    def times(self, factor: float, column: Column) -> str:
        """Write a summand: a sign, a number and a column."""
        sign = "-" if factor < 0 or (factor == 0 and math.copysign(1, factor) < 0) else "+"
        if abs(factor) == 1:
            return f"{sign} {column}"
        return f"{sign} {self.dialect.number(abs(factor))} * {column}"

    def plus(self, term: str, value: float) -> str:
        """Write a term and a number added to it."""
        if value == 0:
            return term
        return f"{term} {'-' if value < 0 else '+'} {self.dialect.number(abs(value))}"


def unique(columns: Iterable[Column]) -> list[Column]:
    """Give each column once, in order."""
    return list(dict.fromkeys(columns))


def step_name(estimator: object) -> str:
    """Write a class as the transformers of `baton.fit` are called: StandardScaler is standard_scaler."""
    name = re.sub("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", type(estimator).__name__)
    return name.lower().strip("_")


def indent(text: str, by: str = "    ") -> str:
    """Indent every line; only a line feed ends one, and not the other characters that Unicode has for it."""
    return "\n".join(by + line if line else line for line in text.split("\n"))


def _cut(name: str, length: int) -> str:
    return name.encode()[:length].decode(errors="ignore")
