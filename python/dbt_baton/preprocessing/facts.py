"""What fitted scikit-learn transformers learned of each column, as the facts of a fitted table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from dbt_baton.preprocessing.steps import Fact, category_text, plain


def _bins(transformer: Any, columns: list[str]) -> list[Fact]:
    """Give the edges; if values are so close that only one edge is left, the bin is unbounded."""
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
    infrequent = transformer.infrequent_categories_ if groups_categories(transformer) else None
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
            # scikit-learn treats None as an ordinary category, and only NaN as missing
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


def groups_categories(encoder: Any) -> bool:
    """Whether an encoder groups infrequent categories."""
    return encoder.min_frequency is not None or encoder.max_categories is not None


def no_facts(transformer: Any, columns: list[str]) -> list[Fact]:
    """Give no facts, for transformers that learn only `FITTED_NUMBERS`."""
    return []


FACTS: dict[str, Callable[[Any, list[str]], list[Fact]]] = {
    "k_bins_discretizer": _bins,
    "quantile_transformer": _quantiles,
    "one_hot_encoder": _one_hot,
    "ordinal_encoder": _ordinal,
    "target_encoder": _target,
    "simple_imputer": _statistics,
}
