"""scd2 against brute force: after any sequence of runs the table is what a full rebuild would give."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import START, keys, maybe_keys, maybe_moments, moments, tables

DAY = timedelta(days=1)
MODEL = """
{{ config(materialized='incremental', unique_key=['"user"', '"Group"'], incremental_strategy='delete+insert', on_schema_change='append_new_columns') }}
{{ baton.scd2(source=source('data', 'history'), entity=['user', 'Group'], features=FEATURES, event_time='order', created_at='known') }}
"""
COLUMNS = ["user", "Group", "Plan", "visits", "valid_from", "valid_to"]
TYPED = {"user": "typed", "Group": "g", "order": START, "known": START, "Plan": "x", "visits": 1, "batch": 0}

histories = tables(
    size=150,
    user=keys,
    Group=maybe_keys,
    order=maybe_moments,
    known=moments,
    Plan=st.sampled_from(["it's", "", "a", None]),
    visits=st.sampled_from([1, 2, None]),
    batch=st.integers(0, 3),
)


def model(features: str = "['Plan', 'visits']") -> str:
    return MODEL.replace("FEATURES", features)


def forget(project: Project, name: str) -> None:
    project.execute(f'drop table if exists {{schema}}."{name}"')


def distinct_ties(history: pd.DataFrame) -> pd.DataFrame:
    """Of rows that nothing but their hash could decide, one."""
    return history.drop_duplicates(["user", "Group", "order", "known"], ignore_index=True)


def versions(history: pd.DataFrame) -> list[dict]:
    return oracles.scd2(
        oracles.rows_of(history), ["user", "Group"], ["Plan", "visits"], event_time="order", ties=["known"]
    )


@settings(max_examples=max(3, settings().max_examples // 3))
@given(history=histories)
def test_any_sequence_of_runs_equals_a_full_rebuild(project: Project, history):
    """Rows arrive in four batches in no order of time: late ones, corrections, several versions in one run."""
    history = distinct_ties(pd.concat([pd.DataFrame([TYPED], dtype=object), history], ignore_index=True))
    forget(project, "store")
    for batch in range(4):
        arrived = history[history["batch"] <= batch]
        project.put(history=arrived)
        store = project.build({"store": model()})
        assert_same_rows(store, versions(arrived), COLUMNS)
        assert (store["is_current"] == store["valid_to"].isna()).all()
        assert store["surrogate_key"].is_unique
    again = project.build({"store": model()})
    pd.testing.assert_frame_equal(
        *(frame.sort_values("surrogate_key", ignore_index=True) for frame in (store, again))
    )
    rebuilt = project.build({"store": model()}, full_refresh=True)
    pd.testing.assert_frame_equal(
        *(frame.sort_values("surrogate_key", ignore_index=True) for frame in (store, rebuilt))
    )


def small_history() -> pd.DataFrame:
    rows = [("a", "g", 0, "free", 1), ("a", "g", 5, "pro", 1), ("b", "g", 0, "free", None)]
    return pd.DataFrame(
        [
            (user, group, START + day * DAY, START + day * DAY, plan, visits)
            for user, group, day, plan, visits in rows
        ],
        columns=["user", "Group", "order", "known", "Plan", "visits"],
    )


def test_only_entities_with_news_are_written_and_unchanged_versions_keep_their_record(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    before = project.build({"store": model()}).set_index("surrogate_key")
    late = pd.DataFrame(
        [("a", "g", START + 2 * DAY, START + 9 * DAY, "trial", 1)], columns=small_history().columns
    )
    project.put(history=pd.concat([small_history(), late]))
    after = project.build({"store": model()}).set_index("surrogate_key")
    assert len(after) == len(before) + 1
    assert (after.loc[before.index, "recorded_at"] == before["recorded_at"]).all()
    new = after.drop(before.index).iloc[0]
    assert new["recorded_at"] > before["recorded_at"].max()
    assert (new["Plan"], new["valid_from"], new["valid_to"]) == ("trial", START + 2 * DAY, START + 5 * DAY)


def test_a_correction_takes_a_version_away(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    project.build({"store": model()})
    correction = pd.DataFrame(
        [("a", "g", START + 5 * DAY, START + 9 * DAY, "free", 1)], columns=small_history().columns
    )
    project.put(history=pd.concat([small_history(), correction]))
    store = project.build({"store": model()})
    assert_same_rows(
        store,
        [
            {"user": "a", "Plan": "free", "valid_from": START, "valid_to": None},
            {"user": "b", "Plan": "free", "valid_from": START, "valid_to": None},
        ],
    )


def test_a_new_feature_column_opens_no_versions(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    before = project.build({"store": model()})
    project.put(history=small_history().assign(score=pd.Series([None, None, 0.5], dtype=object)))
    after = project.build({"store": model("['Plan', 'visits', 'score']")})
    assert len(after) == len(before)
    merged = after.merge(before, on="surrogate_key", suffixes=("", "_before"))
    changed = merged["feature_hash"] != merged["feature_hash_before"]
    assert merged.loc[changed, "user"].tolist() == ["b"]
    assert (merged.loc[~changed, "recorded_at"] == merged.loc[~changed, "recorded_at_before"]).all()


def test_features_default_to_all_other_columns(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    store = project.build({"store": model("none")})
    assert list(store.columns) == [
        "user",
        "Group",
        "Plan",
        "visits",
        "valid_from",
        "valid_to",
        "is_current",
        "feature_hash",
        "surrogate_key",
        "recorded_at",
    ]


def test_the_surrogate_key_is_that_of_dbt_utils(project: Project):
    import hashlib

    forget(project, "store")
    project.put(history=small_history())
    store = project.build({"store": model()})
    for row in store.itertuples():
        text = f"{row.user}-{row.Group}-{row.valid_from:%Y-%m-%d %H:%M:%S}"
        assert row.surrogate_key == hashlib.md5(text.encode()).hexdigest()


def test_a_full_refresh_with_another_entity_or_another_type_starts_anew(project: Project):
    forget(project, "store")
    both = small_history().assign(Group=["g", "h", "g"], Plan="free", visits=1, order=START, known=START)
    project.put(history=both)
    assert len(project.build({"store": model()})) == 3
    alone = model().replace("['user', 'Group']", "'user'")
    assert_same_rows(project.build({"store": alone}, full_refresh=True), [{"user": "a"}, {"user": "b"}])
    project.put(history=both.assign(user=[1, 1, 2]))
    assert_same_rows(project.build({"store": alone}, full_refresh=True), [{"user": 1}, {"user": 2}])


def test_errors(duckdb_project: Project):
    duckdb_project.put(history=small_history())
    message = duckdb_project.error(
        "{{ baton.scd2(source=source('data', 'history'), entity='user', source_shape='snapshot', hard_deletes='drop', tie_breaker=[1]) }}"
    )
    for part in (
        "baton.scd2: 3 problems",
        "tie_breaker holds 1",
        'hard_deletes is "drop", expected one of ignore, invalidate, new_record',
        "source_shape 'snapshot' is not built yet",
    ):
        assert part in message
    message = duckdb_project.error(
        "{{ baton.scd2(source=source('data', 'history'), entity='user', event_time='order', features=['Plan', 'Planet', 'user']) }}"
    )
    assert 'source has no column "Planet", it has user, Group, order, known, Plan, visits' in message
