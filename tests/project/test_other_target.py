"""A manifest of one target is not read for another: its tables would be shown as those of the other."""

from __future__ import annotations

import json

import pandas as pd
import pytest
import yaml

from bench import SCHEMA, Postgres
from built_project import BuiltProject
from dbt_baton import Project, ProjectError

OWN_SCHEMAS = "macro.shop.generate_schema_name"


@pytest.fixture(scope="module")
def shop(built: BuiltProject) -> BuiltProject:
    built.put("users", pd.DataFrame({"user_id": [1]}))
    same = built.engine.profile()
    outputs = {"dev": same, "prod": same | {"schema": "prod"}}
    profiles = {"shop": {"target": "{{ env_var('SHOP_TARGET', 'dev') }}", "outputs": outputs}}
    (built.root / "profiles.yml").write_text(yaml.safe_dump(profiles))
    return built


def rewrite(shop: BuiltProject, **changes: dict[str, object]) -> None:
    path = shop.root / "target" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({part: manifest[part] | changes.get(part, {}) for part in manifest}))


def test_another_schema(shop):
    assert len(Project(shop.root, "dev").ref("users").df()) == 1
    with pytest.raises(ProjectError, match=f"schema {SCHEMA}, and the target has schema prod; run dbt parse"):
        Project(shop.root, "prod").ref("users").df()


def test_the_target_and_the_profile_of_the_environment(shop, monkeypatch):
    monkeypatch.setenv("DBT_TARGET", "prod")
    with pytest.raises(ProjectError, match="the target has schema prod"):
        shop.open().ref("users").df()
    assert len(Project(shop.root, "dev").ref("users").df()) == 1
    monkeypatch.setenv("DBT_PROFILE", "other")
    with pytest.raises(ProjectError, match="has no profile 'other'"):
        shop.open()


def test_artifacts_elsewhere(shop, monkeypatch, tmp_path):
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    with pytest.raises(ProjectError, match=r"manifest.json is missing"):
        shop.open()
    (tmp_path / "manifest.json").write_text((shop.root / "target" / "manifest.json").read_text())
    assert len(shop.open().ref("users").df()) == 1


def test_a_project_that_names_its_schemas_itself(shop):
    rewrite(shop, macros={OWN_SCHEMAS: {"package_name": "shop", "depends_on": {"macros": []}}})
    try:
        assert len(Project(shop.root, "prod").ref("users").df()) == 1
    finally:
        shop.put("users", None)


def test_another_engine_and_another_database(shop):
    other = "duckdb" if isinstance(shop.engine, Postgres) else "postgres"
    try:
        rewrite(shop, metadata={"adapter_type": other})
        with pytest.raises(ProjectError, match=f"its models are in {other}, and the target has"):
            shop.open().ref("users").df()
        shop.put("users", None)
        node = json.loads((shop.root / "target" / "manifest.json").read_text())["nodes"]["model.shop.users"]
        rewrite(shop, nodes={"model.shop.users": node | {"database": "elsewhere"}})
        with pytest.raises(ProjectError, match="in database elsewhere, and the target has database"):
            shop.open().ref("users").df()
    finally:
        shop.put("users", None)
