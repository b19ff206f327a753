"""LightGBM's scikit-learn estimators, from the dump of their boosters.

The rules of a split are those of `NumericalDecision` and `CategoricalDecision` in LightGBM's `tree.h`: a
missing value is 0 unless the feature has missing values, and a category that is not listed goes right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dbt_baton.scoring_sql import expressions
from dbt_baton.scoring_sql.boosting import code_bits
from dbt_baton.scoring_sql.prediction import Prediction, by_largest, two_sided
from dbt_baton.scoring_sql.query import TEXT, Column, Query
from dbt_baton.scoring_sql.sums_of_trees import Summand, sums_of_trees
from dbt_baton.scoring_sql.tree_sql import Input
from dbt_baton.scoring_sql.trees import Tree

NAME = "lightgbm"
IDENTITY = ("regression", "regression_l1", "huber", "fair", "quantile", "mape")
EXPONENTIAL = ("poisson", "gamma", "tweedie")
SIGMOID = ("binary", "cross_entropy", "multiclassova")
# numbers this close to 0 are 0
ZERO = 1e-35


def lightgbm_problems(model: Any) -> list[str]:
    """Name objectives and trees without SQL."""
    dump = model.booster_.dump_model()
    objective, *settings = dump.get("objective", "").split()
    problems = []
    if objective not in (*IDENTITY, *EXPONENTIAL, *SIGMOID, "multiclass") or "sqrt" in settings:
        problems.append(f"LightGBM with objective '{dump.get('objective')}' has no form in SQL")
    nodes = [node for tree in dump["tree_info"] for node in _preorder(tree["tree_structure"])]
    if any("leaf_const" in node or "leaf_coeff" in node for node in nodes):
        problems.append("LightGBM with linear trees has no form in SQL")
    if any(node.get("decision_type") == "==" for node in nodes) and not dump.get("pandas_categorical"):
        problems.append("LightGBM with categories that are numbers has no form in SQL")
    return problems


def compile_lightgbm(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile LGBMClassifier and LGBMRegressor."""
    dump = model.booster_.dump_model()
    n_sums = dump["num_tree_per_iteration"]
    trees = [_tree(tree["tree_structure"]) for tree in dump["tree_info"]]
    summands = [Summand(tree, tree.values[:, 0], place % n_sums) for place, tree in enumerate(trees)]
    inputs = _inputs(query, dump, columns)
    labels = ["score"] if n_sums == 1 else [f"score_{one}" for one in expressions.labels_of(model.classes_)]
    scores = sums_of_trees(query, NAME, labels, [0.0] * n_sums, summands, inputs, refuses_missing=False)
    if dump["average_output"]:
        layer = query.layer(NAME)
        count = query.dialect.number(max(1, len(trees) // n_sums))
        scores = [layer.add(f"mean_{score.label}", f"{score} / {count}", [score]) for score in scores]
    objective, *settings = dump["objective"].split()
    factor = next((float(one.split(":")[1]) for one in settings if one.startswith("sigmoid:")), 1.0)
    if not hasattr(model, "predict_proba"):
        return Prediction(value=_value(query, objective, scores[0], factor))
    labels = expressions.labels_of(model.classes_)
    if n_sums == 1:
        positive = expressions.expit(query, NAME, f"probability_{labels[1]}", scores[0], factor)
        probabilities = two_sided(query, NAME, labels, positive)
    elif objective == "multiclass":
        probabilities = expressions.softmax(query, NAME, labels, scores)
    else:
        pairs = zip(labels, scores, strict=True)
        probabilities = [
            expressions.expit(query, NAME, f"probability_{label}", one, factor) for label, one in pairs
        ]
    winner = by_largest(query, NAME, probabilities)
    return Prediction(classes=model.classes_, probabilities=probabilities, winner=winner)


def _value(query: Query, objective: str, score: Column, factor: float) -> Column:
    if objective in EXPONENTIAL:
        return query.layer(NAME).add("expected", query.dialect.exp(str(score)), [score])
    if objective in SIGMOID:
        return expressions.expit(query, NAME, "expected", score, factor)
    return score


def _inputs(query: Query, dump: dict[str, Any], columns: Sequence[Column]) -> list[Input]:
    """Give the features: categories as codes, and NULL for 0 where that is missing."""
    categories = iter(dump.get("pandas_categorical") or [])
    zero_is_missing = {
        node["split_feature"]
        for tree in dump["tree_info"]
        for node in _preorder(tree["tree_structure"])
        if node.get("missing_type") == "Zero"
    }
    number = query.dialect.number
    inputs: list[Input] = []
    for place, column in enumerate(columns):
        if column.kind == TEXT:
            inputs.append(code_bits(query, NAME, column, next(categories)))
        elif place in zero_is_missing:
            not_zero = f"case when abs({column}) > {number(ZERO)} then {column} end"
            inputs.append(
                query.layer(NAME).add(f"{column.label}_not_zero", not_zero, [column], nullable=True)
            )
        else:
            inputs.append(column)
    return inputs


def _preorder(root: dict[str, Any]) -> list[dict[str, Any]]:
    """Give every node, a parent before its children."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += [node[side] for side in ("right_child", "left_child") if side in node]
    return found


def _tree(root: dict[str, Any]) -> Tree:
    nodes = _preorder(root)
    number_of = {id(node): number for number, node in enumerate(nodes)}
    size = len(nodes)
    left, right = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    feature, threshold = np.zeros(size, dtype=np.int64), np.zeros(size)
    missing_left, values = np.zeros(size, dtype=bool), np.zeros((size, 1))
    codes_left = {}
    for number, node in enumerate(nodes):
        if "left_child" not in node:
            values[number, 0] = node["leaf_value"]
            continue
        left[number], right[number] = number_of[id(node["left_child"])], number_of[id(node["right_child"])]
        feature[number] = node["split_feature"]
        if node["decision_type"] == "==":
            codes_left[number] = frozenset(int(code) for code in str(node["threshold"]).split("||"))
            continue
        threshold[number] = float(node["threshold"])
        is_zero = node["missing_type"] == "None"
        missing_left[number] = threshold[number] >= 0 if is_zero else node["default_left"]
    # the largest double stands for infinity
    threshold[threshold >= np.finfo(float).max] = math.inf
    return Tree(left, right, feature, threshold, missing_left, values, codes_left)
