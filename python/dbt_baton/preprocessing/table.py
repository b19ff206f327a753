"""Convert steps to the fitted table of `baton.fit`, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dbt_baton.errors import UnsupportedPreprocessing, raise_problems
from dbt_baton.preprocessing.parameters import BY_COLUMN, PARAMETERS
from dbt_baton.preprocessing.steps import Fact, Step

COLUMNS = ("transformer", "column_name", "parameter", "category", "position", "value_number", "value_text")


def to_table(steps: Sequence[Step]) -> pd.DataFrame:
    """Write the steps as the rows of the table of `baton.fit`."""
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
        The public function, for the error message.
    fitted : pandas.DataFrame, pyarrow.Table or DuckDB relation
        The fitted table.

    Raises
    ------
    UnsupportedPreprocessing
        If it is not a fitted table.
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
    """Write the steps as the `transformers` of a call, without parameters that have their default."""
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
