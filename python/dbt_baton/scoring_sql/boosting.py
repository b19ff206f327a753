"""Gradient boosting of scikit-learn.

The formulas are those of `_raw_predict` and `predict_proba` in scikit-learn's `ensemble/_gb.py` and
`ensemble/_hist_gradient_boosting`, with the links of `_loss/link.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor

from dbt_baton.scoring_sql import expressions
from dbt_baton.scoring_sql.prediction import Prediction, by_largest, by_sign, two_sided
from dbt_baton.scoring_sql.query import Column, Query, step_name
from dbt_baton.scoring_sql.sums_of_trees import Summand, sums_of_trees
from dbt_baton.scoring_sql.tree_sql import BITS, CodeBits, Input
from dbt_baton.scoring_sql.trees import Tree, sklearn_tree


def gradient_boosting_problems(model: Any) -> list[str]:
    """Name what has no SQL: an initial model of the user."""
    if isinstance(model.init_, str | DummyClassifier | DummyRegressor):
        return []
    return [f"the initial model {type(model.init_).__name__} of {type(model).__name__}"]


def compile_gradient_boosting(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile GradientBoostingClassifier or GradientBoostingRegressor."""
    # the initial model is a constant, so any row gives it
    starts = model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32))[0]
    summands = []
    for stage in model.estimators_:
        for place, estimator in enumerate(stage):
            tree = sklearn_tree(estimator)
            summands.append(Summand(tree, model.learning_rate * tree.values[:, 0], place))
    scores = _scores(query, model, starts, summands, columns, refuses_missing=True)
    return _linked(query, model, scores, zero_is_positive=True)


def compile_hist_gradient_boosting(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile HistGradientBoostingClassifier or HistGradientBoostingRegressor."""
    summands = [
        Summand(tree, tree.values[:, 0], place)
        for iteration in model._predictors
        for place, tree in enumerate(map(_hist_tree, iteration))
    ]
    starts = np.ravel(model._baseline_prediction).tolist()
    inputs = _encoded(query, model, columns)
    scores = _scores(query, model, starts, summands, inputs, refuses_missing=False)
    return _linked(query, model, scores, zero_is_positive=False)


def _hist_tree(predictor: Any) -> Tree:
    """Read a tree that compares doubles."""
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(bool)
    codes_left = {
        int(node): _codes(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
        for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~is_leaf)
    }
    return Tree(
        left=np.where(is_leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(is_leaf, -1, nodes["right"].astype(np.int64)),
        feature=nodes["feature_idx"].astype(np.int64),
        threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        values=nodes["value"].astype(np.float64)[:, None],
        codes_left=codes_left,
    )


def _codes(bitset: Any) -> frozenset[int]:
    return frozenset(
        32 * place + bit for place, word in enumerate(bitset) for bit in range(32) if int(word) >> bit & 1
    )


def _encoded(query: Query, model: Any, columns: Sequence[Column]) -> list[Input]:
    """Give the inputs of the trees: categories as codes first, then numbers, as the model has them."""
    if model.is_categorical_ is None:
        return list(columns)
    is_categorical = np.asarray(model.is_categorical_, dtype=bool)
    encoder = model._preprocessor.named_transformers_["encoder"]
    categorical = [column for column, is_one in zip(columns, is_categorical, strict=True) if is_one]
    numeric = [column for column, is_one in zip(columns, is_categorical, strict=True) if not is_one]
    codes = [
        code_bits(query, step_name(model), column, [one for one in categories if one == one])
        for column, categories in zip(categorical, encoder.categories_, strict=True)
    ]
    return [*codes, *numeric]


def code_bits(query: Query, name: str, column: Column, categories: Sequence[Any]) -> CodeBits:
    """Write each category as one bit: a node then tests any number of them at once."""
    layer = query.layer(name, comment="each category is one bit, so that a tree tests many of them at once")
    words = []
    for first in range(0, max(len(categories), 1), BITS):
        whens = [
            (f"{query.literal(category)}", str(1 << (code - first)))
            for code, category in enumerate(categories)
            if first <= code < first + BITS
        ]
        if len(categories) > BITS:
            whens += [
                (query.literal(one), "0")
                for code, one in enumerate(categories)
                if not first <= code < first + BITS
            ]
        lines = "".join(f"\n    when {category} then {bit}" for category, bit in whens)
        bits = f"case {column}{lines}\nend" if whens else "null"
        label = f"{column.label}_bits" if first == 0 else f"{column.label}_bits_from_{first}"
        words.append(layer.add(label, f"cast({bits} as bigint)", [column], nullable=True))
    return CodeBits(words, len(categories))


def _scores(
    query: Query,
    model: Any,
    starts: Sequence[float],
    summands: Sequence[Summand],
    inputs: Sequence[Input],
    *,
    refuses_missing: bool,
) -> list[Column]:
    labels = ["score"]
    if len(starts) > 1:
        labels = [f"score_{label}" for label in expressions.labels_of(model.classes_)]
    return sums_of_trees(
        query, step_name(model), labels, starts, summands, inputs, refuses_missing=refuses_missing
    )


def _linked(query: Query, model: Any, scores: list[Column], *, zero_is_positive: bool) -> Prediction:
    """Give the scores through the inverse of the loss's link."""
    name, link = step_name(model), type(model._loss.link).__name__
    if not hasattr(model, "classes_"):
        (value,) = scores
        if link == "LogLink":
            value = query.layer(name).add("expected", query.dialect.exp(str(value)), [value])
        return Prediction(value=value)
    labels = expressions.labels_of(model.classes_)
    if len(scores) > 1:
        return Prediction(
            classes=model.classes_,
            decision=scores,
            probabilities=expressions.softmax(query, name, labels, scores),
            winner=by_largest(query, name, scores),
        )
    # the link of the exponential loss is half of the logit
    factor = 2.0 if link == "HalfLogitLink" else 1.0
    positive = expressions.expit(query, name, f"probability_{labels[1]}", scores[0], factor)
    return Prediction(
        classes=model.classes_,
        decision=scores,
        probabilities=two_sided(query, name, labels, positive),
        winner=by_sign(query, scores[0], zero_is_positive=zero_is_positive),
    )
