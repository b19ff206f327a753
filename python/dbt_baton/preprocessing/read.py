"""From fitted scikit-learn transformers to the steps of a fitted table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn import preprocessing
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from dbt_baton.errors import UnsupportedPreprocessing, raise_problems
from dbt_baton.preprocessing.call_parameters import call_parameters
from dbt_baton.preprocessing.facts import FACTS, no_facts
from dbt_baton.preprocessing.functions import as_category_text, clip_columns
from dbt_baton.preprocessing.parameters import FITTED_NUMBERS, PARAMETERS
from dbt_baton.preprocessing.steps import Fact, Step, plain

KINDS: dict[type, str] = {
    preprocessing.StandardScaler: "standard_scaler",
    preprocessing.MinMaxScaler: "min_max_scaler",
    preprocessing.MaxAbsScaler: "max_abs_scaler",
    preprocessing.RobustScaler: "robust_scaler",
    preprocessing.Normalizer: "normalizer",
    preprocessing.KBinsDiscretizer: "k_bins_discretizer",
    preprocessing.QuantileTransformer: "quantile_transformer",
    preprocessing.OneHotEncoder: "one_hot_encoder",
    preprocessing.OrdinalEncoder: "ordinal_encoder",
    preprocessing.TargetEncoder: "target_encoder",
    preprocessing.PolynomialFeatures: "polynomial_features",
    SimpleImputer: "simple_imputer",
}


class Reader:
    """Walks through a pipeline and records its transformers as steps, or as problems."""

    def __init__(self, where: str, target: str | None) -> None:
        self.where = where
        self.target = target
        self.steps: list[Step] = []
        self.problems: list[str] = []
        self._met: dict[str, set[str]] = {}
        self._live: set[str] = set()

    def read(self, pipeline: Any) -> list[Step]:
        """Read all steps of a fitted transformer, or raise one error for everything without a form in SQL."""
        names = getattr(pipeline, "feature_names_in_", None)
        columns = [] if names is None else [str(name) for name in names]
        self._live = set(columns)
        self._walk(pipeline, columns)
        if names is None and not self.problems:
            self._problem(pipeline, "does not know its columns: fit it on a pandas data frame")
        raise_problems(UnsupportedPreprocessing, self.where, self.problems)
        return self.steps

    def _walk(self, transformer: Any, columns: list[str]) -> list[str]:
        """Read a transformer of these columns, and give its output columns."""
        transformer = _thawed(transformer)
        if isinstance(transformer, str) or transformer is None:
            return columns if transformer != "drop" else []
        if isinstance(transformer, Pipeline):
            for _, part in transformer.steps:
                columns = self._walk(part, columns)
            return columns
        if isinstance(transformer, ColumnTransformer):
            return self._branches(transformer, columns)
        if isinstance(transformer, preprocessing.FunctionTransformer):
            return self._function(transformer, columns) if columns else columns
        kind = KINDS.get(type(transformer))
        if kind is None:
            self._problem(transformer, _why_not(transformer))
        elif not _is_fitted(transformer):
            self._problem(transformer, "was not fitted")
        elif columns:
            return self._step(kind, transformer, columns)
        return columns

    def _branches(self, transformer: ColumnTransformer, columns: list[str]) -> list[str]:
        if not _is_fitted(transformer):
            self._problem(transformer, "was not fitted")
            return columns
        names = getattr(transformer, "feature_names_in_", range(len(columns)))
        places = pd.Series(range(len(columns)), index=[str(name) for name in names])
        taken: set[int] = set()
        made: list[str] = []
        for name, branch, selection in transformer.transformers_:
            if isinstance(branch, str) and branch == "drop":
                continue
            chosen = _chosen(places, selection) if columns else []
            twice = [columns[place] for place in chosen if place in taken]
            if twice:
                self.problems.append(
                    f"branch '{name}' takes {', '.join(twice)}, which another branch has taken"
                )
            taken.update(chosen)
            made += self._walk(branch, [columns[place] for place in chosen])
        return made

    def _function(self, transformer: Any, columns: list[str]) -> list[str]:
        options = dict(transformer.kw_args or {})
        if transformer.func is None or transformer.func is as_category_text:
            return columns
        if transformer.func is np.log1p and not options:
            self._add("log1p", columns, [{} for _ in columns], [])
        elif transformer.func is clip_columns:
            bounds = [
                {side: plain(options[side][place]) for side in ("lower", "upper")}
                for place in range(len(columns))
            ]
            facts = [
                Fact(column, side, number=bound[side])
                for column, bound in zip(columns, bounds, strict=True)
                for side in ("lower", "upper")
            ]
            self._add("clip", columns, bounds, facts)
        else:
            self._problem(transformer, "calls a function, and only numpy.log1p has a form in SQL")
        return columns

    def _step(self, kind: str, transformer: Any, columns: list[str]) -> list[str]:
        parameters, problems = call_parameters(kind, transformer, columns, self.target)
        for problem in problems:
            self._problem(transformer, problem)
        if problems:
            return columns
        reader: Callable[[Any, list[str]], list[Fact]] = FACTS.get(kind, no_facts)
        facts = reader(transformer, columns) + [
            Fact(column, name, number=None if math.isnan(value) else float(value))
            for name in FITTED_NUMBERS.get(kind, ())
            if getattr(transformer, f"{name}_") is not None
            for column, value in zip(
                columns, np.broadcast_to(getattr(transformer, f"{name}_"), len(columns)), strict=True
            )
        ]
        made = self._add(kind, columns, parameters, facts)
        if kind == "simple_imputer" and transformer.add_indicator:
            # scikit-learn has an indicator only for columns with missing values, SQL for all columns
            made = columns + [
                f"missingindicator_{columns[place]}" for place in transformer.indicator_.features_
            ]
        return made

    def _add(
        self, kind: str, columns: list[str], parameters: Sequence[dict[str, Any]], facts: list[Fact]
    ) -> list[str]:
        name, number = kind, 1
        while self._met.setdefault(name, set()).intersection(columns):
            number += 1
            name = f"{kind}_{number}"
        self._met[name].update(columns)
        step = Step(
            kind,
            name,
            columns,
            {column: {**PARAMETERS[kind], **own} for column, own in zip(columns, parameters, strict=True)},
            facts,
        )
        self.steps.append(step)
        made = step.made()
        twice = sorted((self._live - set(columns)).intersection(made))
        if twice:
            self.problems.append(
                f"{kind} makes {', '.join(twice)}, but SQL has a column of that name already"
            )
        self._live = (self._live - set(columns)).union(made)
        return made

    def _problem(self, transformer: Any, problem: str) -> None:
        self.problems.append(f"{type(transformer).__name__} {problem}")


def _thawed(transformer: Any) -> Any:
    """Take an estimator out of a FrozenEstimator."""
    while type(transformer).__name__ == "FrozenEstimator":
        transformer = transformer.estimator
    return transformer


def _is_fitted(transformer: Any) -> bool:
    try:
        check_is_fitted(transformer)
    except (NotFittedError, TypeError):
        return False
    return True


def _chosen(places: pd.Series[int], selection: Any) -> list[int]:
    """Find the positions of a branch's columns, which are given by name, position, slice or mask."""
    if isinstance(selection, str | int):
        selection = [selection]
    by_name = isinstance(selection, slice) and isinstance(selection.start or selection.stop, str)
    if not isinstance(selection, slice):
        selection = list(selection)
        by_name = bool(selection) and isinstance(selection[0], str)
    found = places.loc[selection] if by_name else places.iloc[selection]
    return [int(place) for place in found]


def _why_not(transformer: Any) -> str:
    if isinstance(transformer, preprocessing.LabelEncoder):
        return "has no column name: use an OrdinalEncoder, or the SQL form label_encoder"
    if hasattr(transformer, "predict"):
        return "is a model and no transformer: pass the steps before it, pipeline[:-1]"
    known = ", ".join(kind.__name__ for kind in KINDS)
    return (
        f"has no form in SQL, expected one of {known}, FunctionTransformer(numpy.log1p), Pipeline,"
        " ColumnTransformer"
    )
