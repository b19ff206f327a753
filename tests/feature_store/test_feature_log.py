"""feature_log: what was known when, and nothing ever rewritten."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from test_scd2 import forget

from bench import Project
from compare import assert_same_rows
from oracles_store import after_a_log_run
from stores import histories
from strategies import START

DAY = timedelta(days=1)
CONFIG = "{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns') }}"
CALL = """{{ baton.feature_log(source=source('data', 'history'), entity=['case', 'user'], event_time='happened', features=FEATURES) }}"""
RUNS = 6


def model(features: str = "['Plan', 'visits']") -> str:
    return CONFIG + CALL.replace("FEATURES", features)


@settings(max_examples=settings().max_examples // 10)
@given(seed=st.integers(0, 2**32))
def test_every_observation_is_recorded_once_and_again_when_it_had_been_replaced(project: Project, seed: int):
    """Two hundred histories an example; what is gone from the source stays in the log."""
    forget(project, "log")
    truth: list[dict] = []
    features = ["Plan", "visits"]
    for history in histories(seed, cases=200, runs=RUNS):
        project.put(history=history)
        now = project.build({"log": model(), "now": "select {{ baton.run_start() }} as run_start"})
        truth = after_a_log_run(
            truth,
            history.to_dict("records"),
            now["run_start"][0].to_pydatetime(),
            entity=["case", "user"],
            event_time="happened",
            features=features,
        )
        log = project.read("log")
        assert_same_rows(log, truth)
    columns = list(log.columns)
    assert columns == ["case", "user", "happened", "Plan", "visits", "created_at", "feature_hash"]
    again = project.build({"log": model()})
    pd.testing.assert_frame_equal(
        log.sort_values(columns, ignore_index=True), again.sort_values(columns, ignore_index=True)
    )
    kept = project.build({"log": model()}, full_refresh=True)
    pd.testing.assert_frame_equal(
        log.sort_values(columns, ignore_index=True), kept.sort_values(columns, ignore_index=True)
    )


def observations(*rows: tuple[str, int, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (case, 1, START + day * DAY, START + day * DAY + timedelta(hours=3), plan)
            for case, day, plan in rows
        ],
        columns=["case", "user", "happened", "loaded", "Plan"],
    )


def test_the_first_load_may_say_itself_when_its_rows_were_known(project: Project):
    """Without this, past training sets could not use past rows. Later rows are known from their run on."""
    forget(project, "log")
    log = model("['Plan']").replace(", features", ", created_at='loaded', features")
    project.put(history=observations(("a", 0, "free"), ("a", 5, "pro")))
    first = project.build({"log": log})
    assert (first["created_at"] == first["happened"] + timedelta(hours=3)).all()
    project.put(history=observations(("a", 0, "free"), ("a", 2, "late"), ("a", 5, "pro")))
    second = project.build({"log": log})
    late = second[second["Plan"] == "late"]["created_at"].item()
    assert late > datetime(2026, 1, 1)
    assert_same_rows(
        second,
        [
            {"Plan": "free", "created_at": START + timedelta(hours=3)},
            {"Plan": "late", "created_at": late.to_pydatetime()},
            {"Plan": "pro", "created_at": START + 5 * DAY + timedelta(hours=3)},
        ],
    )


def test_a_new_feature_column_is_an_observation_only_where_it_says_something(project: Project):
    forget(project, "log")
    history = observations(("a", 0, "free"), ("b", 0, "pro")).drop(columns="loaded")
    project.put(history=history)
    project.build({"log": model("['Plan']")})
    project.put(history=history.assign(score=pd.Series([None, 0.5], dtype=object)))
    log = project.build({"log": model("['Plan', 'score']")})
    assert_same_rows(
        log,
        [{"case": "a", "score": None}, {"case": "b", "score": None}, {"case": "b", "score": 0.5}],
    )


def test_a_store_over_a_log_is_the_store_of_what_was_last_said(project: Project):
    """A correction comes later than the row that it corrects, so the log's created_at decides."""
    forget(project, "log", "store")
    store = """{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['"case"', '"user"']) }}
        {{ baton.scd2(source=ref('log'), entity=['case', 'user'], event_time='happened', created_at='created_at', features=['Plan']) }}"""
    for plan in ("free", "pro", "free"):
        project.put(history=observations(("a", 0, plan), ("a", 5, "team")).drop(columns="loaded"))
        result = project.build({"log": model("['Plan']"), "store": store})
        assert_same_rows(
            result,
            [
                {"Plan": plan, "valid_from": START, "valid_to": START + 5 * DAY},
                {"Plan": "team", "valid_from": START + 5 * DAY, "valid_to": None},
            ],
        )
    assert len(project.read("log")) == 4


def test_one_error_names_all_that_is_wrong(duckdb_project: Project):
    duckdb_project.put(history=observations(("a", 0, "free")).assign(created_at=START))
    message = duckdb_project.error(
        "{{ config(materialized='incremental', unique_key='case') }}{{ baton.feature_log(source=source('data', 'history'), entity='case', event_time='hapened') }}"
    )
    assert "baton.feature_log: 2 problems in model 'result'" in message
    assert 'source has no column "hapened", it has happened, case, user, loaded, Plan, created_at' in message
    assert "but a log is append-only: configure only incremental_strategy='append'" in message
    message = duckdb_project.error(
        "{{ baton.feature_log(source=source('data', 'history'), entity='case', event_time='happened') }}"
    )
    assert "features names 'created_at', which feature_log adds itself" in message
    message = duckdb_project.error(
        "{{ baton.feature_log(source=source('data', 'history'), entity='case', event_time='created_at') }}"
    )
    assert "event_time names 'created_at', which feature_log adds itself" in message
