"""What a page says of each feature: of a drift baseline, or of training rows, and never of single rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dbt_baton.warehouse.signature import GROUP, Feature
from dbt_baton.whatif.checks import check_rows
from dbt_baton.whatif.inputs import CATEGORY, NUMBER, UNREAD, WHOLE, YES_NO, input_of_baseline, input_of_rows

BIN = {
    "kind": "numeric",
    "bin": "1",
    "lower": None,
    "upper": None,
    "category": None,
    "share": 0.0,
    "mean": None,
}


def share_below(one, value):
    """By the definition: linear between the known values."""
    values, shares = zip(*one.below, strict=True)
    return float(np.interp(value, values, shares))


def test_numbers_of_rows():
    values = pd.Series([3.0] * 40 + [np.nan] * 10 + list(range(4, 54)))
    one = input_of_rows(Feature("n", "int"), values)
    known = values.dropna()
    assert (one.kind, one.missing, one.start) == (WHOLE, 0.1, known.quantile(0.5, interpolation="lower"))
    assert (one.below[0], one.below[-1][0]) == ((3.0, 0.0), 53.0)
    for value in (3, 10, 25, 40, 53):
        assert share_below(one, value) == pytest.approx((known < value).mean(), abs=0.05)
    assert len(one.below) <= 21


@pytest.mark.parametrize(
    ("type_", "values", "kind", "start"),
    [
        ("float", [0.5, 1.23456, 1.23456, 9.0], NUMBER, 1.23),  # three digits
        ("float", [1.23456], NUMBER, 1.23456),  # within the range
        ("float", [np.nan, np.nan, 1.0], NUMBER, None),  # most have no value
        ("float", [np.inf, -np.inf, 2.0], NUMBER, 2.0),
        ("float", [np.nan], NUMBER, None),
        ("float", [], NUMBER, None),
        ("boolean", [1.0, 1.0, 0.0], YES_NO, 1.0),
        ("text", ["b", "a", "b"], CATEGORY, "b"),
        ("text", ["b", "a"], CATEGORY, "a"),  # the first of equal ones
        ("text", [None, None, ""], CATEGORY, None),
        ("timestamp", [pd.NaT], UNREAD, None),
    ],
)
def test_where_an_input_starts(type_: str, values: list, kind: str, start: object):
    series = pd.Series(values, dtype={"text": object, "timestamp": "datetime64[us]"}.get(type_, float))
    one = input_of_rows(Feature("x", type_), series)
    assert (one.kind, one.start) == (kind, start)


def test_categories_of_rows_and_of_the_fit():
    values = pd.Series(pd.Categorical(["a", "a", "", None]))
    one = input_of_rows(Feature("plan", "text", categories=("a", "gone")), values)
    assert one.categories == [("a", 0.5), ("", 0.25), ("gone", 0.0)] and one.missing == 0.25
    group = input_of_rows(Feature("country", "int", GROUP), pd.Series(pd.Categorical(["1", "2", "2"])))
    assert group.kind == CATEGORY and group.start == "2"


def test_numbers_of_a_baseline():
    bins = [
        BIN | {"bin": "2", "lower": 1.0, "upper": 5.0, "share": 0.3, "mean": 2.5},
        BIN | {"bin": "1", "lower": 0.0, "upper": 1.0, "share": 0.4, "mean": 0.0},
        BIN | {"bin": "3", "lower": 5.0, "upper": 9.0, "share": 0.1, "mean": 7.0},
        BIN | {"bin": "NULL", "share": 0.2},
        *(BIN | {"bin": name} for name in ("below", "above")),
    ]
    one = input_of_baseline(Feature("n", "int"), bins, "the drift baseline b")
    assert one is not None and (one.kind, one.missing, one.start, one.origin) == (
        WHOLE,
        0.2,
        0.0,
        "the drift baseline b",
    )
    assert one.below == [
        (0.0, 0.0),
        (1.0, pytest.approx(0.5)),
        (5.0, pytest.approx(0.875)),
        (9.0, pytest.approx(1.0)),
    ]
    # half of the known rows lie below 1, so the median of other shares is in the second bin
    bins[1]["share"], bins[0]["share"] = 0.2, 0.5
    assert input_of_baseline(Feature("n", "float"), bins, "").start == pytest.approx(
        1 + 4 * (0.4 - 0.2) / 0.5
    )
    assert input_of_baseline(Feature("n", "int"), bins, "").start == 2


def test_categories_of_a_baseline():
    category = BIN | {"kind": "categorical"}
    bins = [
        category | {"bin": "2", "category": "b", "share": 0.2},
        category | {"bin": "1", "category": "</b>", "share": 0.5},
        category | {"bin": "OTHER", "category": "rare", "share": 0.1},
        category | {"bin": "UNSEEN"},
        category | {"bin": "NULL", "share": 0.2},
    ]
    one = input_of_baseline(Feature("plan", "text"), bins, "")
    assert (
        one is not None
        and one.categories == [("</b>", 0.5), ("b", 0.2), ("rare", 0.1)]
        and one.start == "</b>"
    )


def test_a_baseline_counts_true_and_false_as_categories():
    shares = {"true": 0.6, "false": 0.3, None: 0.1}
    bins = [
        BIN | {"kind": "categorical", "bin": "1" if text else "NULL", "category": text, "share": share}
        for text, share in shares.items()
    ]
    one = input_of_baseline(Feature("is_new", "boolean"), bins, "")
    assert one is not None and (one.kind, one.start, one.missing) == (YES_NO, 1.0, 0.1)


def test_a_baseline_that_counts_something_else_is_not_used():
    for bins in (
        [BIN | {"kind": "text_length", "lower": 0.0, "upper": 1.0, "share": 1.0}],
        [BIN | {"kind": "categorical", "category": "1", "share": 1.0}],
        [BIN | {"bin": "NULL", "share": 1.0}],
        [BIN | {"lower": 0.0, "upper": np.inf, "share": 1.0}],
    ):
        assert input_of_baseline(Feature("n", "float"), bins, "") is None
    assert (
        input_of_baseline(Feature("plan", "text"), [BIN | {"lower": 0.0, "upper": 1.0, "share": 1.0}], "")
        is None
    )


def test_rows_of_the_check_are_made_of_quantiles():
    rows = pd.DataFrame({"a": np.linspace(0.1, 99.7, 500), "plan": pd.Categorical(["x", "y"] * 250)})
    inputs = [
        input_of_rows(Feature("a", "float"), rows["a"]),
        input_of_rows(Feature("plan", "text"), rows["plan"]),
    ]
    made = check_rows(inputs, {"a", "plan"})
    assert made == check_rows(inputs, {"a", "plan"}) and len(made) == 63
    assert made[:3] == [[inputs[0].start, "x"], [None, "x"], [inputs[0].start, None]]
    quantiles = {value for value, _ in inputs[0].below} | {None, inputs[0].start}
    # what no expression reads has a value
    assert {row[0] for row in check_rows(inputs, {"plan"})} == {inputs[0].start}
    assert {row[0] for row in made} <= quantiles and {row[1] for row in made} == {None, "x", "y"}
