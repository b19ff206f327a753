"""Convert between scikit-learn's fitted transformers and the table of `baton.fit`, in both directions.

Transformers fitted in Python can be applied in SQL, and the reverse, with the same results.
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

    A dbt Python model that returns this table can replace a model of `baton.fit`: `baton.transform` then does
    what the pipeline does. Pass the list from `transformers_of` as `transformers` of the call.

    Parameters
    ----------
    pipeline : ColumnTransformer, Pipeline or a single transformer of scikit-learn
        Fitted on a pandas data frame, and made of StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler,
        Normalizer, KBinsDiscretizer, QuantileTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder,
        SimpleImputer, PolynomialFeatures and FunctionTransformer(numpy.log1p), in any nesting.
    target : str, optional
        The target's column, whose name a TargetEncoder does not keep. The table has the encoding that was
        learned from all rows, not those of the folds.

    Returns
    -------
    pandas.DataFrame, shape (n_rows, 7)
        transformer, column_name, parameter, category, position, value_number, value_text. The counts of a
        OneHotEncoder's categories are NULL, because it does not keep them. Equal numbers are one category
        whatever their type, as in SQL: 1.0 is written as 1.

    Raises
    ------
    UnsupportedPreprocessing
        If something has no form in SQL; names all of it.

    Notes
    -----
    SQL keeps columns that no transformer takes. It has an indicator column for each imputed column,
    scikit-learn only for those with missing values. The columns are in another order, and their names are
    those of scikit-learn with verbose_feature_names_out=False.
    """
    return to_table(Reader("dbt_baton.fitted_table", target).read(pipeline))


def transformers_of(pipeline: Any, *, target: str | None = None) -> list[dict[str, Any]]:
    """Give the list of transformers for the calls of `baton.fit` and `baton.transform`.

    Parameters
    ----------
    pipeline : ColumnTransformer, Pipeline or a single transformer, or a fitted table
        The input of `fitted_table` or of `pipeline_from`.
    target : str, optional
        The target's column, for a TargetEncoder.

    Returns
    -------
    list of dict
        Without parameters that have their default. You can print the list and paste it into a call.

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
    """Make fitted scikit-learn transformers from the table of `baton.fit` or `fitted_table`.

    Parameters
    ----------
    fitted : pandas.DataFrame, pyarrow.Table or DuckDB relation
        The fitted table.

    Returns
    -------
    ColumnTransformer
        Takes a pandas data frame with the columns of the table and possibly others, and gives a data frame of
        the transformed and new columns, named as in SQL. Other columns are dropped, because the table
        does not have them. Each branch is a FrozenEstimator, so fitting the pipeline again, as training does,
        changes nothing in it.

    Raises
    ------
    UnsupportedPreprocessing
        If scikit-learn has no such transformer (cyclical, frequency_encoder, hashing_encoder); names all.

    Notes
    -----
    Encoders compare values as text, as SQL does, so a number and its text are one category. A TargetEncoder
    transforms with the encoding that was learned from all rows. For a missing value in normalizer,
    k_bins_discretizer and polynomial_features SQL gives NULL, whereas scikit-learn raises its error.
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
    """Group the columns into branches, each with its steps.

    A step that reads several columns of a row at once puts them into one branch. Columns that a step makes
    stay in the branch of its input. Single columns with exactly the same steps share a branch.
    """
    # a group is named after its first column
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
    """Make a pipeline of the steps; a step that does not take all columns passes the others through.

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
    # scikit-learn has it since 1.6; the import is local so that everything else works with older versions
    from sklearn.frozen import FrozenEstimator

    return FrozenEstimator(estimator)


def _sample(columns: Sequence[str], steps: Sequence[Step]) -> pd.DataFrame:
    """Make one row of the right types."""
    values: dict[str, Any] = {}
    for column in columns:
        first = next(step for step in steps if column in step.columns)
        values[column] = pd.Series(["a"], dtype=object) if takes_text(first) else np.array([1.0])
    return pd.DataFrame(values)
