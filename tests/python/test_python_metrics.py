"""An undefined metric is None."""

from __future__ import annotations

import numpy as np
import pytest

from dbt_baton.training import metrics

NO = np.zeros(3, dtype=bool)
YES = ~NO
HALF = np.full(3, 0.5)


def undefined(values):
    return {name for name, value in values.items() if value is None}


def test_binary_metrics_without_rows_are_undefined():
    none = np.array([], dtype=bool)
    values = metrics.binary(none, none, np.array([]))
    assert values["n"] == values["positives"] == 0
    assert undefined(values) == set(values) - {"n", "positives"}


@pytest.mark.parametrize(
    ("positive", "predicted", "expected"),
    [
        (NO, NO, {"roc_auc", "average_precision", "precision", "recall", "f1"}),
        (NO, YES, {"roc_auc", "average_precision", "recall"}),
        (YES, NO, {"roc_auc", "precision"}),
        (YES, YES, {"roc_auc"}),
        (np.array([True, False, True]), NO, {"precision"}),
    ],
)
def test_binary_metrics_are_undefined_only_where_they_would_divide_by_nothing(positive, predicted, expected):
    assert undefined(metrics.binary(positive, predicted, HALF)) == expected
    without = metrics.binary(positive, predicted, None)
    assert undefined(without) == expected | {"roc_auc", "average_precision", "log_loss", "brier"}


def test_multiclass_log_loss_is_undefined_for_a_class_that_the_model_does_not_know():
    classes, probabilities = np.array(["a", "b", "c"]), np.full((2, 3), 1 / 3)
    known = metrics.multiclass(np.array(["a", "a"]), np.array(["a", "b"]), probabilities, classes)
    assert known["log_loss"] == pytest.approx(np.log(3)) and known["accuracy"] == 0.5
    unknown = metrics.multiclass(np.array(["a", "z"]), np.array(["a", "b"]), probabilities, classes)
    assert undefined(unknown) == {"log_loss"}
    nothing = np.array([], dtype=str)
    assert undefined(metrics.multiclass(nothing, nothing, probabilities[:0], classes)) == {
        "accuracy", "f1_macro", "log_loss",
    }  # fmt: skip


def test_r2_needs_labels_that_differ():
    assert undefined(metrics.regression(np.array([1.0, 1.0]), np.array([1.0, 2.0]))) == {"r2"}
    assert undefined(metrics.regression(np.array([1.0]), np.array([1.0]))) == {"r2"}
    assert undefined(metrics.regression(np.array([]), np.array([]))) == {"mae", "rmse", "r2"}
