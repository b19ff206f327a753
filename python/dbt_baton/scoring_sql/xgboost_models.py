"""XGBoost's scikit-learn estimators, from the JSON of their boosters.

The format is described in XGBoost's "Introduction to Model IO"; categories that a split lists go right. Sums
and links are computed in float32, in the order of the trees, so scores are equal to the last digit.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from dbt_baton.scoring_sql import float32
from dbt_baton.scoring_sql.boosting import code_bits
from dbt_baton.scoring_sql.expressions import greatest, labels_of
from dbt_baton.scoring_sql.prediction import Prediction, Winner, by_largest
from dbt_baton.scoring_sql.query import TEXT, Column, Query
from dbt_baton.scoring_sql.sums_of_trees import Summand, sums_of_trees
from dbt_baton.scoring_sql.tree_sql import Input
from dbt_baton.scoring_sql.trees import Tree, in_preorder, last_double_at_most

NAME = "xgboost"
IDENTITY = (
    *("reg:squarederror", "reg:squaredlogerror", "reg:absoluteerror", "reg:pseudohubererror"),
    "reg:quantileerror",
)
LOGISTIC = ("binary:logistic", "reg:logistic")
EXPONENTIAL = ("count:poisson", "reg:gamma", "reg:tweedie")
SOFTMAX = ("multi:softprob", "multi:softmax")


def _learner(model: Any) -> dict[str, Any]:
    learner: dict[str, Any] = json.loads(bytes(model.get_booster().save_raw("json")))["learner"]
    return learner


def xgboost_problems(model: Any) -> list[str]:
    """Name boosters, objectives and settings without SQL."""
    learner = _learner(model)
    booster, objective = learner["gradient_booster"]["name"], learner["objective"]["name"]
    problems = []
    if booster != "gbtree":
        return [f"XGBoost with booster '{booster}' has no form in SQL"]
    if objective not in (*IDENTITY, *LOGISTIC, *EXPONENTIAL, *SOFTMAX):
        problems.append(f"XGBoost with objective '{objective}' has no form in SQL")
    if not math.isnan(model.missing):
        problems.append(f"XGBoost with missing={model.missing} has no form in SQL")
    trees = learner["gradient_booster"]["model"]["trees"]
    if int(learner["learner_model_param"].get("num_target", 1)) > 1:
        problems.append(f"{type(model).__name__} predicts several outputs")
    if any(1 in tree["split_type"] for tree in trees):
        kept = learner["gradient_booster"]["model"].get("cats", {}).get("enc", [])
        if not kept:
            problems.append("XGBoost before 3.1 does not keep its categories")
        if any(min(one["values"], default=0) < 0 for one in kept):
            problems.append("XGBoost cuts categories with other letters than ASCII at the wrong places")
    return problems


def compile_xgboost(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile XGBClassifier, XGBRegressor and their random forests."""
    learner = _learner(model)
    booster = learner["gradient_booster"]["model"]
    last = _n_trees(model, booster)
    inputs, n_codes = _inputs(query, booster, columns)
    summands = []
    for tree, place in zip(booster["trees"][:last], booster["tree_info"][:last], strict=True):
        made = _tree(tree, n_codes)
        summands.append(Summand(made, made.values[:, 0], place))
    objective = learner["objective"]["name"]
    n_sums = max(1, int(learner["learner_model_param"]["num_class"]))
    starts = np.broadcast_to(_margins(learner, objective), n_sums).tolist()
    classes = getattr(model, "classes_", None) if hasattr(model, "predict_proba") else None
    labels = ["margin"] if n_sums == 1 else [f"margin_{label}" for label in labels_of(classes)]
    margins = sums_of_trees(
        query, NAME, labels, starts, summands, inputs, refuses_missing=False, in_float32=True
    )
    if classes is None:
        return Prediction(value=_value(query, objective, margins[0]))
    if n_sums == 1:
        return _binary(query, classes, margins[0])
    return _multiclass(query, classes, margins)


def _n_trees(model: Any, booster: dict[str, Any]) -> int:
    """Give the number of trees up to the best iteration of early stopping."""
    ends = booster.get("iteration_indptr")
    try:
        best = model.best_iteration
    except AttributeError:
        return len(booster["trees"])
    return int(ends[best + 1]) if ends else len(booster["trees"])


def _margins(learner: dict[str, Any], objective: str) -> Any:
    """Give what the sums begin with: the base score through the link, in float32."""
    text = learner["learner_model_param"]["base_score"]
    base = np.atleast_1d(np.asarray(json.loads(text), dtype=np.float32))
    if objective in LOGISTIC:
        return -np.log(np.float32(1) / base - np.float32(1))
    return np.log(base) if objective in EXPONENTIAL else base


def _inputs(
    query: Query, booster: dict[str, Any], columns: Sequence[Column]
) -> tuple[list[Input], dict[int, int]]:
    """Give the features, categories as codes, and how many codes each of these has."""
    inputs: list[Input] = []
    n_codes = {}
    for place, column in enumerate(columns):
        if column.kind != TEXT:
            inputs.append(column)
            continue
        kept = booster["cats"]["enc"][place]
        text, ends = bytes(kept["values"]), kept["offsets"]
        categories = [text[a:b].decode() for a, b in pairwise(ends)]
        n_codes[place] = len(categories)
        inputs.append(code_bits(query, NAME, column, categories))
    return inputs, n_codes


def _tree(tree: dict[str, Any], n_codes: dict[int, int]) -> Tree:
    """Read a tree; a value goes left if it is less than the condition, both as float32."""
    left = np.array(tree["left_children"], dtype=np.int64)
    conditions = np.array(tree["split_conditions"], dtype=np.float32)
    feature = np.array(tree["split_indices"], dtype=np.int64)
    listed = zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True)
    codes_left = {
        node: frozenset(range(n_codes[int(feature[node])])) - {*tree["categories"][start : start + size]}
        for node, start, size in listed
    }
    made = Tree(
        left=left,
        right=np.array(tree["right_children"], dtype=np.int64),
        feature=feature,
        threshold=last_double_at_most(np.nextafter(conditions, np.float32(-np.inf))),
        missing_left=np.array(tree["default_left"], dtype=bool),
        values=conditions.astype(np.float64)[:, None],
        codes_left=codes_left,
    )
    return in_preorder(made)


def _value(query: Query, objective: str, margin: Column) -> Column:
    if objective in EXPONENTIAL:
        margin = float32.exponential(query, NAME, "expected", margin)
    elif objective in LOGISTIC:
        margin = float32.sigmoid(query, NAME, "expected", margin)
    return float32.as_double(query, NAME, "value", margin)


def _binary(query: Query, classes: Any, margin: Column) -> Prediction:
    first, second = labels_of(classes)
    number = query.dialect.number
    positive = float32.sigmoid(query, NAME, f"share_{second}", margin)
    one = float32.real(number(1))
    negative = query.layer(NAME).add(f"share_{first}", f"{one} - {positive}", [positive])
    probabilities = [
        float32.as_double(query, NAME, f"probability_{label}", share)
        for label, share in ((first, negative), (second, positive))
    ]
    bound, shown = number(0.5), probabilities[1]

    def choose(results: Sequence[str]) -> str:
        return f"case when {shown} > {bound} then {results[1]} else {results[0]} end"

    return Prediction(classes=classes, probabilities=probabilities, winner=Winner(choose, [shown]))


def _multiclass(query: Query, classes: Any, margins: list[Column]) -> Prediction:
    """Give the softmax; its total is added up in double."""
    largest = query.layer(NAME).add("largest", greatest(margins), margins)
    labels = labels_of(classes)
    layer = query.layer(NAME)
    differences = [
        layer.add(f"difference_{label}", f"{margin} - {largest}", [margin, largest])
        for label, margin in zip(labels, margins, strict=True)
    ]
    powers = [
        float32.exponential(query, NAME, f"power_{label}", difference)
        for label, difference in zip(labels, differences, strict=True)
    ]
    double = query.dialect.double_type
    summands = [(f"+ cast({power} as {double})", [power]) for power in powers]
    total = query.total(NAME, "total", query.dialect.number(0), summands)
    layer = query.layer(NAME)
    shares = [
        layer.add(f"share_{label}", f"{power} / {float32.real(str(total))}", [power, total])
        for label, power in zip(labels, powers, strict=True)
    ]
    probabilities = [
        float32.as_double(query, NAME, f"probability_{label}", share)
        for label, share in zip(labels, shares, strict=True)
    ]
    return Prediction(
        classes=classes,
        probabilities=probabilities,
        winner=by_largest(query, NAME, probabilities),
    )
