"""Linear and generalised linear models: a weighted sum of the features, and a link.

The formulas are those of `decision_function`, `predict` and `predict_proba` of scikit-learn's modules
`linear_model` and `svm`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import linear_model, svm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from dbt_baton.scoring_sql import expressions
from dbt_baton.scoring_sql.prediction import Prediction, by_largest, by_sign, two_sided
from dbt_baton.scoring_sql.query import Column, Query, step_name

REGRESSORS = (
    *(linear_model.LinearRegression, linear_model.Ridge, linear_model.RidgeCV),
    *(linear_model.Lasso, linear_model.LassoCV, linear_model.ElasticNet, linear_model.ElasticNetCV),
    *(linear_model.Lars, linear_model.LarsCV, linear_model.LassoLars, linear_model.LassoLarsCV),
    *(linear_model.LassoLarsIC, linear_model.OrthogonalMatchingPursuit),
    *(linear_model.OrthogonalMatchingPursuitCV, linear_model.BayesianRidge, linear_model.ARDRegression),
    *(linear_model.SGDRegressor, linear_model.HuberRegressor, linear_model.QuantileRegressor),
    *(linear_model.PassiveAggressiveRegressor, linear_model.TheilSenRegressor, svm.LinearSVR),
)
LOG_LINK = (linear_model.PoissonRegressor, linear_model.GammaRegressor, linear_model.TweedieRegressor)
DECISIONS = (
    *(linear_model.RidgeClassifier, linear_model.RidgeClassifierCV, linear_model.Perceptron),
    *(linear_model.PassiveAggressiveClassifier, svm.LinearSVC),
)
# linear discriminants have the links of a logistic regression
LOGISTIC = (
    *(linear_model.LogisticRegression, linear_model.LogisticRegressionCV),
    LinearDiscriminantAnalysis,
)


def weighted_sums(
    query: Query,
    name: str,
    labels: Sequence[str],
    columns: Sequence[Column],
    weights: Any,
    intercepts: npt.ArrayLike,
) -> list[Column]:
    """Give one weighted sum of the columns for each row of weights; a weight of 0 needs no column."""
    # a model may have been made sparse
    dense = weights.toarray() if hasattr(weights, "toarray") else weights
    weights = np.atleast_2d(np.asarray(dense, dtype=float))
    intercepts = np.broadcast_to(np.ravel(np.asarray(intercepts, dtype=float)), len(weights))
    sums = []
    for label, row, intercept in zip(labels, weights, intercepts, strict=True):
        summands = [
            (query.times(weight, column), [column])
            for weight, column in zip(row, columns, strict=True)
            if weight != 0
        ]
        sums.append(query.total(name, label, query.dialect.number(intercept), summands))
    return sums


def decisions(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give `decision_function`."""
    labels = expressions.labels_of(model.classes_)
    labels = ["score"] if len(labels) <= 2 else [f"score_{label}" for label in labels]
    return weighted_sums(query, step_name(model), labels, columns, model.coef_, model.intercept_)


def compile_regressor(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a linear regression, with the inverse of its link."""
    name = step_name(model)
    (value,) = weighted_sums(query, name, ["value"], columns, model.coef_, model.intercept_)
    if isinstance(model, LOG_LINK) and "Log" in type(model._base_loss.link).__name__:
        value = query.layer(name).add("expected", query.dialect.exp(str(value)), [value])
    return Prediction(value=value)


def compile_decision(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a classifier without probabilities."""
    scores = decisions(query, model, columns)
    return Prediction(
        classes=model.classes_, decision=scores, winner=_winner(query, step_name(model), scores)
    )


def compile_logistic(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a logistic regression: binary, multinomial, or one against the rest in older versions."""
    scores = decisions(query, model, columns)
    # the parameter exists before scikit-learn 1.8; its default is multinomial unless liblinear fits
    way = getattr(model, "multi_class", "auto")
    one_against_rest = way == "ovr" or (
        way != "multinomial" and (len(model.classes_) == 2 or model.solver == "liblinear")
    )
    return _with_probabilities(query, model, scores, one_against_rest)


def compile_sgd(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a SGDClassifier, which has probabilities with two of its losses."""
    scores = decisions(query, model, columns)
    if model.loss == "log_loss":
        return _with_probabilities(query, model, scores, one_against_rest=True)
    winner = _winner(query, step_name(model), scores)
    if model.loss != "modified_huber":
        return Prediction(classes=model.classes_, decision=scores, winner=winner)
    name, number = step_name(model), query.dialect.number
    layer = query.layer(name)
    labels = expressions.labels_of(model.classes_)
    parts = [
        layer.add(
            f"{score.label}_part",
            expressions.switch(
                [(f"{score} > {number(1)}", number(1)), (f"{score} < {number(-1)}", number(0))],
                f"({score} + {number(1)}) / {number(2)}",
            ),
            [score],
        )
        for score in scores
    ]
    if len(parts) == 1:
        probabilities = two_sided(query, name, labels, parts[0])
    else:
        probabilities = expressions.shares_or_equal(query, name, labels, parts)
    return Prediction(classes=model.classes_, decision=scores, probabilities=probabilities, winner=winner)


def _winner(query: Query, name: str, scores: Sequence[Column]) -> Any:
    return by_sign(query, scores[0]) if len(scores) == 1 else by_largest(query, name, scores)


def _with_probabilities(query: Query, model: Any, scores: list[Column], one_against_rest: bool) -> Prediction:
    name = step_name(model)
    labels = expressions.labels_of(model.classes_)
    if len(scores) == 1:
        # the softmax of -x and x
        factor = 1.0 if one_against_rest else 2.0
        positive = expressions.expit(query, name, f"probability_{labels[1]}", scores[0], factor)
        probabilities = two_sided(query, name, labels, positive)
    elif one_against_rest:
        parts = [expressions.expit(query, name, f"{score.label}_part", score) for score in scores]
        probabilities = expressions.shares_or_equal(query, name, labels, parts)
    else:
        probabilities = expressions.softmax(query, name, labels, scores)
    return Prediction(
        classes=model.classes_,
        decision=scores,
        probabilities=probabilities,
        winner=_winner(query, name, scores),
    )
