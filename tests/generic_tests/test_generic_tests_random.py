"""The generic tests on random tables: the rows that fail are those that brute force finds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

import oracles_generic_tests as oracles
from bench import Project
from compare import about, assert_same_rows
from oracles import rows_of
from rendering import answers
from strategies import START, drawn, keys, maybe_keys, maybe_moments, moments, tables

DAY = timedelta(days=1)
AT = START + 15 * DAY

# a few of them, so that rows meet
few_keys = st.sampled_from(["a", "O'Brien", None])
near_moments = st.integers(0, 12).map(lambda step: START + step * DAY)
near_moments = st.one_of(near_moments, near_moments, near_moments, st.none())


def typed(rows: pd.DataFrame, **values: object) -> pd.DataFrame:
    """The rows after one that gives each column its type."""
    return pd.concat([pd.DataFrame([values], dtype=object)[list(rows.columns)], rows], ignore_index=True)


def found_by(project: Project, cases: int, calls: Mapping[str, str]) -> dict[tuple[int, str], pd.DataFrame]:
    """The rows that each of the tests finds in each case, by number and name; elsewhere dbt runs them from yml."""
    return answers(
        project,
        {
            (number, name): re.sub(r"source\('data', '(\w+)'\)", rf"source('data', '\1_{number}')", call)
            for number in range(cases)
            for name, call in calls.items()
        },
    )


def test_rows_from_the_future_and_rows_that_a_join_lost_or_added(project: Project):
    cases = drawn(
        times=2,
        asked=tables(
            user=maybe_keys, asked=maybe_moments, a_feature_time=maybe_moments, B_Feature_Time=maybe_moments
        ),
        here=tables(user=maybe_keys, asked=near_moments),
        there=tables(user=maybe_keys, asked=near_moments),
    )
    asked = [
        typed(case["asked"], user="t", asked=START, a_feature_time=None, B_Feature_Time=START)
        for case in cases
    ]
    here = [typed(case["here"], user="t", asked=START) for case in cases]
    there = [typed(case["there"], user="t", asked=START) for case in cases]
    project.put_cases(
        asked=asked, here=here, there=[rows.rename(columns={"user": "User Id"}) for rows in there]
    )
    found = found_by(
        project,
        len(cases),
        {
            "future": "{{ baton.test_no_future_features(source('data', 'asked'), as_of='asked', entity='user') }}",
            "strict": "{{ baton.test_no_future_features(source('data', 'asked'), as_of='asked', entity='user', "
            "feature_times='a_feature_time', allow_exact_matches=false) }}",
            "others": "{{ baton.test_same_rows_as(source('data', 'here'), source('data', 'there'), "
            "{'user': 'User Id', 'asked': 'asked'}, compare_where='1 = 1') }}",
        },
    )
    columns = ["user", "asked", "feature_time_column", "feature_time"]
    for number in range(len(cases)):
        with about(case=number):
            rows, times = rows_of(asked[number]), ["a_feature_time", "B_Feature_Time"]
            future = oracles.future_features(rows, "asked", times)
            assert_same_rows(found[number, "future"], future, columns)
            strict = oracles.future_features(rows, "asked", times[:1], exact=False)
            assert_same_rows(found[number, "strict"], strict, columns)
            others = oracles.other_rows(rows_of(here[number]), rows_of(there[number]), ["user", "asked"])
            assert_same_rows(found[number, "others"], others, ["user", "asked", "rows_here", "rows_there"])


def test_intervals_that_hold_at_no_moment_or_at_one_of_another(project: Project):
    cases = drawn(
        times=2, versions=tables(size=30, user=few_keys, Shop=few_keys, since=near_moments, till=near_moments)
    )
    versions = [typed(case["versions"], user="t", Shop="t", since=START, till=START + DAY) for case in cases]
    project.put_cases(versions=versions)
    call = (
        "{{{{ baton.test_valid_intervals(source('data', 'versions'), entity=['user', 'Shop'], valid_from='since', "
        "valid_to='till', allow_gaps={}) }}}}"
    )
    found = found_by(project, len(cases), {"bad": call.format("true"), "gaps": call.format("false")})
    names = ["user", "Shop", "since", "till"]
    for number in range(len(cases)):
        with about(case=number):
            rows = rows_of(versions[number])
            bad = oracles.bad_intervals(rows, names[:2], "since", "till")
            assert_same_rows(found[number, "bad"], bad, names)
            with_gaps = oracles.bad_intervals(rows, names[:2], "since", "till", gaps=False)
            assert_same_rows(found[number, "gaps"], with_gaps, names)


def test_what_is_older_than_it_may_be(project: Project):
    cases = drawn(times=2, seen=tables(user=maybe_keys, seen=maybe_moments, asked=maybe_moments))
    seen = [typed(case["seen"], user="t", seen=START, asked=START + DAY) for case in cases]
    project.put_cases(seen=seen)
    call = "{{ baton.test_features_are_fresh(source('data', 'seen'), event_time='seen', max_age='36h', "
    shares = ["0", "0.5", "0.9"]
    found = found_by(
        project,
        len(cases),
        {
            "newest": call + f"at='{AT}') }}}}",
            "entities": call + f"at='{AT}', entity='user') }}}}",
        }
        | {
            f"asked_{place}": call + f"as_of='asked', entity='user', tolerated_share={share}) }}}}"
            for place, share in enumerate(shares)
        },
    )
    for number in range(len(cases)):
        with about(case=number):
            rows, age = rows_of(seen[number]), timedelta(hours=36)
            newest = oracles.stale_entities([{**row, "all": 1} for row in rows], "all", "seen", AT - age, AT)
            assert_same_rows(found[number, "newest"], newest, ["seen"])
            entities = oracles.stale_entities(rows, "user", "seen", AT - age, AT)
            assert_same_rows(found[number, "entities"], entities, ["user", "seen"])
            for place, share in enumerate(shares):
                stale = oracles.stale_rows(rows, "seen", "asked", age, float(share))
                assert_same_rows(found[number, f"asked_{place}"], stale, ["user", "seen", "asked"])


def test_labels_that_are_not_final(project: Project):
    cases = drawn(
        times=2,
        labels=tables(
            user=keys,
            as_of=moments,
            label=st.sampled_from([0, 1, None]),
            label_is_mature=st.sampled_from([True, False, None]),
            label_window_end=maybe_moments,
        ),
    )
    labels = [
        typed(case["labels"], user="t", as_of=START, label=1, label_is_mature=True, label_window_end=START)
        for case in cases
    ]
    project.put_cases(labels=labels)
    call = "{{ baton.test_label_is_mature(source('data', 'labels'), entity='user', "
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "flagged": ("label_is_mature='label_is_mature'", {"observed_until": None}),
        "observed": (f"observed_until='{AT}'", {"observed_until": AT}),
        "early": (
            f"observed_until='{AT}', decided_early=[1], require_label=true",
            {"observed_until": AT, "early": [1], "required": True},
        ),
        "any_early": (
            "decided_early='any', require_label=true",
            {"observed_until": None, "early": [0, 1], "required": True},
        ),
    }
    found = found_by(project, len(cases), {name: f"{call}{way}) }}}}" for name, (way, _) in ways.items()})
    for number in range(len(cases)):
        for name, (_, options) in ways.items():
            expected = oracles.immature_labels(rows_of(labels[number]), **options)
            with about(case=number, test=name):
                assert_same_rows(found[number, name], expected, ["user", "as_of", "label", "label_is_mature"])


def test_splits_that_know_each_other(project: Project):
    cases = drawn(
        times=3,
        rows=tables(
            size=25,
            user=few_keys,
            as_of=near_moments,
            label_window_end=near_moments,
            split=st.sampled_from(["train", "test", None]),
            Fold=st.sampled_from([1, 2, None]),
        ),
        boundary=st.integers(2, 11),
    )
    random_rows, ordered_rows = [], []
    for case in cases:
        rows = typed(case["rows"], user="t", as_of=START, label_window_end=START, split="train", Fold=1)
        # of rows at random every one is at fault: these are split by a moment, and a few of them not
        moment = START + case["boundary"] * DAY
        ordered = rows.assign(
            split=[
                split if number % 9 == 4 or at is None else "train" if at < moment else "test"
                for number, (at, split) in enumerate(zip(rows["as_of"], rows["split"], strict=True))
            ]
        )
        random_rows.append(rows)
        ordered_rows.append(ordered)
    frames = {"random_rows": random_rows, "ordered_rows": ordered_rows}
    project.put_cases(**frames)
    calls = {}
    for table in frames:
        call = f"{{{{ baton.test_no_split_leakage(source('data', '{table}'), entity='user'"
        calls |= {
            f"{table}_time": call + ") }}",
            f"{table}_fold": call + ", fold='Fold') }}",
            f"{table}_entity": call + ", by='entity') }}",
        }
    found = found_by(project, len(cases), calls)
    names = ["user", "as_of", "split", "window_end"]
    for table, tables_ in frames.items():
        for number, frame in enumerate(tables_):
            with about(case=number, table=table):
                expected = [{**row, "window_end": row["label_window_end"]} for row in rows_of(frame)]
                over_time = oracles.leaks_over_time(expected)
                assert_same_rows(found[number, f"{table}_time"], over_time, names)
                folds = oracles.leaks_over_time(expected, fold="Fold")
                assert_same_rows(found[number, f"{table}_fold"], folds, names)
                entities = oracles.entities_in_splits(expected, ["user"])
                assert_same_rows(found[number, f"{table}_entity"], entities, ["user", "splits"])
