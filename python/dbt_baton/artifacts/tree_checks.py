"""Bounds checks for the trees in a loaded model.

scikit-learn's compiled code follows a tree's child and feature indices without checking them, so a crafted
file could read or write outside of the arrays. A tree that passes these checks cannot, and has no cycles.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn._loss.link import BaseLink
from sklearn._loss.loss import BaseLoss
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder
from sklearn.tree import BaseDecisionTree
from sklearn.tree._tree import Tree
from sklearn.utils import check_array

from dbt_baton.artifacts.arrays import expect

GRADIENT_BOOSTING = (GradientBoostingClassifier, GradientBoostingRegressor)
HIST_GRADIENT_BOOSTING = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
PROBE_ROWS = 3
N_BINS = 256  # the bitsets of HistGradientBoosting have one bit for each bin


def check_part(part: object) -> None:
    """Check the trees of one part of a model, if it has some.

    Parameters
    ----------
    part : object
        An estimator, or anything else.

    Raises
    ------
    ArtifactRejected
        If an index is out of bounds, or the parts of an ensemble do not fit each other.
    """
    attributes = getattr(part, "__dict__", {})
    if isinstance(part, Tree):
        _check_nodes(part)
    elif isinstance(part, BaseDecisionTree) and "tree_" in attributes:
        _check_tree(part)
    elif isinstance(part, BaseForest) and "estimators_" in attributes:
        _check_same_width(part.estimators_, part.n_features_in_)
    elif isinstance(part, GRADIENT_BOOSTING) and "estimators_" in attributes:
        _check_gradient_boosting(part)
    elif isinstance(part, HIST_GRADIENT_BOOSTING) and "_predictors" in attributes:
        _check_hist_gradient_boosting(part)


def _check_nodes(tree: Tree) -> None:
    leaf = tree.children_left == -1
    _check_children(leaf, tree.children_left, tree.children_right)
    _check_indices(tree.feature[~leaf], tree.n_features)


def _check_tree(estimator: Any) -> None:
    expect(isinstance(estimator.tree_, Tree), "tree_ is no tree")
    _check_nodes(estimator.tree_)
    _check_width(estimator)
    expect(
        estimator.tree_.n_features == estimator.n_features_in_,
        "a tree has another number of features than its estimator",
    )


def _check_width(model: Any) -> None:
    """Check that the number is one: an object can be equal to every number."""
    expect(isinstance(model.n_features_in_, (int, np.integer)), "a number of features is not a number")


def _check_same_width(trees: Any, n_features: int) -> None:
    for tree in trees:
        expect(isinstance(tree, BaseDecisionTree), "an ensemble of trees holds something else")
        expect(tree.n_features_in_ == n_features, "a tree has another number of features than its ensemble")


def _check_gradient_boosting(model: Any) -> None:
    """Check that there is one column of trees per score and that each tree gives one number."""
    expect(
        isinstance(model.estimators_, np.ndarray)
        and model.estimators_.ndim == 2
        and len(model.estimators_) > 0,
        "gradient boosting has no table of trees",
    )
    trees = model.estimators_.ravel()
    _check_width(model)
    _check_same_width(trees, model.n_features_in_)
    for tree in trees:
        _check_tree(tree)
        expect(tree.tree_.value.shape[1:] == (1, 1), "a tree of gradient boosting gives more than one number")
    # _raw_predict_init runs the initial estimator, so it must be one that has no trees of its own
    expect(
        isinstance(model.init_, (str, DummyClassifier, DummyRegressor)),
        "gradient boosting starts from another model",
    )
    expect(
        isinstance(model._loss, BaseLoss) and isinstance(model._loss.link, BaseLink),
        "gradient boosting has no loss",
    )
    scores = model._raw_predict_init(np.zeros((PROBE_ROWS, model.n_features_in_), dtype=np.float32))
    expect(
        isinstance(scores, np.ndarray) and scores.shape == (PROBE_ROWS, model.estimators_.shape[1]),
        "gradient boosting has more trees than scores",
    )


def _check_hist_gradient_boosting(model: Any) -> None:
    _check_width(model)
    mapper = model._bin_mapper
    expect(isinstance(mapper, _BinMapper), "the bins are something else")
    categorical = mapper.is_categorical_
    expect(
        isinstance(categorical, np.ndarray)
        and categorical.dtype.kind in "bu"
        and categorical.shape == (model.n_features_in_,)
        and len(mapper.bin_thresholds_) == model.n_features_in_,
        "the bins have another number of features than the model",
    )
    categorical = categorical.astype(bool)
    for feature in np.flatnonzero(categorical):
        categories = mapper.bin_thresholds_[feature]
        expect(isinstance(categories, np.ndarray), "the bins of a category are no numbers")
        _check_indices(categories, N_BINS)
    if model._preprocessor is not None:
        _check_preprocessor(model._preprocessor, model.n_features_in_)
    for iteration in model._predictors:
        expect(len(iteration) == model.n_trees_per_iteration_, "an iteration has not one tree for each score")
        for tree in iteration:
            _check_predictor(tree, categorical)


def _check_predictor(tree: Any, categorical: Any) -> None:
    nodes, bitsets = tree.nodes, tree.raw_left_cat_bitsets
    expect(
        isinstance(tree, TreePredictor) and isinstance(nodes, np.ndarray) and isinstance(bitsets, np.ndarray),
        "an iteration holds something else than trees",
    )
    leaf = nodes["is_leaf"].astype(bool)
    _check_children(leaf, nodes["left"], nodes["right"])
    splits = nodes[~leaf]
    _check_indices(splits["feature_idx"], len(categorical))
    by_category = splits[splits["is_categorical"].astype(bool)]
    expect(bool(categorical[by_category["feature_idx"]].all()), "a number is split as a category")
    _check_indices(by_category["bitset_idx"], len(bitsets))
    expect(bitsets.shape[1:] == (N_BINS // 32,), "a set of categories has another size")


def _check_preprocessor(preprocessor: Any, n_features: int) -> None:
    """Check that there is a column for each feature, because the trees read as many without comparing.

    The preprocessor encodes categories and passes numbers on, so it gives as many columns as it selects.
    """
    names, masks, indices = [], [], []
    expect(isinstance(preprocessor, ColumnTransformer), "the categories are encoded by something else")
    for name, transformer, columns in preprocessor.transformers_:
        function = getattr(transformer, "func", None)
        expect(
            isinstance(transformer, OrdinalEncoder)
            or (
                isinstance(transformer, FunctionTransformer)
                and getattr(function, "func", None) is check_array
            )
            or transformer == "drop",
            "the categories are encoded by something else",
        )
        if transformer != "drop":
            expect(
                isinstance(columns, np.ndarray) and columns.dtype == bool and columns.shape == (n_features,),
                "the encoder of categories selects other columns",
            )
            names.append(name)
            masks.append(columns)
            indices += preprocessor._transformer_to_input_indices[name]
    expect(
        len(set(names)) == len(names)
        and sum(int(mask.sum()) for mask in masks) == n_features
        and sorted(indices) == list(range(n_features))
        and preprocessor.n_features_in_ == n_features,
        "the encoder of categories selects other columns",
    )
    labels = getattr(preprocessor, "feature_names_in_", None)
    expect(
        labels is None or (isinstance(labels, np.ndarray) and len(set(labels.tolist())) == n_features),
        "two features have the same name",
    )


def _check_children(leaf: Any, left: Any, right: Any) -> None:
    """Check that every child comes after its parent, as scikit-learn writes them, so that every path ends."""
    parents = np.flatnonzero(~leaf)
    expect(len(leaf) > 0, "a tree has no nodes")
    for children in (left[parents].astype(np.int64), right[parents].astype(np.int64)):
        expect(bool((children > parents).all()), "a tree has a child before its parent")
        _check_indices(children, len(leaf))


def _check_indices(indices: Any, size: int) -> None:
    expect(bool(((indices >= 0) & (indices < size)).all()), f"a tree has an index outside of [0, {size})")
