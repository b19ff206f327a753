"""CalibratedClassifierCV: the scores of its classifiers through sigmoid or isotonic functions.

The formulas are those of `_CalibratedClassifier.predict_proba` in scikit-learn's `calibration.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dbt_baton.scoring_sql import expressions
from dbt_baton.scoring_sql.prediction import Prediction, by_largest, two_sided
from dbt_baton.scoring_sql.query import Column, Query, step_name


def calibration_problems(model: Any) -> list[str]:
    """Name what the classifiers inside have no SQL for, each once."""
    from dbt_baton.scoring_sql.models import problems_with

    inside = [problems_with(one.estimator, is_model=True) for one in model.calibrated_classifiers_]
    problems = [problem for found in inside for problem in found]
    problems += [
        f"CalibratedClassifierCV(method='{one.method}') has no form in SQL"
        for one in model.calibrated_classifiers_
        if one.method not in ("sigmoid", "isotonic", "temperature")
    ]
    return list(dict.fromkeys(problems))


def compile_calibrated(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a calibrated classifier: the mean of those of the folds, or a single one."""
    name, labels = step_name(model), expressions.labels_of(model.classes_)
    by_fold = [_calibrated(query, name, labels, fold, columns) for fold in model.calibrated_classifiers_]
    probabilities = by_fold[0] if len(by_fold) == 1 else means(query, name, labels, by_fold)
    winner = by_largest(query, name, probabilities)
    return Prediction(classes=model.classes_, probabilities=probabilities, winner=winner)


def means(
    query: Query, name: str, labels: Sequence[str], by_model: Sequence[Sequence[Column]]
) -> list[Column]:
    """Give the mean of several models for each class."""
    made = []
    count = query.dialect.number(len(by_model))
    for label, own in zip(labels, zip(*by_model, strict=True), strict=True):
        total = expressions.sum_of(query, name, f"sum_{label}", own)
        made.append(query.layer(name).add(f"mean_{label}", f"{total} / {count}", [total]))
    return made


def _calibrated(
    query: Query, name: str, labels: Sequence[str], fold: Any, columns: Sequence[Column]
) -> list[Column]:
    from dbt_baton.scoring_sql.models import predict

    prediction = predict(query, fold.estimator, columns)
    scores = prediction.decision
    if not scores:
        scores = prediction.probabilities[1:] if len(labels) == 2 else prediction.probabilities
    if fold.method == "temperature":
        return _tempered(query, name, labels, fold.calibrators[0], scores, bool(prediction.decision))
    parts = [
        _through(query, name, f"calibrated_{score.label}", score, calibrator)
        for score, calibrator in zip(scores, fold.calibrators, strict=True)
    ]
    if len(labels) == 2:
        return two_sided(query, name, labels, parts[0])
    # a fold may have lacked a class
    known = [list(fold.classes).index(label) for label in fold.estimator.classes_]
    shares = iter(expressions.shares_or_equal(query, name, [labels[place] for place in known], parts))
    layer = query.layer(name)
    zero = query.dialect.number(0)
    made = []
    for place, label in enumerate(labels):
        if place in known:
            made.append(next(shares))
        else:
            made.append(layer.add(f"probability_{label}", zero, [], nullable=False))
    return made


def _through(query: Query, name: str, label: str, score: Column, calibrator: Any) -> Column:
    if hasattr(calibrator, "a_"):
        number = query.dialect.number
        exponent = f"{number(-calibrator.a_)} * {score}"
        line = query.layer(name).add(f"{label}_line", query.plus(exponent, -calibrator.b_), [score])
        return expressions.expit(query, name, label, line)
    places, values = calibrator.X_thresholds_, calibrator.y_thresholds_
    points = [(float(place), float(one), float(one)) for place, one in zip(places, values, strict=True)]
    return query.layer(name).add(label, expressions.piecewise_linear(query, score, points), [score])


def _tempered(
    query: Query, name: str, labels: Sequence[str], calibrator: Any, scores: list[Column], is_decision: bool
) -> list[Column]:
    """Divide by a temperature, and take the softmax."""
    beta, number = float(np.ravel(calibrator.beta_)[0]), query.dialect.number
    if len(labels) == 2 and is_decision:
        # the softmax of -x and x
        return two_sided(query, name, labels, expressions.expit(query, name, "tempered", scores[0], 2 * beta))
    layer = query.layer(name)
    if len(labels) == 2:
        scores = [expressions.complement(query, name, "other", scores[0]), scores[0]]
        layer = query.layer(name)
    logits = [
        layer.add(
            f"logit_{label}",
            f"{number(beta)} * {score}" if is_decision else f"{number(beta)} * ln({score} + {number(1e-12)})",
            [score],
        )
        for label, score in zip(labels, scores, strict=True)
    ]
    return expressions.softmax(query, name, labels, logits)
