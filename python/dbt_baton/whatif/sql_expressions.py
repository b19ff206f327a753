"""Reads the SQL expressions that `scoring_sql` writes: the few forms that it uses, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dbt_baton.scoring_sql.dialect import LINE_BREAK

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)
        | (?P<text>'(?:[^']|'')*')
        | (?P<quoted>"(?:[^"]|"")*")
        | (?P<word>[a-z_][a-z0-9_]*)
        | (?P<sign><=|>=|<>|[-+*/&=<>(),])
    )""",
    re.VERBOSE,
)
# how tightly an operator binds
_BINDS = {
    "or": 1, "and": 2, "=": 3, "<>": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "is": 3,
    "&": 4, "+": 5, "-": 5, "*": 6, "/": 6,
}  # fmt: skip
_UNARY = 7


@dataclass(frozen=True)
class Number:
    """A literal: an integer, or a double, which has a point or an exponent."""

    digits: str


@dataclass(frozen=True)
class Text:
    """A literal."""

    value: str


@dataclass(frozen=True)
class Constant:
    """One of `null`, `true` and `false`."""

    word: str


@dataclass(frozen=True)
class Name:
    """A column."""

    name: str


@dataclass(frozen=True)
class Minus:
    """A number with the other sign."""

    operand: Expression


@dataclass(frozen=True)
class Binary:
    """An operator between two expressions."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class IsNull:
    """`is null` or `is not null`."""

    operand: Expression
    is_negated: bool


@dataclass(frozen=True)
class Case:
    """`case`, with an operand if each `when` is a value."""

    operand: Expression | None
    whens: list[tuple[Expression, Expression]]
    otherwise: Expression


@dataclass(frozen=True)
class Cast:
    """`cast(... as type)`."""

    operand: Expression
    type: str


@dataclass(frozen=True)
class Call:
    """A function."""

    name: str
    arguments: list[Expression]


Expression = Number | Text | Constant | Name | Minus | Binary | IsNull | Case | Cast | Call


def parse(sql: str) -> Expression:
    """Read one expression.

    Raises
    ------
    ValueError
        If there is something that `scoring_sql` does not write.
    """
    reader = _Reader(sql)
    expression = reader.expression(0)
    if reader.kind != "end":
        raise ValueError(f"{reader.value!r} after the end of {sql[:200]!r}")
    return expression


class _Reader:
    """The tokens of an expression, with one of them in hand."""

    def __init__(self, sql: str) -> None:
        self._sql, self._place = sql.rstrip(), 0
        self.kind, self.value = "", ""
        self._next()

    def _next(self) -> str:
        """Take the next token in hand, and give the one before."""
        before = self.value
        if self._place == len(self._sql):
            self.kind, self.value = "end", ""
            return before
        found = _TOKEN.match(self._sql, self._place)
        if not found:
            raise ValueError(f"no expression: {self._sql[self._place :][:200]!r}")
        self._place, self.kind = found.end(), str(found.lastgroup)
        self.value = found[self.kind]
        return before

    def _at(self, *values: str) -> bool:
        return self.kind in ("word", "sign") and self.value in values

    def _expect(self, value: str) -> None:
        if not self._at(value):
            raise ValueError(f"{self.value!r} instead of {value!r} in {self._sql[:200]!r}")
        self._next()

    def expression(self, binds: int) -> Expression:
        """Read operators that bind tighter than this."""
        left = self._operand()
        while self.kind in ("word", "sign") and _BINDS.get(self.value, 0) > binds:
            operator = self._next()
            if operator == "is":
                is_negated = self._at("not")
                if is_negated:
                    self._next()
                self._expect("null")
                left = IsNull(left, is_negated)
            else:
                left = Binary(operator, left, self.expression(_BINDS[operator]))
        return left

    def _operand(self) -> Expression:
        kind, value = self.kind, self._next()
        if kind == "number":
            return Number(value)
        if kind == "text":
            return Text(value[1:-1].replace("''", "'").replace(LINE_BREAK, "\n"))
        if kind == "quoted":
            return Name(value[1:-1].replace('""', '"').replace(LINE_BREAK, "\n"))
        if value == "(":
            inside = self.expression(0)
            self._expect(")")
            return inside
        if value in ("+", "-"):
            operand = self.expression(_UNARY)
            return Minus(operand) if value == "-" else operand
        special: dict[str, Callable[[], Expression]] = {"case": self._case, "cast": self._cast}
        if value in special:
            return special[value]()
        if value in ("null", "true", "false"):
            return Constant(value)
        if kind == "word" and not self._at("("):
            return Name(value)
        if kind == "word":
            return Call(value, self._arguments())
        raise ValueError(f"{value!r} begins no expression in {self._sql[:200]!r}")

    def _case(self) -> Case:
        operand = None if self._at("when") else self.expression(0)
        whens = []
        while self._at("when"):
            self._next()
            condition = self.expression(0)
            self._expect("then")
            whens.append((condition, self.expression(0)))
        otherwise: Expression = Constant("null")
        if self._at("else"):
            self._next()
            otherwise = self.expression(0)
        self._expect("end")
        return Case(operand, whens, otherwise)

    def _cast(self) -> Cast:
        self._expect("(")
        operand = self.expression(0)
        self._expect("as")
        words = []
        while self.kind == "word":
            words.append(self._next())
        self._expect(")")
        return Cast(operand, " ".join(words))

    def _arguments(self) -> list[Expression]:
        self._expect("(")
        found = [self.expression(0)]
        while self._at(","):
            self._next()
            found.append(self.expression(0))
        self._expect(")")
        return found
