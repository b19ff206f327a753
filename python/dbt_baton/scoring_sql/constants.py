"""Dummy models, which predict the same for every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dbt_baton.scoring_sql.expressions import labels_of
from dbt_baton.scoring_sql.prediction import Prediction, Winner
from dbt_baton.scoring_sql.query import Column, Query, step_name


def dummy_problems(model: Any) -> list[str]:
    """Name strategies that draw at random."""
    if model.strategy in ("stratified", "uniform"):
        return [f"DummyClassifier(strategy='{model.strategy}') predicts at random"]
    return []


def compile_dummy(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile DummyClassifier or DummyRegressor."""
    row = np.zeros((1, 1))
    layer = query.layer(step_name(model))
    if not hasattr(model, "classes_"):
        (value,) = np.ravel(model.predict(row))
        return Prediction(value=layer.add("value", query.dialect.number(value), [], nullable=False))
    (predicted,) = model.predict(row)
    place = list(model.classes_).index(predicted)
    probabilities = [
        layer.add(f"probability_{label}", query.dialect.number(one), [], nullable=False)
        for label, one in zip(labels_of(model.classes_), model.predict_proba(row)[0], strict=True)
    ]
    winner = Winner(lambda results: results[place], [])
    return Prediction(classes=model.classes_, probabilities=probabilities, winner=winner)
