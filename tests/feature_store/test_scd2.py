"""scd2 of a history: after any sequence of runs the table equals a full rebuild."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import Project
from compare import assert_same_rows
from oracles_store import versions_of
from stores import histories
from strategies import START

DAY = timedelta(days=1)
CALL = """{{ baton.scd2(source=source('data', 'history'), entity=['case', 'user'], features=FEATURES,
    event_time='happened', created_at='known') }}"""
BY_ENTITY = """{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['"case"', '"user"'],
    on_schema_change='append_new_columns') }}"""
BY_VERSION = """{{ config(materialized='incremental', incremental_strategy='merge', unique_key='version_id',
    on_schema_change='append_new_columns') }}"""
BY_VERSION_IN_TWO_STEPS = BY_VERSION.replace("'merge'", "'delete+insert'")
WHOLE = "{{ config(materialized='table') }}"
WAYS = {"store": BY_ENTITY, "merged": BY_VERSION, "replaced": BY_VERSION_IN_TWO_STEPS, "whole": WHOLE}
COLUMNS = ["case", "user", "Plan", "visits", "valid_from", "valid_to"]
RUNS = 6
# the feature `order` is there from this run on
ORDER_FROM = 3


def call(features: str = "['Plan', 'visits']") -> str:
    return CALL.replace("FEATURES", features)


def forget(project: Project, *names: str) -> None:
    for name in names:
        project.execute(f'drop table if exists {{schema}}."{name}"')


def sorted_by_key(store: pd.DataFrame) -> pd.DataFrame:
    return store.sort_values("surrogate_key", ignore_index=True)[sorted(store.columns)]


@settings(max_examples=settings().max_examples // 10)
@given(seed=st.integers(0, 2**32))
def test_any_sequence_of_runs_equals_a_full_rebuild(project: Project, seed: int):
    """Two hundred histories an example: six runs each, by every way to write them, and the record of each version."""
    forget(project, *WAYS)
    recorded: dict[tuple, datetime] = {}
    for run, history in enumerate(histories(seed, cases=200, runs=RUNS)):
        features = ["Plan", "visits"] + (["order"] if run >= ORDER_FROM else [])
        project.put(history=history)
        models = {name: config + call(str(features)) for name, config in WAYS.items()}
        store = project.build({**models, "now": "select {{ baton.run_start() }} as run_start"})
        run_start = store["run_start"][0].to_pydatetime()
        store = sorted_by_key(project.read("store"))
        expected = versions_of(history.to_dict("records"), ["case", "user"], features, "happened", ["known"])
        before = recorded
        recorded = {}
        for row in expected:
            row["is_current"] = row["valid_to"] is None
            version = tuple(
                repr(row.get(name)) for name in ("case", "user", "valid_from", "Plan", "visits", "order")
            )
            row["recorded_at"] = recorded[version] = before.get(version, run_start)
        assert_same_rows(store, expected)
        assert store["surrogate_key"].is_unique and store["version_id"].is_unique
        for other in ("merged", "replaced", "whole"):
            pd.testing.assert_frame_equal(store, sorted_by_key(project.read(other)), check_dtype=False)
    forget(project, "rebuilt")
    rebuilt = project.build({name: BY_ENTITY + call(str(features)) for name in ("store", "rebuilt")})
    pd.testing.assert_frame_equal(store, sorted_by_key(project.read("store")))
    rebuilt = sorted_by_key(rebuilt)
    pd.testing.assert_frame_equal(
        store.drop(columns="recorded_at"), rebuilt.drop(columns="recorded_at"), check_dtype=False
    )
    refreshed = sorted_by_key(project.build({"store": BY_ENTITY + call(str(features))}, full_refresh=True))
    pd.testing.assert_frame_equal(store, refreshed, check_dtype=False)


def small_history() -> pd.DataFrame:
    rows = [("a", "g", 0, "free", 1), ("a", "g", 5, "pro", 1), ("b", "g", 0, "free", None)]
    return pd.DataFrame(
        [
            (case, user, START + day * DAY, START + day * DAY, plan, visits)
            for case, user, day, plan, visits in rows
        ],
        columns=["case", "user", "happened", "known", "Plan", "visits"],
    )


def with_row(*row: object) -> pd.DataFrame:
    return pd.concat([small_history(), pd.DataFrame([row], columns=small_history().columns)])


def test_only_entities_with_news_are_written_and_unchanged_versions_keep_their_record(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    before = project.build({"store": BY_ENTITY + call()}).set_index("surrogate_key")
    place = "ctid::text" if project.engine.name == "postgres" else "rowid"
    places = f'select "case", surrogate_key, {place} as place from {{schema}}.store where "case" = \'b\''
    untouched = project.query(places)
    project.put(history=with_row("a", "g", START + 2 * DAY, START + 9 * DAY, "trial", 1))
    after = project.build({"store": BY_ENTITY + call()}).set_index("surrogate_key")
    pd.testing.assert_frame_equal(project.query(places), untouched)
    assert len(after) == len(before) + 1
    assert (after.loc[before.index, "recorded_at"] == before["recorded_at"]).all()
    new = after.drop(before.index).iloc[0]
    assert new["recorded_at"] > before["recorded_at"].max()
    assert (new["Plan"], new["valid_from"], new["valid_to"]) == ("trial", START + 2 * DAY, START + 5 * DAY)


def test_a_run_without_news_writes_nothing(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    project.build({"store": BY_ENTITY + call()})
    written = "xmin::text" if project.engine.name == "postgres" else "rowid"
    rows = f"select surrogate_key, {written} as written from {{schema}}.store order by surrogate_key"
    before = project.query(rows)
    project.build({"store": BY_ENTITY + call()})
    pd.testing.assert_frame_equal(project.query(rows), before)


def test_a_new_feature_column_opens_no_versions(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    before = project.build({"store": BY_ENTITY + call()})
    project.put(history=small_history().assign(score=pd.Series([None, None, 0.5], dtype=object)))
    after = project.build({"store": BY_ENTITY + call("['Plan', 'visits', 'score']")})
    assert len(after) == len(before)
    merged = after.merge(before, on="surrogate_key", suffixes=("", "_before"))
    changed = merged["feature_hash"] != merged["feature_hash_before"]
    assert merged.loc[changed, "case"].tolist() == ["b"]
    assert (merged.loc[~changed, "recorded_at"] == merged.loc[~changed, "recorded_at_before"]).all()


def test_a_new_feature_that_dbt_would_not_add_is_left_out_with_a_warning(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    model = BY_ENTITY.replace("append_new_columns", "ignore")
    before = project.build({"store": model + call()})
    project.put(history=small_history().assign(score=0.5))
    after = project.build({"store": model + call("['Plan', 'visits', 'score']")})
    pd.testing.assert_frame_equal(sorted_by_key(before), sorted_by_key(after))
    assert any("baton.scd2 leaves out score in model 'store'" in warning for warning in project.warnings)


def test_a_history_that_is_empty_at_first_and_at_last(project: Project):
    forget(project, "store")
    project.put(
        history=with_row("typed", "", None, None, "", 1)[3:]
        .astype({"visits": object})
        .assign(
            happened=pd.Series([None], dtype="datetime64[us]"),
            known=pd.Series([None], dtype="datetime64[us]"),
        )
    )
    assert project.build({"store": BY_ENTITY + call()}).empty
    project.put(history=small_history())
    assert len(project.build({"store": BY_ENTITY + call()})) == 3
    project.put(history=small_history().head(0))
    cleared = call().replace("created_at=", "on_empty_source='clear', created_at=")
    assert project.build({"store": BY_ENTITY + cleared}).empty


def test_features_default_to_all_other_columns(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    store = project.build({"store": BY_ENTITY + call("none")})
    assert list(store.columns) == [
        "case", "user", "Plan", "visits", "valid_from", "valid_to", "is_current",
        "feature_hash", "surrogate_key", "version_id", "recorded_at", "source_hash",
    ]  # fmt: skip


def test_the_surrogate_key_is_that_of_dbt_utils(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    for row in project.build({"store": BY_ENTITY + call()}).itertuples():
        text = f"{row.case}-{row.user}-{row.valid_from:%Y-%m-%d %H:%M:%S}"
        assert row.surrogate_key == hashlib.md5(text.encode()).hexdigest()


def test_a_store_of_before_the_source_hash_gets_one(project: Project):
    forget(project, "store")
    project.put(history=small_history())
    before = project.build({"store": BY_ENTITY + call()})
    project.execute("alter table {schema}.store drop column source_hash")
    after = project.build({"store": BY_ENTITY + call()})
    pd.testing.assert_frame_equal(sorted_by_key(before), sorted_by_key(after))


def test_a_full_refresh_with_another_entity_or_another_type_starts_anew(project: Project):
    forget(project, "store")
    both = small_history().assign(user=["g", "h", "g"], Plan="free", visits=1, happened=START, known=START)
    project.put(history=both)
    assert len(project.build({"store": BY_ENTITY + call()})) == 3
    alone = BY_ENTITY.replace("""['"case"', '"user"']""", "'\"case\"'") + call().replace(
        "['case', 'user']", "'case'"
    )
    assert_same_rows(project.build({"store": alone}, full_refresh=True), [{"case": "a"}, {"case": "b"}])
    project.put(history=both.assign(case=[1, 1, 2]))
    assert_same_rows(project.build({"store": alone}, full_refresh=True), [{"case": 1}, {"case": 2}])


def test_keys_with_the_same_surrogate_key_are_not_mixed(project: Project):
    """dbt_utils joins keys by a dash, so x-y with z has the surrogate key of x with y-z."""
    forget(project, "store")
    first = pd.DataFrame(
        [(case, user, START, START, "free", 1) for case, user in (("x-y", "z"), ("x", "y-z"))],
        columns=small_history().columns,
    )
    project.put(history=first)
    project.build({"store": BY_ENTITY + call()})
    project.put(history=pd.concat([first, first.assign(happened=START + DAY, Plan="pro")]))
    store = project.build({"store": BY_ENTITY + call()})
    assert_same_rows(
        store,
        [
            {"case": case, "user": user, "Plan": plan, "valid_from": at}
            for case, user in (("x-y", "z"), ("x", "y-z"))
            for plan, at in (("free", START), ("pro", START + DAY))
        ],
    )
    project.put(history=first.head(1))
    assert_same_rows(
        project.build({"store": BY_ENTITY + call()}), [{"case": "x-y", "user": "z", "Plan": "free"}]
    )


def test_an_empty_run_takes_nothing_away(project: Project):
    """With `--empty` no row of the source is read, which does not mean that all rows were deleted."""
    project.put(history=small_history())
    for config in (BY_ENTITY, BY_VERSION):
        forget(project, "store")
        before = sorted_by_key(project.build({"store": config + call()}))
        after = project.build({"store": config + call()}, flags=["--empty"])
        pd.testing.assert_frame_equal(before, sorted_by_key(after))


def test_what_takes_versions_away_satisfies_a_contract_and_is_found_by_nobody(project: Project):
    types = {
        "case": "text",
        "user": "text",
        "visits": "double precision",
        "valid_from": "timestamp",
        "valid_to": "timestamp",
    }
    types |= {
        "is_current": "boolean",
        "feature_hash": "text",
        "surrogate_key": "text",
        "version_id": "text",
        "recorded_at": "timestamp",
    }
    columns = [
        {
            "name": name,
            "data_type": type_,
            "constraints": [{"type": "not_null"}] if name not in ("visits", "valid_to") else [],
            "quote": name in ("case", "user"),
        }
        for name, type_ in types.items()
    ]
    columns.append({"name": "source_hash", "data_type": "bigint"})
    yml = {"models": [{"name": "store", "config": {"contract": {"enforced": True}}, "columns": columns}]}
    seen = "insert into {{ this.schema }}.seen select count(*) from {{ this }} where valid_to is null or valid_from < valid_to"
    for config in (BY_ENTITY, BY_VERSION):
        forget(project, "store", "seen")
        project.execute("create table {schema}.seen (found bigint)")
        store = config.replace("config(", f'config(post_hook="{seen}", ') + call("['visits']")
        project.put(history=small_history())
        project.build({"store": store}, yml=yml)
        project.put(history=small_history().iloc[1:2])
        assert_same_rows(
            project.build({"store": store}, yml=yml), [{"case": "a", "valid_from": START + 5 * DAY}]
        )
        assert project.read("seen")["found"].tolist() == [2, 1]


def test_an_entity_in_quotes_is_the_unique_key_in_quotes(duckdb_project: Project):
    forget(duckdb_project, "store")
    duckdb_project.put(history=small_history())
    quoted = call().replace("['case', 'user']", """['"case"', '"user"']""")
    assert len(duckdb_project.build({"store": BY_ENTITY + quoted})) == 3
    duckdb_project.put(history=small_history().assign(Valid_To=START))
    message = duckdb_project.error({"store": BY_ENTITY + call("['Plan', 'Valid_To']")})
    assert "features names 'Valid_To', which scd2 adds itself" in message
    named = small_history().assign(valid_from=START, version_id="x")
    duckdb_project.put(history=named)
    message = duckdb_project.error(
        "{{ baton.scd2(source=source('data', 'history'), entity='version_id', event_time='happened', created_at='valid_from') }}"
    )
    assert "entity names 'version_id', which scd2 adds itself" in message
    assert "created_at names 'valid_from', which scd2 adds itself" in message
    duckdb_project.put(history=small_history()[["user", "happened", "Plan"]])
    message = duckdb_project.error(
        "{{ baton.scd2(source=source('data', 'history'), entity='user', event_time='happened', created_at='Plan') }}"
    )
    assert (
        "features is missing, and every column of source is a key or has another part in the call" in message
    )


def test_one_error_names_all_that_is_wrong(duckdb_project: Project):
    duckdb_project.put(history=small_history())
    message = duckdb_project.error(
        "{{ baton.scd2(source=source('data', 'history'), entity='user', source_shape='list', hard_deletes='drop', tie_breaker=[1]) }}"
    )
    for part in (
        "baton.scd2: 3 problems in model 'result'",
        "tie_breaker contains 1",
        'source_shape is "list", expected one of history, snapshot',
        'hard_deletes is "drop", expected one of ignore, invalidate, new_record',
    ):
        assert part in message
    message = duckdb_project.error(
        "{{ baton.scd2(source=source('data', 'history'), entity='user', event_time='order', features=['Plan', 'Planet', 'user']) }}"
    )
    assert 'source has no column "order", it has case, user, happened, known, Plan, visits' in message
    assert 'source has no column "Planet"' in message
    message = duckdb_project.error(
        "{{ baton.scd2(source=source('data', 'history'), entity='user', hard_deletes='invalidate') }}"
    )
    assert "event_time is missing, expected the name of a column" in message
    assert (
        "hard_deletes is \"invalidate\", but a history has no deletes; use it with source_shape 'snapshot'"
        in message
    )


def test_a_model_that_could_not_take_versions_away_is_refused(duckdb_project: Project):
    duckdb_project.put(history=small_history())
    for config, part in (
        ("", "the model's unique_key is missing, expected the entity (case, user) or version_id"),
        (
            ", unique_key='user'",
            'the model\'s unique_key is "user", expected the entity (case, user) or version_id',
        ),
        (
            ", unique_key=['case', 'user'], incremental_strategy='merge'",
            "the model's unique_key is its entity, but the strategy merge needs unique_key='version_id'",
        ),
        (
            ", unique_key='version_id', incremental_strategy='append'",
            "the model's incremental_strategy is \"append\", expected delete+insert or merge; where there is neither, materialized='table' gives the same rows",
        ),
    ):
        forget(duckdb_project, "result")
        message = duckdb_project.error("{{ config(materialized='incremental'" + config + ") }}" + call())
        assert "baton.scd2: 1 problem in model 'result'" in message
        assert part in message
