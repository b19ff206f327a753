"""Single trees and ensembles of trees of scikit-learn, except for boosting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dbt_baton.scoring_sql.expressions import labels_of
from dbt_baton.scoring_sql.prediction import Prediction, by_largest
from dbt_baton.scoring_sql.query import Column, Query, step_name
from dbt_baton.scoring_sql.sums_of_trees import Summand, sums_of_trees
from dbt_baton.scoring_sql.trees import sklearn_tree


def compile_tree(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a single tree."""
    return _compile(query, model, [model], columns)


def compile_forest(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a forest: the mean of its trees, added up in their order."""
    return _compile(query, model, model.estimators_, columns)


def _compile(query: Query, model: Any, estimators: Sequence[Any], columns: Sequence[Column]) -> Prediction:
    name = step_name(model)
    trees = [sklearn_tree(estimator) for estimator in estimators]
    classes = getattr(model, "classes_", None)
    labels = ["value"] if classes is None else [f"votes_{label}" for label in labels_of(classes)]
    refuses_missing = not _takes_missing(model)
    sums = sums_of_trees(
        query,
        name,
        labels,
        [0.0] * len(labels),
        [Summand(tree, tree.values[:, place], place) for tree in trees for place in range(len(labels))],
        columns,
        refuses_missing=refuses_missing,
    )
    if len(trees) > 1:
        layer = query.layer(name)
        count = query.dialect.number(len(trees))
        names = ["mean"] if classes is None else [f"probability_{label}" for label in labels_of(classes)]
        sums = [layer.add(label, f"{one} / {count}", [one]) for label, one in zip(names, sums, strict=True)]
    if classes is None:
        return Prediction(value=sums[0])
    return Prediction(classes=classes, probabilities=sums, winner=by_largest(query, name, sums))


def _takes_missing(model: Any) -> bool:
    """Whether it has a way for missing values, which depends on its criterion and on the version."""
    if hasattr(model, "__sklearn_tags__"):
        return bool(model.__sklearn_tags__().input_tags.allow_nan)
    return bool(model._get_tags()["allow_nan"])
