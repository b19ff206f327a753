"""Train a scikit-learn estimator inside a dbt Python model and give its version row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from dbt_baton import artifacts
from dbt_baton.registry import identity, provenance, version_row
from dbt_baton.training import seeds, tasks
from dbt_baton.training.importances import feature_importances
from dbt_baton.training.training_sets import DEFAULT_SPLIT, checked_rows, plan_columns, read_rows
from dbt_baton.warehouse import signature
from dbt_baton.warehouse.relations import Relation, literal


def train(
    dbt: Any,
    training_set: Any,
    estimator: Any,
    *,
    label: str,
    entity: str | Sequence[str],
    as_of: str = "as_of",
    split: str | None = DEFAULT_SPLIT,
    features: Sequence[str] | None = None,
    model_name: str | None = None,
    random_state: int = 42,
    owner: str | None = None,
    allow_pickle: bool = False,
    origin: provenance.Provenance | None = None,
) -> pa.Table:
    """Fit the estimator and return its version row, or no row if the model's table already has that version.

    Call it in the last line of a dbt Python model with `materialized: incremental`, `incremental_strategy:
    append` and `full_refresh: false`. The version is computed before training, so a run in which nothing
    changed trains nothing. A run with `--empty` trains nothing either.

    Parameters
    ----------
    dbt : object
        The first argument of the dbt Python model.
    training_set : duckdb.DuckDBPyRelation, shape (n_rows, n_columns)
        `dbt.ref("...")`, unchanged: entity, as-of, label and feature columns, as in the result of
        `baton.training_set`.
    estimator : estimator
        A scikit-learn classifier or regressor, or a pipeline that ends in one. It is cloned, never changed.
        It receives numbers and booleans as float64 with NaN for NULL, and text as `category`.
    label : str
        The column to predict: text, whole numbers or booleans (as 0 and 1) for a classifier, numbers for a
        regressor.
    entity : str or list of str
        The key column or columns, which are not features.
    as_of : str, default="as_of"
        The column with the time of each prediction, which is not a feature.
    split : str or None, default="split"
        The column whose value 'train' marks the rows to fit on. Metrics are computed for each of its values,
        and rows with NULL are left out. With None, or if there is no column `split`, fit on all rows.
    features : list of str, optional
        The columns to learn from, in this order. By default all but the above, `label_window_start`,
        `label_window_end`, `label_is_mature` and `..._feature_time`.
    model_name : str, optional
        By default the name of the dbt model.
    random_state : int, default=42
        The random state for the estimator, each of its parts and each splitter that shuffles, where they have
        None.
    owner : str, optional
        The owner of the model. By default `owner` in the dbt model's meta, which dbt passes on only if the
        Python file contains `dbt.config.get("meta")`.
    allow_pickle : bool, default=False
        Store a pickle if the estimator has types that are not on the allow-list of artifacts.
    origin : Provenance, optional
        Time, dbt run and commit of the training. By default those of the current run.

    Returns
    -------
    pyarrow.Table, shape (1, 23) or (0, 23)
        The columns of `dbt_baton.registry.version_row.VERSION_SCHEMA`.

    Raises
    ------
    TrainingInputError
        If columns are missing or have an unsupported type, there are no rows to fit on or only one class, and
        so on; names every problem.
    UnlabelledRows
        If a label is NULL or NaN.
    ArtifactRejected
        If the estimator cannot be stored safely and `allow_pickle` is false.
    """
    if provenance.reads_no_rows():
        return version_row.no_rows()
    name = model_name or str(dbt.this.identifier)
    where = f"dbt_baton.train in model '{name}'"
    plan = plan_columns(where, training_set, estimator, label, _as_list(entity), as_of, split, features)
    seeded = seeds.seeded(where, estimator, random_state)
    data = read_rows(training_set, plan)
    data_hash = identity.training_set_hash(plan.schema(), data.digests)
    version = identity.model_version(data_hash, plan.configuration(), seeded)
    if dbt.is_incremental and _is_known(training_set, dbt.this, name, version):
        return version_row.no_rows()

    artifacts.check_storable(seeded, allow_pickle=allow_pickle)
    labels, in_split, frame = checked_rows(where, data, seeded)
    fitted_on = in_split["train"]
    model = seeded.fit(signature.with_own_categories(frame[fitted_on]), labels[fitted_on])
    metrics = {part: tasks.evaluate(model, frame[rows], labels[rows]) for part, rows in in_split.items()}
    measured_on = in_split.get("validation", fitted_on)
    artifact = artifacts.dump(model, model_name=name, model_version=version, allow_pickle=allow_pickle)
    origin = origin or provenance.observe()
    return version_row.one_row(
        model_name=name,
        model_version=version,
        trained_at=origin.trained_at,
        task=tasks.task_of(model),
        estimator=identity.qualified_name(type(estimator)),
        params=version_row.to_json(identity.describe(seeded)["params"]),
        features=signature.to_json(plan.features),
        label=plan.label,
        split=plan.split,
        training_rows=int(fitted_on.sum()),
        training_set_hash=data_hash,
        random_state=seeds.shared_random_state(seeded),
        metrics=version_row.to_json(metrics),
        feature_importances=version_row.to_json(
            feature_importances(model, frame[measured_on], labels[measured_on], random_state=random_state)
        ),
        artifact=artifact.content,
        artifact_sha256=artifact.sha256,
        artifact_format=artifact.format,
        library_versions=version_row.to_json(identity.library_versions(seeded)),
        run_id=origin.run_id,
        git_sha=origin.git_sha,
        owner=owner or (dbt.config.get("meta") or {}).get("owner"),
    )


def _is_known(training_set: Relation, this: Any, name: str, version: str) -> bool:
    """Whether the model's table has the version, queried on the connection of the relation."""
    found = training_set.query(
        "training_set",
        f"select 1 from {this}"
        f" where model_name = {literal(name)} and model_version = {literal(version)} limit 1",
    )
    return bool(found.fetchall())


def _as_list(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)
