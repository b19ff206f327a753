"""The fitted table of `baton.fit` as steps: how each was called, and what it learned of each column."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import PolynomialFeatures

from dbt_baton.errors import UnsupportedPreprocessing, raise_problems

COLUMNS = ("transformer", "column_name", "parameter", "category", "position", "value_number", "value_text")

# the parameters of the SQL macros with their defaults, which are scikit-learn's
PARAMETERS: dict[str, dict[str, Any]] = {
    "standard_scaler": {"with_mean": True, "with_std": True},
    "min_max_scaler": {"feature_range": [0, 1], "clip": False},
    "max_abs_scaler": {},
    "robust_scaler": {
        "with_centering": True,
        "with_scaling": True,
        "quantile_range": [25.0, 75.0],
        "unit_variance": False,
    },
    "normalizer": {"norm": "l2"},
    "k_bins_discretizer": {
        "n_bins": 5,
        "encode": "onehot",
        "strategy": "quantile",
        "quantile_method": "averaged_inverted_cdf",
    },
    "quantile_transformer": {"n_quantiles": 1000, "output_distribution": "uniform"},
    "one_hot_encoder": {
        "categories": "auto",
        "drop": None,
        "handle_unknown": "error",
        "min_frequency": None,
        "max_categories": None,
    },
    "ordinal_encoder": {
        "categories": "auto",
        "handle_unknown": "error",
        "unknown_value": None,
        "encoded_missing_value": None,
    },
    "label_encoder": {},
    "target_encoder": {
        "target": None,
        "target_type": "auto",
        "smooth": "auto",
        "cv": 5,
        "fold_by": None,
        "cross_fit": None,
    },
    "simple_imputer": {"strategy": "mean", "fill_value": None, "add_indicator": False},
    "polynomial_features": {"degree": 2, "interaction_only": False, "include_bias": True},
    "log1p": {},
    "clip": {"lower": None, "upper": None, "lower_quantile": None, "upper_quantile": None},
    "frequency_encoder": {},
    "cyclical": {"period": None},
    "hashing_encoder": {"n_components": 8},
}
# these stand in a call as a list with one entry for each column, and in the table as that column's entry
BY_COLUMN = ("categories",)
# these look at several columns of a row at once
JOINT = ("normalizer", "polynomial_features")


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
        For each column the parameters as JSON has them: no tuple, None for NaN.
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
        """Give the values of one parameter of a column, by their position."""
        found = [fact for fact in self.facts if fact.column == column and fact.parameter == parameter]
        return sorted(found, key=lambda fact: -1 if fact.position is None else fact.position)

    def numbers(self, parameter: str) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        """One number for each column, NaN where the table has NULL; None where no column has it."""
        found = [self.of(column, parameter) for column in self.columns]
        if not any(found):
            return None
        return np.array(
            [facts[0].number if facts and facts[0].number is not None else math.nan for facts in found]
        )

    def made(self) -> list[str]:
        """Names of the columns that take the place of the step's columns, in scikit-learn's order."""
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
        """Give the classes of a target encoder's target in order; [None] where there are no more than two."""
        means = [fact.text for fact in self.of(column, "target_mean") if fact.position is None]
        return sorted(dict.fromkeys(means), key=_order)


def category_text(value: Any, *, exponents: bool = True) -> str | None:
    """Write a category as the macro `baton.category_text` does; None for what is missing, infinity included.

    Equal numbers are the same text whatever their type. Of a tiny number DuckDB writes an exponent,
    PostgreSQL all its zeros (`exponents` false).
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
    """Write a parameter as JSON has it: lists for tuples and arrays, None for NaN."""
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def to_table(steps: Sequence[Step]) -> pd.DataFrame:
    """Lay the steps out as the rows that `baton.fit` writes."""
    rows: list[tuple[Any, ...]] = []
    for place, step in enumerate(steps):
        for index, column in enumerate(step.columns):
            rows.append((step.name, column, "step", None, None, float(place), None))
            rows.append((step.name, column, "column", None, None, float(index), None))
            rows.append((step.name, column, "transformer", None, None, None, step.kind))
            for name, value in step.parameters[column].items():
                is_number = isinstance(value, bool | int | float)
                text = json.dumps(value, ensure_ascii=False)
                rows.append((step.name, column, name, None, None, float(value) if is_number else None, text))
            rows += [
                (step.name, column, fact.parameter, fact.category, fact.position, fact.number, fact.text)
                for fact in step.facts
                if fact.column == column
            ]
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    types = dict.fromkeys(COLUMNS, "string")
    return table.astype({**types, "position": "Int64", "value_number": "float64"})


def from_table(where: str, fitted: Any) -> list[Step]:
    """Read the steps of a fitted table in the order in which they were fitted.

    Parameters
    ----------
    where : str
        The public function, for the message.
    fitted : pandas.DataFrame, pyarrow.Table or DuckDB relation
        The fitted table.

    Raises
    ------
    UnsupportedPreprocessing
        If it is no fitted table.
    """
    if not isinstance(fitted, pd.DataFrame):
        read = getattr(fitted, "to_pandas", None) or getattr(fitted, "df", None)
        fitted = read() if read else pd.DataFrame()
    missing = [name for name in COLUMNS if name not in fitted.columns]
    if missing:
        problem = f"fitted has no column {', '.join(missing)}, expected the table that baton.fit makes"
        raise_problems(UnsupportedPreprocessing, where, [problem])
    by_column: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for values in zip(*(fitted[name].astype(object) for name in COLUMNS), strict=True):
        row = {
            name: None if _is_missing(value) else value for name, value in zip(COLUMNS, values, strict=True)
        }
        by_column.setdefault((str(row["transformer"]), str(row["column_name"])), []).append(row)

    steps: dict[int, list[tuple[int, Step]]] = {}
    problems = []
    for (name, column), rows in by_column.items():
        found = {
            row["parameter"]: row for row in rows if row["parameter"] in ("step", "column", "transformer")
        }
        kind = found["transformer"]["value_text"] if len(found) == 3 else None
        if kind not in PARAMETERS:
            problems.append(
                f"fitted does not say how '{name}' was called on '{column}', or this version does not know it"
            )
            continue
        step = Step(kind, name, [column], {column: {}})
        for row in rows:
            parameter = row["parameter"]
            if parameter in found:
                continue
            if parameter in PARAMETERS[kind] and row["value_text"] is not None:
                step.parameters[column][parameter] = json.loads(row["value_text"])
            else:
                step.facts.append(_fact(column, row))
        steps.setdefault(int(found["step"]["value_number"]), []).append(
            (int(found["column"]["value_number"]), step)
        )
    raise_problems(UnsupportedPreprocessing, where, problems)
    return [
        _joined([step for _, step in sorted(parts, key=lambda part: part[0])])
        for _, parts in sorted(steps.items())
    ]


def to_transformers(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Write the steps as the `transformers` of a call, without what has its default."""
    calls = []
    for step in steps:
        call: dict[str, Any] = {"transformer": step.kind, "columns": list(step.columns)}
        if step.name != step.kind:
            call["name"] = step.name
        for name, default in PARAMETERS[step.kind].items():
            values = [step.parameters[column].get(name, default) for column in step.columns]
            if any(value != default for value in values):
                call[name] = values if name in BY_COLUMN else values[0]
        calls.append(call)
    return calls


def _joined(parts: Sequence[Step]) -> Step:
    step = Step(parts[0].kind, parts[0].name, [])
    for part in parts:
        step.columns += part.columns
        step.parameters.update(part.parameters)
        step.facts += part.facts
    return step


def _fact(column: str, row: Mapping[str, Any]) -> Fact:
    return Fact(
        column=column,
        parameter=row["parameter"],
        number=None if row["value_number"] is None else float(row["value_number"]),
        text=row["value_text"],
        category=row["category"],
        position=None if row["position"] is None else int(row["position"]),
    )


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _order(text: str | None) -> tuple[int, float, str]:
    """Sort numbers by value, text by code point."""
    try:
        return (0, float(text or ""), "")
    except ValueError:
        return (1, 0.0, text or "")
