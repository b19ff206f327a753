"""Feature stores whose columns hold numbers of another type than the source: nothing that is on record is rounded."""

from __future__ import annotations

import math

import pytest

from bench import Project
from test_scd2 import forget
from test_stores_while_things_change import APPEND, BY_ENTITY, LOG, STATE, make

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
        assert "can not hold this value" in result.message and str(LARGE) in result.message, result.message
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
    assert "can not hold this value" in project.error(models)


def test_a_number_without_a_limit_of_digits_takes_doubles(project: Project):
    """PostgreSQL compares a double with a numeric as doubles, and a longer numeric is none."""
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
