"""Ensembles of any models: bagging, voting and AdaBoost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dbt_baton.scoring_sql import expressions
from dbt_baton.scoring_sql.prediction import Prediction, by_largest, by_sign, two_sided
from dbt_baton.scoring_sql.query import Column, Query, step_name


def ensemble_problems(model: Any) -> list[str]:
    """Name what the models inside have no SQL for, each once."""
    from dbt_baton.scoring_sql.models import problems_with

    problems = [problem for one in model.estimators_ for problem in problems_with(one, is_model=True)]
    if getattr(model, "algorithm", "SAMME") == "SAMME.R":
        problems.append("AdaBoostClassifier(algorithm='SAMME.R') has no form in SQL")
    return list(dict.fromkeys(problems))


def compile_bagging(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile BaggingClassifier or BaggingRegressor: means, of models that each read some columns."""
    chosen = [[columns[place] for place in places] for places in model.estimators_features_]
    return _mean(query, model, chosen, np.ones(len(chosen)), by_votes=False)


def compile_voting(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile VotingClassifier or VotingRegressor: weighted means, or votes."""
    weights = np.ones(len(model.estimators_))
    if model.weights is not None:
        weights = np.array(
            [one for one, (_, part) in zip(model.weights, model.estimators, strict=True) if part != "drop"],
            dtype=float,
        )
    by_votes = getattr(model, "voting", "soft") == "hard"
    return _mean(query, model, [columns] * len(weights), weights, by_votes=by_votes)


def _mean(
    query: Query, model: Any, inputs: Sequence[Sequence[Column]], weights: Any, *, by_votes: bool
) -> Prediction:
    from dbt_baton.scoring_sql.models import predict

    name = step_name(model)
    inside = [predict(query, one, own) for one, own in zip(model.estimators_, inputs, strict=True)]
    if not hasattr(model, "classes_"):
        values = [one.value for one in inside if one.value is not None]
        return Prediction(value=_average(query, name, "value", values, weights))
    labels = expressions.labels_of(model.classes_)
    shares = [_shares(query, name, labels, model, one, by_votes) for one in inside]
    by_class = zip(labels, zip(*shares, strict=True), strict=True)
    means = [_average(query, name, f"probability_{label}", own, weights) for label, own in by_class]
    decision: list[Column] = []
    if hasattr(model, "decision_function"):
        decisions = zip(*(one.decision for one in inside), strict=True)
        decision = [
            _average(query, name, f"score_{place}", own, weights) for place, own in enumerate(decisions)
        ]
    return Prediction(
        classes=model.classes_,
        decision=decision,
        probabilities=[] if by_votes else means,
        winner=by_largest(query, name, means),
    )


def _shares(
    query: Query, name: str, labels: Sequence[str], model: Any, one: Prediction, by_votes: bool
) -> list[Column]:
    """Give what a model says for each class of the ensemble, whose classes it knows by number."""
    places = [int(label) for label in one.classes]
    layer = query.layer(name)
    number = query.dialect.number
    made = []
    for place, label in enumerate(labels):
        if place not in places:
            made.append(layer.add(f"share_{label}", number(0), [], nullable=False))
        elif one.probabilities and not by_votes:
            made.append(one.probabilities[places.index(place)])
        else:
            assert one.winner is not None, "it is a classifier"
            vote = one.winner.choose([number(1 if own == place else 0) for own in places])
            made.append(layer.add(f"vote_{label}", vote, one.winner.needs))
    return made


def _average(query: Query, name: str, label: str, columns: Sequence[Column], weights: Any) -> Column:
    number = query.dialect.number
    if (weights == 1).all():
        total = expressions.sum_of(query, name, f"{label}_sum", columns)
    else:
        pairs = zip(weights, columns, strict=True)
        summands = [(query.times(weight, column), [column]) for weight, column in pairs]
        total = query.total(name, f"{label}_sum", number(0), summands)
    return query.layer(name).add(label, f"{total} / {number(float(np.sum(weights)))}", [total])


def compile_ada_boost(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile AdaBoostClassifier: weighted votes, of which each also counts against the other classes.

    J. Zhu, H. Zou, S. Rosset, T. Hastie, "Multi-class AdaBoost", 2009; `decision_function` in scikit-learn's
    `ensemble/_weight_boosting.py`.
    """
    from dbt_baton.scoring_sql.models import predict

    name, number = step_name(model), query.dialect.number
    classes = list(model.classes_)
    labels = expressions.labels_of(classes)
    inside = [predict(query, one, columns) for one in model.estimators_]
    weights = model.estimator_weights_[: len(inside)]
    sums = []
    for label, own in zip(labels, classes, strict=True):
        summands = []
        for one, weight in zip(inside, weights, strict=True):
            assert one.winner is not None, "it is a classifier"
            votes = [
                number(weight if other == own else -1 / (len(classes) - 1) * weight) for other in one.classes
            ]
            summands.append((f"+ {one.winner.choose(votes)}", list(one.winner.needs)))
        total = query.total(name, f"votes_{label}", number(0), summands)
        divided = f"{total} / {number(float(model.estimator_weights_.sum()))}"
        sums.append(query.layer(name).add(f"score_{label}", divided, [total]))
    if len(classes) == 2:
        score = query.layer(name).add("score", f"{sums[1]} - {sums[0]}", sums)
        positive = expressions.expit(query, name, f"probability_{labels[1]}", score)
        return Prediction(
            classes=classes,
            decision=[score],
            probabilities=two_sided(query, name, labels, positive),
            winner=by_sign(query, score),
        )
    layer = query.layer(name)
    divisor = number(len(classes) - 1)
    scaled = [layer.add(f"scaled_{one.label}", f"{one} / {divisor}", [one]) for one in sums]
    return Prediction(
        classes=classes,
        decision=sums,
        probabilities=expressions.softmax(query, name, labels, scaled),
        winner=by_largest(query, name, sums),
    )
