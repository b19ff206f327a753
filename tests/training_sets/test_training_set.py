"""training_set and split against brute force and scikit-learn, and their errors."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

import oracles
from bench import Project
from compare import about, assert_same_rows
from rendering import answers
from strategies import START, drawn, keys, maybe_moments, tables

DAY = timedelta(days=1)


LABELLED = pd.DataFrame(
    {
        "k": [1, 1, 2, 3, 4, 5],
        "as_of": [
            START,
            START + 5 * DAY,
            START + 10 * DAY,
            START + 12 * DAY,
            START + 20 * DAY,
            START + 21 * DAY,
        ],
        "label": [1, 0, 1, 0, 1, None],
        "label_window_start": [
            START,
            START + 5 * DAY,
            START + 10 * DAY,
            START + 12 * DAY,
            START + 20 * DAY,
            START + 21 * DAY,
        ],
        "label_window_end": [
            START + 6 * DAY,
            START + 11 * DAY,
            START + 16 * DAY,
            START + 18 * DAY,
            START + 26 * DAY,
            START + 27 * DAY,
        ],
        "label_is_mature": [True, True, True, True, True, False],
    }
)
VIEW = "[{'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']}]"
HISTORY = pd.DataFrame({"k": [1, 2], "t": [START, START], "v": [10, 20]})


def split_of(project: Project, split: str) -> dict[tuple[int, int], str]:
    project.put(labelled=LABELLED, history=HISTORY)
    result = project.build(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', split="
        + split
        + ", feature_views="
        + VIEW
        + ") }}"
    )
    assert list(result.columns) == [*LABELLED.columns, "v", "history_feature_time", "split"]
    return {
        (k, (at - START).days): name
        for k, at, name in result[["k", "as_of", "split"]].itertuples(index=False)
    }


def test_a_split_by_time_purges_windows_that_cross_a_boundary(project: Project):
    boundaries = (
        f"'train_until': '{(START + 10 * DAY).date()}', 'validation_until': '{(START + 18 * DAY).date()}'"
    )
    assert split_of(project, f"{{'by': 'time', {boundaries}}}") == {
        (1, 0): "train",
        (2, 10): "validation",
        (3, 12): "validation",
        (4, 20): "test",
    }
    assert split_of(project, f"{{'by': 'time', {boundaries}, 'purge': false}}") == {
        (1, 0): "train",
        (1, 5): "train",
        (2, 10): "validation",
        (3, 12): "validation",
        (4, 20): "test",
    }


def test_without_a_split_every_mature_row_is_train(project: Project):
    assert set(split_of(project, "none").values()) == {"train"}
    assert set(split_of(project, "{'by': 'entity', 'fractions': {'train': 1.0}}").values()) == {"train"}


def test_a_split_by_entity_keeps_an_entity_together_and_is_the_same_on_every_engine(project: Project):
    spine = pd.DataFrame(
        {
            "k": [f"user {number % 2000}" for number in range(4000)],
            "as_of": [START] * 4000,
            "label": [1] * 4000,
        }
    )
    project.put(spine=spine, history=pd.DataFrame({"k": ["x"], "t": [START], "v": [1]}))
    call = (
        """{{ baton.training_set(spine=source('data', 'spine'), entity='k', feature_views="""
        + VIEW
        + """,
        split={'by': 'entity', 'fractions': {'train': 0.7, "it's": 0.2, 'test': 0.1}, 'seed': '%s'}) }}"""
    )
    result = project.build(call % "one")
    assert len(result) == 4000
    assert result.groupby("k")["split"].nunique().eq(1).all()
    shares = result["split"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({"train": 0.7, "it's": 0.2, "test": 0.1}, abs=0.03)
    reseeded = project.build(call % "two").sort_values("k", ignore_index=True)
    assert reseeded["split"].tolist() != result.sort_values("k")["split"].tolist()
    place = int(hashlib.md5(b"one-user 1").hexdigest()[:8], 16) / 2**32
    expected = "train" if place < 0.7 else "it's" if place < 0.9 else "test"
    assert result.set_index("k").loc["user 1", "split"].tolist() == [expected] * 2


def test_errors_of_training_set(duckdb_project: Project):
    duckdb_project.put(labelled=LABELLED.drop(columns=["label_window_end"]), history=HISTORY)
    message = duckdb_project.error(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', label='y', split={'by': 'time', 'train_until': '2024-02-01'}, feature_views="
        + VIEW
        + ") }}"
    )
    assert 'spine has no column "y", it has k, as_of, label' in message
    assert "split purges by y_window_end, which spine does not have" in message
    message = duckdb_project.error(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', split={'by': 'entity', 'fractions': {'a': 0.5}}, "
        "feature_views=[{'relation': source('data', 'history'), 'event_time': 't'}]) }}"
    )
    assert "baton.training_set: 2 problems" in message
    assert "split.fractions sum to 0.5, expected 1" in message
    assert "feature_views[0] has no 'features'" in message
    message = duckdb_project.error(training_set("split=none", spine="5"))
    assert "baton.training_set: 1 problem" in message
    assert "spine is 5, expected ref(...), source(...) or the name of a CTE" in message


def test_columns_that_the_result_adds_are_refused_in_the_spine(duckdb_project: Project):
    """Otherwise the engine would rename one of the two columns, and a model could train on the wrong label."""
    duckdb_project.put(labelled=LABELLED.assign(Split="x"), history=HISTORY.rename(columns={"t": "at"}))
    message = duckdb_project.error(
        "{{ baton.labels(spine=source('data', 'labelled'), events=source('data', 'history'), entity='k', event_time='at', horizon='1d') }}"
    )
    for name in ("label", "label_window_start", "label_window_end", "label_is_mature"):
        assert f"spine already has a column '{name}'" in message
    message = duckdb_project.error(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', feature_views=["
        "{'relation': source('data', 'history'), 'event_time': 'at', 'features': ['v']}]) }}"
    )
    assert "spine already has a column 'split'" in message


def training_set(options: str, spine: str = "source('data', 'labelled')", view: str = VIEW) -> str:
    return f"{{{{ baton.training_set(spine={spine}, entity='k', feature_views={view}, {options}) }}}}"


def labelled(row: dict[str, Any]) -> dict[str, Any]:
    """The windows of two labels: one of five days, and one of as long as the row says, after a gap of one day."""
    at, days = row["as_of"], row.pop("days")
    long_end = at + (1 + days) * DAY if at is not None else None
    return {**row, "label_window_end": at + 5 * DAY if at is not None else None, "late_window_end": long_end}


def test_purge_and_embargo_leave_out_what_brute_force_leaves_out(project: Project):
    cases = drawn(
        rows=tables(
            size=120,
            k=keys,
            as_of=maybe_moments,
            days=st.integers(1, 12),
            label=st.sampled_from([0, 1, None]),
            late=st.sampled_from([0.5, 2.5, None]),
            label_is_mature=st.booleans(),
            late_is_mature=st.sampled_from([True, True, False, None]),
        ),
        boundaries=st.tuples(st.integers(1, 14), st.integers(15, 30)),
        embargo=st.sampled_from([0, 1, 4, 20]),
    )
    typed = {"k": "typed", "as_of": START, "days": 1, "label": 1, "late": 1.0, "label_is_mature": True, "late_is_mature": True}  # fmt: skip
    spines = [[labelled(row) for row in [dict(typed), *oracles.rows_of(case["rows"])]] for case in cases]
    ends = [[START + days * DAY for days in case["boundaries"]] for case in cases]
    project.put(history=HISTORY.assign(k="a"))
    project.put_cases(labelled=[pd.DataFrame(spine, dtype=object) for spine in spines])
    variants = [
        (number, purges, labels, by)
        for number in range(len(cases))
        for purges in (True, False)
        for labels in (("label",), ("late",), ("label", "late"))
        for by in (2, 1)
    ]
    calls = {}
    for number, purges, labels, by in variants:
        until = zip(("train_until", "validation_until")[:by], ends[number], strict=False)
        calls[number, purges, labels, by] = training_set(
            f"label={list(labels)}, split={{'by': 'time', {', '.join(f'{name!r}: {str(end)!r}' for name, end in until)}, "
            f"'purge': {str(purges).lower()}, 'embargo': '{cases[number]['embargo']}d'}}",
            spine=f"source('data', 'labelled_{number}')",
        )
    results = answers(project, calls, built=variants[0])
    for (number, purges, labels, by), result in results.items():
        embargo = cases[number]["embargo"] * DAY
        expected = []
        for row in spines[number]:
            at = row["as_of"]
            if not all(row[f"{label}_is_mature"] for label in labels):
                continue
            if at is not None and any(
                (purges and at < end and any(row[f"{label}_window_end"] > end for label in labels))
                or end <= at < end + embargo
                for end in ends[number][:by]
            ):
                continue
            names = ["train", "validation", "test"] if by == 2 else ["train", "test"]
            split = None if at is None else names[sum(at >= end for end in ends[number][:by])]
            expected.append({**row, "split": split})
        with about(case=number, purge=purges, labels=labels, until=ends[number][:by], embargo=embargo):
            assert_same_rows(result, expected, [*spines[number][0], "split"])


def test_weights_are_those_of_scikit_learn_on_the_training_rows(project: Project):
    cases = drawn(
        rows=tables(
            size=120,
            k=keys,
            as_of=maybe_moments.filter(bool),
            label=st.sampled_from(["it's", "no", "never trained", None]),
            label_window_end=st.just(START),
        ),
        half_life=st.sampled_from(["1d", "36h", "90d"]),
    )
    spines = []
    for case in cases:
        spine = oracles.rows_of(case["rows"])
        for row in spine:
            if row["label"] == "never trained":
                row["as_of"] = START + 40 * DAY
        spines.append([*spine, {"k": "z", "as_of": START, "label": "no", "label_window_end": START}])
    project.put(history=HISTORY.assign(k="a"))
    project.put_cases(labelled=[pd.DataFrame(spine, dtype=object) for spine in spines])
    boundary = START + 20 * DAY
    calls = {
        (number, weighs): training_set(
            f"is_mature=false, split={{'by': 'time', 'train_until': '{boundary}'}}, weights={{'class': 'balanced'{time}}}",
            spine=f"source('data', 'labelled_{number}')",
        )
        for number, case in enumerate(cases)
        for weighs, time in (("class", ""), ("both", f", 'time': {{'half_life': '{case['half_life']}'}}"))
    }
    results = answers(project, calls, built=(0, "both"))
    for number, case in enumerate(cases):
        kept = [row for row in spines[number] if row["label"] is not None]
        train = [row for row in kept if row["as_of"] < boundary]
        classes = sorted({row["label"] for row in train})
        balanced = compute_class_weight(
            "balanced", classes=pd.Series(classes).to_numpy(), y=[row["label"] for row in train]
        )
        class_weights = dict(zip(classes, balanced, strict=True))
        newest = max(row["as_of"] for row in train)
        days = {"1d": 1, "36h": 1.5, "90d": 90}[case["half_life"]]
        expected = [
            {
                **row,
                "class_weight": class_weights.get(row["label"]),
                "time_weight": 0.5 ** ((newest - row["as_of"]) / DAY / days),
            }
            for row in kept
        ]
        result = results[number, "both"]
        with about(case=number, half_life=case["half_life"]):
            assert_same_rows(result, expected)
        assert list(result.columns)[-3:] == ["split", "class_weight", "time_weight"]
        assert list(results[number, "class"].columns)[-2:] == ["split", "class_weight"]


def test_a_row_that_is_a_thousand_half_lives_old_weighs_next_to_nothing(project: Project):
    """0.5 ^ 2000 is an error on PostgreSQL, as is 0.5 ^ -2000 of a row long after the training."""
    project.put(
        labelled=pd.DataFrame(
            {"k": [1, 2, 3], "as_of": [START - 2000 * DAY, START, START + 2000 * DAY], "label": [0, 1, 1]}
        ),
        history=HISTORY,
    )
    result = project.build(
        training_set(
            f"is_mature=false, split={{'by': 'time', 'train_until': '{START + DAY}', 'purge': false}}, "
            "weights={'time': {'half_life': '1d'}}"
        )
    )
    weights = result.set_index("k")["time_weight"]
    assert weights[1] < 1e-300
    assert weights[2] == 1
    assert weights[3] > 1e300


def test_split_alone_takes_any_column_and_names_what_is_wrong(project: Project):
    project.put(rows=pd.DataFrame({"k": ["a", "b", "c"], "As Of": [START, START + DAY, None]}))
    call = "select k, {{ baton.split(split=%s, entity='k', as_of='As Of') }} as split from {{ source('data', 'rows') }}"
    result = project.build(call % "{'by': 'time', 'train_until': '2024-01-02'}")
    assert_same_rows(
        result, [{"k": "a", "split": "train"}, {"k": "b", "split": "test"}, {"k": "c", "split": None}]
    )
    message = project.error(call % "{'by': 'month'}")
    assert "baton.split: 1 problem in model 'result'" in message
    assert "expected {'by': 'time', ...} or {'by': 'entity', ...}" in message


def test_the_spine_may_be_a_cte_with_labels_or_with_a_label_alone(project: Project):
    project.put(labelled=LABELLED, history=HISTORY)
    cte = "with moments as (select {columns} from {{{{ source('data', 'labelled') }}}}), result as ({call}) select * from result"
    split = "split={'by': 'time', 'train_until': '2024-01-11'%s}"
    models = {
        "with_labels": cte.format(columns="*", call=training_set(split % "", spine="'moments'")),
        "alone": cte.format(
            columns="k, as_of, label",
            call=training_set("is_mature=false, " + split % ", 'purge': false", spine="'moments'"),
        ),
        "other_flag": cte.format(
            columns="k, as_of, label, not label_is_mature as is_final",
            call=training_set("is_mature='is_final'", spine="'moments'"),
        ),
    }
    project.build(models)
    at = {
        name: sorted((at - START).days for at in project.read(name)["as_of"])
        for name in ("with_labels", "alone", "other_flag")
    }
    assert at == {"with_labels": [0, 10, 12, 20], "alone": [0, 5, 10, 12, 20], "other_flag": [21]}


def test_a_label_that_was_renamed_keeps_its_window(project: Project):
    project.put(labelled=LABELLED.rename(columns={"label": "churned"}), history=HISTORY)
    result = project.build(training_set("label='churned', split={'by': 'time', 'train_until': '2024-01-11'}"))
    assert sorted((at - START).days for at in result["as_of"]) == [0, 10, 12, 20]


def test_censored_labels_are_kept_where_something_was_observed(project: Project):
    """Rows with an early event are kept together with the censored ones; otherwise training would see only the latter."""
    project.put(
        labelled=pd.DataFrame(
            {
                "k": [1, 2, 3, 4],
                "as_of": [START] * 4,
                "days": [2.0, 3.0, 5.0, None],
                "days_is_mature": [False, False, True, False],
                "days_is_censored": [False, True, True, None],
                "days_window_end": [START + 5 * DAY] * 4,
            }
        ),
        history=HISTORY,
    )
    result = project.build(
        {"mature": training_set("label='days'"), "kept": training_set("label='days', keep_censored=true")}
    )
    assert sorted(result["k"]) == [1, 2, 3]
    assert project.read("mature")["k"].tolist() == [3]


def test_errors_of_weights_and_of_several_labels(duckdb_project: Project):
    duckdb_project.put(
        labelled=LABELLED.assign(class_weight=1), history=HISTORY.assign(time_weight=1, split="x")
    )
    message = duckdb_project.error(
        training_set(
            "label=['label', 'as_of'], is_mature='x', keep_censored='yes', split={'by': 'entity', 'fractions': {'a': 1.0}, 'embargo': '1d'}, "
            "weights={'class': 'even', 'time': {'half_life': '0d'}, 'size': 1}"
        )
    )
    for part in (
        "is_mature names 1 columns for 2 labels",
        'keep_censored is "yes", expected true or false',
        "split has an unknown key 'embargo'",
        "weights has an unknown key 'size'",
        'weights.class is "even", expected one of balanced',
        "weights.class is for one label, not for 2",
        'weights.time.half_life is "0d", expected a duration longer than zero',
        "weights come from the rows of split 'train', which split.fractions does not name",
    ):
        assert part in message
    message = duckdb_project.error(
        training_set(
            "keep_censored=true, split={'by': 'time', 'train_until': '2024-02-01', 'embargo': 'a week'}"
        )
    )
    assert 'split.embargo is "a week", expected a duration' in message
    message = duckdb_project.error(training_set("keep_censored=true"))
    assert "keep_censored needs label_is_censored, which spine does not have" in message
    view = "[{'relation': source('data', 'history'), 'event_time': 't', 'features': ['v', 'split', 'time_weight']}]"
    message = duckdb_project.error(
        training_set("weights={'class': 'balanced', 'time': {'half_life': '1d'}}", view=view)
    )
    assert "spine already has a column 'class_weight'" in message
    for name in ("split", "time_weight"):
        assert f"feature_views[0] would add the column '{name}', which training_set adds itself" in message
