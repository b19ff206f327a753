"""Where model_health says to look: the nodes of dbt's graph behind a feature, whose they are, and which of their tests failed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ENGINES, make_project

from bench import Project

WEEKS = pd.date_range("2024-01-01", periods=6, freq="7D")
MODELS = {
    "stg_orders": "select * from {{ source('data', 'orders') }}",
    "stg_visits": "select * from {{ source('data', 'visits') }}",
    "order_features": "select k, amount * 2 as spent, amount as \"o'dd\" from {{ ref('stg_orders') }}",
    "visit_features": "{{ config(materialized='ephemeral') }} select k, n as visits from {{ ref('stg_visits') }}",
    "scored": """select o.k, o.spent, o."o'dd", v.visits from {{ ref('order_features') }} as o
        left join {{ ref('visit_features') }} as v on o.k = v.k""",
    "a_model": "select * from {{ ref('scored') }}",
    "performance": "select * from {{ source('data', 'performance_table') }} -- {{ ref('a_model') }}",
    "alerts": "select * from {{ source('data', 'alerts_table') }} -- {{ ref('scored') }}",
    "health": """{{ baton.model_health(performance=ref('performance'), drift_alerts=ref('alerts'), metric='accuracy',
        features=ref('scored')) }}""",
    "health_of_all": "{{ baton.model_health(performance=ref('performance'), drift_alerts=ref('alerts'), metric='accuracy') }}",
}
YML = {
    "models": [
        {"name": "a_model", "config": {"meta": {"owner": "The model's people"}}},
        {
            "name": "order_features",
            "config": {"meta": {"owner": "Orders & co"}},
            "data_tests": [{"unique": {"arguments": {"column_name": "k"}}}],
        },
        {
            "name": "stg_orders",
            "config": {"meta": {"owner": "Ingestion"}},
            "columns": [
                {"name": "amount", "data_tests": [{"accepted_values": {"arguments": {"values": [1]}}}]}
            ],
        },
        {"name": "visit_features", "columns": [{"name": "visits"}]},
    ]
}


@pytest.fixture(scope="module", params=ENGINES)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    for own in make_project(request.param, tmp_path_factory):
        config = Path(own.root / "dbt_project.yml")
        config.write_text(config.read_text() + '\non-run-end: "{{ baton.log_test_results(results) }}"\n')
        yield own


def rows(**columns: object) -> pd.DataFrame:
    key = {"model_name": "a_model", "model_version": "v", "segment_name": "all", "segment_value": "all"}
    return pd.DataFrame({**key, "period_start": WEEKS, **columns})


def test_the_nodes_behind_a_feature_come_nearest_first_and_their_failed_tests_are_evidence(
    project: Project,
) -> None:
    is_alert = np.arange(6) >= 4
    shares = {"null_share": 0.0, "null_share_reference": 0.0, "unseen_share": 0.0, "vanished_share": 0.0}
    drift = {"metric": "psi", "n": 900, "n_reference": 900, "alert_since": WEEKS[4], **shares}
    project.put(
        orders=pd.DataFrame({"k": [1, 2], "amount": [3, 4]}),
        visits=pd.DataFrame({"k": [1, 2], "n": [3, 4]}),
        performance_table=rows(
            metric="accuracy", value=0.8, std_error=0.01, n=900, n_labelled=900, undefined_reason=None
        ),
        alerts_table=pd.concat(
            [
                rows(feature="spent", kind="numeric", value=0.4, is_alert=is_alert, **drift),
                rows(feature="visits", kind="numeric", value=0.2, is_alert=is_alert, **drift),
                rows(feature="o'dd", kind="numeric", value=0.0, is_alert=False, **drift),
            ]
        ),
    )
    with project.files(MODELS, YML):
        # the test of stg_orders fails, so what is behind it is not built: build first, test then
        project.dbt("run")
        health = project.read("health").sort_values("period_start").set_index("period_start")
        calm, alarmed = health.loc[WEEKS[0]], health.loc[WEEKS[5]]
        assert (calm["verdict"], calm["upstream"], calm["owner"]) == ("healthy", "[]", "The model's people")
        assert alarmed["verdict"] == "covariate_drift"
        assert alarmed["summary"] == (
            "spent has drifted, psi 0.400, and 1 other feature; accuracy has not dropped; start at order_features"
            " (Orders & co)"
        )
        nodes = json.loads(alarmed["upstream"])
        assert [(node["node"], node["resource_type"], node["owner"], node["distance"]) for node in nodes] == [
            ("scored", "model", None, 1),
            ("order_features", "model", "Orders & co", 2),
            ("visit_features", "model", None, 2),
            ("stg_orders", "model", "Ingestion", 3),
            ("stg_visits", "model", None, 3),
            ("data.orders", "source", None, 4),
            ("data.visits", "source", None, 4),
        ]
        assert nodes[1]["path"] == "models/order_features.sql"
        # without `features` the walk begins at the model itself, and finds the same nodes further away, and the model that reads them
        everything = json.loads(
            project.read("health_of_all").set_index("period_start").loc[WEEKS[5], "upstream"]
        )
        assert {node["node"] for node in everything} == {node["node"] for node in nodes} | {"a_model"}

        try:
            project.dbt("test")
        except Exception as failed:  # one of them is meant to fail
            assert "accepted_values" in str(failed) or "Got 2 results" in str(failed)
        logged = project.query("select * from {schema}.baton_test_results order by test_name")
        assert list(logged["status"]) == ["fail", "pass"]
        assert list(logged["node"]) == ["model.throw_away.stg_orders", "model.throw_away.order_features"]
        assert list(logged["failures"]) == [2, 0]

        # of the newest week, of a week without an alert, and of no week
        project.execute("update {schema}.baton_test_results set ran_at = timestamp '2024-02-10 12:00:00'")
        project.dbt("run", "--select", "health")
        verdicts = project.read("health").sort_values("period_start").set_index("period_start")["verdict"]
        assert list(verdicts) == ["healthy"] * 4 + ["covariate_drift", "data_quality"]
        found = project.read("health").sort_values("period_start").set_index("period_start").loc[WEEKS[5]]
        assert found["summary"].startswith(
            "spent has drifted, and tests of data behind it failed: accepted_values_"
        )
        assert [entry["feature"] for entry in json.loads(found["features"])] == ["spent"]
        for moment in ("2024-01-10 00:00:00", "2024-02-12 00:00:00"):
            project.execute(f"update {{schema}}.baton_test_results set ran_at = timestamp '{moment}'")
            project.dbt("run", "--select", "health")
            assert "data_quality" not in set(project.read("health")["verdict"])
