"""Preprocessing both ways: scikit-learn's fitted transformers as the table of `baton.fit`, and back.

What was fitted in Python is applied in SQL, what was fitted in SQL in Python, and both give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from dbt_baton.errors import UnsupportedPreprocessing, raise_problems
from dbt_baton.preprocessing.parameters import JOINT
from dbt_baton.preprocessing.read import Reader
from dbt_baton.preprocessing.restore import RESTORED, estimator_of, make_strict, takes_text
from dbt_baton.preprocessing.steps import Step
from dbt_baton.preprocessing.table import from_table, to_table, to_transformers


def fitted_table(pipeline: Any, *, target: str | None = None) -> pd.DataFrame:
    """Write fitted scikit-learn transformers as the table that the macro `baton.fit` makes.

    A dbt Python model that returns it can stand in the place of a model of `baton.fit`: `baton.transform`
    then does what the pipeline does. The call's `transformers` are those of `transformers_of`.

    Parameters
    ----------
    pipeline : ColumnTransformer, Pipeline or a single transformer of scikit-learn
        Fitted on a pandas data frame, and made of StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler,
        Normalizer, KBinsDiscretizer, QuantileTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder,
        SimpleImputer, PolynomialFeatures and FunctionTransformer(numpy.log1p), nested as you like.
    target : str, optional
        The target's column, which a TargetEncoder does not know. Its encoding by all rows is written.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, 7)
        transformer, column_name, parameter, category, position, value_number, value_text. The counts of a
        OneHotEncoder's categories are NULL, for it does not keep them. Equal numbers are one category
        whatever their type, as in SQL: 1.0 is written as 1.

    Raises
    ------
    UnsupportedPreprocessing
        If something has no form in SQL; names all of it.

    Notes
    -----
    SQL keeps columns that no transformer takes, and has an indicator column for each imputed one, where
    scikit-learn has those that had something missing. Columns come in another order, under the names that
    scikit-learn gives with verbose_feature_names_out=False.
    """
    return to_table(Reader("dbt_baton.fitted_table", target).read(pipeline))


def transformers_of(pipeline: Any, *, target: str | None = None) -> list[dict[str, Any]]:
    """Give the list to put in the calls of `baton.fit` and `baton.transform`.

    Parameters
    ----------
    pipeline : ColumnTransformer, Pipeline or a single transformer, or a fitted table
        As `fitted_table` or `pipeline_from` takes it.
    target : str, optional
        The target's column, for a TargetEncoder.

    Returns
    -------
    list of dict
        Without what has its default. Printed, it can be pasted into a call.

    Raises
    ------
    UnsupportedPreprocessing
        If something has no form in SQL; names all of it.
    """
    where = "dbt_baton.transformers_of"
    is_pipeline = hasattr(pipeline, "get_params")
    return to_transformers(
        Reader(where, target).read(pipeline) if is_pipeline else from_table(where, pipeline)
    )


def pipeline_from(fitted: Any) -> ColumnTransformer:
    """Make fitted scikit-learn transformers of the table that `baton.fit` or `fitted_table` made.

    Parameters
    ----------
    fitted : pandas.DataFrame, pyarrow.Table or DuckDB relation
        The fitted table.

    Returns
    -------
    ColumnTransformer
        Takes a pandas data frame that has the columns of the table, and perhaps others, and gives a data
        frame of the transformed and new columns, named as in SQL. Other columns are dropped, since the table
        does not know them. Each branch is a FrozenEstimator: to fit the pipeline once more, as training does,
        changes nothing in it.

    Raises
    ------
    UnsupportedPreprocessing
        If scikit-learn does not have a transformer (cyclical, frequency_encoder, hashing_encoder); names all.

    Notes
    -----
    Encoders take values by their text, as SQL does, so a number and its text are one category. A
    TargetEncoder transforms with the encoding by all rows. Where SQL gives NULL and scikit-learn refuses a
    missing value (normalizer, k_bins_discretizer, polynomial_features), scikit-learn's error stays.
    """
    where = "dbt_baton.pipeline_from"
    steps = from_table(where, fitted)
    problems = [
        f"'{step.name}' on {', '.join(step.columns)} is a {step.kind}, which scikit-learn does not have"
        for step in steps
        if step.kind not in RESTORED
    ]
    problems += [
        f"'{step.name}' on {column} has no bins, for every value was missing"
        for step in steps
        if step.kind == "k_bins_discretizer"
        for column in step.columns
        if not step.of(column, "bin_edge")
    ]
    raise_problems(UnsupportedPreprocessing, where, problems)
    branches: list[tuple[str, Any, list[str]]] = []
    samples: dict[str, Any] = {}
    estimators: list[tuple[Step, Any]] = []
    for columns, own in _branches(steps):
        sample = _sample(columns, own)
        samples.update({name: sample[name] for name in columns})
        name = own[0].kind
        number = 1 + sum(taken.split(" ")[0] == name for taken, _, _ in branches)
        branches.append(
            (name if number == 1 else f"{name} {number}", _frozen(_chain(own, sample, estimators)), columns)
        )
    restored = _fit(branches, pd.DataFrame(samples), remainder="drop")
    for step, estimator in estimators:
        make_strict(step, estimator)
    return restored


def _branches(steps: Sequence[Step]) -> list[tuple[list[str], list[Step]]]:
    """Find the columns that go the same way together, with the steps on that way.

    Columns are bound to each other by a step that looks at several of them at once; what a step made of a
    column stays with it. Single columns that meet the very same steps share a branch.
    """
    # a group goes by the name of its first column
    group_of: dict[str, str] = {}
    inputs: dict[str, list[str]] = {}
    ways: dict[str, dict[int, Step]] = {}
    for place, step in enumerate(steps):
        for column in step.columns:
            if column not in group_of:
                group_of[column], inputs[column], ways[column] = column, [column], {}
        groups = [group for group in inputs if group in {group_of[column] for column in step.columns}]
        if step.kind in JOINT:
            for other in groups[1:]:
                inputs[groups[0]] += inputs.pop(other)
                for earlier, part in ways.pop(other).items():
                    met = ways[groups[0]].get(earlier)
                    columns = part.columns + (met.columns if met else [])
                    ways[groups[0]][earlier] = _part(steps[earlier], columns)
                group_of = {name: groups[0] if group == other else group for name, group in group_of.items()}
            groups = groups[:1]
        for group in groups:
            part = _part(step, [column for column in step.columns if group_of[column] == group])
            ways[group][place] = part
            group_of.update(dict.fromkeys(part.made(), group))

    merged: dict[Any, tuple[list[str], list[Step]]] = {}
    for group, columns in inputs.items():
        places = sorted(ways[group])
        own = [ways[group][place] for place in places]
        alike = all(step.columns == columns for step in own)
        key = (*places, *map(takes_text, own)) if alike and len(columns) == 1 else group
        if key in merged:
            merged[key][0].extend(columns)
            for whole, step in zip(merged[key][1], own, strict=True):
                _extend(whole, step)
        else:
            merged[key] = (list(columns), own)
    return list(merged.values())


def _part(step: Step, columns: list[str]) -> Step:
    """Take some columns of a step, in their order."""
    columns = [column for column in step.columns if column in columns]
    return Step(
        step.kind,
        step.name,
        columns,
        {column: step.parameters[column] for column in columns},
        [fact for fact in step.facts if fact.column in columns],
    )


def _extend(step: Step, other: Step) -> None:
    step.columns.extend(other.columns)
    step.parameters.update(other.parameters)
    step.facts.extend(other.facts)


def _chain(steps: Sequence[Step], sample: pd.DataFrame, estimators: list[tuple[Step, Any]]) -> Any:
    """Put the steps in a row; one that does not take all columns lets the others pass.

    The estimator of each step is added to `estimators`.
    """
    parts: list[tuple[str, Any]] = []
    for place, step in enumerate(steps):
        estimator = estimator_of(step)
        estimators.append((step, estimator))
        if step.columns != list(sample.columns):
            estimator = _fit([(step.kind, _frozen(estimator), step.columns)], sample, remainder="passthrough")
        estimator.set_output(transform="pandas")
        sample = estimator.transform(sample)
        name = step.kind if step.kind not in dict(parts) else f"{step.kind} {place}"
        parts.append((name, estimator))
    return Pipeline(parts).set_output(transform="pandas") if len(parts) > 1 else parts[0][1]


def _fit(
    branches: list[tuple[str, Any, list[str]]], sample: pd.DataFrame, remainder: str
) -> ColumnTransformer:
    """Make a ColumnTransformer that knows its columns; its frozen branches stay as they are."""
    transformer = ColumnTransformer(branches, remainder=remainder, verbose_feature_names_out=False)
    return transformer.set_output(transform="pandas").fit(sample)


def _frozen(estimator: Any) -> Any:
    # scikit-learn has it since 1.6, and only this needs it
    from sklearn.frozen import FrozenEstimator

    return FrozenEstimator(estimator)


def _sample(columns: Sequence[str], steps: Sequence[Step]) -> pd.DataFrame:
    """Make one row of the right types."""
    values: dict[str, Any] = {}
    for column in columns:
        first = next(step for step in steps if column in step.columns)
        values[column] = pd.Series(["a"], dtype=object) if takes_text(first) else np.array([1.0])
    return pd.DataFrame(values)
