"""Fitted preprocessing as a list of steps: the parameters of each, and what it learned from each column."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import PolynomialFeatures

from dbt_baton.preprocessing.parameters import PARAMETERS


@dataclass(frozen=True)
class Fact:
    """One fitted value of a column."""

    column: str
    parameter: str
    number: float | None = None
    text: str | None = None
    category: str | None = None
    position: int | None = None


@dataclass
class Step:
    """One transformer with the columns it was fitted on.

    Attributes
    ----------
    kind, name : str
        The transformer, such as 'standard_scaler', and the name of the step, by default the same.
    columns : list of str
        In the order of the call.
    parameters : dict
        The parameters of each column as JSON values: lists instead of tuples, None instead of NaN.
    facts : list of Fact
        What the step learned, column by column.
    """

    kind: str
    name: str
    columns: list[str]
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def parameter(self, name: str) -> Any:
        """Give a parameter that all columns share."""
        return self.parameters[self.columns[0]].get(name, PARAMETERS[self.kind][name])

    def of(self, column: str, parameter: str) -> list[Fact]:
        """Give the values of one parameter of a column, in order of position."""
        found = [fact for fact in self.facts if fact.column == column and fact.parameter == parameter]
        return sorted(found, key=lambda fact: -1 if fact.position is None else fact.position)

    def numbers(self, parameter: str) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        """Give one number per column, NaN if the table has NULL; None if no column has the parameter."""
        found = [self.of(column, parameter) for column in self.columns]
        if not any(found):
            return None
        return np.array(
            [facts[0].number if facts and facts[0].number is not None else math.nan for facts in found]
        )

    def made(self) -> list[str]:
        """Names of the columns that replace the step's columns, in scikit-learn's order."""
        if self.kind == "polynomial_features":
            given = {name: self.parameter(name) for name in PARAMETERS[self.kind]}
            degree = given.pop("degree")
            maker = PolynomialFeatures(tuple(degree) if isinstance(degree, list) else degree, **given)
            maker.fit([[0] * len(self.columns)])
            return [str(name) for name in maker.get_feature_names_out(self.columns)]
        names = [name for column in self.columns for name in self._made(column)]
        if self.kind == "simple_imputer" and self.parameter("add_indicator"):
            names += [f"missingindicator_{column}" for column in self.columns]
        return names

    def _made(self, column: str) -> list[str]:
        if self.kind == "k_bins_discretizer" and self.parameter("encode") != "ordinal":
            return [f"{column}_{float(code)}" for code in range(len(self.of(column, "bin_edge")) - 1)]
        if self.kind == "target_encoder" and self.classes(column) != [None]:
            return [f"{column}_{label}" for label in self.classes(column)]
        if self.kind == "one_hot_encoder":
            infrequent = {fact.category for fact in self.of(column, "infrequent")}
            dropped = {fact.category for fact in self.of(column, "drop")}
            kept = [
                fact.category
                for fact in self.of(column, "category")
                if fact.category not in infrequent | dropped
            ]
            group = ["infrequent_sklearn"] if infrequent - dropped == infrequent and infrequent else []
            return [f"{column}_{category}" for category in [*kept, *group]]
        return [column]

    def classes(self, column: str) -> list[str | None]:
        """Give the classes of a target encoder's target in order; [None] unless the target is multiclass."""
        means = [fact.text for fact in self.of(column, "target_mean") if fact.position is None]
        return sorted(dict.fromkeys(means), key=_order)


def category_text(value: Any, *, exponents: bool = True) -> str | None:
    """Write a category as the macro `baton.category_text` does; None for missing values, including infinity.

    Equal numbers are the same text whatever their type. DuckDB writes a tiny number with an exponent,
    PostgreSQL with all its zeros (`exponents` false).
    """
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.integer | np.floating | Decimal):
        number: Any = value
        if not math.isfinite(number):
            return None
        if number == int(number) and abs(number) < 1e38:
            return str(int(number))
        keeps_digits = isinstance(value, Decimal) and abs(value) >= Decimal("0.0001")
        text = f"{number.normalize():f}" if keeps_digits else repr(float(number))
        return text if exponents or "e" not in text else f"{Decimal(text):f}"
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return str(value)


def plain(value: Any) -> Any:
    """Convert a parameter to JSON values: lists instead of tuples and arrays, None instead of NaN."""
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _order(text: str | None) -> tuple[int, float, str]:
    """Sort numbers by value, text by code point."""
    try:
        return (0, float(text or ""), "")
    except ValueError:
        return (1, 0.0, text or "")
