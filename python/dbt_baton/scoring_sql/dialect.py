"""The differences between engines: names, doubles, texts and exponentials."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dbt_baton.warehouse.reserved_words import RESERVED_WORDS

# A line break inside a name or text, until the query is complete, so that indenting does not change it. No
# text of a database has this character.
LINE_BREAK = "\0"
LONGEST_NAME = 63  # bytes; PostgreSQL cuts off longer names, also within one query


@dataclass(frozen=True)
class Dialect:
    """How an engine writes what the compiler needs.

    Attributes
    ----------
    name : str
        'duckdb', 'postgres', 'spark' or 'default'.
    double_type, text_type : str
        The types in a cast.
    fence : str
        What ends each layer so that the engine computes its columns once; empty where it does so anyway.
        PostgreSQL puts the expression of a column into each place that reads it, unless there is an offset.
    """

    name: str
    double_type: str
    text_type: str
    fence: str = ""

    def identifier(self, name: str) -> str:
        """Write a column name: bare where every engine reads it as it is, quoted where not."""
        if re.fullmatch("[a-z_][a-z0-9_]*", name) and name not in RESERVED_WORDS:
            return name
        return self.quoted(name)

    def quoted(self, name: str) -> str:
        """Write a column name in quotes."""
        return '"' + name.replace('"', '""').replace("\n", LINE_BREAK) + '"'

    def text(self, value: str) -> str:
        """Write a text value."""
        return "'" + value.replace("'", "''").replace("\n", LINE_BREAK) + "'"

    def null(self, type_: str) -> str:
        """Write a NULL of a type."""
        return f"cast(null as {type_})"

    def number(self, value: float) -> str:
        """Write a double with all its digits; without an exponent it would be a decimal."""
        value = float(value)
        if math.isinf(value):
            return f"cast('{'-' if value < 0 else ''}Infinity' as {self.double_type})"
        digits = repr(value)
        return digits if "e" in digits else f"{_short(digits)}e0"

    def numbers(self, values: Sequence[float]) -> list[str]:
        """Write several doubles."""
        return [self.number(value) for value in values]

    def exp(self, exponent: str) -> str:
        """Write an exponential, of an expression that is short because it may be repeated."""
        return f"exp({exponent})"

    def square(self, term: str) -> str:
        """Write a square, of an expression that is short because it may be repeated."""
        return f"{term} * {term}"


class Postgres(Dialect):
    """PostgreSQL, where a result that is too large or too small for a double is an error."""

    def number(self, value: float) -> str:
        """Write a double; a plain number would be of type numeric, which is slow and rounds differently."""
        value = float(value)
        if math.isinf(value):
            return f"'{'-' if value < 0 else ''}Infinity'::float8"
        return f"'{_short(repr(value))}'::float8"

    def exp(self, exponent: str) -> str:
        """Write an exponential; the bounds are those of a double."""
        return (
            f"case when {exponent} > {self.number(709.0)} then {self.number(math.inf)}"
            f" when {exponent} < {self.number(-708.0)} then {self.number(0)} else exp({exponent}) end"
        )

    def square(self, term: str) -> str:
        """Write a square; the bounds are the roots of those of a double."""
        return (
            f"case when abs({term}) > {self.number(1e154)} then {self.number(math.inf)}"
            f" when abs({term}) < {self.number(1e-153)} then {self.number(0)} else {term} * {term} end"
        )


class Spark(Dialect):
    """Spark, where a name in double quotes is a text, and a backslash begins an escape."""

    def quoted(self, name: str) -> str:
        """Write a column name in backticks."""
        return "`" + name.replace("`", "``").replace("\n", LINE_BREAK) + "`"

    def text(self, value: str) -> str:
        """Write a text value."""
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return "'" + escaped.replace("\n", LINE_BREAK) + "'"


def _short(digits: str) -> str:
    return digits.removesuffix(".0")


DIALECTS: dict[str, Dialect] = {
    "duckdb": Dialect("duckdb", "double", "varchar"),
    "postgres": Postgres("postgres", "double precision", "text", fence="offset 0"),
    "spark": Spark("spark", "double", "string"),
    "default": Dialect("default", "double precision", "varchar"),
}
# what `whatif` translates into JavaScript
PAGE = Dialect("page", "double", "varchar")
