"""A fitted model with everything in front of it: what of it can not be compiled, and its prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from dbt_baton.scoring_sql.prediction import Prediction
from dbt_baton.scoring_sql.query import Column, Query
from dbt_baton.scoring_sql.structure import parts_of, refuse_other_types, transform, unwrapped
from dbt_baton.scoring_sql.supported import TRANSFORMERS, model_rule


def problems_with(estimator: Any, *, is_model: bool) -> list[str]:
    """Name everything in a fitted estimator that has no form in SQL."""
    estimator = unwrapped(estimator)
    if isinstance(estimator, Pipeline):
        *steps, last = [unwrapped(step) for _, step in estimator.steps]
        if not is_model:
            steps.append(last)
        steps = [step for step in steps if step is not None and not isinstance(step, str)]
        problems = [problem for step in steps for problem in problems_with(step, is_model=False)]
        return problems + (problems_with(last, is_model=True) if is_model else [])
    if isinstance(estimator, ColumnTransformer | FeatureUnion) and not is_model:
        return [problem for part in parts_of(estimator) for problem in problems_with(part, is_model=False)]
    rule = model_rule(estimator) if is_model else TRANSFORMERS.get(type(estimator))
    if rule is None:
        return [f"{type(estimator).__name__} has no form in SQL"]
    several = is_model and _has_several_outputs(estimator)
    return rule.problems(estimator) + (
        [f"{type(estimator).__name__} predicts several outputs"] if several else []
    )


def _has_several_outputs(model: Any) -> bool:
    if hasattr(model, "classes_"):
        return isinstance(model.classes_, list) or np.ndim(model.classes_[0]) > 0
    return getattr(model, "n_outputs_", 1) != 1 or len(np.atleast_2d(getattr(model, "coef_", [[]]))) > 1


def predict(query: Query, model: Any, columns: Sequence[Column]) -> Prediction:
    """Compile a model, after `problems_with` found none."""
    model = unwrapped(model)
    if isinstance(model, Pipeline):
        *steps, (_, last) = model.steps
        for _, step in steps:
            columns = transform(query, step, columns)
        return predict(query, last, columns)
    rule = model_rule(model)
    assert rule is not None, "checked by problems_with"
    refuse_other_types(query, model, columns, rule.takes_text)
    return rule.compile(query, model, columns)
