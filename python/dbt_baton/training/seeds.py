"""The random states of an estimator and its parts: each is a whole number before the estimator is fitted.

The same rows, parameters and code then give the same model, and the version row can record the states.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import KFold, StratifiedKFold

from dbt_baton.errors import TrainingInputError, raise_problems
from dbt_baton.registry import identity

LARGEST = 2**31 - 1
DEFAULT_FOLDS = 5
DEPRECATED = "deprecated"


def seeded(where: str, estimator: Any, random_state: int) -> Any:
    """Clone an estimator and set every random state in it that is not a whole number.

    Parameters
    ----------
    where : str
        The call, for the error.
    estimator : estimator
    random_state : int
        For each part and each splitter that shuffles whose random state is None. A generator of numpy gives a
        number of its own; the caller's generator stays as it is.

    Returns
    -------
    estimator

    Raises
    ------
    TrainingInputError
        If a parameter has no value that another run could repeat.
    """
    copy = clone(estimator)
    params = copy.get_params(deep=True)
    states = {}
    for name, value in params.items():
        prefix = name.removesuffix("random_state")
        if _is_splitter(value):
            if getattr(value, "shuffle", True):
                value.random_state = _whole(value.random_state, random_state)
        elif prefix == name or (prefix and not prefix.endswith("__")):
            continue
        elif value == DEPRECATED:
            # TargetEncoder of scikit-learn 1.9 shuffles without a seed, unless it gets a splitter
            folds = params.get(f"{prefix}cv")
            if folds is None or isinstance(folds, int):
                target = params.get(f"{prefix}target_type", "auto")
                of_classes = is_classifier(copy) if target == "auto" else target != "continuous"
                kind = StratifiedKFold if of_classes else KFold
                states[f"{prefix}cv"] = kind(folds or DEFAULT_FOLDS, shuffle=True, random_state=random_state)
        else:
            states[name] = _whole(value, random_state)
    copy.set_params(**states)
    try:
        identity.describe(copy)
    except TypeError as unknown:
        raise_problems(TrainingInputError, where, [f"the estimator cannot be recorded: {unknown}"])
    return copy


def shared_random_state(estimator: Any) -> int | None:
    """Find the random state that all parts of the estimator share; None if they share none."""
    states = set(_states(estimator))
    return states.pop() if len(states) == 1 else None


def _states(estimator: Any) -> Iterator[int]:
    for name, value in estimator.get_params(deep=True).items():
        state = value if name.rpartition("__")[2] == "random_state" else None
        if _is_splitter(value):
            state = value.random_state
        if isinstance(state, (int, np.integer)):
            yield int(state)


def _is_splitter(value: Any) -> bool:
    return hasattr(value, "split") and hasattr(value, "random_state") and not hasattr(value, "get_params")


def _whole(state: Any, otherwise: int) -> Any:
    if state is None:
        return otherwise
    if isinstance(state, np.random.RandomState):
        return int(state.randint(LARGEST))
    if isinstance(state, np.random.Generator):
        return int(state.integers(LARGEST))
    return state
