"""Hyperparameter search over backtests."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from dbt_baton.training.training_sets import Fold

DEFAULT_ITERATIONS = 10


@dataclass(frozen=True)
class Found:
    """The outcome of a search.

    Attributes
    ----------
    params : dict
        The best parameters, as the user named them.
    score : float
        Their mean score over the folds; greater is better, as in scikit-learn.
    n_candidates : int
    """

    params: dict[str, Any]
    score: float
    n_candidates: int


def search_problems(search: Mapping[str, Any], model: Any) -> list[str]:
    """Name every parameter and metric of the search that the model does not have."""
    if not search:
        return []
    known = model.get_params(deep=True)
    problems = [
        f"search.params.{name} is no parameter of the estimator"
        for name in search["params"]
        if _full_name(name, known) not in known
    ]
    metric = search.get("metric")
    if metric:
        try:
            get_scorer(metric)
        except ValueError:
            problems.append(
                f"search.metric is '{metric}', expected the name of a scikit-learn scorer such as 'roc_auc'"
            )
    return problems


def best_parameters(
    search: Mapping[str, Any],
    model: Any,
    features: pd.DataFrame,
    labels: npt.NDArray[Any],
    folds: Sequence[Fold],
    fit_params: Mapping[str, Any],
    positive_class: Any,
    random_state: int,
) -> Found:
    """Try parameters on the folds; every part of the model is fitted anew in each of them.

    Parameters
    ----------
    search : mapping
        As in `Options`.
    model : estimator
        Not fitted, with preprocessing inside.
    features, labels
        All rows.
    folds : sequence of Fold
    fit_params : mapping
        Sample weights of all rows.
    positive_class : object
        For metrics of one class.
    random_state : int
        For the methods 'random' and 'halving'.

    Raises
    ------
    ValueError
        If no candidate could be fitted and measured in every fold.
    """
    known = model.get_params(deep=True)
    grid = {_full_name(name, known): list(values) for name, values in search["params"].items()}
    splits = [(fold.train, fold.validation) for fold in folds]
    tried = _searcher(search, model, grid, splits, _scorer(search, positive_class), random_state)
    tried.fit(features, labels, **fit_params)
    results = tried.cv_results_
    scores = results["mean_test_score"]
    if not np.isfinite(scores).any():
        raise ValueError(
            f"no candidate has a score in every fold: {search.get('metric') or 'the score'} is undefined"
        )
    # of halving, only the candidates of the last round saw all rows
    last = results["iter"] == max(results["iter"]) if "iter" in results else np.ones(len(scores), dtype=bool)
    best = int(np.nanargmax(np.where(last & np.isfinite(scores), scores, -math.inf)))
    short = {_full_name(name, known): name for name in search["params"]}
    chosen = {short[name]: value for name, value in results["params"][best].items()}
    return Found(chosen, float(scores[best]), len({str(params) for params in results["params"]}))


def set_parameters(model: Any, params: Mapping[str, Any]) -> Any:
    """Set parameters by the names that the user gave."""
    known = model.get_params(deep=True)
    return model.set_params(**{_full_name(name, known): value for name, value in params.items()})


def _searcher(
    search: Mapping[str, Any],
    model: Any,
    grid: dict[str, list[Any]],
    splits: Any,
    scorer: Any,
    random_state: int,
) -> Any:
    shared = {"scoring": scorer, "cv": splits, "refit": False}
    method = search.get("method", "grid")
    if method == "grid":
        return GridSearchCV(model, grid, **shared)
    if method == "random":
        n_iter = min(search.get("n_iter", DEFAULT_ITERATIONS), math.prod(map(len, grid.values())))
        return RandomizedSearchCV(model, grid, n_iter=n_iter, random_state=random_state, **shared)
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV

    return HalvingGridSearchCV(model, grid, random_state=random_state, **shared)


def _scorer(search: Mapping[str, Any], positive_class: Any) -> Any:
    """Give the scorer; a metric of one class is told which class that is."""
    if search.get("metric") is None:
        return None
    scorer = get_scorer(search["metric"])
    if positive_class is None or "pos_label" not in inspect.signature(scorer._score_func).parameters:
        return scorer
    options = {name: value for name, value in scorer._kwargs.items() if name != "pos_label"}
    if options.get("average", "binary") != "binary":
        return scorer
    return make_scorer(
        scorer._score_func, response_method=scorer._response_method, greater_is_better=scorer._sign > 0,
        pos_label=positive_class, **options,
    )  # fmt: skip


def _full_name(name: str, known: Mapping[str, Any]) -> str:
    """Name a parameter of the estimator inside the pipeline."""
    return f"estimator__{name}" if name not in known and f"estimator__{name}" in known else name
