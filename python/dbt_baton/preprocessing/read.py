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
from dbt_baton.preprocessing.functions import as_category_text, clip_columns
from dbt_baton.preprocessing.steps import PARAMETERS, Fact, Step, category_text, plain

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
# fitted attributes of one number for each column
NUMBERS = {
    "standard_scaler": ("mean", "var", "scale", "n_samples_seen"),
    "min_max_scaler": ("data_min", "data_max", "scale", "min"),
    "max_abs_scaler": ("max_abs", "scale"),
    "robust_scaler": ("center", "scale"),
}


class Reader:
    """Walks through a pipeline and writes its transformers down as steps, or as problems."""

    def __init__(self, where: str, target: str | None) -> None:
        self.where = where
        self.target = target
        self.steps: list[Step] = []
        self.problems: list[str] = []
        self._met: dict[str, set[str]] = {}
        self._live: set[str] = set()

    def read(self, pipeline: Any) -> list[Step]:
        """Read all steps of a fitted transformer, or raise once for all that they can not say."""
        names = getattr(pipeline, "feature_names_in_", None)
        columns = [] if names is None else [str(name) for name in names]
        self._live = set(columns)
        self._walk(pipeline, columns)
        if names is None and not self.problems:
            self._problem(pipeline, "does not know its columns: fit it on a pandas data frame")
        raise_problems(UnsupportedPreprocessing, self.where, self.problems)
        return self.steps

    def _walk(self, transformer: Any, columns: list[str]) -> list[str]:
        """Read a transformer of these columns, and give the columns that come out of it."""
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
        parameters, problems = _parameters(kind, transformer, columns, self.target)
        for problem in problems:
            self._problem(transformer, problem)
        if problems:
            return columns
        reader: Callable[[Any, list[str]], list[Fact]] = FACTS.get(kind, _no_facts)
        facts = reader(transformer, columns) + [
            Fact(column, name, number=None if math.isnan(value) else float(value))
            for name in NUMBERS.get(kind, ())
            if getattr(transformer, f"{name}_") is not None
            for column, value in zip(
                columns, np.broadcast_to(getattr(transformer, f"{name}_"), len(columns)), strict=True
            )
        ]
        made = self._add(kind, columns, parameters, facts)
        if kind == "simple_imputer" and transformer.add_indicator:
            # scikit-learn has an indicator only where something was missing, SQL has all of them
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


def _parameters(
    kind: str, transformer: Any, columns: list[str], target: str | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Give the parameters of each column, and what SQL can not say."""
    given = transformer.get_params(deep=False)
    problems = []
    shared = {name: plain(given[name]) for name in PARAMETERS[kind] if name in given}
    own: list[dict[str, Any]] = [{} for _ in columns]
    if kind == "max_abs_scaler" and given.get("clip"):
        problems.append("clips, which the SQL form does not")
    if kind == "k_bins_discretizer":
        if given["strategy"] == "kmeans":
            problems.append("has strategy 'kmeans', expected 'uniform' or 'quantile'")
        shared["encode"] = "ordinal" if given["encode"] == "ordinal" else "onehot"
        if isinstance(shared["n_bins"], list):
            own = [{"n_bins": n_bins} for n_bins in shared["n_bins"]]
            if len({str(one) for one in own}) > 1:
                problems.append("has another n_bins for each column: give each a transformer of its own")
    if kind in ("one_hot_encoder", "ordinal_encoder") and _groups(transformer):
        # SQL counts what it groups, and takes the categories from the table
        shared["categories"] = "auto"
    elif kind in ("one_hot_encoder", "ordinal_encoder") and not isinstance(given["categories"], str):
        own = [{"categories": plain(categories)} for categories in given["categories"]]
    if kind in ("one_hot_encoder", "ordinal_encoder", "target_encoder"):
        for column, categories in zip(columns, transformer.categories_, strict=True):
            texts = [category_text(category) for category in categories]
            twice = sorted({str(text) for text in texts if texts.count(text) > 1})
            if twice:
                problems.append(f"has categories of {column} that are one in SQL: {', '.join(twice)}")
    if kind == "one_hot_encoder":
        if isinstance(shared["drop"], list):
            problems.append("drops categories by name, expected drop 'first' or 'if_binary'")
        if given["feature_name_combiner"] != "concat":
            problems.append("names its columns with a function, expected feature_name_combiner 'concat'")
        if shared["handle_unknown"] == "warn":
            shared["handle_unknown"] = "infrequent_if_exist"
    if kind == "ordinal_encoder" and _groups(transformer):
        problems.append("groups infrequent categories, which the SQL form does not")
    if kind == "target_encoder":
        shared |= {"target": target, "target_type": transformer.target_type_, "cv": 5}
        if target is None:
            problems.append("does not know the name of its target: call with target='...'")
    if kind == "simple_imputer":
        problems += _imputer_problems(transformer, columns)
    return [{**shared, **one} for one in own], problems


def _imputer_problems(imputer: Any, columns: list[str]) -> list[str]:
    problems = []
    if category_text(imputer.missing_values) is not None:
        problems.append(f"takes {imputer.missing_values!r} for missing, expected NaN, None or pandas.NA")
    if not isinstance(imputer.strategy, str):
        problems.append("has a function as its strategy")
    dropped = [
        column
        for column, value in zip(columns, imputer.statistics_, strict=True)
        if category_text(value) is None
    ]
    if dropped and not imputer.keep_empty_features:
        problems.append(
            f"drops {', '.join(dropped)}, of which every value was missing: set keep_empty_features=True"
        )
    return problems


def _bins(transformer: Any, columns: list[str]) -> list[Fact]:
    """Give the edges; the one edge that is left of values too near for more bounds nothing."""
    return [
        Fact(column, "bin_edge", number=float(edge), position=position)
        for column, edges in zip(columns, transformer.bin_edges_, strict=True)
        for position, edge in enumerate(edges if len(edges) > 1 else (-math.inf, math.inf))
    ]


def _quantiles(transformer: Any, columns: list[str]) -> list[Fact]:
    return [
        Fact(column, "quantile", number=None if math.isnan(quantile) else float(quantile), position=position)
        for column, quantiles in zip(columns, transformer.quantiles_.T, strict=True)
        for position, quantile in enumerate(quantiles)
    ]


def _one_hot(transformer: Any, columns: list[str]) -> list[Fact]:
    """Give the categories without their counts, which a fitted encoder does not keep."""
    facts = []
    infrequent = transformer.infrequent_categories_ if _groups(transformer) else None
    for place, (column, categories) in enumerate(zip(columns, transformer.categories_, strict=True)):
        texts = [category_text(category) for category in categories]
        facts += [Fact(column, "category", category=text, position=at) for at, text in enumerate(texts)]
        if infrequent is not None and infrequent[place] is not None:
            facts += [Fact(column, "infrequent", category=category_text(one)) for one in infrequent[place]]
        if transformer.drop_idx_ is not None and transformer.drop_idx_[place] is not None:
            facts.append(Fact(column, "drop", category=texts[transformer.drop_idx_[place]]))
    return facts


def _ordinal(transformer: Any, columns: list[str]) -> list[Fact]:
    facts = []
    for column, categories in zip(columns, transformer.categories_, strict=True):
        for position, category in enumerate(categories):
            # None is a category like any other to scikit-learn, and only NaN is missing
            is_missing = category is not None and category_text(category) is None
            code = plain(transformer.encoded_missing_value) if is_missing else position
            number = None if code is None else float(code)
            facts.append(
                Fact(column, "category", category=category_text(category), position=position, number=number)
            )
    return facts


def _target(transformer: Any, columns: list[str]) -> list[Fact]:
    labels: list[str | None] = [None]
    if transformer.target_type_ == "multiclass":
        labels = [category_text(label) for label in transformer.classes_]
    means = np.atleast_1d(transformer.target_mean_)
    facts = []
    for place, (column, categories) in enumerate(zip(columns, transformer.categories_, strict=True)):
        for index, label in enumerate(labels):
            facts.append(Fact(column, "target_mean", number=float(means[index]), text=label))
            encodings = transformer.encodings_[place * len(labels) + index]
            facts += [
                Fact(column, "encoding", number=float(value), text=label, category=category_text(category))
                for category, value in zip(categories, encodings, strict=True)
            ]
    return facts


def _statistics(transformer: Any, columns: list[str]) -> list[Fact]:
    facts = []
    for column, value in zip(columns, transformer.statistics_, strict=True):
        if isinstance(value, str | bool | np.bool_):
            facts.append(Fact(column, "statistic", text=category_text(value)))
        else:
            facts.append(Fact(column, "statistic", number=float(value)))
    return facts


def _groups(encoder: Any) -> bool:
    return encoder.min_frequency is not None or encoder.max_categories is not None


def _no_facts(transformer: Any, columns: list[str]) -> list[Fact]:
    return []


FACTS: dict[str, Callable[[Any, list[str]], list[Fact]]] = {
    "k_bins_discretizer": _bins,
    "quantile_transformer": _quantiles,
    "one_hot_encoder": _one_hot,
    "ordinal_encoder": _ordinal,
    "target_encoder": _target,
    "simple_imputer": _statistics,
}


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
    """Find the places of a branch's columns, given by name, position, slice or mask."""
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
