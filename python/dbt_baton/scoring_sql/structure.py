"""Pipelines, column transformers and unions: which columns go where, and in which order they come out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from dbt_baton.scoring_sql.query import TEXT, TIMESTAMP, Column, Query


def unwrapped(estimator: Any) -> Any:
    """Give what a FrozenEstimator or a search for parameters holds."""
    while True:
        if type(estimator).__name__ == "FrozenEstimator":
            estimator = estimator.estimator
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            return estimator


def is_identity(transformer: Any) -> bool:
    """Whether a step passes everything on."""
    return transformer is None or (isinstance(transformer, str) and transformer == "passthrough")


def parts_of(estimator: Any) -> list[Any]:
    """Give the estimators inside, in order; without those that pass on or drop."""
    if isinstance(estimator, Pipeline):
        parts = [part for _, part in estimator.steps]
    elif isinstance(estimator, ColumnTransformer):
        parts = [part for _, part, columns in estimator.transformers_ if not _is_empty(columns)]
    else:
        parts = [part for _, part in estimator.transformer_list]
    return [unwrapped(part) for part in parts if part is not None and not isinstance(part, str)]


def transform(query: Query, estimator: Any, columns: Sequence[Column]) -> list[Column]:
    """Give the columns that a fitted transformer makes."""
    from dbt_baton.scoring_sql.supported import TRANSFORMERS

    estimator = unwrapped(estimator)
    if is_identity(estimator):
        return list(columns)
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps:
            columns = transform(query, step, columns)
        return list(columns)
    if isinstance(estimator, ColumnTransformer):
        return _column_transformer(query, estimator, columns)
    if isinstance(estimator, FeatureUnion):
        weights = estimator.transformer_weights or {}
        made = []
        for name, part in estimator.transformer_list:
            if not (isinstance(part, str) and part == "drop"):
                made += _weighted(query, transform(query, part, columns), weights.get(name))
        return made
    rule = TRANSFORMERS[type(estimator)]
    refuse_other_types(query, estimator, columns, rule.takes_text)
    return rule.compile(query, estimator, columns)


def refuse_other_types(query: Query, estimator: Any, columns: Sequence[Column], takes_text: bool) -> None:
    """Note a problem where text or a time arrives that scikit-learn would have to read as a number."""
    for column in columns:
        if column.kind == TIMESTAMP or (column.kind == TEXT and not takes_text):
            problem = f"{type(estimator).__name__} reads the {column.kind} {column.label}"
            if problem not in query.problems:
                query.problems.append(problem)


def _column_transformer(
    query: Query, estimator: ColumnTransformer, columns: Sequence[Column]
) -> list[Column]:
    weights = estimator.transformer_weights or {}
    made = []
    for name, part, selection in estimator.transformers_:
        if _is_empty(selection) or (isinstance(part, str) and part == "drop"):
            continue
        chosen = [columns[place] for place in _places(estimator, columns, selection)]
        made += _weighted(query, transform(query, part, chosen), weights.get(name))
    return made


def _places(estimator: ColumnTransformer, columns: Sequence[Column], selection: Any) -> list[int]:
    """Give the positions of the columns of a branch."""
    names = list(getattr(estimator, "feature_names_in_", range(len(columns))))
    if isinstance(selection, str):
        selection = [selection]
    if isinstance(selection, slice):
        bounds = [
            None if bound is None else names.index(bound) if isinstance(bound, str) else bound
            for bound in (selection.start, selection.stop)
        ]
        if isinstance(selection.stop, str):
            bounds[1] = names.index(selection.stop) + 1  # a slice of names includes its end
        return list(range(len(columns)))[slice(bounds[0], bounds[1], selection.step)]
    chosen = np.atleast_1d(np.asarray(selection, dtype=object))
    if all(isinstance(one, bool | np.bool_) for one in chosen):
        return np.flatnonzero(chosen.astype(bool)).tolist()
    places = [names.index(one) if isinstance(one, str) else int(one) for one in chosen]
    return [place % len(columns) for place in places]


def _is_empty(selection: Any) -> bool:
    return not isinstance(selection, slice | str | int) and not np.any(
        [one is not False for one in np.atleast_1d(np.asarray(selection, dtype=object))]
    )


def _weighted(query: Query, columns: list[Column], weight: float | None) -> list[Column]:
    if weight is None:
        return columns
    layer = query.layer("weighted")
    factor = query.dialect.number(weight)
    return [layer.add(column.label, f"{factor} * {column}", [column]) for column in columns]
