"""Feature stores while their sources change: types, names and columns, empty sources, and faults from outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from test_scd2 import forget

from bench import Project
from compare import assert_same_rows

DAY = timedelta(days=1)
MAY = datetime(2024, 5, 1)
HISTORY = "{{{{ baton.scd2(source=source('data', '{}'), entity='pump', event_time='read_at'{}) }}}}"
STATE = "{{{{ baton.scd2(source=source('data', '{}'), entity='pump', source_shape='snapshot', hard_deletes='invalidate', event_time='read_at'{}) }}}}"
LOG = "{{{{ baton.feature_log(source=source('data', '{}'), entity='pump', event_time='read_at'{}) }}}}"
BY_ENTITY = "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='pump', on_schema_change='append_new_columns') }}"
BY_VERSION = "{{ config(materialized='incremental', incremental_strategy='STRATEGY', unique_key='version_id', on_schema_change='append_new_columns') }}"
DELETE_INSERT, MERGE = (
    BY_VERSION.replace("STRATEGY", "delete+insert"),
    BY_VERSION.replace("STRATEGY", "merge"),
)
APPEND = "{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='append_new_columns') }}"


def make(project: Project, name: str, rows: str, **types: str) -> None:
    """A table of pumps with the types given, one `(...)` of values a row."""
    project.execute(f'drop table if exists {{schema}}."{name}"')
    columns = ", ".join(f'"{column}" {type_}' for column, type_ in types.items())
    project.execute(f'create table {{schema}}."{name}" ({columns})')
    if rows:
        project.execute(f'insert into {{schema}}."{name}" values {rows}')
    project.use_tables(name)


def models_of(name: str) -> dict[str, str]:
    """A history, a snapshot and a log over one source."""
    return {
        f"{name}_history": BY_ENTITY + HISTORY.format(name, ""),
        f"{name}_state": BY_ENTITY + STATE.format(name, ""),
        f"{name}_log": APPEND + LOG.format(name, ""),
    }


def contents(project: Project, *names: str) -> dict[str, pd.DataFrame]:
    return {name: in_order(project.read(name)) for name in names}


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """In a fixed order of rows and columns, without the hash that detects news, which depends on the engine."""
    columns = sorted(set(table.columns) - {"source_hash"})
    return table[columns].sort_values(columns, ignore_index=True)


def assert_same_tables(
    one: pd.DataFrame, other: pd.DataFrame, what: str, without: Sequence[str] = ()
) -> None:
    """The same rows except for some columns."""
    one, other = (in_order(table.drop(columns=list(without), errors="ignore")) for table in (one, other))
    pd.testing.assert_frame_equal(one, other, obj=what, check_dtype=False)


# the type at first and later, and whether the later values are the same
SAME = {
    "wider": ("integer", "3", "bigint", "3"),
    "whole": ("smallint", "40", "double precision", "40.0"),
    "scaled": ("numeric(8, 1)", "2.5", "numeric(12, 3)", "2.500"),
    "shorter": ("bigint", "77", "smallint", "77"),
    "point": ("double precision", "1048576", "bigint", "1048576"),
}
OTHER = {
    "rounded": ("integer", "3", "double precision", "3.25"),
    "finer": ("numeric(8, 1)", "2.5", "numeric(8, 3)", "2.505"),
    "too_far": ("integer", "3", "bigint", "3000000000"),
    "beyond": ("double precision", "8", "bigint", "9007199254740993"),
    "too_far_down": ("numeric(4, 2)", "2.5", "double precision", "99.999"),
    "single": ("real", "0.5", "double precision", "0.1"),
    "midday": ("date", "date '2024-05-01'", "timestamp", "timestamp '2024-05-01 12:00:00'"),
    "words": ("integer", "3", "text", "'three'"),
    "zoned": ("timestamp", "timestamp '2024-05-01'", "timestamp with time zone", "timestamp with time zone '2024-05-01 03:00:00+03'"),
    "whether": ("boolean", "true", "integer", "1"),
}  # fmt: skip


def pumps(project: Project, cases: dict[str, tuple[str, ...]], later: bool) -> None:
    for name, (type_, value, later_type, later_value) in cases.items():
        row = f"(1, timestamp '2024-05-01', {later_value if later else value}), (2, timestamp '2024-05-01', null)"
        make(project, name, row, pump="integer", read_at="timestamp", level=later_type if later else type_)


def test_equal_numbers_of_another_type_are_no_news(project: Project):
    models = {model: text for name in SAME for model, text in models_of(name).items()}
    forget(project, *models)
    pumps(project, SAME, later=False)
    project.build(models)
    before = contents(project, *models)
    pumps(project, SAME, later=True)
    project.build(models)
    for name, table in contents(project, *models).items():
        pd.testing.assert_frame_equal(table, before[name], obj=name)


def test_values_that_a_column_can_not_hold_end_the_run_before_it_writes(project: Project):
    """And a full refresh chooses a type for both and keeps the past and recorded_at, or fails with a message."""
    models = {model: text for name in OTHER for model, text in models_of(name).items()}
    forget(project, *models)
    pumps(project, OTHER, later=False)
    project.build(models)
    before = contents(project, *models)
    pumps(project, OTHER, later=True)
    project.error(models)
    assert {result.status for result in project.results} == {"error"}
    for result in project.results:
        name = result.node.name
        assert "baton." in result.message and "--full-refresh" in result.message.replace("cast it in the source", "--full-refresh"), (name, result.message)  # fmt: skip
        assert "level" in result.message, (name, result.message)
        pd.testing.assert_frame_equal(in_order(project.read(name)), before[name], obj=name)
    try_again = {name: text for name, text in models.items() if name.startswith(("rounded", "finer", "too_far", "single", "midday")) or name.endswith("history")}  # fmt: skip
    project.build(try_again, full_refresh=True)
    for name in try_again:
        table = project.read(name)
        shape = name.rpartition("_")[2]
        if shape == "history":
            assert len(table) == 2, name
        else:
            # what was is still there, beside what is
            assert len(table[table["pump"] == 1]) == 2, name
        kept = table[table["pump"] == 2]
        when = "created_at" if shape == "log" else "recorded_at"
        assert kept[when].tolist() == before[name].loc[before[name]["pump"] == 2, when].tolist(), name
    refused = {
        name: text for name, text in models.items() if name not in try_again and not name.startswith("beyond")
    }
    project.error(refused, full_refresh=True)
    for result in project.results:
        assert "so a full refresh would lose the past" in result.message, (result.node.name, result.message)
        pd.testing.assert_frame_equal(in_order(project.read(result.node.name)), before[result.node.name])


TYPES = {"pump": "integer", "read_at": "timestamp", "level": "integer", "maker": "text"}
ROWS = "(1, timestamp '2024-05-01', 5, 'Xy'), (1, timestamp '2024-05-02', 6, 'Xy'), (2, timestamp '2024-05-01', 7, null)"
STATES = "(1, timestamp '2024-05-02', 6, 'Xy'), (2, timestamp '2024-05-01', 7, null)"


def test_columns_that_come_go_and_change_places(project: Project):
    """Another order is no news; a column that is removed keeps its values, and is NULL from then on."""
    kinds = {"h": HISTORY, "s": STATE, "l": LOG}
    cases = ("moved", "gone", "cased")
    models, ignoring = {}, {}
    for kind, call in kinds.items():
        for case in cases:
            config = APPEND if kind == "l" else BY_ENTITY
            models[f"{case}_{kind}"] = config + call.format(f"{case}_{'now' if kind == 's' else 'all'}", "")
            ignoring[f"{case}_{kind}_i"] = models[f"{case}_{kind}"].replace("append_new_columns", "ignore")
    models |= ignoring
    forget(project, *models)
    for case in cases:
        make(project, f"{case}_all", ROWS, **TYPES)
        make(project, f"{case}_now", STATES, **TYPES)
    project.build(models)
    before = contents(project, *models)
    for case, columns, types in (
        ("moved", "maker, level, read_at, pump", {name: TYPES[name] for name in reversed(TYPES)}),
        ("gone", "pump, read_at, level", {name: TYPES[name] for name in list(TYPES)[:3]}),
        ("cased", "pump, read_at, level, maker", {"pump": "integer", "read_at": "timestamp", "Level": "integer", "maker": "text"}),
    ):  # fmt: skip
        for table, rows in ((f"{case}_all", ROWS), (f"{case}_now", STATES)):
            names = ", ".join(TYPES)
            make(project, table, "", **types)
            project.execute(
                f'insert into {{schema}}."{table}" select {columns} from (values {rows}) as pumps ({names})'
            )
    project.build(models)
    for name, table in contents(project, *models).items():
        without: list[str] = []
        if name.startswith("gone_h"):
            assert table["maker"].isna().all()
            without = ["maker", "feature_hash", "recorded_at"]
        elif name.startswith("gone_l"):
            # the source no longer has the values: one more record for each row that had a maker
            assert len(table) == len(before[name]) + 2
            continue
        assert_same_tables(table, before[name], name, without)
    # in a snapshot with news older versions keep the values that the source no longer has
    project.execute("update {schema}.gone_now set level = 9, read_at = timestamp '2024-05-09' where pump = 1")
    store = project.build({"gone_s": models["gone_s"]})
    assert_same_rows(
        store[store["pump"] == 1],
        [{"level": 6, "maker": "Xy", "is_current": False}, {"level": 9, "maker": None, "is_current": True}],
    )


def test_a_source_without_rows_clears_a_store_only_where_the_call_says_so(project: Project):
    make(project, "dry", ROWS, **TYPES)
    make(project, "dry_now", STATES, **TYPES)
    clears = ", on_empty_source='clear'"
    models = {
        "dry_history": BY_ENTITY + HISTORY.format("dry", ""),
        "dry_merged": MERGE + HISTORY.format("dry", ""),
        "dry_table": HISTORY.format("dry", ""),
        "dry_state": BY_ENTITY + STATE.format("dry_now", ""),
        "dry_kept": BY_ENTITY + STATE.format("dry_now", "").replace("invalidate", "ignore"),
        "dry_states": STATE.format("dry_now", ""),
    }
    cleared = {f"{name}_c": text.replace("read_at'", "read_at'" + clears) for name, text in models.items()}
    forget(project, *models, *cleared)
    # an empty warehouse has nothing to lose
    for table in ("dry", "dry_now"):
        project.execute(f"create table {{schema}}.{table}_rows as select * from {{schema}}.{table}")
        project.execute(f"delete from {{schema}}.{table}")
    project.build(models | cleared)
    assert all(table.empty for table in contents(project, *models).values())
    for table in ("dry", "dry_now"):
        project.execute(f"insert into {{schema}}.{table} select * from {{schema}}.{table}_rows")
    project.build(models | cleared)
    before = contents(project, *models)
    project.execute("update {schema}.dry set pump = null; update {schema}.dry_now set pump = null")
    for full_refresh in (False, True):
        project.error(models, full_refresh=full_refresh)
        assert {result.status for result in project.results} == {"error"}
        for result in project.results:
            assert "on_empty_source='clear' allows it" in result.message
            pd.testing.assert_frame_equal(in_order(project.read(result.node.name)), before[result.node.name])
    # with --empty no row is read, which means nothing
    for flags in (["--empty"], ["--empty", "--full-refresh"]):
        project.build(models, flags=flags)
        for name, table in contents(project, *models).items():
            pd.testing.assert_frame_equal(table, before[name], obj=f"{name} {flags}", check_dtype=False)
    project.build(cleared)
    for name, table in contents(project, *cleared).items():
        if "state" in name:
            assert len(table) == 2 and not table["is_current"].any(), name
        elif "kept" in name:
            assert len(table) == 2 and table["is_current"].all(), name
        else:
            assert table.empty, name


def test_a_store_is_what_a_rebuild_is_after_any_fault_from_outside(project: Project):
    """Any run removes copies of the open version; other faults are repaired if the entity has news or in a full refresh."""
    make(project, "worn", ROWS, **TYPES)
    stores = {
        "worn_e": BY_ENTITY + HISTORY.format("worn", ""),
        "worn_v": DELETE_INSERT + HISTORY.format("worn", ""),
    }
    forget(project, *stores)
    project.build(stores)
    right = contents(project, *stores)
    faults = {
        "copies": "insert into {schema}.%s select * from {schema}.%s where pump = 1",
        "a gap": "delete from {schema}.%s where valid_to is not null",
        "an overlap": "update {schema}.%s set valid_to = valid_to + interval '5 days'",
        "another value": "update {schema}.%s set level = 99 where valid_to is not null",
        "two open versions": "update {schema}.%s set valid_to = null",
    }
    for fault, statement in faults.items():
        for store in stores:
            project.execute(statement.replace("%s", store))
        project.build(stores, full_refresh=fault != "copies")
        for store, table in contents(project, *stores).items():
            assert_same_tables(
                table, right[store], f"{store}, {fault}", ["recorded_at"] if fault == "a gap" else []
            )
        right = contents(project, *stores)
        for store in stores:
            project.execute(statement.replace("%s", store))
        project.execute("insert into {schema}.worn values (1, timestamp '2024-05-07', 8, 'Xy')")
        project.build(stores)
        project.execute("delete from {schema}.worn where level = 8")
        project.build(stores)
        for store, table in contents(project, *stores).items():
            assert_same_tables(
                table, right[store], f"{store}, {fault}, news", ["recorded_at"] if fault == "a gap" else []
            )
        right = contents(project, *stores)


def test_a_store_of_snapshots_has_no_overlap_after_a_fault_from_outside(project: Project):
    make(project, "torn", STATES, **TYPES)
    stores = {"torn_e": BY_ENTITY + STATE.format("torn", ""), "torn_v": DELETE_INSERT + STATE.format("torn", ""), "torn_t": STATE.format("torn", "")}  # fmt: skip
    forget(project, *stores)
    project.build(stores)
    project.execute("update {schema}.torn set level = 60, read_at = timestamp '2024-05-08' where pump = 1")
    project.build(stores)
    right = contents(project, *stores)
    for fault in (
        "insert into {schema}.%s select * from {schema}.%s",
        "insert into {schema}.%s select * from {schema}.%s where valid_to is null",
        "update {schema}.%s set valid_to = null",
        "update {schema}.%s set valid_to = timestamp '2024-05-20' where valid_to is not null",
        "update {schema}.%s set valid_to = timestamp '2001-01-01' where valid_to is not null",
    ):
        for refreshed in (False, True):
            for store in stores:
                project.execute(fault.replace("%s", store))
            if "2024-05-20" in fault or "2001-01-01" in fault:
                # news of the entity without a new version: gone and back
                refreshed = True
            project.build(stores, full_refresh=refreshed)
            for store, table in contents(project, *stores).items():
                is_current = table["valid_to"].isna()
                pd.testing.assert_frame_equal(table.assign(is_current=is_current), right[store], obj=f"{store}, {fault}", check_dtype=False)  # fmt: skip


def test_a_merge_refuses_a_version_that_is_twice_in_the_table(project: Project):
    make(project, "merged_pumps", ROWS, **TYPES)
    forget(project, "merged")
    store = {"merged": MERGE + HISTORY.format("merged_pumps", "")}
    right = in_order(project.build(store))
    project.execute("insert into {schema}.merged select * from {schema}.merged where pump = 1")
    assert "a version twice, and a merge cannot take one of them away: run once with --full-refresh" in project.error(store)  # fmt: skip
    assert len(project.read("merged")) == 5
    pd.testing.assert_frame_equal(in_order(project.build(store, full_refresh=True)), right)


def test_keys_that_look_alike_when_joined_are_two_versions(project: Project):
    """('1-2', '3') and ('1', '2-3') have one surrogate_key, as dbt_utils makes it; a merge by version_id keeps both."""
    forget(project, "by_delete", "by_merge", "states")
    call = "{{ baton.scd2(source=source('data', 'alike'), entity=['site', 'pump'], event_time='read_at', features=['level']) }}"
    state = call.replace("features", "source_shape='snapshot', features")
    models = {"by_delete": DELETE_INSERT + call, "by_merge": MERGE + call, "states": MERGE + state}
    types = {"site": "text", "pump": "text", "read_at": "timestamp", "level": "integer"}
    keys = (("1-2", "3"), ("1", "2-3"), ("", "-1"), ("-", "1"))
    for levels in ((1, 2, 3, 4), (1, 20, 3, 40), (1, 20, 30, 40)):
        rows = [f"('{site}', '{pump}', timestamp '2024-05-01', {level})" for (site, pump), level in zip(keys, levels, strict=True)]  # fmt: skip
        make(project, "alike", ", ".join(rows), **types)
        project.build(models)
        expected = [{"site": site, "pump": pump, "level": level} for (site, pump), level in zip(keys, levels, strict=True)]  # fmt: skip
        for name in models:
            store = project.read(name)
            assert_same_rows(store[store["valid_to"].isna()], expected)
            assert store["version_id"].is_unique
    assert project.read("by_merge")["surrogate_key"].nunique() == 2


@pytest.mark.parametrize("on_schema_change", ["append_new_columns", "sync_all_columns", "ignore"])
def test_a_store_without_version_id_gets_one_where_dbt_adds_columns(project: Project, on_schema_change: str):
    make(project, "old", ROWS, **TYPES)
    make(project, "old_now", STATES, **TYPES)
    stores = {"old_history": BY_ENTITY + HISTORY.format("old", ""), "old_state": BY_ENTITY + STATE.format("old_now", "").replace("invalidate", "ignore")}  # fmt: skip
    stores = {name: text.replace("append_new_columns", on_schema_change) for name, text in stores.items()}
    forget(project, *stores)
    project.build(stores)
    # an entity that is gone from the source belongs to the store as well
    project.execute("delete from {schema}.old_now where pump = 2")
    right = contents(project, *stores)
    for store in stores:
        project.execute(f"alter table {{schema}}.{store} drop column version_id")
        # hashes of a version of baton that had no version_id
        project.execute(f"update {{schema}}.{store} set feature_hash = surrogate_key")
    for _ in range(2):
        project.build(stores)
        for store, table in contents(project, *stores).items():
            # stored versions stay, because the table has no column that distinguishes the two kinds of hash
            without = ["version_id"] if on_schema_change == "ignore" else []
            without += ["feature_hash"] if on_schema_change == "ignore" or store == "old_state" else []
            assert_same_tables(table, right[store], store, without)
    by_version = {name: text.replace("unique_key='pump'", "unique_key='version_id'") for name, text in stores.items()}  # fmt: skip
    if on_schema_change == "ignore":
        assert "run it once with --full-refresh, which keeps what is on record" in project.error(by_version)
    project.build(by_version, full_refresh=True)
    for store, table in contents(project, *stores).items():
        assert_same_tables(table, right[store], store, ["feature_hash"])


def test_a_log_stays_in_order_when_a_clock_runs_ahead(project: Project):
    """A clock of the source, in created_at of the first load, or the clock of an earlier run."""
    forget(project, "ahead")
    types: dict[str, Any] = {
        "pump": "integer",
        "read_at": "timestamp",
        "level": "integer",
        "loaded": "timestamp",
    }
    log = {"ahead": APPEND + LOG.format("ahead_rows", ", created_at='loaded', features=['level']")}
    make(project, "ahead_rows", "(1, timestamp '2024-05-01', 1, timestamp '9999-12-31'), (2, timestamp '2024-05-01', 4, timestamp '2024-05-02')", **types)  # fmt: skip
    first = project.build(log)
    assert first.loc[first["pump"] == 2, "created_at"].tolist() == [MAY + DAY]
    assert (first["created_at"] < datetime(2100, 1, 1)).all()
    project.execute("update {schema}.ahead set created_at = timestamp '2090-01-01' where pump = 1")
    for level in (2, 1, 2):
        project.execute(f"update {{schema}}.ahead_rows set level = {level} where pump = 1")
        records = len(project.build(log))
        assert len(project.build(log)) == records
        table = project.read("ahead")
        newest = table[table["pump"] == 1].sort_values("created_at").iloc[-1]
        assert newest["level"] == level
    assert len(table) == 5


def test_columns_that_no_feature_names_are_a_warning(duckdb_project: Project):
    project = duckdb_project
    make(project, "wide", ROWS, **TYPES)
    forget(project, "narrow")
    project.build({"narrow": BY_ENTITY + HISTORY.format("wide", ", features=['level']")})
    assert [text for text in project.warnings if "baton.scd2" in text] == [
        "baton.scd2 leaves out maker of its source in model 'narrow', since features does not name it"
    ]
    for named in (", features=['level', 'maker']", ", features=['level'], tie_breaker=['maker']", ""):
        project.build({"narrow": BY_ENTITY + HISTORY.format("wide", named)}, full_refresh=True)
        assert not [text for text in project.warnings if "baton.scd2" in text]
