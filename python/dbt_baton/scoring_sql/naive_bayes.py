"""Naive Bayes: a joint log likelihood for each class, and its softmax.

The formulas are those of `_joint_log_likelihood` in scikit-learn's `naive_bayes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import naive_bayes

from dbt_baton.scoring_sql.expressions import labels_of, softmax, switch
from dbt_baton.scoring_sql.linear import weighted_sums
from dbt_baton.scoring_sql.prediction import Prediction, by_largest
from dbt_baton.scoring_sql.query import Column, Query, step_name


def compile_gaussian(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile GaussianNB."""
    name, number = step_name(model), query.dialect.number
    scores = []
    for place, label in enumerate(labels_of(model.classes_)):
        means, variances = model.theta_[place], model.var_[place]
        layer = query.layer(name)
        differences = [
            layer.add(f"{column.label}_minus_{label}", query.plus(str(column), -mean), [column])
            for column, mean in zip(columns, means, strict=True)
        ]
        summands = [
            (f"+ ({query.dialect.square(str(one))}) / {number(variance)}", [one])
            for one, variance in zip(differences, variances, strict=True)
        ]
        distance = query.total(name, f"distance_{label}", number(0), summands)
        start = np.log(model.class_prior_[place]) - 0.5 * np.sum(np.log(2.0 * np.pi * variances))
        score = f"{number(start)} - {number(0.5)} * {distance}"
        scores.append(query.layer(name).add(f"score_{label}", score, [distance]))
    return _by_score(query, model, scores)


def compile_counts(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile MultinomialNB, ComplementNB or BernoulliNB: weighted sums."""
    weights = np.asarray(model.feature_log_prob_)
    intercepts = np.asarray(model.class_log_prior_)
    if isinstance(model, naive_bayes.BernoulliNB):
        with np.errstate(divide="ignore"):
            absent = np.log(1 - np.exp(weights))
        weights, intercepts = weights - absent, intercepts + absent.sum(axis=1)
        columns = _binarized(query, model, columns)
    elif isinstance(model, naive_bayes.ComplementNB) and len(model.classes_) > 1:
        intercepts = np.zeros(len(intercepts))
    labels = [f"score_{label}" for label in labels_of(model.classes_)]
    return _by_score(
        query, model, weighted_sums(query, step_name(model), labels, columns, weights, intercepts)
    )


def _binarized(query: Query, model: Any, columns: Sequence[Column]) -> Sequence[Column]:
    if model.binarize is None:
        return columns
    number = query.dialect.number
    bound = number(model.binarize)
    layer = query.layer(step_name(model))
    return [
        layer.add(
            f"{one.label}_present",
            f"case when {one} > {bound} then {number(1)} when {one} <= {bound} then {number(0)} end",
            [one],
        )
        for one in columns
    ]


def compile_categorical(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile CategoricalNB, whose features are the numbers of categories."""
    name, number = step_name(model), query.dialect.number
    layer = query.layer(name)
    codes = [layer.add(f"{one.label}_code", f"floor({one})", [one]) for one in columns]
    scores = []
    for place, label in enumerate(labels_of(model.classes_)):
        summands = []
        for code, table in zip(codes, model.feature_log_prob_, strict=True):
            whens = [(f"{code} = {number(value)}", number(one)) for value, one in enumerate(table[place])]
            summands.append((f"+ {switch(whens, 'null')}", [code]))
        total = query.total(name, f"sum_{label}", number(0), summands)
        score = query.plus(str(total), model.class_log_prior_[place])
        scores.append(query.layer(name).add(f"score_{label}", score, [total], nullable=True))
    return _by_score(query, model, scores)


def _by_score(query: Query, model: Any, scores: list[Column]) -> Prediction:
    name = step_name(model)
    return Prediction(
        classes=model.classes_,
        probabilities=softmax(query, name, labels_of(model.classes_), scores),
        winner=by_largest(query, name, scores),
    )
