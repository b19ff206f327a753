"""The model feature_catalogue, in a project with groups, owners, sources, consumers and exposures."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import yaml
from conftest import ENGINES, make_project

from bench import Project
from compare import assert_same_rows
from oracles import rows_of

CATALOGUE = ["feature_catalogue"]
NUMBER = {"duckdb": "DOUBLE", "postgres": "double precision"}
TEXT = {"duckdb": "VARCHAR", "postgres": "text"}
INTEGER = {"duckdb": "INTEGER", "postgres": "integer"}

MODELS = {
    "payments": "select * from {{ source('data', 'shop_payments') }}",
    "customers": "{{ config(materialized='ephemeral') }} select customer_id from {{ ref('payments') }}",
    "customer_features": """
        select
            payments.customer_id,
            cast('2024-01-01' as timestamp) as as_of,
            cast('2024-01-01' as timestamp) as "Seen",
            cast(1 as double precision) as revenue_30d,
            cast(1 as double precision) as revenue_7d,
            cast('basic' as text) as plan,
            1 as sign,
            cast('2024-01-01' as timestamp) as payments_feature_time,
            cast(null as timestamp) as valid_to,
            1 as valid_from,
            2 as "Odd Name"
        from {{ ref('customers') }} as customers
        join {{ ref('payments') }} as payments on payments.customer_id = customers.customer_id
        left join {{ source('data', 'visits') }} as visits on visits.customer_id = customers.customer_id
    """,
    "route_features": """
        {{ config(materialized='view') }}
        select 'VIE' as origin, 'OS' as carrier, 3 as flights from {{ source('data', 'visits') }}
    """,
    "hidden_features": """
        {{ config(materialized='ephemeral', meta={'baton': {'entity': 'k', 'owner': 'Ada'}}) }}
        select 1 as k, 2 as f, 3 as undocumented
    """,
    "churn_training": "select * from {{ ref('customer_features') }}",
    "churn_scores": "select * from {{ ref('customer_features') }} cross join {{ ref('hidden_features') }}",
    "no_features": "select 1 as a",
}

YML: dict[str, Any] = {
    "groups": [{"name": "growth", "owner": {"name": "Growth team", "email": "growth@shop.example"}}],
    "exposures": [
        {
            "name": "churn_app",
            "type": "application",
            "owner": {"name": "Growth team", "email": "growth@shop.example"},
            "depends_on": ["ref('customer_features')"],
        }
    ],
    "models": [
        {
            "name": "customer_features",
            "description": "What we know of a customer.",
            "config": {
                "group": "growth",
                "tags": ["daily"],
                "event_time": "Seen",
                "meta": {"baton": {"entity": "customer_id"}, "owner": "not the group"},
            },
            "columns": [
                {"name": "customer_id", "description": "Who."},
                {
                    "name": "revenue_30d",
                    "description": 'A customer\'s "revenue" ✈,\nin euros; 100% of it, a \\ too.',
                    "data_type": "numeric(12, 2)",
                    "config": {"tags": ["money", "daily"]},
                },
                {"name": "PLAN", "description": "The plan."},
                {"name": "sign", "config": {"meta": {"baton": {"feature": False}}}},
                {"name": "valid_from", "config": {"meta": {"baton": {"feature": True}}}},
                {"name": "not_there_yet"},
            ],
        },
        {
            "name": "route_features",
            "config": {"meta": {"baton": {"entity": ["origin", "carrier"]}, "owner": ["Zoe", "Ben"]}},
        },
        {"name": "hidden_features", "columns": [{"name": "k"}, {"name": "f", "description": "F."}]},
    ],
}


@pytest.fixture(scope="module", params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with the catalogue enabled."""
    for made in make_project(request.param, tmp_path_factory):
        path = made.root / "dbt_project.yml"
        settings = yaml.safe_load(path.read_text())
        settings["models"]["baton"] = {"catalogue": {"+enabled": True}}
        path.write_text(yaml.safe_dump(settings))
        keys = pd.DataFrame({"customer_id": [1]})
        made.put(shop_payments=keys, visits=keys)
        yield made


def expected_rows(project: Project) -> list[dict[str, Any]]:
    """The catalogue of the models above, written out by hand."""
    number, text, integer = (types[project.engine.name] for types in (NUMBER, TEXT, INTEGER))
    customer = {
        "entity": "customer_id",
        "owner": "Growth team",
        "owner_email": "growth@shop.example",
        "group_name": "growth",
        "tags": "daily",
        "model": "customer_features",
        "model_unique_id": "model.throw_away.customer_features",
        "model_description": "What we know of a customer.",
        "package": "throw_away",
        "path": "models/customer_features.sql",
        "materialized": "table",
        "schema_name": "baton_test",
        "relation_name": "customer_features",
        "is_built": True,
        "upstream_sources": "data.shop_payments, data.visits",
        "consumed_by": "churn_scores, churn_training",
        "exposures": "churn_app",
    }
    nothing = dict.fromkeys(customer)
    route = nothing | {
        "entity": "origin, carrier",
        "owner": "Ben, Zoe",
        "model": "route_features",
        "model_unique_id": "model.throw_away.route_features",
        "package": "throw_away",
        "path": "models/route_features.sql",
        "materialized": "view",
        "schema_name": "baton_test",
        "relation_name": "route_features",
        "is_built": True,
        "upstream_sources": "data.visits",
    }
    hidden = nothing | {
        "entity": "k",
        "owner": "Ada",
        "model": "hidden_features",
        "model_unique_id": "model.throw_away.hidden_features",
        "package": "throw_away",
        "path": "models/hidden_features.sql",
        "materialized": "ephemeral",
        "is_built": False,
        "consumed_by": "churn_scores",
    }
    revenue = 'A customer\'s "revenue" ✈,\nin euros; 100% of it, a \\ too.'

    def feature(
        model: dict[str, Any], name: str, type_: str | None, description: str | None = None, **other: Any
    ):
        return {"feature": name, "data_type": type_, "description": description, **(model | other)}

    return [
        feature(customer, "revenue_30d", "numeric(12, 2)", revenue, tags="daily, money"),
        feature(customer, "revenue_7d", number),
        feature(customer, "plan", text, "The plan."),
        feature(customer, "valid_from", integer),
        feature(customer, "Odd Name", integer),
        feature(customer, "not_there_yet", None, is_built=False),
        feature(route, "flights", integer),
        feature(hidden, "f", None, "F."),
    ]


def test_the_catalogue_lists_every_feature(project: Project):
    project.build(MODELS, yml=YML, flags=CATALOGUE)
    assert project.warnings == []
    ran = {result.node.name: result.status for result in project.results}
    assert ran["feature_catalogue"] == "success"
    assert set(ran.values()) == {"success", "pass"}
    assert list(ran.values()).count("pass") == 2
    catalogue = project.read("feature_catalogue")
    expected = expected_rows(project)
    assert_same_rows(catalogue, expected, list(expected[0]))


def test_the_yml_describes_the_columns_and_their_order(project: Project):
    project.build(MODELS, yml=YML, flags=CATALOGUE)
    manifest = yaml.safe_load(
        (project.root / "dbt_packages" / "baton" / "models/catalogue/_catalogue.yml").read_text()
    )
    described = [column["name"] for column in manifest["models"][0]["columns"]]
    assert described == list(project.read("feature_catalogue").columns)


def test_a_catalogue_that_is_built_first_knows_the_features_when_they_come(project: Project):
    """In an empty warehouse dbt may build it before the features, whose types it reads at query time."""
    project.execute("drop schema {schema} cascade")
    project.execute("create schema {schema}")
    keys = pd.DataFrame({"customer_id": [1]})
    project.put(shop_payments=keys, visits=keys)
    with project.files(MODELS, YML):
        project.dbt("build", "--select", "feature_catalogue")
        before = {row["feature"]: row for row in rows_of(project.read("feature_catalogue"))}
        project.dbt("build")
    assert set(before) == {"revenue_30d", "PLAN", "valid_from", "not_there_yet", "f"}
    assert before["PLAN"]["data_type"] is None and not before["PLAN"]["is_built"]
    expected = expected_rows(project)
    assert_same_rows(project.read("feature_catalogue"), expected, list(expected[0]))


def test_a_project_without_features_has_an_empty_catalogue(project: Project):
    empty = project.build({"no_features": MODELS["no_features"]}, flags=CATALOGUE)
    assert len(empty) == 1
    catalogue = project.read("feature_catalogue")
    assert len(catalogue) == 0
    assert list(catalogue.columns)[:4] == ["feature", "data_type", "description", "entity"]
    types = project.query(
        "select distinct data_type from information_schema.columns where table_name = 'feature_catalogue' and table_schema = 'baton_test'"
    )
    assert set(types["data_type"].str.lower()) == {TEXT[project.engine.name].lower(), "boolean"}


def test_bad_meta_is_one_error(project: Project):
    models = {
        "a": "select 1 as k",
        "b": "select 1 as k",
        "c": "select 1 as k",
        "d": "select 1 as k",
        "e": "select 1 as k",
    }
    project.build(models)
    metas: list[Any] = [
        {"entity": 3},
        "customer_id",
        {"entity": ["k", "gone"]},
        {"entity": []},
        {"entity": "k"},
    ]
    yml = {
        "models": [
            {"name": name, "config": {"meta": {"baton": meta}}}
            for name, meta in zip(models, metas, strict=True)
        ]
    }
    yml["models"][4]["columns"] = [{"name": "k", "config": {"meta": {"baton": {"feature": "no"}}}}]
    message = project.error(models, yml=yml, flags=CATALOGUE)
    assert "baton.feature_catalogue: 5 problems in model 'feature_catalogue'" in message
    assert "a: meta.baton.entity is 3, expected the name of a column or a list of names" in message
    assert 'b: meta.baton is "customer_id", expected a mapping such as' in message
    assert "c: meta.baton.entity is ['k', 'gone'], but the model has no column \"gone\"" in message
    assert "d: meta.baton.entity is empty" in message
    assert 'e.k: meta.baton.feature is "no", expected true or false' in message


def test_hundreds_of_features_are_one_query(project: Project):
    columns = [{"name": f"f_{number}", "description": f"It's feature {number}."} for number in range(600)]
    models = {"wide": "select 1 as k" + "".join(f", {number} as f_{number}" for number in range(600))}
    yml = {"models": [{"name": "wide", "config": {"meta": {"baton": {"entity": "k"}}}, "columns": columns}]}
    begun = time.monotonic()
    project.build(models, yml=yml, flags=CATALOGUE)
    took = time.monotonic() - begun
    catalogue = project.read("feature_catalogue")
    assert set(catalogue["feature"]) == {f"f_{number}" for number in range(600)}
    assert catalogue["is_built"].all() and len(catalogue) == 600
    assert took < 20


def test_the_catalogue_can_be_a_table_and_stands_in_the_docs(project: Project):
    path = project.root / "dbt_project.yml"
    before = path.read_text()
    settings = yaml.safe_load(before)
    settings["models"]["baton"]["catalogue"]["+materialized"] = "table"
    path.write_text(yaml.safe_dump(settings))
    try:
        project.build(MODELS, yml=YML)
        project.build(MODELS, yml=YML, flags=CATALOGUE)
        expected = expected_rows(project)
        assert_same_rows(project.read("feature_catalogue"), expected, list(expected[0]))
        with project.files(MODELS, YML):
            project.dbt("docs", "generate")
        assert project.warnings == []
    finally:
        path.write_text(before)


def test_the_package_parses_without_a_warning_when_the_catalogue_is_on(project: Project):
    assert project.parse({"any": "select 1 as one"}) == []
