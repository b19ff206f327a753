"""What a training can be asked for: the keys of `materialized='ml_model'` and the arguments of `train`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

SEARCH_METHODS = ("grid", "random", "halving")
CALIBRATIONS = ("isotonic", "sigmoid")
THRESHOLD_METRICS = ("f1", "accuracy", "balanced_accuracy", "mcc", "youden")
COSTS = ("false_positive", "false_negative")
DEFAULT_SPLIT = "split"
SMALLEST_GROUP = 100


@dataclass(frozen=True)
class Options:
    """Everything about a training but the estimator and the rows.

    Attributes
    ----------
    label, entity, as_of, split, features, weight, group_by
        Columns of the training set. `features` None means all that are left.
    class_weight : str, dict or None
        As in scikit-learn: 'balanced', or a weight for each class.
    positive_class : str or None
        The class whose probability a binary model gives; by default the last in scikit-learn's order.
    preprocessing : list of dict
        Transformers as in the macro `fit`.
    search : dict
        `method`, `params`, `metric`, `folds`, `n_iter`.
    calibration : str or None
        'isotonic' or 'sigmoid'.
    threshold : float, dict or None
        The probability from which a row is the positive class, or how to choose it.
    min_group_rows : int
        A value of `group_by` with fewer rows to fit on is scored with the model of all rows.
    importances : bool
        Whether to measure feature importances.
    """

    label: str
    entity: Sequence[str]
    as_of: str = "as_of"
    split: str | None = DEFAULT_SPLIT
    features: Sequence[str] | None = None
    weight: str | None = None
    group_by: str | None = None
    class_weight: Any = None
    positive_class: Any = None
    preprocessing: Sequence[Mapping[str, Any]] = ()
    search: Mapping[str, Any] = field(default_factory=dict)
    calibration: str | None = None
    threshold: Any = None
    random_state: int = 42
    min_group_rows: int = SMALLEST_GROUP
    importances: bool = True
    allow_pickle: bool = False

    def problems(self) -> list[str]:
        """Name everything that is wrong without a look at the rows."""
        return [
            *_expect_texts({"label": self.label, "as_of": self.as_of}, optional=False),
            *_expect_texts({"split": self.split, "weight": self.weight, "group_by": self.group_by}),
            *_expect_names("entity", self.entity),
            *(_expect_names("features", self.features) if self.features is not None else []),
            *_expect_seed(self.random_state),
            *_expect_search(self.search),
            *_expect_choice("calibration", self.calibration, CALIBRATIONS),
            *_expect_threshold(self.threshold),
            *_expect_class_weight(self.class_weight),
            *_expect_flags({"importances": self.importances, "allow_pickle": self.allow_pickle}),
            *_expect_count("min_group_rows", self.min_group_rows),
        ]

    def uses_validation(self) -> bool:
        """Whether the rows of split 'validation' take part in the fit."""
        return bool(self.calibration) or isinstance(self.threshold, Mapping)

    def fold_column(self) -> str | None:
        """Give the column with the folds of the search, if they are in a column."""
        folds = self.search.get("folds")
        return folds if isinstance(folds, str) else None

    def identity(self) -> dict[str, Any]:
        """Give what belongs to a version's identity beside the columns, without defaults."""
        chosen = {
            "weight": self.weight,
            "group_by": self.group_by,
            "min_group_rows": self.min_group_rows if self.group_by else None,
            "class_weight": self.class_weight,
            "positive_class": None if self.positive_class is None else str(self.positive_class),
            "preprocessing": [dict(step) for step in self.preprocessing],
            "search": dict(self.search),
            "calibration": self.calibration,
            "threshold": self.threshold,
        }
        return {key: value for key, value in chosen.items() if value not in (None, [], {})}


def near(name: str, choices: Sequence[str]) -> str:
    """Name the choices for an unknown one: the near ones, or all if they are few."""
    found = get_close_matches(name, choices, n=3)
    if found:
        return "did you mean " + " or ".join(f"'{choice}'" for choice in found) + "?"
    return "expected " + ", ".join(f"'{choice}'" for choice in choices)


def _expect_texts(given: Mapping[str, Any], optional: bool = True) -> list[str]:
    return [
        f"{name} is {value!r}, expected the name of a column"
        for name, value in given.items()
        if not (isinstance(value, str) and value) and not (optional and value is None)
    ]


def _expect_names(argument: str, names: Any) -> list[str]:
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        return [f"{argument} is {names!r}, expected the name of a column or a list of names"]
    if not names:
        return [f"{argument} is empty, expected the name of a column or a list of names"]
    return []


def _expect_seed(seed: Any) -> list[str]:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        return [f"random_state is {seed!r}, expected a whole number from 0 to {2**32 - 1}"]
    return []


def _expect_count(argument: str, value: Any, least: int = 1) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        return [f"{argument} is {value!r}, expected a whole number of at least {least}"]
    return []


def _expect_flags(given: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} is {value!r}, expected true or false"
        for name, value in given.items()
        if not isinstance(value, bool)
    ]


def _expect_choice(argument: str, value: Any, choices: Sequence[str]) -> list[str]:
    if value is None or value in choices:
        return []
    return [f"{argument} is {value!r}, expected {' or '.join(repr(choice) for choice in choices)}"]


def expect_keys(argument: str, given: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """Name the keys that are not known, with near ones."""
    return [
        f"{argument} has the unknown key '{key}', {near(str(key), known)}"
        for key in given
        if key not in known
    ]


def _expect_search(search: Any) -> list[str]:
    if not isinstance(search, Mapping):
        return [f"search is {search!r}, expected a mapping with method, params, metric and folds"]
    if not search:
        return []
    problems = expect_keys("search", search, ("method", "params", "metric", "folds", "n_iter"))
    problems += _expect_choice("search.method", search.get("method", "grid"), SEARCH_METHODS)
    params = search.get("params")
    if not isinstance(params, Mapping) or not params:
        problems.append("search.params is missing, expected a mapping from parameters to lists of values")
    else:
        problems += [
            f"search.params.{name} is {values!r}, expected a list of values"
            for name, values in params.items()
            if not isinstance(values, (list, tuple)) or not values
        ]
    folds = search.get("folds", 3)
    if not (isinstance(folds, str) and folds):
        problems += _expect_count("search.folds", folds, least=2)
    if "n_iter" in search:
        problems += _expect_count("search.n_iter", search["n_iter"])
        if search.get("method", "grid") != "random":
            problems.append("search.n_iter is for the method 'random' only")
    if not isinstance(search.get("metric", ""), str):
        problems.append(f"search.metric is {search['metric']!r}, expected the name of a scikit-learn scorer")
    return problems


def _expect_threshold(threshold: Any) -> list[str]:
    expected = (
        "expected a probability, {'metric': ...} or {'cost': {'false_positive': ..., 'false_negative': ...}}"
    )
    if threshold is None:
        return []
    if isinstance(threshold, Mapping):
        if list(threshold) == ["metric"]:
            return _expect_choice("threshold.metric", threshold["metric"] or "", THRESHOLD_METRICS)
        if list(threshold) == ["cost"]:
            return _expect_cost(threshold["cost"])
        return [f"threshold is {dict(threshold)!r}, {expected}"]
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        return [f"threshold is {threshold!r}, {expected}"]
    return []


def _expect_cost(cost: Any) -> list[str]:
    if not isinstance(cost, Mapping) or sorted(cost) != sorted(COSTS):
        return [f"threshold.cost is {cost!r}, expected the costs of a false_positive and of a false_negative"]
    return [
        f"threshold.cost.{name} is {value!r}, expected a positive number"
        for name, value in cost.items()
        if isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not math.isfinite(value)
        or value <= 0
    ]


def _expect_class_weight(class_weight: Any) -> list[str]:
    if class_weight is None or class_weight == "balanced":
        return []
    if isinstance(class_weight, Mapping) and class_weight:
        return [
            f"class_weight.{name} is {value!r}, expected a number of at least 0"
            for name, value in class_weight.items()
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0
        ]
    return [f"class_weight is {class_weight!r}, expected 'balanced' or a weight for each class"]


def as_plain(value: Any) -> Any:
    """Turn what a notebook or dbt passes (tuples, numpy numbers) into what JSON has."""
    return json.loads(
        json.dumps(value, default=lambda item: item.item() if hasattr(item, "item") else str(item))
    )
