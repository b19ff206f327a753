"""`train`: a training from a dbt Python model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from dbt_baton.errors import TrainingInputError, raise_problems
from dbt_baton.registry import provenance, version_row
from dbt_baton.training.options import DEFAULT_SPLIT, SMALLEST_GROUP, Options
from dbt_baton.training.run import Training
from dbt_baton.warehouse.relations import Relation, is_relation, literal, table_query


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
    weight: str | None = None,
    group_by: str | None = None,
    class_weight: Any = None,
    positive_class: Any = None,
    preprocessing: Sequence[Mapping[str, Any]] = (),
    search: Mapping[str, Any] | None = None,
    calibration: str | None = None,
    threshold: float | Mapping[str, Any] | None = None,
    random_state: int = 42,
    min_group_rows: int = SMALLEST_GROUP,
    importances: bool = True,
    model_name: str | None = None,
    owner: str | None = None,
    training_relation: str | None = None,
    allow_pickle: bool = False,
    origin: provenance.Provenance | None = None,
) -> pa.Table:
    """Fit the estimator and return its version row, or no row if the model's table already has that version.

    Call it in the last line of a dbt Python model with `materialized: ml_model`, which only ever appends; or
    with `materialized: incremental`, `incremental_strategy: append` and `full_refresh: false`. The version is
    computed before training, so a run in which nothing changed trains nothing. A run with `--empty` trains
    nothing either.

    Parameters
    ----------
    dbt : object or None
        The first argument of the dbt Python model. None in a notebook: the row is stored nowhere, and
        `model_name` is needed.
    training_set : duckdb.DuckDBPyRelation, shape (n_rows, n_columns)
        `dbt.ref("...")`, unchanged: entity, as-of, label and feature columns, as in the result of
        `baton.training_set`; or the result of `baton.folds`, in which a row is once in each of its folds.
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
        The columns to learn from, in this order. By default all but the above and the columns that `labels`,
        `training_set` and `folds` write beside features: other labels, `..._window_start`, `..._window_end`,
        `..._is_mature`, `..._is_censored`, `..._feature_time`, `class_weight`, `time_weight`, `fold`.
    weight : str, optional
        The column with the weight of each row in the fit.
    group_by : str, optional
        The column by whose value rows are split into groups, each with an estimator of its own under one
        version. Rows of other values, and of groups with fewer than `min_group_rows` rows to fit on, are
        scored by the estimator of all rows.
    class_weight : 'balanced' or dict, optional
        The weight of each class in the fit.
    positive_class : str, optional
        The class whose probability a binary model gives; by default the last in scikit-learn's order.
    preprocessing : list of dict, optional
        Transformers as in the macro `fit`, fitted on the rows that the estimator is fitted on.
    search : dict, optional
        `params` (from a parameter's name to a list of values), `method` ('grid', 'random' or 'halving'),
        `metric` (a scikit-learn scorer), `folds` (a column of folds, or how many to cut by time; 3) and
        `n_iter` (of 'random').
    calibration : 'isotonic' or 'sigmoid', optional
        Calibrate on the rows of split 'validation'; without any, by cross-fitting on 'train'.
    threshold : float or dict, optional
        The probability from which a row is of the positive class: a number, `{"metric": "f1"}`, or
        `{"cost": {"false_positive": 1, "false_negative": 5}}`, chosen on the rows of split 'validation'.
    random_state : int, default=42
        The random state for the estimator and each of its parts with a `random_state` of None.
    min_group_rows : int, default=100
        See `group_by`.
    importances : bool, default=True
        Whether to measure permutation importances.
    model_name : str, optional
        By default the name of the dbt model.
    owner : str, optional
        The owner of the model. By default that of the dbt model's group (with `materialized: ml_model`), else
        `owner` in its meta.
    training_relation : str, optional
        What the version row names as the source of the rows; by default the table behind `training_set`.
    allow_pickle : bool, default=False
        Store a pickle if the estimator has types that are not on the allow-list of artifacts.
    origin : Provenance, optional
        Time, dbt run and commit of the training. By default those of the current run.

    Returns
    -------
    pyarrow.Table, shape (1, 30) or (0, 30)
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
    if dbt is None and model_name is None:
        raise_problems(TrainingInputError, "dbt_baton.train", ["outside of dbt it needs a model_name"])
    name = model_name or str(dbt.this.identifier)
    where = f"dbt_baton.train in model '{name}'"
    table = getattr(dbt, "version_table", None)
    if dbt is not None and table is None:
        _refuse_to_lose_versions(where, dbt, training_set)
    options = Options(
        label=label, entity=[entity] if isinstance(entity, str) else list(entity), as_of=as_of, split=split,
        features=features, weight=weight, group_by=group_by, class_weight=class_weight,
        positive_class=positive_class, preprocessing=preprocessing, search=search or {},
        calibration=calibration, threshold=threshold, random_state=random_state,
        min_group_rows=min_group_rows, importances=importances, allow_pickle=allow_pickle,
    )  # fmt: skip
    training = Training(
        where=where,
        model_name=name,
        estimator=estimator,
        options=options,
        is_known=lambda version: (
            table.has(name, version)
            if table
            else dbt is not None
            and dbt.is_incremental
            and _has_version(training_set, dbt.this, name, version)
        ),
        owner=owner
        or (table.owner if table else None)
        or ((dbt.config.get("meta") or {}).get("owner") if dbt is not None else None)
        or provenance.meta().get("owner"),
        training_relation=training_relation or _table_of(training_set),
        origin=origin or (table.origin if table else None),
        session=table.session if table else None,
    )
    return training.run(training_set)


def _has_version(training_set: Relation, this: Any, name: str, version: str) -> bool:
    """Whether the model's table has the version, queried on the connection of the relation."""
    found = training_set.query(
        "training_set",
        f"select 1 from {this}"
        f" where model_name = {literal(name)} and model_version = {literal(version)} limit 1",
    )
    return bool(found.fetchall())


def _refuse_to_lose_versions(where: str, dbt: Any, training_set: Any) -> None:
    """Refuse a run that would replace the model's table, as `table` and `--full-refresh` do."""
    if dbt.is_incremental or not is_relation(training_set) or not hasattr(dbt.this, "database"):
        return
    kept = 0
    if _exists(training_set, dbt.this):
        counted = training_set.query("training_set", f"select count(distinct model_version) from {dbt.this}")
        kept = counted.fetchall()[0][0]
    if kept or provenance.materialization() not in (None, "incremental"):
        raise_problems(
            TrainingInputError, where,
            [f"this run would replace the table and lose its {kept} versions: set materialized='ml_model', or"
             " materialized='incremental' with incremental_strategy='append' and full_refresh=False"],
        )  # fmt: skip


def _exists(training_set: Relation, this: Any) -> bool:
    found = training_set.query("training_set", table_query(this.database, this.schema, this.identifier))
    return bool(found.fetchall())


def _table_of(training_set: Any) -> str | None:
    """Find the table behind `dbt.ref(...)`, if it is read as it is."""
    query = training_set.sql_query() if hasattr(training_set, "sql_query") else ""
    found = re.fullmatch(
        r"\s*select \* from ((?:\"[^\"]*\"|[\w$]+)(?:\.(?:\"[^\"]*\"|[\w$]+))*)\s*", query, re.I
    )
    return found[1] if found else None
