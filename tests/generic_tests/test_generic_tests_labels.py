"""The generic tests of labels and splits as users write them: each fault fails with a sentence that names its row, and what is right passes."""

from __future__ import annotations

import pandas as pd
from failing_rows import DAY, NEVER, day, frame, messages

from bench import Project
from strategies import START


def test_label_is_mature_says_which_label_may_still_change(project: Project):
    columns = ["Order", "as_of", "label", "label_window_end", "label_is_mature"]
    clean = frame(
        columns,
        ("a", START, 1, START + DAY, True),
        ("b", START, 0, START + DAY, True),
        ("c", START, NEVER, START + 9 * DAY, False),
        ("d", START, NEVER, NEVER, NEVER),
    )
    faulty = frame(
        columns,
        ("flagged", START, 0, START + DAY, False),
        ("unknown", START, 0, START + DAY, NEVER),
        ("early", START, 1, START + 9 * DAY, False),
        ("too soon", START, 0, START + 9 * DAY, True),
        ("unlabelled", START, NEVER, START + DAY, True),
        ("endless", START, 0, NEVER, True),
    )
    plain = clean[["Order", "as_of", "label"]]
    project.put(clean=clean, faulty=faulty, plain=plain)
    observed = {"entity": "Order", "observed_until": day(2)}
    test = {"test": "label_is_mature"}
    found = project.failing_rows(
        {
            "clean": {"model": "clean", **test, "arguments": {**observed, "require_label": True}},
            "flag": {"model": "faulty", **test, "arguments": {"entity": "Order"}},
            "observed": {
                "model": "faulty",
                **test,
                "arguments": observed,
                "config": {"where": "label is not null"},
            },
            "by_column": {
                "model": "faulty",
                **test,
                "arguments": {
                    "entity": "Order",
                    "observed_until": "label_window_end",
                    "label_is_mature": None,
                },
            },
            "early": {
                "model": "faulty",
                **test,
                "arguments": {**observed, "decided_early": [1], "require_label": True},
            },
            "horizon": {
                "model": "plain",
                **test,
                "arguments": {"entity": "Order", "observed_until": day(2), "horizon": "2d"},
            },
            "short": {
                "model": "plain",
                **test,
                "arguments": {"entity": "Order", "observed_until": day(2), "horizon": "3d"},
            },
        }
    )

    def row(order: str, label: str = "0") -> str:
        return f"Order {order}, as_of {day(0)}: {label}"

    assert found["clean"].empty
    assert found["horizon"].empty
    unflagged = " is its label, but label_is_mature does not hold: later events can still change it"
    assert messages(found["flag"]) == [
        row("early", "1") + unflagged,
        row("flagged") + unflagged,
        row("unknown") + unflagged,
    ]

    def too_soon(end: str) -> str:
        return f" is its label, but its window ends at {end} and events are complete until {day(2)}: they can still change it"

    assert messages(found["observed"]) == [
        row("early", "1") + too_soon(day(9)),
        row("endless") + too_soon("NULL"),
        row("flagged") + unflagged,
        row("too soon") + too_soon(day(9)),
        row("unknown") + unflagged,
    ]
    assert messages(found["by_column"]) == [
        f"Order endless, as_of {day(0)}: 0 is its label, but its window ends at NULL and events are complete until NULL: "
        "they can still change it"
    ]
    assert messages(found["early"]) == [
        row("endless") + too_soon("NULL"),
        row("flagged") + unflagged,
        row("too soon") + too_soon(day(9)),
        row("unknown") + unflagged,
        f"Order unlabelled, as_of {day(0)}: its window is over, but it has no label",
    ]
    assert len(found["short"]) == 2


def test_no_split_leakage_says_which_row_a_later_split_knows(project: Project):
    columns = ["Order", "as_of", "split", "label_window_end"]
    clean = frame(
        columns,
        ("a", START, "train", START + 2 * DAY),
        ("b", START + DAY, "train", START + 5 * DAY),
        ("a", START + 5 * DAY, "validation", START + 9 * DAY),
        ("a", START + 9 * DAY, "test", NEVER),
        ("a", START, NEVER, START + 99 * DAY),
    )
    faulty = pd.concat(
        [
            clean,
            frame(
                columns,
                ("reaches", START + DAY, "train", START + 6 * DAY),
                ("late", START + 6 * DAY, "train", START + 6 * DAY),
                ("a", START + 5 * DAY, "train", START + 5 * DAY),
                ("endless", START + DAY, "train", NEVER),
                ("timeless", NEVER, "train", START),
            ),
        ]
    )
    # what is validated on in the first fold is learned from in the second
    folds = pd.concat([clean.assign(fold=1), clean.assign(fold=2, as_of=clean["as_of"] + 4 * DAY)])
    folds["label_window_end"] = folds["as_of"]
    project.put(clean=clean, faulty=faulty, folds=folds, apart=clean.iloc[1:3])
    test = {"test": "no_split_leakage"}
    arguments = {"entity": "Order"}
    found = project.failing_rows(
        {
            "clean": {"model": "clean", **test, "arguments": arguments},
            "faulty": {"model": "faulty", **test, "arguments": arguments},
            "horizon": {"model": "clean", **test, "arguments": {**arguments, "horizon": "5d"}},
            "times": {"model": "faulty", **test, "arguments": {**arguments, "label_window_end": None}},
            "folds": {"model": "folds", **test, "arguments": {**arguments, "fold": "fold"}},
            "no_folds": {"model": "folds", **test, "arguments": arguments},
            "filtered": {
                "model": "faulty",
                **test,
                "arguments": arguments,
                "config": {"where": "\"Order\" <> 'a'"},
            },
            "by_entity": {"model": "faulty", **test, "arguments": {**arguments, "by": "entity"}},
            "apart": {"model": "apart", **test, "arguments": {**arguments, "by": "entity"}},
            "entity_folds": {
                "model": "folds",
                **test,
                "arguments": {**arguments, "by": "entity", "fold": "fold"},
            },
        }
    )
    for name in ("clean", "folds", "apart"):
        assert found[name].empty, name
    overlap = f"validation begins at {day(5)}, so the two overlap in time"
    timeless = "Order timeless, as_of NULL, in train: as_of is NULL, so it may be in another split"
    same = f"Order a, as_of {day(5)}, in train: the same row is in train and in validation"
    late = f"Order late, as_of {day(6)}, in train: {overlap}"
    assert messages(found["filtered"]) == [timeless]
    assert messages(found["times"]) == sorted([same, late, timeless])
    assert messages(found["faulty"]) == sorted(
        [
            same,
            late,
            timeless,
            f"Order endless, as_of {day(1)}, in train: its label window has no end, so it may reach into validation",
            f"Order reaches, as_of {day(1)}, in train: its label window ends at {day(6)} and reaches into validation, which begins at {day(5)}",
        ]
    )
    assert messages(found["horizon"]) == [
        f"Order a, as_of {day(5)}, in validation: its label window ends at {day(10)} and reaches into test, which begins at {day(9)}",
        f"Order b, as_of {day(1)}, in train: its label window ends at {day(6)} and reaches into validation, which begins at {day(5)}",
    ]
    assert len(found["no_folds"]) > 0
    learned = "so a model is tested on entities that it was trained on"
    assert messages(found["by_entity"]) == [
        f"Order a: its 4 rows are in 3 splits (such as test and validation), {learned}"
    ]
    assert messages(found["entity_folds"]) == [
        f"fold {fold}, Order a: its 3 rows are in 3 splits (such as test and validation), {learned}"
        for fold in (1, 2)
    ]
