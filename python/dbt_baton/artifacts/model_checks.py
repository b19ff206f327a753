"""Checks of a loaded model before its first prediction: what compiled code trusts fits together.

scikit-learn's own validation of inputs compares them with `n_features_in_`; compiled code then relies on
it. So each part must agree with its own `n_features_in_`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder

from dbt_baton.artifacts.arrays import expect
from dbt_baton.artifacts.tree_checks import check_part


def check_model(model: object) -> None:
    """Check every part that predictions may go through.

    Parameters
    ----------
    model : object
        A loaded estimator, or containers of them.

    Raises
    ------
    ArtifactRejected
        If an index is out of bounds, or parts do not fit each other.
    """
    for part in parts_of(model):
        check_part(part)
        attributes = getattr(part, "__dict__", {})
        if "coef_" in attributes and "n_features_in_" in attributes:
            _check_coefficients(part)
        if attributes.get("classes_") is not None:  # a TargetEncoder of numbers has None
            _check_classes(attributes["classes_"])
        if isinstance(part, OneHotEncoder) and "categories_" in attributes:
            _check_one_hot(part)


def parts_of(value: object) -> Iterator[object]:
    """Yield every object that is reachable through attributes, containers and bound arguments, each once."""
    waiting, seen = [value], {}
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part  # kept, so that its address is not given to another object
        yield part
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, (list, tuple, set)):
            waiting.extend(part)
        elif isinstance(part, np.ndarray):
            if part.dtype == object:
                waiting.extend(part.ravel().tolist())
        elif isinstance(part, partial):
            waiting.extend([part.func, part.args, part.keywords, part.__dict__])
        if hasattr(part, "__dict__"):
            waiting.extend(vars(part).values())


def _check_coefficients(model: Any) -> None:
    coefficients = model.coef_
    if sparse.issparse(coefficients):
        coefficients.check_format(full_check=True)
    else:
        expect(
            isinstance(coefficients, np.ndarray)
            and coefficients.dtype.kind in "fi"
            and coefficients.ndim in (1, 2),
            "coefficients are not an array of numbers",
        )
    expect(
        coefficients.shape[-1] == model.n_features_in_,
        f"a model has {coefficients.shape[-1]} coefficients for {model.n_features_in_} features",
    )


def _check_classes(classes: Any) -> None:
    several = classes if isinstance(classes, list) else [classes]
    expect(
        all(isinstance(one, np.ndarray) and one.ndim == 1 and len(one) > 0 for one in several),
        "classes are not a list of labels",
    )


def _check_one_hot(encoder: Any) -> None:
    """Check that a feature's categories fit into its columns.

    The encoder writes a sparse matrix with the indices of the categories, and its width is an attribute.
    scipy does not compare the indices with the width, so each feature's must be enough for its largest
    index.
    """
    n_features = len(encoder.categories_)
    widths = encoder._n_features_outs
    expect(
        isinstance(widths, list) and len(widths) == n_features == encoder.n_features_in_,
        "an encoder has categories of another number of features",
    )
    groups = bool(encoder._infrequent_enabled)
    drops = encoder._drop_idx_after_grouping
    for place, (categories, width) in enumerate(zip(encoder.categories_, widths, strict=True)):
        _check_sorted(categories)
        codes = len(categories)
        mapping = encoder._default_to_infrequent_mappings[place] if groups else None
        infrequent = encoder._infrequent_indices[place] if groups else None
        expect((mapping is None) == (infrequent is None), "an encoder groups categories in two ways")
        if mapping is not None:
            expect(
                len(mapping) == codes and _are_indices(mapping, codes) and _are_indices(infrequent, codes),
                "an encoder groups categories that it does not have",
            )
            codes = int(mapping.max()) + 1
        if drops is not None and drops[place] is not None:
            expect(0 <= int(drops[place]) < codes, "an encoder drops a category that it does not have")
            codes -= 1
        expect(
            isinstance(width, (int, np.integer)) and bool(width >= codes),
            f"an encoder writes {codes} categories in {width} columns",
        )


def _check_sorted(categories: Any) -> None:
    """Check the order of numbers: a number's code is the place where it would be inserted."""
    expect(
        isinstance(categories, np.ndarray) and categories.ndim == 1 and len(categories) > 0,
        "an encoder has a feature without categories",
    )
    if categories.dtype.kind not in "OUS":
        known = categories[~np.isnan(categories)] if categories.dtype.kind == "f" else categories
        expect(
            bool((known[1:] > known[:-1]).all()) and bool((known == categories[: len(known)]).all()),
            "an encoder's categories are not sorted",
        )


def _are_indices(values: Any, size: int) -> bool:
    return (
        isinstance(values, np.ndarray)
        and values.ndim == 1
        and values.dtype.kind in "iu"
        and bool(((values >= 0) & (values < size)).all())
    )
