"""Feature stores whose columns have another numeric type than the source: no stored value is rounded."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from test_scd2 import forget
from test_stores_while_things_change import APPEND, BY_ENTITY, LOG, MERGE, STATE, make, models_of

from bench import Project

LARGE = 9007199254740993


@pytest.mark.parametrize("on_schema_change", ["sync_all_columns", "append_new_columns"])
def test_a_past_that_the_type_of_the_source_can_not_hold_is_kept(project: Project, on_schema_change: str):
    """Under sync_all_columns dbt would cast the table's column to that of the source."""
    models = {
        name: text.replace("append_new_columns", on_schema_change)
        for name, text in {
            "tanks_state": BY_ENTITY + STATE.format("tanks", ""),
            "tanks_log": APPEND + LOG.format("tanks", ""),
        }.items()
    }
    forget(project, *models)
    types = {"pump": "integer", "read_at": "timestamp"}
    make(project, "tanks", "(1, timestamp '2024-05-01', 0.25), (2, timestamp '2024-05-01', 7)", **types, level="double precision")  # fmt: skip
    project.build(models)
    make(project, "tanks", "(1, timestamp '2024-05-02', 3), (2, timestamp '2024-05-02', 8)", **types, level="bigint")  # fmt: skip
    project.build(models)
    for name in models:
        assert sorted(project.read(name)["level"]) == [0.25, 3, 7, 8], name
    make(project, "tanks", f"(1, timestamp '2024-05-03', {LARGE})", **types, level="bigint")
    project.error(models)
    for result in project.results:
        assert "cannot hold this value" in result.message and str(LARGE) in result.message, result.message
    for name in models:
        assert sorted(project.read(name)["level"]) == [0.25, 3, 7, 8], name


def test_nan_and_infinity_are_values_of_every_double(project: Project):
    models = {"meters_state": BY_ENTITY + STATE.format("meters", "")}
    forget(project, *models)
    types = {"pump": "integer", "read_at": "timestamp"}
    make(project, "meters", "(1, timestamp '2024-05-01', 0.5)", **types, level="real")
    project.build(models)
    odd = "(1, timestamp '2024-05-02', 'NaN'), (2, timestamp '2024-05-02', 'Infinity'), (3, timestamp '2024-05-02', '-Infinity')"  # fmt: skip
    make(project, "meters", odd, **types, level="double precision")
    project.build(models)
    now = project.query("select level from {schema}.meters_state where is_current order by pump")["level"]
    assert math.isnan(now[0]) and now[1:].tolist() == [math.inf, -math.inf]
    make(project, "meters", "(1, timestamp '2024-05-03', 0.1)", **types, level="double precision")
    assert "cannot hold this value" in project.error(models)


def test_a_number_without_a_limit_of_digits_takes_doubles(project: Project):
    """PostgreSQL compares a double with a numeric as doubles, which loses digits of a longer numeric."""
    if project.engine.name != "postgres":
        pytest.skip("every decimal of DuckDB has a limit")
    models = {"scales_state": BY_ENTITY + STATE.format("scales", "")}
    forget(project, *models)
    types = {"pump": "integer", "read_at": "timestamp"}
    make(project, "scales", "(1, timestamp '2024-05-01', 0.5)", **types, level="numeric")
    project.build(models)
    make(project, "scales", "(1, timestamp '2024-05-02', 0.1), (2, timestamp '2024-05-02', 1e300)", **types, level="double precision")  # fmt: skip
    project.build(models)
    now = project.query("select level from {schema}.scales_state where is_current order by pump")["level"]
    assert [float(value) for value in now] == [0.1, 1e300]


def test_a_quote_in_a_name_is_an_error_before_anything_is_written(project: Project):
    project.execute("""create table {schema}.gauges as select 1 as pump, timestamp '2024-05-01' as read_at, 2 as "le""vel" """)  # fmt: skip
    project.use_tables("gauges")
    models = {
        "gauges_state": BY_ENTITY + STATE.format("gauges", ""),
        "gauges_log": APPEND + LOG.format("gauges", ""),
    }
    forget(project, *models)
    project.error(models)
    assert len(project.results) == len(models)
    for result in project.results:
        assert "double quote in its name" in result.message, result.message


@pytest.mark.parametrize("on_schema_change", ["append_new_columns", "fail"])
def test_a_column_keeps_its_limit_when_nothing_changes(project: Project, on_schema_change: str):
    """A union with NULL would lose it on PostgreSQL, and dbt would detect a schema change."""
    models = {name: text.replace("append_new_columns", on_schema_change) for name, text in models_of("limits").items()}  # fmt: skip
    read = "with pumps as (select pump, read_at, level, maker from {{ source('data', 'limits') }}) select * from (CALL) as read"
    for name, text in list(models.items()):
        config, call = text.split("}}", 1)
        call = call.replace("source('data', 'limits')", "'pumps'")
        call = call.replace("read_at'", "read_at', features=['level', 'maker']")
        models[f"{name}_cte"] = config + "}}" + read.replace("CALL", call)
    forget(project, *models)
    types = {"pump": "varchar(9)", "read_at": "timestamp", "level": "numeric(8, 2)", "maker": "varchar(5)"}
    types_of = "select table_name, column_name, data_type, character_maximum_length, numeric_precision from information_schema.columns where table_name like 'limits_%' order by 1, 2"
    make(project, "limits", "('a', timestamp '2024-05-01', 1.5, 'Xy'), ('b', timestamp '2024-05-01', 1.5, 'Xy')", **types)  # fmt: skip
    project.build(models)
    before = project.query(types_of)
    make(project, "limits", "('a', timestamp '2024-05-02', 2.5, 'Xyz')", **types)
    project.build(models)
    pd.testing.assert_frame_equal(before, project.query(types_of))
    assert [len(project.read(name)) for name in models] == [1, 3, 3] * 2


def test_arrays_are_told_apart_by_what_they_hold(project: Project):
    """PostgreSQL would round the values of one array to the type of another; for dbt both types are ARRAY."""
    is_duckdb = project.engine.name == "duckdb"
    models = models_of("arrays")
    forget(project, *models)
    types = {"pump": "integer", "read_at": "timestamp", "level": "integer[]", "seen": "timestamp with time zone[]", "notes": "json[]", "prices": "numeric(8, 2)[]"}  # fmt: skip
    row = "(1, timestamp '2024-05-0{}', array[{}], array[timestamp with time zone '2024-05-01 00:00:00+00'], cast(array['1'] as json[]), array[1.5, 2])"  # fmt: skip
    row = row.replace("array[", "[") if is_duckdb else row
    make(project, "arrays", row.format(1, "1, 2"), **types)
    project.build(models)
    make(project, "arrays", row.format(2, "3, 4"), **types)
    project.build(models)
    rows = [1, 2, 2]
    assert [len(project.read(name)) for name in models] == rows
    make(project, "arrays", row.format(3, "0.25, 4"), **{**types, "level": "double precision[]"})
    project.error(models)
    for result in project.results:
        assert "which cannot hold all its values" in result.message, result.message
    assert [len(project.read(name)) for name in models] == rows
    # gone from the source they keep what they said
    make(project, "arrays", "(1, timestamp '2024-05-04', 5)", pump="integer", read_at="timestamp", height="integer")  # fmt: skip
    project.build(models)
    for name, count in zip(models, [1, 3, 3], strict=True):
        store = project.query(
            f"select level, prices, height from {{schema}}.{name} order by height nulls first"
        )
        assert len(store) == count and store["height"].tolist()[-1] == 5, name
        assert sorted(list(level) for level in store["level"].dropna()) == [[1, 2], [3, 4]][: count - 1]


def test_a_value_of_a_cte_that_a_column_can_not_hold_ends_the_run(project: Project):
    """The types of a CTE and of an ephemeral model are not known, and an engine would round on writing."""
    read = "with pumps as (select pump, read_at, level from {{ source('data', 'of_a_cte') }}) select * from (CALL) as read"
    models = {}
    for name, text in models_of("pumps").items():
        config, call = text.split("}}", 1)
        call = call.replace("source('data', 'pumps')", "'pumps'").replace(
            "read_at'", "read_at', features=['level']"
        )
        models[name.replace("pumps", "of_a_cte")] = config + "}}" + read.replace("CALL", call)
    forget(project, *models)
    types = {"pump": "integer", "read_at": "timestamp"}
    make(project, "of_a_cte", "(1, timestamp '2024-05-01', 3), (2, timestamp '2024-05-01', null)", **types, level="integer")  # fmt: skip
    project.build(models)
    make(project, "of_a_cte", "(1, timestamp '2024-05-01', 3), (2, timestamp '2024-05-01', 7)", **types, level="double precision")  # fmt: skip
    project.build(models)
    levels = [[3, 7], [3, 7, None], [3, 7, None]]
    rows = [len(project.read(name)) for name in models]
    assert rows == [len(level) for level in levels]
    make(project, "of_a_cte", "(1, timestamp '2024-05-03', 0.25)", **types, level="double precision")
    project.error(models)
    for result in project.results:
        assert "cannot hold this value of the source" in result.message and "0.25" in result.message
    assert [len(project.read(name)) for name in models] == rows


def test_times_finer_than_those_of_before_are_not_rounded(project: Project):
    seconds = "timestamp_s" if project.engine.name == "duckdb" else "timestamp(0)"
    models = models_of("fine")
    forget(project, *models)
    make(project, "fine", "(1, timestamp '2024-05-01', 1)", pump="integer", read_at=seconds, level="integer")
    project.build(models)
    rows = "(1, timestamp '2024-05-01', 1), (1, timestamp '2024-05-01 00:00:10.1', 2), (1, timestamp '2024-05-01 00:00:10.2', 3)"  # fmt: skip
    make(project, "fine", rows, pump="integer", read_at="timestamp", level="integer")
    for _ in range(2):
        project.build(models)
        assert [len(project.read(name)) for name in models] == [3, 2, 3]
        starts = project.query("select valid_from from {schema}.fine_history order by level")["valid_from"]
        assert [start.microsecond for start in starts] == [0, 100000, 200000]


def test_a_state_of_always_is_kept_when_it_changes(project: Project):
    """A microsecond after -infinity is -infinity, so a version that began there would end where it begins."""
    models = {"always_entity": BY_ENTITY + STATE.format("always", ""), "always_merge": MERGE + STATE.format("always", "")}  # fmt: skip
    forget(project, *models)
    for level in (1, 2):
        make(project, "always", f"(1, timestamp '-infinity', {level})", pump="integer", read_at="timestamp", level="integer")  # fmt: skip
        project.build(models)
    for name in models:
        store = project.query(
            f"select level, valid_to is null as is_open from {{schema}}.{name} order by level"
        )
        assert store.values.tolist() == [[1, False], [2, True]], name


def test_a_key_that_can_not_be_compared_is_an_error_before_anything_is_read(project: Project):
    if project.engine.name != "postgres":
        pytest.skip("DuckDB compares the text of a json")
    models = models_of("papers")
    forget(project, *models)
    make(project, "papers", "('[1]', timestamp '2024-05-01', 1)", pump="json", read_at="timestamp", level="integer")  # fmt: skip
    project.error(models)
    assert len(project.results) == len(models)
    for result in project.results:
        assert "the key 'pump' is of type json, whose values cannot be compared" in result.message


def test_a_list_that_is_empty_is_not_one_that_is_missing(duckdb_project: Project):
    """DuckDB hashes both alike, and a month and 30 days too, but a history detects news by a hash."""
    project = duckdb_project
    call = (
        "{{ baton.scd2(source=SOURCE, entity='pump', event_time='read_at', features=['levels', 'every']) }}"
    )
    models = {
        "lists_known": BY_ENTITY + call.replace("SOURCE", "source('data', 'lists')"),
        "lists_cte": BY_ENTITY + "with lists as (select * from {{ source('data', 'lists') }}) select * from (" + call.replace("SOURCE", "'lists'") + ") as read",
    }  # fmt: skip
    forget(project, *models)
    states = ["[], interval '1 month'", "null, interval '1 month'", "[null], interval '30 days'"]
    for state in states:
        make(project, "lists", f"(1, timestamp '2024-05-01', {state})", pump="integer", read_at="timestamp", levels="integer[]", every="interval")  # fmt: skip
        project.build(models)
        for name in models:
            stored = project.query(f"select concat_ws(', ', coalesce(cast(levels as varchar), 'null'), every) as state from {{schema}}.{name}")  # fmt: skip
            assert stored["state"].tolist() == [state.replace("null]", "NULL]").replace("interval ", "").replace("'", "")]  # fmt: skip
