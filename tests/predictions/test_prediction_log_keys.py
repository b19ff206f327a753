"""A prediction is logged once whatever the type of its key, the case of a name, and other runs at the same time."""

from __future__ import annotations

import threading
import time

import pandas as pd
import psycopg2
import pytest

from bench import Postgres, Project, postgres_settings

CONFIG = "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}\n"
SCORES = """create or replace view {schema}.scored as
    select key as "{name}", timestamp '2024-05-01' as as_of, 'm' as model_name, 'v1' as model_version, '1' as predicted_class,
    cast(0.5 as double precision) as predicted_probability, cast(null as double precision) as predicted_value,
    cast(null as varchar) as class_probabilities, cast(null as varchar) as feature_hash
    from (select cast(key as {type}) as key from (values {rows}) as listed (key)) as typed"""


def put_scores(project: Project, type_: str, *keys: object, name: str = "u") -> None:
    rows = ", ".join(f"({key})" for key in keys)
    project.execute("drop view if exists {schema}.scored")
    project.execute(SCORES.replace("{name}", name).replace("{type}", type_).replace("{rows}", rows))
    project.use_tables("scored")


def log(entity: str = "u") -> str:
    return (
        CONFIG + "{{ baton.prediction_log(predictions=[source('data', 'scored')], entity='" + entity + "') }}"
    )


def test_a_key_that_changes_its_type_or_its_name_in_case_is_logged_once(project: Project) -> None:
    project.execute("drop table if exists {schema}.keyed")
    put_scores(project, "integer", 0, 41, -7)
    first = project.build({"keyed": log()})
    assert first["prediction_id"].nunique() == len(first) == 3
    for type_, name in (
        ("bigint", "u"),
        ("double precision", "U"),
        ("decimal(12, 3)", "u"),
        ("real", "U"),
        ("varchar", "u"),
    ):
        minus_zero = "-0e0" if type_ in ("double precision", "real") else 0
        put_scores(project, type_, minus_zero, 41, -7, name=name)
        kept = project.build({"keyed": log(entity=name)})
        pd.testing.assert_frame_equal(
            kept.sort_values("u", ignore_index=True), first.sort_values("u", ignore_index=True)
        )
    put_scores(project, "double precision", 0, 41, -7, 90)
    assert sorted(project.build({"keyed": log("U")})["u"]) == [-7, 0, 41, 90]


def test_a_key_that_the_log_can_not_hold_ends_the_run_before_it_writes(project: Project) -> None:
    project.execute("drop table if exists {schema}.held")
    put_scores(project, "integer", 1, 2)
    project.build({"held": log()})
    put_scores(project, "double precision", 1, 2, 3, 4.5)
    message = project.error({"held": log()})
    assert "held: its column u has the type integer" in message.replace("INTEGER", "integer")
    assert "which cannot hold this key (change the type in the log): 4.5" in message
    assert sorted(project.read("held")["u"]) == [1, 2]
    project.execute("alter table {schema}.held alter column u type double precision")
    assert sorted(project.build({"held": log()})["u"]) == [1, 2, 3, 4.5]


def test_relations_whose_keys_have_different_types_claim_the_same_prediction(project: Project) -> None:
    project.execute("drop table if exists {schema}.mixed")
    put_scores(project, "integer", 5, 6)
    project.execute("drop table if exists {schema}.scored_doubles")
    project.execute(
        "create table {schema}.scored_doubles as select cast(u as double precision) as u, as_of, model_name, model_version,"
        " predicted_class, predicted_probability, predicted_value, class_probabilities, feature_hash from {schema}.scored"
    )
    project.use_tables("scored_doubles")
    both = log().replace(
        "[source('data', 'scored')]", "[source('data', 'scored'), source('data', 'scored_doubles')]"
    )
    assert sorted(project.build({"mixed": both})["u"].astype(float)) == [5, 6]
    assert sorted(project.build({"mixed": log()})["u"].astype(float)) == [5, 6]


def test_a_run_that_meets_another_waits_and_logs_nothing_twice(project: Project) -> None:
    engine = project.engine
    if not isinstance(engine, Postgres):
        pytest.skip("one process writes a DuckDB file at a time")
    project.execute("drop table if exists {schema}.raced")
    put_scores(project, "integer", 1)
    project.build({"raced": log()})
    put_scores(project, "integer", 1, 2, 3)
    made = project.build({"raced_by": log()})
    # the other run: it holds the lock of the log, has written its news and not committed yet
    other = psycopg2.connect(**postgres_settings(), dbname=engine.database)
    with other.cursor() as cursor:
        name = f'baton "{engine.database}"."baton_test"."raced"'
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        cursor.execute("insert into baton_test.raced select * from baton_test.raced_by where u > 1")
    failures: list[BaseException] = []

    def run() -> None:
        try:
            project.build({"raced": log()})
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(2)
    other.commit()
    other.close()
    thread.join(120)
    assert failures == []
    assert sorted(project.read("raced")["u"]) == sorted(made["u"]) == [1, 2, 3]
