"""Estimators by the name that SQL users write: a scikit-learn class in snake case, or an import path."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from dbt_baton.artifacts.allowed_types import ALLOWED_TYPES
from dbt_baton.errors import TrainingInputError, raise_problems
from dbt_baton.training.options import near
from dbt_baton.training.tasks import is_supervised

PACKAGES = ("sklearn", "xgboost", "lightgbm")
_MODULES = (
    "sklearn.linear_model", "sklearn.svm", "sklearn.tree", "sklearn.ensemble", "sklearn.naive_bayes",
    "sklearn.discriminant_analysis", "sklearn.dummy",
)  # fmt: skip
# classes that the allow-list of artifacts does not have, so they need the opt-in to pickle
_ONLY_AS_PICKLE = {
    "sklearn.gaussian_process": "GaussianProcessClassifier GaussianProcessRegressor",
    "sklearn.kernel_ridge": "KernelRidge",
    "sklearn.linear_model": "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV TheilSenRegressor",
    "sklearn.neighbors": (
        "KNeighborsClassifier KNeighborsRegressor NearestCentroid"
        " RadiusNeighborsClassifier RadiusNeighborsRegressor"
    ),
    "sklearn.neural_network": "MLPClassifier MLPRegressor",
    "sklearn.svm": "NuSVC NuSVR SVC SVR",
}
# those that take other estimators are for Python, where these can be given
_HOLD_OTHERS = re.compile("Stacking|Voting")
_ENDS = re.compile(
    "(Classifier|Regressor|Regression|NB|CV|IC|SVC|SVR|DiscriminantAnalysis"
    "|^Ridge|^Lasso|^ElasticNet|^Lars|^LassoLars|^BayesianRidge|^Perceptron)$"
)


def short_names() -> dict[str, tuple[str, str]]:
    """Give module and class of each short name."""
    found = {
        snake_case(name): (module, name)
        for module, names in _ONLY_AS_PICKLE.items()
        for name in names.split()
    }
    for type_name in ALLOWED_TYPES:
        module, _, name = type_name.rpartition(".")
        public = next(
            (public for public in _MODULES if module.startswith(public + ".") or module == public), None
        )
        if public and _ENDS.search(name) and not _HOLD_OTHERS.search(name):
            found[snake_case(name)] = (public, name)
    return found


def snake_case(name: str) -> str:
    """Write a class name in snake case: HistGradientBoostingClassifier, LinearSVC, GaussianNB, RidgeCV."""
    words = re.findall(r"[A-Z]{2,}(?=[A-Z][a-z]|$)|[A-Z][a-z0-9]*|[A-Z]+", name)
    return "_".join(word.lower() for word in words)


def build_estimator(where: str, name: Any, params: Any, allowed: Sequence[str] = ()) -> Any:
    """Make the estimator that a name and its parameters describe.

    Parameters
    ----------
    where : str
        For errors: the model.
    name : str
        A short name such as 'logistic_regression', or an import path from scikit-learn, XGBoost, LightGBM or
        one of `allowed`.
    params : mapping
        The estimator's parameters.
    allowed : sequence of str
        Import paths that the project allows in addition; importing a module runs its code, so that a name in
        a model's config alone must not be enough.

    Raises
    ------
    TrainingInputError
        If the name or a parameter is not known; names every problem, with near names.
    """
    problems: list[str] = []
    found = _find(name, allowed, problems)
    if not isinstance(params, Mapping):
        problems.append(f"params is {params!r}, expected a mapping from names to values")
    raise_problems(TrainingInputError, where, problems)
    known = sorted(found._get_param_names()) if hasattr(found, "_get_param_names") else None
    if known is not None and "kwargs" not in known and not _takes_anything(found):
        problems += [
            f"params.{key} is no parameter of {name}, {near(key, known)}"
            for key in params
            if key not in known
        ]
    raise_problems(TrainingInputError, where, problems)
    try:
        made = found(**params)
    except (TypeError, ValueError) as refused:
        raise_problems(TrainingInputError, where, [f"params do not fit {name}: {refused}"])
    if not is_supervised(made):
        raise_problems(
            TrainingInputError, where, [f"estimator is '{name}', which is no classifier or regressor"]
        )
    return made


def _takes_anything(found: Any) -> bool:
    """Whether the class passes parameters on to a library: XGBoost and LightGBM."""
    return (found.__module__ or "").partition(".")[0] in ("xgboost", "lightgbm")


def _find(name: Any, allowed: Sequence[str], problems: list[str]) -> Any:
    if not isinstance(name, str) or not name:
        problems.append(
            f"estimator is {name!r}, expected a name such as 'logistic_regression' or an import path"
        )
        return None
    if "." not in name:
        names = short_names()
        if name in names:
            module, class_name = names[name]
            return getattr(import_module(module), class_name)
        problems.append(f"estimator is '{name}', {near(name, sorted(names))}")
        return None
    if name.partition(".")[0] not in PACKAGES and name not in allowed:
        problems.append(
            f"estimator is '{name}', expected an import path from {', '.join(PACKAGES)}, or one that the"
            " project allows with the var baton: {estimators: ['" + name + "']}"
        )
        return None
    module, _, class_name = name.rpartition(".")
    try:
        return getattr(import_module(module), class_name)
    except (ImportError, AttributeError) as missing:
        problems.append(f"estimator '{name}' cannot be imported: {missing}")
        return None
