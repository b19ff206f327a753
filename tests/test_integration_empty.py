"""The integration project in an empty warehouse: it compiles, passes `dbt build --empty`, and a real build after that is right."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import need_engine
from integration import IntegrationProject, integration_project

# what has rows without data: the parameters of `fit`, the bins of NULL and others, the list of features, two airports by hand
NEVER_EMPTY = {
    "churn_preprocessing",
    "churn_drift_baseline",
    "flight_drift_baseline",
    "feature_catalogue",
    "stg_flights__airports",
}


def rows(project: IntegrationProject) -> dict[str, int]:
    """How many rows each model has."""
    manifest = json.loads((project.root / "target" / "manifest.json").read_text())
    ran = [node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    counts = " union all ".join(
        f"select '{name}' as name, count(*) as n from {project.relations()[name]}"
        for name in ran
        if name in project.results
    )
    found = project.engine.query(counts)
    return dict(zip(found["name"], found["n"].astype(int), strict=True))


def test_from_nothing_with_empty_and_then_with_rows_on_duckdb(tmp_path: Path):
    with integration_project(tmp_path, "duckdb") as project:
        project.load("churn", events=20_000)
        project.load("flights", until="2013-01-10")
        project.dbt("compile")
        project.dbt("build", "--empty")
        built = rows(project)
        assert len(built) > 50
        assert {name for name, n in built.items() if n} == NEVER_EMPTY

        # its tests are the truth: the training set is made again from the log, every alias has its version
        project.build("--select", "path:models/churn")
        built = rows(project)
        assert {name for name, n in built.items() if not n} == set()
        assert (built["churn_registry"], built["churn_training_record"]) == (2, 1)
        log = project.read("user_feature_log")
        assert (log["created_at"] == log["as_of"]).all()


def test_from_nothing_with_empty_and_then_with_rows_on_postgres(tmp_path: Path):
    need_engine("postgres")
    with integration_project(tmp_path, "postgres") as project:
        project.load("churn", events=5_000)
        project.load("flights", until="2013-01-03")
        project.dbt("build", "--empty", "--selector", "sql")
        built = rows(project)
        assert len(built) > 20
        assert {name for name, n in built.items() if n} == NEVER_EMPTY

        project.dbt(
            "build",
            "--select",
            "+user_feature_log",
            "user_features_scd2",
            "user_profiles",
            "--exclude",
            "resource_type:test",
        )
        log = project.read("user_feature_log")
        assert len(log) > 1000
        assert (log["created_at"] == log["as_of"]).all()
