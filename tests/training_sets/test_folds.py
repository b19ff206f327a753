"""folds against brute force and scikit-learn's TimeSeriesSplit, and their errors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

import oracles
from bench import Project
from compare import about, assert_same_rows
from rendering import answers
from strategies import START, drawn, keys, maybe_moments, tables

DAY = timedelta(days=1)


def folds_of(
    rows: list[dict[str, Any]],
    starts: list[datetime],
    *,
    validation: timedelta,
    train: timedelta | None,
    embargo: timedelta,
    ends: list[str],
) -> list[dict[str, Any]]:
    """Each row once for every fold that it belongs to."""
    found = []
    for number, start in enumerate(starts, start=1):
        for row in rows:
            at = row["as_of"]
            if at is None:
                continue
            train_end = start - embargo
            if start <= at < start + validation:
                found.append({**row, "fold": number, "split": "validation"})
            elif (
                at < train_end
                and (train is None or at >= train_end - train)
                and all(row[end] is None or row[end] <= start for end in ends)
            ):
                found.append({**row, "fold": number, "split": "train"})
    return found


def test_folds_are_those_of_brute_force(project: Project):
    cases = drawn(
        rows=tables(
            size=100,
            k=keys,
            as_of=maybe_moments,
            label_window_end=maybe_moments,
            late_window_end=maybe_moments,
        ),
        start=st.integers(0, 20),
        every=st.sampled_from([1, 3, 7]),
        validation=st.sampled_from([1, 4, 7]),
        train=st.sampled_from([None, 2, 10]),
        embargo=st.sampled_from([0, 2]),
    )
    typed = {"k": "typed", "as_of": START, "label_window_end": START, "late_window_end": START}
    rows = [[typed, *oracles.rows_of(case.pop("rows"))] for case in cases]
    project.put_cases(rows=[pd.DataFrame(table, dtype=object) for table in rows])
    variants = {
        "six": "folds=6",
        "until": "end='{end}'",
        "until_an_expression": "end=\"(select timestamp '{end}')\"",
        "two_labels": "folds=3, label=['label', 'late']",
        "unpurged": "folds=3, purge=false",
    }
    calls = {}
    for number, case in enumerate(cases):
        first = START + case["start"] * DAY
        train = f"{case['train']}d" if case["train"] else "lifetime"
        for name, options in variants.items():
            calls[number, name] = (
                f"{{{{ baton.folds(relation=source('data', 'rows_{number}'), start='{first}', validation='{case['validation']}d', "
                f"every='{case['every']}d', train='{train}', embargo='{case['embargo']}d', {options.format(end=first + 10 * DAY)}) }}}}"
            )
    results = answers(project, calls, built=(0, "six"))
    for (number, name), result in results.items():
        case = cases[number]
        starts = [START + (case["start"] + fold * case["every"]) * DAY for fold in range(20)]
        if name.startswith("until"):
            starts = [start for start in starts if start + case["validation"] * DAY <= starts[0] + 10 * DAY]
        else:
            starts = starts[: 6 if name == "six" else 3]
        expected = folds_of(
            rows[number],
            starts,
            validation=case["validation"] * DAY,
            train=case["train"] * DAY if case["train"] else None,
            embargo=case["embargo"] * DAY,
            ends={"unpurged": [], "two_labels": ["label_window_end", "late_window_end"]}.get(
                name, ["label_window_end"]
            ),
        )
        with about(case=number, variant=name, **case):
            assert list(result.columns) == [*typed, "fold", "split"]
            assert_same_rows(result, expected)


def test_on_a_regular_grid_folds_are_scikit_learn_s_time_series_split(project: Project):
    size, days = 60, 2
    rows = pd.DataFrame(
        {"number": range(size), "as_of": [START + days * number * DAY for number in range(size)]}
    )
    project.put(rows=rows)
    cases = [
        {"n_splits": 5},
        {"n_splits": 3, "test_size": 4},
        {"n_splits": 4, "test_size": 5, "gap": 3},
        {"n_splits": 4, "test_size": 6, "gap": 2, "max_train_size": 7},
        {"n_splits": 2, "max_train_size": 11},
    ]
    models = {}
    for number, case in enumerate(cases):
        test_size = case.get("test_size", size // (case["n_splits"] + 1))
        start = START + days * (size - case["n_splits"] * test_size) * DAY
        train = f"{days * case['max_train_size']}d" if "max_train_size" in case else "lifetime"
        models[f"case_{number}"] = (
            f"{{{{ baton.folds(relation=source('data', 'rows'), start='{start}', folds={case['n_splits']}, validation='{days * test_size}d', "
            f"train='{train}', embargo='{days * case.get('gap', 0)}d', purge=false) }}}}"
        )
    project.build(models)
    for name, case in zip(models, cases, strict=True):
        result = project.read(name)
        for fold, parts in enumerate(TimeSeriesSplit(**case).split(rows), start=1):
            for split, expected in zip(("train", "validation"), parts, strict=True):
                found = result[(result["fold"] == fold) & (result["split"] == split)]
                assert sorted(found["number"]) == expected.tolist(), (case, fold, split)
        assert result["fold"].max() == case["n_splits"]


def test_folds_of_a_training_set_take_the_place_of_its_split(project: Project):
    rows = pd.DataFrame(
        {
            "as_of": [START, START + DAY, START + 2 * DAY, START + 3 * DAY],
            "split": ["train", "train", "it's", "test"],
            "Order": [1, 2, 3, 4],
        }
    )
    project.put(rows=rows)
    call = "{{ baton.folds(relation=source('data', 'rows'), start='2024-01-02', validation='5d', folds=1, purge=false, of_split=%s) }}"
    project.build({"train_only": call % "'train'", "two": call % "['train', \"it's\"]"})
    result = project.read("two")
    assert list(result.columns) == ["as_of", "Order", "fold", "split"]
    assert dict(zip(result["Order"], result["split"], strict=True)) == {
        1: "train",
        2: "validation",
        3: "validation",
    }
    assert sorted(project.read("train_only")["Order"]) == [1, 2]


def test_a_cte_with_a_split_of_its_own_is_refused_by_the_engine(project: Project):
    project.put(rows=pd.DataFrame({"as_of": [START], "split": ["train"]}))
    message = project.error(
        "with rows_of_mine as (select * from {{ source('data', 'rows') }}), "
        "result as ({{ baton.folds(relation='rows_of_mine', start='2024-01-02', validation='5d', folds=1, purge=false) }}) select * from result"
    )
    assert "ambiguous" in message.lower()


def test_errors_of_folds(duckdb_project: Project):
    duckdb_project.put(rows=pd.DataFrame({"as_of": [START], "split": ["train"], "Fold": [1]}))
    message = duckdb_project.error(
        "{{ baton.folds(relation='a_cte', start=none, validation='soon', every='0d', folds=0, train='ever', embargo='x', purge=1, of_split='train') }}"
    )
    for part in (
        "baton.folds: 8 problems",
        "start is missing, expected a date or timestamp",
        'validation is "soon", expected a duration',
        'every is "0d", expected a duration longer than zero',
        "folds is 0, expected a whole number from 1",
        "train is \"ever\", expected a duration such as '15min', '12h', '30d' or '4w' or 'lifetime'",
        'embargo is "x", expected a duration',
        "purge is 1, expected true or false",
        "of_split is for a ref() or source(): the columns of the CTE 'a_cte' are not known",
    ):
        assert part in message
    call = "{{ baton.folds(relation=source('data', 'rows'), start='2024-01-02', validation='5d', %s) }}"
    assert "folds and end are both missing, expected exactly one" in duckdb_project.error(call % "every='1d'")
    assert "folds and end are both given" in duckdb_project.error(call % "folds=1, end='2024-02-01'")
    message = duckdb_project.error(call % "folds=1")
    for part in (
        "relation already has a column 'fold'",
        "relation already has a column 'split': pass of_split with the splits to make folds of",
        "folds are purged by label_window_end, which relation does not have; give it, or set purge=false",
    ):
        assert part in message
