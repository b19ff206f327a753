"""Projections onto components: PCA and TruncatedSVD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dbt_baton.scoring_sql.linear import weighted_sums
from dbt_baton.scoring_sql.query import Column, Query, step_name


def pca(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give (x - mean) times each component, divided by its standard deviation where that was asked for."""
    weights = model.components_
    if model.whiten:
        smallest = np.finfo(model.explained_variance_.dtype).eps
        weights = weights / np.maximum(np.sqrt(model.explained_variance_), smallest)[:, None]
    return _projected(query, model, columns, weights, -weights @ model.mean_)


def truncated_svd(query: Query, model: Any, columns: Sequence[Column]) -> list[Column]:
    """Give x times each component."""
    return _projected(query, model, columns, model.components_, np.zeros(len(model.components_)))


def _projected(
    query: Query, model: Any, columns: Sequence[Column], weights: Any, starts: Any
) -> list[Column]:
    labels = [str(label) for label in model.get_feature_names_out()]
    return weighted_sums(query, step_name(model), labels, columns, weights, starts)
