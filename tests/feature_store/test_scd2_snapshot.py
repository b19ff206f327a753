"""scd2 of a snapshot: each run reads the current state of every entity, and the table keeps earlier states."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scd2 import BY_ENTITY, BY_VERSION, WHOLE, forget, sorted_by_key

from bench import Project
from compare import assert_same_rows
from oracles_store import after_a_snapshot
from stores import snapshots
from strategies import START

CALL = """{{ baton.scd2(source=source('data', 'state'), entity=['case', 'user'], features=FEATURES, event_time=EVENT_TIME,
    tie_breaker=['known'], source_shape='snapshot', hard_deletes='DELETES') }}"""
RUNS = 6
ORDER_FROM = 3
# name: (how it is written, event_time, hard_deletes)
STORES = {
    "ignoring": (BY_ENTITY, None, "ignore"),
    "invalidating": (BY_ENTITY, None, "invalidate"),
    "recording": (BY_ENTITY, None, "new_record"),
    "ignoring_in_time": (BY_VERSION, "happened", "ignore"),
    "invalidating_in_time": (BY_VERSION, "happened", "invalidate"),
    "recording_in_time": (BY_VERSION, "happened", "new_record"),
    "whole": (WHOLE, "happened", "invalidate"),
}


def call(features: list[str], event_time: str | None, deletes: str) -> str:
    return (
        CALL.replace("FEATURES", str(features))
        .replace("EVENT_TIME", repr(event_time) if event_time else "none")
        .replace("DELETES", deletes)
    )


@settings(max_examples=settings().max_examples // 10)
@given(seed=st.integers(0, 2**32))
def test_any_sequence_of_runs_gives_the_versions_of_the_truth(project: Project, seed: int):
    """Two hundred cases of two entities per example: six runs each, every value of hard_deletes, with and without event times."""
    forget(project, *STORES)
    truth: dict[str, list[dict]] = {name: [] for name in STORES}
    recorded: dict[tuple, datetime] = {}
    for run, state in enumerate(snapshots(seed, cases=200, runs=RUNS)):
        features = ["Plan", "visits"] + (["order"] if run >= ORDER_FROM else [])
        project.put(state=state)
        models = {
            name: config + call(features, time, deletes) for name, (config, time, deletes) in STORES.items()
        }
        run_start = project.build({**models, "now": "select {{ baton.run_start() }} as run_start"})
        run_start = run_start["run_start"][0].to_pydatetime()
        for name, (_, time, deletes) in STORES.items():
            truth[name] = after_a_snapshot(
                truth[name],
                state.to_dict("records"),
                run_start,
                entity=["case", "user"],
                features=features,
                ties=["known"],
                event_time=time,
                hard_deletes=deletes,
            )
            for row in truth[name]:
                row["is_current"] = row["valid_to"] is None
                version = (name, row["case"], row["user"], row["valid_from"])
                row["recorded_at"] = recorded.setdefault(version, run_start)
                row.setdefault("order", None)
            store = project.read(name)
            assert store["surrogate_key"].is_unique
            columns = ["case", "user", *features, "valid_from", "valid_to", "is_current", "recorded_at"]
            assert_same_rows(
                store, truth[name], columns + (["is_deleted"] if deletes == "new_record" else [])
            )
    before = {name: sorted_by_key(project.read(name)) for name in STORES}
    project.build(models)
    for name in STORES:
        pd.testing.assert_frame_equal(before[name], sorted_by_key(project.read(name)))
    project.build(models, full_refresh=True)
    for name in STORES:
        pd.testing.assert_frame_equal(before[name], sorted_by_key(project.read(name)), check_dtype=False)


def small_state(**changes: object) -> pd.DataFrame:
    rows = {"a": ("a", 1, "free", 1), "b": ("b", 1, "pro", None), **changes}
    return pd.DataFrame([row for row in rows.values() if row], columns=["case", "user", "Plan", "visits"])


def model(deletes: str = "ignore", features: str = "['Plan', 'visits']", config: str = BY_ENTITY) -> str:
    return config + call([], None, deletes).replace("[], event", f"{features}, event").replace(
        "['known']", "[]"
    )


def test_a_full_refresh_keeps_the_past(project: Project):
    forget(project, "store")
    project.put(state=small_state())
    first = project.build({"store": model("invalidate")})
    project.put(state=small_state(a=("a", 1, "pro", 1), b=None))
    after = project.build({"store": model("invalidate")}, full_refresh=True)
    changed_at = after["recorded_at"].max()
    assert_same_rows(
        after,
        [
            {"case": "a", "Plan": "free", "valid_from": first["valid_from"][0], "valid_to": changed_at},
            {"case": "a", "Plan": "pro", "valid_from": changed_at, "valid_to": None},
            {"case": "b", "Plan": "pro", "valid_from": first["valid_from"][0], "valid_to": changed_at},
        ],
    )


def test_a_full_refresh_with_another_entity_starts_anew(project: Project):
    forget(project, "store")
    project.put(state=small_state())
    both = model(config=BY_VERSION)
    project.build({"store": both})
    alone = both.replace("['case', 'user']", "'case'")
    first = project.build({"store": alone}, full_refresh=True)
    assert_same_rows(first, [{"case": "a", "valid_to": None}, {"case": "b", "valid_to": None}])


def test_a_new_feature_opens_versions_only_where_it_says_something(project: Project):
    """Its values were not known before, so they must not be in a version that began earlier."""
    forget(project, "store")
    project.put(state=small_state())
    project.build({"store": model()})
    project.put(state=small_state().assign(score=pd.Series([None, 0.5], dtype=object)))
    store = project.build({"store": model(features="['Plan', 'visits', 'score']")})
    assert_same_rows(
        store,
        [
            {"case": "a", "score": None, "is_current": True},
            {"case": "b", "score": None, "is_current": False},
            {"case": "b", "score": 0.5, "is_current": True},
        ],
    )


def test_deletes_can_be_recorded_from_some_day_on(project: Project):
    forget(project, "store")
    project.put(state=small_state())
    project.build({"store": model("ignore")})
    project.put(state=small_state(b=None))
    store = project.build({"store": model("new_record")})
    store["is_deleted"] = store["is_deleted"].fillna(False)
    assert_same_rows(
        store,
        [
            {"case": "a", "is_deleted": False, "is_current": True},
            {"case": "b", "is_deleted": False, "is_current": False},
            {"case": "b", "is_deleted": True, "is_current": True},
        ],
    )


def test_only_entities_with_news_are_written(project: Project):
    forget(project, "store")
    project.put(state=small_state())
    project.build({"store": model("invalidate")})
    place = "ctid::text" if project.engine.name == "postgres" else "rowid"
    places = f"select surrogate_key, {place} as place from {{schema}}.store where \"case\" = 'b'"
    before = project.query(places)
    project.put(state=small_state(a=("a", 1, "pro", 1)))
    project.build({"store": model("invalidate")})
    pd.testing.assert_frame_equal(project.query(places), before)


def test_a_change_is_placed_at_the_earliest_where_the_last_version_begins(project: Project):
    """A version that begins in the future is followed by one that begins a microsecond later, never before it."""
    forget(project, "store")
    ahead = pd.Timestamp("2100-01-01")
    project.put(state=small_state().assign(at=ahead))
    timed = model("invalidate").replace("event_time=none", "event_time='at'")
    project.build({"store": timed})
    project.put(state=small_state(a=("a", 1, "pro", 1), b=None).assign(at=ahead))
    after = ahead + pd.Timedelta("1us")
    assert_same_rows(
        project.build({"store": timed}),
        [
            {"case": "a", "Plan": "free", "valid_from": ahead, "valid_to": after},
            {"case": "a", "Plan": "pro", "valid_from": after, "valid_to": None},
            {"case": "b", "Plan": "pro", "valid_from": ahead, "valid_to": after},
        ],
    )


def test_features_may_have_any_name_that_is_not_one_of_the_store(project: Project):
    """A table with its own column is_deleted, and with names that the SQL might use internally."""
    forget(project, "store")
    names = ["is_deleted", "changed_at", "free_from", "is_last", "is_gone", "stored", "versions"]
    values = dict.fromkeys(names, START) | {"is_deleted": True}
    features = str(["Plan", *names])
    project.put(state=small_state().assign(**values))
    first = project.build({"store": model("invalidate", features)})
    pd.testing.assert_frame_equal(
        sorted_by_key(first), sorted_by_key(project.build({"store": model("invalidate", features)}))
    )
    project.put(state=small_state(a=("a", 1, "pro", 1)).assign(**values))
    store = project.build({"store": model("invalidate", features)})
    began, changed = first["valid_from"][0], store["valid_from"].max()
    assert_same_rows(
        store,
        [
            {"case": case, "Plan": plan, "valid_from": start, "valid_to": end, **values}
            for case, plan, start, end in (
                ("a", "free", began, changed),
                ("a", "pro", changed, None),
                ("b", "pro", began, None),
            )
        ],
    )


def test_deletes_on_record_stay_on_record_when_no_more_are_recorded(project: Project):
    for config in (BY_ENTITY, BY_ENTITY.replace("append_new_columns", "ignore")):
        forget(project, "store")
        for deletes, state in (
            ("new_record", small_state()),
            ("new_record", small_state(b=None)),
            ("ignore", small_state()),
        ):
            project.put(state=state)
            store = project.build({"store": model(deletes, config=config)})
        assert_same_rows(
            store,
            [
                {"case": "a", "is_deleted": False, "is_current": True},
                {"case": "b", "is_deleted": False, "is_current": False},
                {"case": "b", "is_deleted": True, "is_current": False},
                {"case": "b", "is_deleted": False, "is_current": True},
            ],
        )


def test_an_empty_run_closes_no_version(project: Project):
    project.put(state=small_state())
    for deletes in ("ignore", "invalidate", "new_record"):
        forget(project, "store")
        before = project.build({"store": model(deletes)})
        after = project.build({"store": model(deletes)}, flags=["--empty"])
        pd.testing.assert_frame_equal(sorted_by_key(before), sorted_by_key(after))


def test_a_full_refresh_with_a_key_of_another_type_does_not_lose_the_past(project: Project):
    forget(project, "store", "log")
    log = """{{ config(materialized='incremental', incremental_strategy='append') }}
        {{ baton.feature_log(source=source('data', 'state'), entity=['case', 'user'], event_time='at') }}"""
    project.put(state=small_state().assign(at=START))
    before = project.build({"log": log, "store": model()})
    project.put(state=small_state().assign(at=START, user=["1", "1"]))
    for name, text in (("store", model()), ("log", log)):
        message = project.error({name: text}, full_refresh=True)
        assert "the key 'user' is of type" in message
        assert "so a full refresh would lose the past" in message
    pd.testing.assert_frame_equal(before, project.read("store"))


def test_a_full_refresh_with_midnights_for_dates_as_keys_does_not_lose_the_past(project: Project):
    """Versions are identified by the text of their keys, which differs between the types, also in the next refresh."""
    forget(project, "store")
    project.put(state=small_state().assign(user=START.date()))
    before = project.build({"store": model()})
    project.put(state=small_state().assign(user=START, visits=5))
    assert "so a full refresh would lose the past" in project.error({"store": model()}, full_refresh=True)
    pd.testing.assert_frame_equal(before, project.read("store"))
