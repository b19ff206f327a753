"""Bounds checks for the trees in a loaded model.

scikit-learn's compiled code follows a tree's child and feature indices without checking them, so a crafted
file could read or write outside of the arrays. A tree that passes these checks cannot, and has no cycles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.ensemble._forest import BaseForest
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree

from dbt_baton.errors import ArtifactRejected

GRADIENT_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
HIST_GRADIENT_BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
N_BINS = 256  # the bitsets of HistGradientBoosting have one bit for each bin


def check_trees(model: object) -> None:
    """Check every tree that the model's predictions go through.

    Parameters
    ----------
    model : object
        A loaded estimator, which may contain others.

    Raises
    ------
    ArtifactRejected
        If an index is out of bounds, or the parts of an ensemble do not fit each other.
    """
    for part in _parts(model):
        if isinstance(part, BaseDecisionTree) and hasattr(part, "tree_"):
            _check_tree(part)
        elif isinstance(part, BaseForest) and hasattr(part, "estimators_"):
            _check_same_width(part.estimators_, part.n_features_in_)
        elif isinstance(part, GRADIENT_BOOSTING) and hasattr(part, "estimators_"):
            _check_gradient_boosting(part)
        elif isinstance(part, HIST_GRADIENT_BOOSTING) and hasattr(part, "_predictors"):
            _check_hist_gradient_boosting(part)


def _parts(value: object) -> Iterator[object]:
    """Yield every object that is reachable through attributes and containers, each once."""
    waiting, seen = [value], set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, (list, tuple, set)):
            waiting.extend(part)
        elif isinstance(part, np.ndarray):
            if part.dtype == object:
                waiting.extend(part.ravel().tolist())
        elif hasattr(part, "__dict__"):
            waiting.extend(vars(part).values())


def _check_tree(estimator: Any) -> None:
    tree = estimator.tree_
    _expect(isinstance(tree, Tree), "tree_ is no tree")
    _expect(
        tree.n_features == estimator.n_features_in_,
        "a tree has another number of features than its estimator",
    )
    leaf = tree.children_left == -1
    _check_children(leaf, tree.children_left, tree.children_right)
    _check_indices(tree.feature[~leaf], estimator.n_features_in_)


def _check_same_width(trees: Any, n_features: int) -> None:
    for tree in trees:
        _expect(isinstance(tree, BaseDecisionTree), "an ensemble of trees holds something else")
        _expect(tree.n_features_in_ == n_features, "a tree has another number of features than its ensemble")


def _check_gradient_boosting(model: Any) -> None:
    """Check that there is one column of trees per score and that each tree gives one number."""
    _expect(
        isinstance(model.estimators_, np.ndarray)
        and model.estimators_.ndim == 2
        and len(model.estimators_) > 0,
        "gradient boosting has no table of trees",
    )
    trees = model.estimators_.ravel()
    _check_same_width(trees, model.n_features_in_)
    for tree in trees:
        _check_tree(tree)
        _expect(
            tree.tree_.value.shape[1:] == (1, 1), "a tree of gradient boosting gives more than one number"
        )
    # _raw_predict_init runs the initial estimator, so it must be one that has no trees of its own
    _expect(
        isinstance(model.init_, (str, DummyClassifier, DummyRegressor)),
        "gradient boosting starts from another model",
    )
    scores = model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32))
    _expect(model.estimators_.shape[1] == scores.shape[1], "gradient boosting has more trees than scores")


def _check_hist_gradient_boosting(model: Any) -> None:
    categorical = np.asarray(model._bin_mapper.is_categorical_, dtype=bool)
    _expect(
        len(categorical) == model.n_features_in_, "the bins have another number of features than the model"
    )
    for feature in np.flatnonzero(categorical):
        _check_indices(model._bin_mapper.bin_thresholds_[feature], N_BINS)
    for iteration in model._predictors:
        _expect(
            len(iteration) == model.n_trees_per_iteration_, "an iteration has not one tree for each score"
        )
        for tree in iteration:
            leaf = tree.nodes["is_leaf"].astype(bool)
            _check_children(leaf, tree.nodes["left"], tree.nodes["right"])
            splits = tree.nodes[~leaf]
            _check_indices(splits["feature_idx"], model.n_features_in_)
            by_category = splits[splits["is_categorical"].astype(bool)]
            _expect(bool(categorical[by_category["feature_idx"]].all()), "a number is split as a category")
            _check_indices(by_category["bitset_idx"], len(tree.raw_left_cat_bitsets))
            _expect(
                tree.raw_left_cat_bitsets.shape[1:] == (N_BINS // 32,), "a set of categories has another size"
            )


def _check_children(leaf: Any, left: Any, right: Any) -> None:
    """Check that every child comes after its parent, as scikit-learn writes them, so that every path ends."""
    parents = np.flatnonzero(~leaf)
    _expect(len(leaf) > 0, "a tree has no nodes")
    for children in (left[parents].astype(np.int64), right[parents].astype(np.int64)):
        _expect(bool((children > parents).all()), "a tree has a child before its parent")
        _check_indices(children, len(leaf))


def _check_indices(indices: Any, size: int) -> None:
    _expect(bool(((indices >= 0) & (indices < size)).all()), f"a tree has an index outside of [0, {size})")


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ArtifactRejected(
            f"the artifact is not what scikit-learn writes: {otherwise}; train the version again"
        )
