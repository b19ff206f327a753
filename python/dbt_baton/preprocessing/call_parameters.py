"""The parameters of a fitted scikit-learn transformer, as they are written in a call of `baton.fit`."""

from __future__ import annotations

from typing import Any

from dbt_baton.preprocessing.facts import groups_categories
from dbt_baton.preprocessing.parameters import PARAMETERS
from dbt_baton.preprocessing.steps import category_text, plain


def call_parameters(
    kind: str, transformer: Any, columns: list[str], target: str | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Give the parameters of each column, and a problem for each one that SQL does not have."""
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
    if kind in ("one_hot_encoder", "ordinal_encoder") and groups_categories(transformer):
        # SQL counts categories in order to group them, so it has to take them from the table
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
    if kind == "ordinal_encoder" and groups_categories(transformer):
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
