"""The columns of a training set by role, and its rows in an order that does not depend on the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dbt_baton.errors import TrainingInputError, UnlabelledRows, raise_problems
from dbt_baton.registry import identity
from dbt_baton.training import tasks
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.relations import (
    Relation,
    column_types,
    find_column,
    is_relation,
    quoted,
    read_batches,
    utc_timestamp,
)
from dbt_baton.warehouse.signature import Feature

DEFAULT_SPLIT = "split"
LABEL_COLUMNS = ("label_window_start", "label_window_end", "label_is_mature")
FEATURE_TIME = "_feature_time"


@dataclass(frozen=True)
class Plan:
    """The columns of a training set by their role in the model, spelled as in the relation."""

    entity: list[str]
    as_of: str
    label: str
    label_type: str
    split: str | None
    features: list[Feature]

    def configuration(self) -> dict[str, Any]:
        """Give the part that belongs to the identity of a version."""
        return {
            "entity": self.entity,
            "as_of": self.as_of,
            "label": [self.label, self.label_type],
            "split": self.split,
            "features": [[feature.name, feature.type] for feature in self.features],
        }

    def schema(self) -> list[tuple[str, str]]:
        """Give the role and the name or type of each column that is hashed."""
        keys = [("entity", column) for column in self.entity]
        return [("as_of", self.as_of), *keys, ("label", self.label_type), ("split", str(self.split)), *(
            (feature.name, feature.type) for feature in self.features
        )]  # fmt: skip


@dataclass(frozen=True)
class Rows:
    """A training set in memory, in an order that does not depend on the input."""

    features: pd.DataFrame
    label: pa.ChunkedArray
    split: npt.NDArray[Any]
    digests: list[str]


def plan_columns(
    where: str,
    training_set: Any,
    estimator: Any,
    label: str,
    entity: list[str],
    as_of: str,
    split: str | None,
    features: Sequence[str] | None,
) -> Plan:
    """Find every column, or raise one error for all problems with the arguments."""
    problems: list[str] = []
    if not tasks.is_supervised(estimator):
        problems.append(f"estimator is {estimator!r}, expected a scikit-learn classifier or regressor")
    if not is_relation(training_set):
        problems.append(
            f"training_set is a {type(training_set).__name__}, expected the relation that dbt.ref() returns"
        )
        raise_problems(TrainingInputError, where, problems)
    types = column_types(training_set)

    def find(argument: str, name: str) -> str:
        column = find_column(training_set, name)
        if column is None:
            problems.append(f"{argument} is '{name}', which is no column; there are {', '.join(types)}")
        return column or name

    if not entity:
        problems.append("entity is empty, expected the name of a column or a list of names")
    keys = [find("entity", name) for name in entity]
    moment, target = find("as_of", as_of), find("label", label)
    if split == DEFAULT_SPLIT and find_column(training_set, split) is None:
        split = None
    part = find("split", split) if split else None
    reserved = {"entity": keys, "as_of": [moment], "label": [target], "split": [part] if part else []}
    if features is None:
        taken = {column for columns in reserved.values() for column in columns}
        names = [column for column in types if column not in taken and not _is_bookkeeping(column)]
    else:
        names = [find("features", name) for name in features]
        problems += [
            f"features names '{name}' more than once" for name in sorted(set(names)) if names.count(name) > 1
        ]
        for role, columns in reserved.items():
            problems += [f"features holds '{name}', which is the {role}" for name in names if name in columns]
    if not names:
        problems.append("there is no feature to learn from")
    found = []
    for name in [name for name in names if name in types]:
        word = signature.type_of(types[name])
        if word is None:
            problems.append(
                f"feature '{name}' is {types[name]}, expected a number, boolean, text, date or timestamp"
            )
        found.append(Feature(name, word or ""))
    if moment in types and signature.type_of(types[moment]) != "timestamp":
        problems.append(f"as_of '{moment}' is {types[moment]}, expected a date or timestamp")
    label_type = signature.type_of(types.get(target)) or ""
    if target in types and label_type in ("", "timestamp"):
        problems.append(f"label '{target}' is {types[target]}, expected a number, boolean or text")
    raise_problems(TrainingInputError, where, problems)
    return Plan(keys, moment, target, label_type, part, found)


def read_rows(training_set: Relation, plan: Plan) -> Rows:
    """Read the columns of the plan, and sort the rows by as-of, entity and a hash of the row."""
    types = column_types(training_set)
    columns = [
        f"epoch_us({utc_timestamp(plan.as_of, types[plan.as_of])})",
        *(f"cast({quoted(name)} as varchar)" for name in plan.entity),
        tasks.label_expression(quoted(plan.label), plan.label_type),
        f"cast({quoted(plan.split)} as varchar)" if plan.split else "'train'",
        *signature.expressions(training_set, plan.features),
    ]
    projected = training_set.project(", ".join(f"{sql} as c{place}" for place, sql in enumerate(columns)))
    table = read_batches(projected).read_all()
    digests = identity.row_digests(table)
    n_keys = 1 + len(plan.entity)
    order = pa.table({"digest": digests, **{f"c{place}": table.column(place) for place in range(n_keys)}})
    order_by = [(f"c{place}", "ascending") for place in range(n_keys)]
    table = table.take(pc.sort_indices(order, sort_keys=[*order_by, ("digest", "ascending")]))
    label, split, *features = table.columns[n_keys:]
    return Rows(
        features=signature.to_frame(features, plan.features),
        label=label,
        split=np.array(split.to_pylist(), dtype=object),
        digests=digests,
    )


def checked_rows(
    where: str, rows: Rows, estimator: Any
) -> tuple[npt.NDArray[Any], dict[str, npt.NDArray[np.bool_]], pd.DataFrame]:
    """Give labels, the rows of each split and features, or raise one error for all problems with the rows."""
    missing = tasks.count_missing(rows.label)
    if missing:
        raise UnlabelledRows(
            f"{where}: {missing} of {len(rows.label)} rows have no label. A label that is not mature yet is"
            " NULL: keep mature rows only (baton.training_set does), or filter where the label is not null"
        )
    labels, problems = tasks.as_labels(rows.label, estimator)
    in_split = {
        value: rows.split == value for value in sorted({value for value in rows.split if value is not None})
    }
    if len(rows.split) == 0:
        problems.append("the training set has no rows")
    elif "train" not in in_split:
        problems.append(f"no row has split 'train'; the values are {', '.join(in_split) or 'all NULL'}")
    elif not problems and tasks.is_classification(estimator) and len(set(labels[in_split["train"]])) < 2:
        problems.append(
            f"all rows to fit on have the label '{labels[in_split['train']][0]}', expected two classes"
        )
    raise_problems(TrainingInputError, where, problems)
    return labels, in_split, rows.features


def _is_bookkeeping(column: str) -> bool:
    return column.lower() in LABEL_COLUMNS or column.lower().endswith(FEATURE_TIME)
