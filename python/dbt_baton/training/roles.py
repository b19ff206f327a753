"""The role of each column of a training set: key, time, label, split, weight, fold or feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbt_baton.errors import TrainingInputError, raise_problems
from dbt_baton.training.options import DEFAULT_SPLIT, Options
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.relations import column_types, find_column, is_relation
from dbt_baton.warehouse.signature import GROUP, Feature

# columns that `labels` and `training_set` write beside a label of any name, and beside features
OF_A_LABEL = ("_window_start", "_window_end", "_is_mature", "_is_censored")
FEATURE_TIME = "_feature_time"
WEIGHTS = ("class_weight", "time_weight")
FOLD = "fold"


@dataclass(frozen=True)
class Plan:
    """The columns of a training set by their role in the model, spelled as in the relation.

    Attributes
    ----------
    features : list of Feature
        The inputs, with the column of `group_by`, if there is one, as the last.
    window_end : str or None
        When a row's label was known; folds leave out rows whose label was not.
    left_out : list of str
        Columns that are no features by default, because of what they are.
    """

    entity: list[str]
    as_of: str
    label: str
    label_type: str
    split: str | None
    weight: str | None
    fold: str | None
    window_end: str | None
    features: list[Feature]
    left_out: list[str]

    @property
    def inputs(self) -> list[str]:
        """Give the columns that the estimator receives."""
        return [feature.name for feature in self.features if feature.role != GROUP]

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


def plan_columns(where: str, training_set: Any, options: Options, problems: list[str]) -> Plan:
    """Find every column, or raise one error for all problems with the arguments."""
    if not is_relation(training_set):
        problems.append(
            f"training_set is a {type(training_set).__name__}, expected the relation that dbt.ref() returns"
        )
        raise_problems(TrainingInputError, where, problems)
    types = column_types(training_set)

    def find(argument: str, name: str | None) -> str | None:
        column = find_column(training_set, name) if isinstance(name, str) else None
        if column is None and name:
            problems.append(f"{argument} is '{name}', which is no column; there are {', '.join(types)}")
        return column

    keys = [find("entity", name) or name for name in options.entity]
    moment, target = (
        find("as_of", options.as_of) or options.as_of,
        find("label", options.label) or options.label,
    )
    split = options.split
    if split == DEFAULT_SPLIT and find_column(training_set, split) is None:
        split = None
    part, weight, group = (
        find("split", split),
        find("weight", options.weight),
        find("group_by", options.group_by),
    )
    fold = find("search.folds", options.fold_column()) or _default_fold(training_set, options)
    reserved: dict[str, list[Any]] = {
        "entity": keys,
        "as_of": [moment],
        "label": [target],
        "split": [part],
        "weight": [weight],
    }
    names, left_out = _feature_names(training_set, options, reserved, fold, group, problems)
    features = [
        Feature(name, _type_of("feature", name, types[name], problems)) for name in names if name in types
    ]
    if group:
        features = [feature for feature in features if feature.name != group]
        features.append(Feature(group, _type_of("group_by", group, types[group], problems), GROUP))
    if moment in types and signature.type_of(types[moment]) != "timestamp":
        problems.append(f"as_of '{moment}' is {types[moment]}, expected a date or timestamp")
    if weight and signature.type_of(types[weight]) not in ("int", "float"):
        problems.append(f"weight '{weight}' is {types[weight]}, expected a number")
    label_type = signature.type_of(types.get(target)) or ""
    if target in types and label_type in ("", "timestamp"):
        problems.append(f"label '{target}' is {types[target]}, expected a number, boolean or text")
    raise_problems(TrainingInputError, where, problems)
    return Plan(
        entity=keys, as_of=moment, label=target, label_type=label_type, split=part, weight=weight, fold=fold,
        window_end=find_column(training_set, target + "_window_end"), features=features, left_out=left_out,
    )  # fmt: skip


def is_bookkeeping(column: str) -> bool:
    """Whether a column says something about a row's label, time or weight, whatever the label's name is."""
    name = column.lower()
    return name.endswith((*OF_A_LABEL, FEATURE_TIME)) or name in WEIGHTS


def other_labels(columns: Sequence[str]) -> list[str]:
    """Name the columns beside which `labels` wrote bookkeeping: labels, whichever is predicted."""
    lower = {column.lower() for column in columns}
    return [column for column in columns if any(column.lower() + end in lower for end in OF_A_LABEL)]


def _default_fold(training_set: Any, options: Options) -> str | None:
    """Find the column that `baton.folds` writes, unless the user says that it is a feature."""
    fold = find_column(training_set, FOLD)
    named = [name.lower() for name in options.features or ()]
    return None if fold is None or fold.lower() in named else fold


def _feature_names(
    training_set: Any,
    options: Options,
    reserved: dict[str, list[Any]],
    fold: str | None,
    group: str | None,
    problems: list[str],
) -> tuple[list[str], list[str]]:
    columns = list(training_set.columns)
    if options.features is None:
        taken = {column for columns in reserved.values() for column in columns} | {fold, group}
        labels = other_labels(columns)
        left_out = [
            name for name in columns if name not in taken and (is_bookkeeping(name) or name in labels)
        ]
        names = [name for name in columns if name not in taken and name not in left_out]
    else:
        left_out, names = [], []
        for name in options.features:
            column = find_column(training_set, name)
            if column is None:
                problems.append(f"features is '{name}', which is no column; there are {', '.join(columns)}")
            names.append(column or name)
        problems += [
            f"features names '{name}' more than once" for name in sorted(set(names)) if names.count(name) > 1
        ]
        for role, of_role in reserved.items():
            problems += [f"features holds '{name}', which is the {role}" for name in names if name in of_role]
    if not names:
        problems.append("there is no feature to learn from")
    return names, left_out


def _type_of(role: str, name: str, duckdb_type: Any, problems: list[str]) -> str:
    word = signature.type_of(duckdb_type)
    if word is None:
        problems.append(
            f"{role} '{name}' is {duckdb_type}, expected a number, boolean, text, date or timestamp"
        )
    return word or ""
