"""A project with nothing built yet: every model compiles, although the columns of relations are not known."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from bench import BuildError, Project

READINGS = pd.DataFrame(
    {
        "meter": [1, 1, 2],
        "read_at": pd.to_datetime(["2024-01-01", "2024-01-03", "2024-01-02"]),
        "litres": [10.0, 12.5, 7.0],
        "tariff": ["day", "night", None],
    }
)

# the models of a small project, none of which names the columns
MODELS = {
    "readings": "select * from {{ source('data', 'meter_readings') }}",
    "meter_store": """
        {{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='meter') }}
        {{ baton.scd2(source=ref('readings'), entity='meter', event_time='read_at') }}
    """,
    "meter_states": """
        {{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='meter') }}
        {{ baton.scd2(source=ref('readings'), entity='meter', event_time='read_at', source_shape='snapshot') }}
    """,
    "meter_log": """
        {{ config(materialized='incremental', incremental_strategy='append') }}
        {{ baton.feature_log(source=ref('readings'), entity='meter', event_time='read_at') }}
    """,
    "meters_now": "{{ baton.latest_features(store=ref('meter_store'), entity='meter') }}",
    "meters_then": "{{ baton.features_at(store=ref('meter_store'), entity='meter', as_of='2024-01-02') }}",
    "print_of_readings": "{{ baton.fingerprint(relation=ref('readings')) }}",
}
TESTS = {
    "models": [
        {
            "name": "meter_store",
            "data_tests": [{"baton.same_rows_as": {"arguments": {"compare_to": "ref('readings')"}}}],
        },
        {
            "name": "readings",
            "data_tests": [{"baton.no_future_features": {"arguments": {"as_of": "read_at"}}}],
        },
    ]
}


def test_what_depends_on_columns_that_are_not_there_yet_compiles(project: Project):
    project.put(meter_readings=READINGS)
    shutil.rmtree(project.root / "target" / "compiled", ignore_errors=True)
    with project.files(MODELS, TESTS):
        project.dbt("compile")
        compiled = {
            path.stem: path.read_text() for path in (project.root / "target" / "compiled").rglob("*.sql")
        }
    for name in ("meter_store", "meter_states", "meter_log", "meters_now", "meters_then"):
        assert "is not built yet" in compiled[name], name
    assert sum("is not built yet" in text for text in compiled.values()) == 7


def test_a_cte_whose_columns_are_not_known_is_still_an_error(project: Project):
    cte = (
        "with here as (select 1 as meter) {{ baton.%s(source='here', entity='meter', event_time='read_at') }}"
    )
    for macro in ("scd2", "feature_log"):
        message = project.error(cte % macro, command="compile")
        assert "features is missing, and the columns of source cannot be read: name them" in message


def test_a_run_needs_the_relation(project: Project):
    gone = "{{ baton.scd2(source=api.Relation.create(schema='none', identifier='gone'), entity='meter', event_time='at') }}"
    message = project.error(gone)
    assert '"none"."gone", which is not in the warehouse' in message


TRAINING = {
    "litres_model": """
        {{ config(materialized='ml_model', meta={'ml_model': {'estimator': 'ridge', 'label': 'litres', 'entity': 'meter'}}) }}
        select meter, read_at as as_of, 1.0 as one, litres from {{ ref('readings') }}
    """,
    "litres_versions": "{{ config(materialized='view') }}{{ baton.model_registry(models=[ref('litres_model')]) }}",
    "litres_scores": """
        {{ baton.score(
            registry=ref('litres_versions'), model_name='litres_model', features=ref('litres_features'), entity='meter', alias='latest'
        ) }}
    """,
    "litres_features": "select meter, read_at as as_of, 1.0 as one from {{ ref('readings') }}",
    "readings": MODELS["readings"],
}


def test_scores_compile_after_a_build_without_rows_and_need_a_version_in_a_run(duckdb_project: Project):
    duckdb_project.put(meter_readings=READINGS)
    duckdb_project.build(TRAINING, flags=["--empty"])
    with duckdb_project.files(TRAINING, None):
        duckdb_project.dbt("compile", "--select", "litres_scores")
        with pytest.raises(
            BuildError, match="there is no 'latest' of model 'litres_model'; there is no version"
        ):
            duckdb_project.dbt("run", "--select", "litres_scores")
