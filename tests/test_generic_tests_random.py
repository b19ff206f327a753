"""The generic tests on random tables: the rows that fail are those that brute force finds."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import oracles_generic_tests as oracles
from bench import Project
from compare import assert_same_rows
from oracles import rows_of
from strategies import START, keys, maybe_keys, maybe_moments, moments, tables

DAY = timedelta(days=1)
AT = START + 15 * DAY

# a few of them, so that rows meet
few_keys = st.sampled_from(["a", "O'Brien", None])
near_moments = st.one_of(st.none(), st.integers(0, 12).map(lambda step: START + step * DAY))


def typed(rows: pd.DataFrame, **values: object) -> pd.DataFrame:
    """The rows after one that gives each column its type."""
    return pd.concat([pd.DataFrame([values], dtype=object)[list(rows.columns)], rows], ignore_index=True)


@given(
    tables(user=maybe_keys, asked=maybe_moments, a_feature_time=maybe_moments, B_Feature_Time=maybe_moments),
    tables(user=maybe_keys, asked=near_moments),
    tables(user=maybe_keys, asked=near_moments),
)
def test_rows_from_the_future_and_rows_that_a_join_lost_or_added(project: Project, asked, here, there):
    asked = typed(asked, user="t", asked=START, a_feature_time=None, B_Feature_Time=START)
    here, there = typed(here, user="t", asked=START), typed(there, user="t", asked=START)
    project.put(asked=asked, here=here, there=there.rename(columns={"user": "User Id"}))
    project.build(
        {
            "future": "{{ baton.test_no_future_features(source('data', 'asked'), as_of='asked', entity='user') }}",
            "strict": "{{ baton.test_no_future_features(source('data', 'asked'), as_of='asked', entity='user', "
            "feature_times='a_feature_time', allow_exact_matches=false) }}",
            "others": "{{ baton.test_same_rows_as(source('data', 'here'), source('data', 'there'), "
            "{'user': 'User Id', 'asked': 'asked'}, compare_where='1 = 1') }}",
        }
    )
    rows, times = rows_of(asked), ["a_feature_time", "B_Feature_Time"]
    columns = ["user", "asked", "feature_time_column", "feature_time"]
    assert_same_rows(project.read("future"), oracles.future_features(rows, "asked", times), columns)
    strict = oracles.future_features(rows, "asked", times[:1], exact=False)
    assert_same_rows(project.read("strict"), strict, columns)
    others = oracles.other_rows(rows_of(here), rows_of(there), ["user", "asked"])
    assert_same_rows(project.read("others"), others, ["user", "asked", "rows_here", "rows_there"])


@given(tables(size=30, user=few_keys, Shop=few_keys, since=near_moments, till=near_moments))
def test_intervals_that_hold_at_no_moment_or_at_one_of_another(project: Project, versions):
    versions = typed(versions, user="t", Shop="t", since=START, till=START + DAY)
    project.put(versions=versions)
    call = (
        "{{{{ baton.test_valid_intervals(source('data', 'versions'), entity=['user', 'Shop'], valid_from='since', "
        "valid_to='till', allow_gaps={}) }}}}"
    )
    project.build({"bad": call.format("true"), "gaps": call.format("false")})
    names = ["user", "Shop", "since", "till"]
    rows = rows_of(versions)
    assert_same_rows(project.read("bad"), oracles.bad_intervals(rows, names[:2], "since", "till"), names)
    with_gaps = oracles.bad_intervals(rows, names[:2], "since", "till", gaps=False)
    assert_same_rows(project.read("gaps"), with_gaps, names)


@given(tables(user=maybe_keys, seen=maybe_moments, asked=maybe_moments), st.sampled_from(["0", "0.5", "0.9"]))
def test_what_is_older_than_it_may_be(project: Project, seen, share):
    seen = typed(seen, user="t", seen=START, asked=START + DAY)
    project.put(seen=seen)
    call = "{{ baton.test_features_are_fresh(source('data', 'seen'), event_time='seen', max_age='36h', "
    project.build(
        {
            "newest": call + f"at='{AT}') }}}}",
            "entities": call + f"at='{AT}', entity='user') }}}}",
            "asked": call + f"as_of='asked', entity='user', tolerated_share={share}) }}}}",
        }
    )
    rows, age = rows_of(seen), timedelta(hours=36)
    newest = oracles.stale_entities([{**row, "all": 1} for row in rows], "all", "seen", AT - age, AT)
    assert_same_rows(project.read("newest"), newest, ["seen"])
    entities = oracles.stale_entities(rows, "user", "seen", AT - age, AT)
    assert_same_rows(project.read("entities"), entities, ["user", "seen"])
    stale = oracles.stale_rows(rows, "seen", "asked", age, float(share))
    assert_same_rows(project.read("asked"), stale, ["user", "seen", "asked"])


@given(
    tables(
        user=keys,
        as_of=moments,
        label=st.sampled_from([0, 1, None]),
        label_is_mature=st.sampled_from([True, False, None]),
        label_window_end=maybe_moments,
    )
)
def test_labels_that_are_not_final(project: Project, labels):
    labels = typed(labels, user="t", as_of=START, label=1, label_is_mature=True, label_window_end=START)
    project.put(labels=labels)
    call = "{{ baton.test_label_is_mature(source('data', 'labels'), entity='user', "
    project.build(
        {
            "flagged": call + "label_is_mature='label_is_mature') }}",
            "observed": call + f"observed_until='{AT}') }}}}",
            "early": call + f"observed_until='{AT}', decided_early=[1], require_label=true) }}}}",
            "any_early": call + "decided_early='any', require_label=true) }}",
        }
    )
    rows = rows_of(labels)
    names = ["user", "as_of", "label", "label_is_mature"]
    assert_same_rows(project.read("flagged"), oracles.immature_labels(rows, None), names)
    assert_same_rows(project.read("observed"), oracles.immature_labels(rows, AT), names)
    early = oracles.immature_labels(rows, AT, early=[1], required=True)
    assert_same_rows(project.read("early"), early, names)
    any_early = oracles.immature_labels(rows, None, early=[0, 1], required=True)
    assert_same_rows(project.read("any_early"), any_early, names)


@given(
    tables(
        size=25,
        user=few_keys,
        as_of=near_moments,
        label_window_end=near_moments,
        split=st.sampled_from(["train", "test", None]),
        Fold=st.sampled_from([1, 2, None]),
    ),
    st.integers(2, 11),
)
def test_splits_that_know_each_other(project: Project, rows, boundary):
    rows = typed(rows, user="t", as_of=START, label_window_end=START, split="train", Fold=1)
    # of rows at random every one is at fault: these are split by a moment, and a few of them not
    moment = START + boundary * DAY
    ordered = rows.assign(
        split=[
            split if number % 9 == 4 or at is None else "train" if at < moment else "test"
            for number, (at, split) in enumerate(zip(rows["as_of"], rows["split"], strict=True))
        ]
    )
    project.put(random_rows=rows, ordered_rows=ordered)
    models = {}
    for table in ("random_rows", "ordered_rows"):
        call = f"{{{{ baton.test_no_split_leakage(source('data', '{table}'), entity='user'"
        models |= {
            f"{table}_time": call + ") }}",
            f"{table}_fold": call + ", fold='Fold') }}",
            f"{table}_entity": call + ", by='entity') }}",
        }
    project.build(models)
    names = ["user", "as_of", "split", "window_end"]
    for table, frame in (("random_rows", rows), ("ordered_rows", ordered)):
        expected = [{**row, "window_end": row["label_window_end"]} for row in rows_of(frame)]
        assert_same_rows(project.read(f"{table}_time"), oracles.leaks_over_time(expected), names)
        folds = oracles.leaks_over_time(expected, fold="Fold")
        assert_same_rows(project.read(f"{table}_fold"), folds, names)
        entities = oracles.entities_in_splits(expected, ["user"])
        assert_same_rows(project.read(f"{table}_entity"), entities, ["user", "splits"])
