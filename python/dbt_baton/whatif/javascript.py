"""SQL expressions as JavaScript with the same values.

A missing number is NaN, with which every comparison is false as with NULL, so a condition needs no test for
it; a missing text is null. A `real` is a number that is rounded after each step. A row of bits is a BigInt,
and 0 where it is missing: no expression asks more of it than which bits are set.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from dbt_baton.whatif.sql_expressions import (
    Binary,
    Call,
    Case,
    Cast,
    Constant,
    Expression,
    IsNull,
    Minus,
    Name,
    Number,
    Text,
)

DOUBLE, REAL, BITS, TEXT, CONDITION, LEAVES = "double", "real", "bits", "text", "condition", "leaves"
_TYPES = {"double": DOUBLE, "double precision": DOUBLE, "real": REAL, "bigint": BITS}
_MISSING = {DOUBLE: "NaN", REAL: "NaN", BITS: "0n", TEXT: "null"}
_OPERATORS = {"and": "&&", "or": "||", "=": "===", "<>": "!=="}
_FUNCTIONS = {
    "abs": "Math.abs", "cbrt": "Math.cbrt", "ceil": "Math.ceil", "cos": "Math.cos", "exp": "Math.exp",
    "floor": "Math.floor", "greatest": "Math.max", "ln": "Math.log", "power": "Math.pow", "round": "rounded",
    "sign": "Math.sign", "sin": "Math.sin", "sqrt": "Math.sqrt", "tanh": "Math.tanh",
}  # fmt: skip


@dataclass(frozen=True)
class Variable:
    """Where a column is in JavaScript, and its type."""

    name: str
    type: str


def written(expression: Expression, variables: Mapping[str, Variable]) -> tuple[str, str]:
    """Write an expression, and give its type.

    Parameters
    ----------
    variables : mapping from str to Variable
        The columns in it.
    """
    return _Writer(variables).write(expression)


def text_literal(text: str) -> str:
    """Write a text such that it cannot end the script that it is in."""
    return json.dumps(text).replace("<", "\\u003c")


class _Writer:
    def __init__(self, variables: Mapping[str, Variable]) -> None:
        self._variables = variables

    def write(self, expression: Expression) -> tuple[str, str]:
        match expression:
            case Number(digits):
                return (digits + "n", BITS) if digits.isdecimal() else (_number(digits), DOUBLE)
            case Text(value):
                return text_literal(value), TEXT
            case Constant(word):
                return ("NaN", DOUBLE) if word == "null" else (word, CONDITION)
            case Name(name):
                variable = self._variables[name]
                return variable.name, variable.type
            case Minus(operand):
                text, type_ = self.write(operand)
                return f"(-{text})", type_
            case IsNull(operand, is_negated):
                return self._is_null(operand, is_negated)
            case Binary():
                return self._binary(expression)
            case Cast(operand, type_):
                return self._cast(operand, type_)
            case Case():
                return self._case(expression)
            case Call(name, arguments):
                return self._call(name, arguments)

    def _binary(self, expression: Binary) -> tuple[str, str]:
        left, left_type = self.write(expression.left)
        right, right_type = self.write(expression.right)
        sign = _OPERATORS.get(expression.operator, expression.operator)
        text = f"({left}{sign}{right})"
        if expression.operator in "+-*/":
            is_real = left_type == right_type == REAL
            return (f"Math.fround{text}", REAL) if is_real else (text, DOUBLE)
        return text, BITS if sign == "&" else CONDITION

    def _is_null(self, operand: Expression, is_negated: bool) -> tuple[str, str]:
        text, type_ = self.write(operand)
        sign = "!==" if is_negated != (type_ != TEXT) else "==="
        return f"({text}{sign}{'null' if type_ == TEXT else text})", CONDITION

    def _cast(self, operand: Expression, name: str) -> tuple[str, str]:
        type_ = _TYPES[name]
        if isinstance(operand, Text):  # Infinity
            return f"({operand.value})", type_
        if operand == Constant("null"):
            return _MISSING[type_], type_
        text, given = self.write(operand)
        return (f"Math.fround({text})" if type_ == REAL and given != REAL else text), type_

    def _case(self, case: Case) -> tuple[str, str]:
        results = [*(result for _, result in case.whens), case.otherwise]
        texts = [self.write(result) for result in results]
        types = {
            type_ for result, (_, type_) in zip(results, texts, strict=True) if result != Constant("null")
        }
        type_ = types.pop() if len(types) == 1 else DOUBLE
        values = [
            _MISSING[type_] if result == Constant("null") else text
            for result, (text, _) in zip(results, texts, strict=True)
        ]
        conditions = [self._condition(case.operand, condition) for condition, _ in case.whens]
        pieces = [f"{one}?{value}:" for one, value in zip(conditions, values, strict=False)]
        return f"({''.join(pieces)}{values[-1]})", type_

    def _condition(self, operand: Expression | None, condition: Expression) -> str:
        wanted = condition if operand is None else Binary("=", operand, condition)
        text, _ = self.write(wanted)
        return text.removeprefix("(").removesuffix(")") if _is_single(wanted) else text

    def _call(self, name: str, arguments: list[Expression]) -> tuple[str, str]:
        if name in ("tree_leaves", "tree_sum", "tree_sum_float32"):
            return self._of_trees(name, arguments)
        given = [self.write(argument) for argument in arguments]
        if name == "coalesce":
            (first, type_), (second, _) = given
            return f"({first}{'===null' if type_ == TEXT else f'!=={first}'}?{second}:{first})", type_
        is_real = name in ("abs", "greatest") and all(type_ == REAL for _, type_ in given)
        return f"{_FUNCTIONS[name]}({','.join(text for text, _ in given)})", REAL if is_real else DOUBLE

    def _of_trees(self, name: str, arguments: list[Expression]) -> tuple[str, str]:
        """Write the walk of the table of nodes, whose functions are in `trees.js`."""
        texts = [one.digits if isinstance(one, Number) else self.write(one)[0] for one in arguments]
        if name == "tree_leaves":
            return f"treeLeaves(nodes,{texts[0]},{texts[1]},[{','.join(texts[2:])}])", LEAVES
        rounding, type_ = ("Math.fround", REAL) if name == "tree_sum_float32" else ("same", DOUBLE)
        return f"treeSum(nodes,{','.join(texts)},{rounding})", type_


def _number(digits: str) -> str:
    return repr(float(digits)).removesuffix(".0")


def _is_single(condition: Expression) -> bool:
    """Whether it is written as one pair of parentheses that can go."""
    return isinstance(condition, Binary | IsNull)
