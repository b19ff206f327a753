"""Train a scikit-learn estimator inside dbt and give its version row."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from dbt_baton import artifacts
from dbt_baton.errors import TrainingInputError, raise_problems
from dbt_baton.registry import identity, provenance, version_row
from dbt_baton.training import seeds, tasks
from dbt_baton.training.fit import Fitted, Problem, fit, fit_estimator
from dbt_baton.training.importances import feature_importances
from dbt_baton.training.leakage import suspicious_features
from dbt_baton.training.metrics import Metrics
from dbt_baton.training.options import Options, as_plain
from dbt_baton.training.parity import export
from dbt_baton.training.progress import Progress
from dbt_baton.training.roles import Plan, plan_columns
from dbt_baton.training.search import search_problems, set_parameters
from dbt_baton.training.training_sets import TRAIN, VALIDATION, Rows, checked_labels, read_rows
from dbt_baton.training.transformers import steps_of, with_preprocessing
from dbt_baton.training.weights import row_weights, with_class_weight
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.duckdb_session import DuckDBSession
from dbt_baton.warehouse.relations import Relation


@dataclass(frozen=True)
class Training:
    """A training with everything that it needs from dbt, for both ways to ask for one.

    Attributes
    ----------
    where : str
        For errors: the function or materialization, and the model.
    model_name : str
    estimator : estimator
        A classifier or regressor, or a pipeline that ends in one; not fitted and never changed.
    options : Options
    owner : str or None
    training_relation : str or None
        What the rows were read from.
    is_known : callable
        Whether the model's table has a version already.
    origin : Provenance or None
        By default that of the current run.
    session : DuckDBSession or PostgresSession or None
        The engine that will run the scoring query; by default DuckDB.
    """

    where: str
    model_name: str
    estimator: Any
    options: Options
    is_known: Callable[[str], bool]
    owner: str | None = None
    training_relation: str | None = None
    origin: provenance.Provenance | None = None
    session: Any = None

    def run(self, training_set: Relation) -> pa.Table:
        """Train, and give the version row, or no row if the version is known."""
        with threadpool_limits(limits=max(1, (os.cpu_count() or 1) // 2), user_api="openmp"):
            # dbt builds other models beside this one, and OpenMP threads slow each other down while they wait
            return self._run(training_set)

    def _run(self, training_set: Relation) -> pa.Table:
        progress = Progress(self.model_name)
        options = self.options
        problems = options.problems()
        if not tasks.is_supervised(self.estimator):
            problems.insert(
                0, f"estimator is {self.estimator!r}, expected a scikit-learn classifier or regressor"
            )
        plan = plan_columns(self.where, training_set, options, problems)
        estimator = self._pipeline(plan)
        rows = read_rows(self.where, training_set, plan)
        data_hash = identity.training_set_hash(
            plan.schema(), rows.used(options.uses_validation(), bool(options.search))
        )
        chosen = as_plain(options.identity())
        version = identity.model_version(data_hash, plan.configuration() | chosen, estimator)
        if self.is_known(version):
            progress.say(f"version {version} is there already, nothing is trained")
            return version_row.no_rows()

        artifacts.check_storable(estimator, allow_pickle=options.allow_pickle)
        problem = self._problem(estimator, rows, progress)
        progress.say(f"trains on {len(rows.places(TRAIN)):,} rows and {len(plan.inputs)} features")
        _warn_of_leaks(problem)
        fitted = fit(problem)
        progress.say("fitted")
        model = fitted.model
        artifact = artifacts.dump(
            model.content(),
            model_name=self.model_name,
            model_version=version,
            allow_pickle=options.allow_pickle,
        )
        measured = _metrics(problem, fitted)
        importances = _importances(problem, fitted)
        features = signature.with_seen_categories(plan.features, rows.features.iloc[rows.places(TRAIN)])
        exported = export(model, features, rows.features, self.session or DuckDBSession(None), progress)
        origin = self.origin or provenance.observe()
        return version_row.one_row(
            model_name=self.model_name,
            model_version=version,
            trained_at=origin.trained_at,
            task=model.task,
            estimator=identity.qualified_name(type(self.estimator)),
            params=version_row.to_json(identity.describe(_fitted_with(estimator, fitted))["params"]),
            features=signature.to_json(features),
            label=plan.label,
            split=plan.split,
            training_rows=len(rows.places(TRAIN)),
            training_set_hash=data_hash,
            random_state=seeds.shared_random_state(estimator),
            metrics=version_row.to_json(measured),
            feature_importances=importances,
            artifact=artifact.content,
            artifact_sha256=artifact.sha256,
            artifact_format=artifact.format,
            library_versions=version_row.to_json(identity.library_versions(estimator)),
            run_id=origin.run_id,
            git_sha=origin.git_sha,
            owner=self.owner,
            classes=version_row.to_json(model.classes()) if model.classes() else None,
            threshold=model.threshold,
            training_relation=self.training_relation,
            configuration=version_row.to_json(plan.configuration() | chosen | _found(fitted)),
            groups=_groups(fitted),
            scoring_sql=exported.query.sql if exported.query else None,
            scoring_nodes=exported.query.nodes if exported.query else None,
            scoring_sql_max_abs_error=exported.max_abs_error,
            scoring_sql_differing_classes=exported.differing_classes,
        )

    def _pipeline(self, plan: Plan) -> Any:
        """Put the preprocessing before the estimator, and set every random state."""
        problems: list[str] = []
        steps = steps_of(self.options.preprocessing, plan.inputs, problems)
        raise_problems(TrainingInputError, self.where, problems)
        estimator = seeds.seeded(
            self.where, with_preprocessing(steps, clone(self.estimator)), self.options.random_state
        )
        problems += search_problems(self.options.search, estimator)
        raise_problems(TrainingInputError, self.where, problems)
        return estimator

    def _problem(self, estimator: Any, rows: Rows, progress: Progress) -> Problem:
        labels = checked_labels(self.where, rows, estimator)
        problems: list[str] = []
        options = self.options
        if not tasks.is_classification(estimator):
            problems += [
                f"{name} is for classifiers, {type(self.estimator).__name__} is a regressor"
                for name in ("class_weight", "positive_class", "calibration", "threshold")
                if getattr(options, name) is not None
            ]
            raise_problems(TrainingInputError, self.where, problems)
        estimator = clone(estimator)
        train = rows.places(TRAIN)
        class_weight = with_class_weight(estimator, options.class_weight, labels[train], problems)
        weights = row_weights(estimator, rows.weight, class_weight, labels, train, problems)
        cross_fits = options.calibration is not None and not len(rows.places(VALIDATION))
        if cross_fits and weights.values is not None and weights.name != "sample_weight":
            problems.append("calibration of a pipeline with weights needs rows of split 'validation'")
        raise_problems(TrainingInputError, self.where, problems)
        return Problem(self.where, estimator, options, rows, labels, weights, progress)


def _warn_of_leaks(problem: Problem) -> None:
    train = problem.rows.places(TRAIN)
    found = suspicious_features(problem.inputs.iloc[train], problem.labels[train], problem.is_classification)
    for name, value in found.items():
        problem.progress.warn(
            f"feature '{name}' alone predicts the label nearly perfectly ({value:.4f}): is it known at as_of?"
        )


def _metrics(problem: Problem, fitted: Fitted) -> dict[str, Metrics]:
    """Measure every split, and in each fold a model that was fitted on the fold's own rows."""
    rows, features = problem.rows, problem.rows.features
    measured = {}
    for split in rows.splits():
        places = rows.places(split)
        measured[split] = tasks.evaluate(fitted.model, features.iloc[places], problem.labels[places])
    estimator = _fitted_with(problem.estimator, fitted)
    of_folds: list[Metrics] = []
    for fold in fitted.folds:
        if problem.is_classification and len(set(problem.labels[fold.train])) < 2:
            continue
        alone = fit_estimator(problem, estimator, fold.train, np.empty(0, dtype=np.int64), calibrate=False)
        model = type(fitted.model)(alone, fitted.model.positive_class)
        found = tasks.evaluate(model, problem.inputs.iloc[fold.validation], problem.labels[fold.validation])
        measured[f"fold_{fold.number}"] = found
        of_folds.append(found)
    if of_folds:
        measured["folds_mean"] = {name: _mean([found[name] for found in of_folds]) for name in of_folds[0]}
        problem.progress.say(f"measured {len(of_folds)} folds")
    return measured


def _importances(problem: Problem, fitted: Fitted) -> str | None:
    if not problem.options.importances:
        return None
    places = problem.rows.places(VALIDATION)
    places = places if len(places) else problem.rows.places(TRAIN)
    found = feature_importances(
        fitted.model, problem.rows.features.iloc[places], problem.labels[places],
        random_state=problem.options.random_state,
    )  # fmt: skip
    problem.progress.say("measured the importance of each feature")
    return version_row.to_json(found)


def _mean(values: Sequence[float | int | None]) -> float | None:
    """Average a metric over folds; None where a fold does not define it."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _fitted_with(estimator: Any, fitted: Fitted) -> Any:
    """Give the unfitted estimator with the parameters that a search chose."""
    return set_parameters(clone(estimator), fitted.search.params) if fitted.search else estimator


def _found(fitted: Fitted) -> dict[str, Any]:
    if fitted.search is None:
        return {}
    found = fitted.search
    return {
        "search_result": {
            "params": as_plain(found.params),
            "score": found.score,
            "candidates": found.n_candidates,
        }
    }


def _groups(fitted: Fitted) -> str | None:
    if fitted.model.group_by is None:
        return None
    return version_row.to_json(
        {"column": fitted.model.group_by, "rows": fitted.rows_of_groups, "fell_back": fitted.fell_back}
    )
