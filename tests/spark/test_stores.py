"""The stores on Spark: scd2 by merge, feature_log by append, each built twice."""

from __future__ import annotations

import pandas as pd
import pytest

from bench import Project
from compare import assert_same_rows
from spark import IS_SPARK_4, needs_merge

CONFIG = "{{{{ config(materialized='incremental', incremental_strategy='{}'{}) }}}}"
MERGED = CONFIG.format("merge", ", unique_key='version_id'")
STORES = {
    "history": MERGED
    + "{{ baton.scd2(source=source('data', 'prices'), entity='item', event_time='at', features=['price', 'note']) }}",
    "states": MERGED
    + "{{ baton.scd2(source=source('data', 'items'), entity='item', event_time='at', source_shape='snapshot', hard_deletes='invalidate') }}",
    "log": CONFIG.format("append", "")
    + "{{ baton.feature_log(source=source('data', 'prices'), entity='item', event_time='at', features=['price', 'note']) }}",
}
APPENDED = ("log",)
BUILT = {name: text for name, text in STORES.items() if name in APPENDED or not IS_SPARK_4}
NOT_COMPARED = {"recorded_at", "created_at", "source_hash"}


def prices(rows: list[tuple[str | None, str, float | None, str | None]]) -> pd.DataFrame:
    items, times, values, notes = zip(*rows, strict=True)
    return pd.DataFrame(
        {"item": items, "at": pd.to_datetime(list(times), format="ISO8601"), "price": values, "note": notes}
    )


RUNS = [
    {
        "prices": prices(
            [
                ("a", "2024-01-01 00:00:00.25", 1.5, "it's"),
                ("a", "2024-01-03", 1.5, "it's"),
                ("b", "2024-01-02", float("nan"), None),
                ("b", "2024-01-04", 2.0, "back\\slash"),
                (None, "2024-01-04", 9.0, "no key"),
            ]
        ),
        "items": prices([("a", "2024-01-01", 1.0, "x"), ("b", "2024-01-01", 2.0, None)]),
    },
    {
        # late for a, a change of b, a new item
        "prices": prices(
            [
                ("a", "2024-01-01 00:00:00.25", 1.5, "it's"),
                ("a", "2024-01-02", 7.0, "late"),
                ("a", "2024-01-03", 1.5, "it's"),
                ("b", "2024-01-02", float("nan"), None),
                ("b", "2024-01-04", 2.0, "back\\slash"),
                ("b", "2024-01-05", 3.0, "ü"),
                ("c", "2024-01-05", None, ""),
            ]
        ),
        "items": prices([("a", "2024-01-02", 1.5, "x"), ("c", "2024-01-02", 3.0, "new")]),
    },
]


def runs(project: Project) -> list[dict[str, pd.DataFrame]]:
    """The tables after each run."""
    found = []
    for tables in RUNS:
        project.put(**tables)
        project.build(BUILT, command="run")
        found.append({name: without_clock(project.read(name)) for name in BUILT})
    return found


def without_clock(store: pd.DataFrame) -> pd.DataFrame:
    """The rows of a store; a deleted entity's last version ends when the run began."""
    if "valid_to" not in store:
        return store
    return store.assign(
        valid_to=[
            None if pd.isna(end) else "the run" if end > pd.Timestamp("2025-01-01") else end
            for end in store["valid_to"]
        ]
    )


@pytest.fixture(scope="module")
def both(duckdb_project: Project, spark_project: Project) -> list[tuple[dict[str, pd.DataFrame], ...]]:
    return list(zip(runs(spark_project), runs(duckdb_project), strict=True))


@pytest.mark.parametrize("run", range(len(RUNS)))
@pytest.mark.parametrize(
    "store", [pytest.param(name, marks=() if name in APPENDED else needs_merge) for name in STORES]
)
def test_a_store_is_the_same_after_each_run(
    store: str, run: int, both: list[tuple[dict[str, pd.DataFrame], ...]]
):
    on_spark, on_duckdb = both[run]
    wanted = on_duckdb[store]
    assert len(wanted) > 0
    columns = [column for column in wanted.columns if column not in NOT_COMPARED]
    assert_same_rows(on_spark[store], wanted.to_dict("records"), columns)


def test_a_strategy_that_cannot_replace_rows_is_refused(spark_project: Project):
    spark_project.put(**RUNS[0])
    model = STORES["history"].replace("'merge'", "'append'")
    assert "expected merge, in the file_format iceberg or delta" in spark_project.error(
        model, command="compile"
    )


@pytest.mark.parametrize("store", ["history", "log"])
def test_a_store_that_dbt_would_drop_is_refused_before_it_has_rows(spark_project: Project, store: str):
    spark_project.put(**RUNS[0])
    model = STORES[store].replace("materialized='incremental'", "materialized='table'")
    assert "dbt-spark drops before the run reads it" in spark_project.error(model, command="compile")


def test_test_results_are_logged_one_statement_at_a_time(spark_project: Project):
    config = spark_project.root / "dbt_project.yml"
    before = config.read_text()
    config.write_text(before + '\non-run-end: "{{ baton.log_test_results(results) }}"\n')
    yml = {"models": [{"name": "tested", "columns": [{"name": "x", "data_tests": ["not_null"]}]}]}
    try:
        for _ in range(2):
            message = spark_project.error({"tested": "select cast(null as int) as x"}, yml=yml)
            assert "Got 1 result" in message
    finally:
        config.write_text(before)
    found = spark_project.read("baton_test_results")
    assert list(found["test_name"]) == ["not_null_tested_x"] * 2
    assert list(found["status"]) == ["fail"] * 2
    assert list(found["failures"]) == [1, 1]
