"""From rows and options to a fitted model: search, fit, groups, calibration, threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import StratifiedKFold

from dbt_baton.errors import TrainingInputError, raise_problems
from dbt_baton.fitted_model import BINARY, FittedModel
from dbt_baton.training import tasks
from dbt_baton.training.options import Options
from dbt_baton.training.progress import Progress
from dbt_baton.training.search import Found, best_parameters, set_parameters
from dbt_baton.training.thresholds import choose_threshold
from dbt_baton.training.training_sets import TRAIN, VALIDATION, Fold, Places, Rows, rolling_folds
from dbt_baton.training.weights import Weights
from dbt_baton.warehouse.signature import with_own_categories

CALIBRATION_FOLDS = 5
DEFAULT_FOLDS = 3


@dataclass(frozen=True)
class Problem:
    """What is to be learnt.

    Attributes
    ----------
    where : str
        The model, for errors.
    estimator : estimator
        Not fitted, with preprocessing inside, and with every random state set.
    options : Options
    rows : Rows
    labels : ndarray, shape (n_rows,)
    weights : Weights
    progress : Progress
    """

    where: str
    estimator: Any
    options: Options
    rows: Rows
    labels: npt.NDArray[Any]
    weights: Weights
    progress: Progress

    @property
    def inputs(self) -> pd.DataFrame:
        """Give the columns that the estimator receives, without the one of `group_by`."""
        group = self.options.group_by
        frame = self.rows.features
        return frame if group is None else frame.drop(columns=[self.group_column])

    @property
    def group_column(self) -> str:
        """Name the column of `group_by`, which is the last feature."""
        return str(self.rows.features.columns[-1])

    @property
    def is_classification(self) -> bool:
        """Whether the estimator predicts classes."""
        return tasks.is_classification(self.estimator)


@dataclass(frozen=True)
class Fitted:
    """The outcome of a training.

    Attributes
    ----------
    model : FittedModel
    search : Found or None
    folds : list of Fold
        The backtests that were made.
    rows_of_groups : dict of str to int
        By the value of `group_by` that has an estimator of its own: rows that it was fitted on.
    fell_back : dict of str to str
        By the value that has none: why.
    """

    model: FittedModel
    search: Found | None = None
    folds: list[Fold] = field(default_factory=list)
    rows_of_groups: dict[str, int] = field(default_factory=dict)
    fell_back: dict[str, str] = field(default_factory=dict)


def fit(problem: Problem) -> Fitted:
    """Search, fit and choose, in this order, each on its own rows."""
    options, rows = problem.options, problem.rows
    folds = _folds(problem)
    estimator, found = problem.estimator, None
    if options.search:
        found = _search(problem, folds)
        estimator = set_parameters(clone(estimator), found.params)
    train, validation = rows.places(TRAIN), rows.places(VALIDATION)
    model = fit_estimator(problem, estimator, train, validation)
    groups, rows_of_groups, fell_back = _fit_groups(problem, estimator)
    fitted = FittedModel(
        model,
        positive_class=_positive_text(problem, model),
        groups=groups,
        group_by=problem.group_column if options.group_by else None,
    )
    return Fitted(
        _with_threshold(problem, fitted, validation),
        search=found, folds=folds, rows_of_groups=rows_of_groups, fell_back=fell_back,
    )  # fmt: skip


def fit_estimator(
    problem: Problem, estimator: Any, train: Places, validation: Places, *, calibrate: bool = True
) -> Any:
    """Fit a clone on the rows of `train`, and calibrate it on those of `validation`.

    Raises
    ------
    TrainingInputError
        If the estimator refuses features that have no value at all; names them.
    """
    features, labels = with_own_categories(problem.inputs.iloc[train]), problem.labels[train]
    method = problem.options.calibration if calibrate else None
    if method and not len(validation):
        # cross-fitting gives probabilities of unseen rows; the estimator itself is fitted on all rows
        cv = StratifiedKFold(min(CALIBRATION_FOLDS, int(np.unique(labels, return_counts=True)[1].min())))
        calibrated = CalibratedClassifierCV(clone(estimator), method=method, cv=cv, ensemble=False)
        return calibrated.fit(features, labels, **problem.weights.of_metrics(train))
    try:
        model = clone(estimator).fit(features, labels, **problem.weights.of_fit(train))
    except ValueError as failed:
        # scikit-learn's own words name no feature
        empty = [name for name in features.columns if features[name].isna().all()]
        if not empty:
            raise
        raise TrainingInputError(
            f"{problem.where}: no row to fit on has a value of {', '.join(empty)},"
            f" which the estimator refuses ({failed})"
        ) from failed
    if not method:
        return model
    calibrated = CalibratedClassifierCV(FrozenEstimator(model), method=method)
    return calibrated.fit(
        problem.inputs.iloc[validation], problem.labels[validation], **problem.weights.of_metrics(validation)
    )


def _folds(problem: Problem) -> list[Fold]:
    """Take the folds of the rows, or cut the rows to fit on, if a search needs some."""
    wanted = problem.options.search.get("folds")
    if isinstance(wanted, str) and not problem.rows.folds:
        raise_problems(
            TrainingInputError, problem.where,
            [f"search.folds is '{wanted}', but that column does not hold folds as baton.folds writes them"],
        )  # fmt: skip
    if problem.rows.folds and not isinstance(wanted, int):
        return problem.rows.folds
    if not problem.options.search:
        return []
    count = wanted or DEFAULT_FOLDS
    folds = rolling_folds(problem.rows, problem.rows.places(TRAIN), count)
    if len(folds) < count:
        raise_problems(
            TrainingInputError, problem.where,
            [f"search.folds is {count}, but the moments of the rows to fit on allow only {len(folds)} folds"],
        )  # fmt: skip
    return folds


def _search(problem: Problem, folds: list[Fold]) -> Found:
    everything = np.arange(len(problem.rows))
    if problem.is_classification:
        single = [fold.number for fold in folds if len(set(problem.labels[fold.train])) < 2]
        if single:
            raise_problems(
                TrainingInputError, problem.where,
                [f"the rows to fit on in fold {', '.join(map(str, single))} are all of one class"],
            )  # fmt: skip
    problem.progress.say(f"searches {problem.options.search.get('method', 'grid')} over {len(folds)} folds")
    try:
        found = best_parameters(
            problem.options.search, problem.estimator, problem.inputs, problem.labels, folds,
            problem.weights.of_fit(everything), _positive_label(problem), problem.options.random_state,
        )  # fmt: skip
    except ValueError as failed:
        raise TrainingInputError(f"{problem.where}: search: {failed}") from failed
    problem.progress.say(
        f"took {found.params} of {found.n_candidates} candidates, mean score {found.score:.6g}"
    )
    return found


def _fit_groups(problem: Problem, estimator: Any) -> tuple[dict[str, Any], dict[str, int], dict[str, str]]:
    """Fit one estimator for each value of `group_by` with enough rows."""
    if problem.options.group_by is None:
        return {}, {}, {}
    values = problem.rows.features[problem.group_column].astype(object).to_numpy()
    of_split = {split: problem.rows.places(split) for split in (TRAIN, VALIDATION)}
    classes = set(problem.labels[of_split[TRAIN]]) if problem.is_classification else set()
    fitted, n_rows, fell_back = {}, {}, {}
    for value in sorted({value for value in values[of_split[TRAIN]] if isinstance(value, str)}):
        train, validation = (places[values[places] == value] for places in of_split.values())
        reason = _too_small(problem, train, validation, classes)
        if reason:
            fell_back[value] = reason
            continue
        fitted[value] = fit_estimator(problem, estimator, train, validation)
        n_rows[value] = len(train)
        problem.progress.say(f"fitted {problem.group_column} = '{value}' on {len(train):,} rows")
    if fell_back:
        problem.progress.warn(
            f"{len(fell_back)} groups of {problem.group_column} are scored with the model of all rows: "
            + "; ".join(f"'{value}' ({reason})" for value, reason in list(fell_back.items())[:10])
        )
    return fitted, n_rows, fell_back


def _too_small(problem: Problem, train: Places, validation: Places, classes: set[Any]) -> str | None:
    if len(train) < problem.options.min_group_rows:
        return f"{len(train)} rows to fit on, fewer than {problem.options.min_group_rows}"
    if set(problem.labels[train]) != classes and problem.is_classification:
        return "not every class occurs"
    if problem.options.calibration and len(validation) and set(problem.labels[validation]) != classes:
        return "not every class occurs in the rows of split 'validation'"
    return None


def _positive_text(problem: Problem, model: Any) -> str | None:
    """Give the text of the positive class, which has to occur."""
    wanted = problem.options.positive_class
    if wanted is None:
        return None
    label = _positive_label(problem)
    if label is None or len(model.classes_) != 2:
        texts = ", ".join(f"'{label}'" for label in getattr(model, "classes_", []))
        raise_problems(
            TrainingInputError, problem.where,
            [f"positive_class is '{wanted}', expected one of two classes; there are {texts or 'none'}"],
        )  # fmt: skip
    return str(label)


def _positive_label(problem: Problem) -> Any:
    """Give the positive class as the labels have it; by default the last of two classes."""
    if not problem.is_classification:
        return None
    labels = np.unique(problem.labels[problem.rows.places(TRAIN)])
    wanted = problem.options.positive_class
    if wanted is None:
        return labels[-1] if len(labels) == 2 else None
    # a boolean label is the classes 0 and 1
    text = str(int(wanted)) if isinstance(wanted, bool) else str(wanted)
    return next((label for label in labels if str(label) == text), None)


def _with_threshold(problem: Problem, fitted: FittedModel, validation: Places) -> FittedModel:
    wanted = problem.options.threshold
    if wanted is None:
        return fitted
    problems = []
    if fitted.task != BINARY:
        problems.append(f"threshold is for models of two classes, this is a {fitted.task} model")
    elif not hasattr(fitted.estimator, "predict_proba"):
        problems.append("threshold needs probabilities, which the estimator does not have: set calibration")
    elif isinstance(wanted, Mapping) and len(set(problem.labels[validation])) < 2:
        problems.append("threshold is chosen on rows of split 'validation', in which both classes must occur")
    raise_problems(TrainingInputError, problem.where, problems)
    if not isinstance(wanted, Mapping):
        return _replaced(fitted, float(wanted))
    probabilities = fitted.predict(problem.rows.features.iloc[validation]).probabilities
    assert probabilities is not None
    positive = problem.labels[validation] == fitted.labels[fitted.positive]
    threshold = choose_threshold(wanted, positive, probabilities[:, fitted.positive])
    problem.progress.say(f"chose the threshold {threshold:.6g} on {len(validation):,} rows")
    return _replaced(fitted, threshold)


def _replaced(fitted: FittedModel, threshold: float) -> FittedModel:
    return FittedModel(
        fitted.estimator, fitted.positive_class, threshold, groups=fitted.groups, group_by=fitted.group_by
    )
