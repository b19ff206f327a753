"""`dbt_baton.Project` reads what dbt built, on both engines, and answers a wrong name with near ones."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import yaml

from bench import DuckDB
from built_project import BuiltProject
from dbt_baton import Project, ProjectError

ODD = pd.DataFrame(
    {
        "user_id": [1, 2, 3],
        "Order": ["O'Brien", 'a "quoted" one', None],
        "größe": [0.5, np.nan, -1e300],
        "is_new": pd.array([True, None, False], dtype="boolean"),
        "seen_at": pd.to_datetime(["2024-02-29 12:00:00.000001", None, "1969-12-31"], format="ISO8601"),
    }
)


@pytest.fixture(scope="module")
def shop(built: BuiltProject) -> BuiltProject:
    built.put("events", ODD, kind="source")
    built.put("user_features", ODD)
    built.put("Upper Case", ODD.head(1), kind="seed")
    built.put("empty_model", ODD.head(0))
    built.put("churn_scores", None)
    return built


def test_rows_are_those_of_the_table(shop):
    project = shop.open()
    for relation in (project.ref("user_features"), project.source("raw", "events")):
        read = relation.df().sort_values("user_id", ignore_index=True)
        assert read["user_id"].tolist() == [1, 2, 3]
        assert read["Order"].where(read["Order"].notna(), None).tolist() == ODD["Order"].tolist()
        assert read["größe"].equals(ODD["größe"])
        assert read["is_new"].where(read["is_new"].notna(), None).tolist() == [True, None, False]
        assert read["seen_at"].astype("datetime64[us]").equals(ODD["seen_at"].astype("datetime64[us]"))
    assert project.ref("Upper Case").df()["user_id"].tolist() == [1]


def test_columns_a_condition_and_a_limit(shop):
    relation = shop.open().ref("user_features")
    chosen = relation.df(columns=["größe", "Order"], where="user_id <> 2")
    assert chosen.columns.tolist() == ["größe", "Order"] and len(chosen) == 2
    assert len(relation.df(limit=2)) == 2
    assert len(relation.df(limit=0)) == 0
    assert len(shop.open().ref("empty_model").df()) == 0


def test_arrow_polars_and_pandas_have_the_same_rows(shop):
    relation = shop.open().ref("user_features")
    arrow, polars = relation.arrow(), relation.pl()
    assert isinstance(arrow, pa.Table) and isinstance(polars, pl.DataFrame)
    assert polars.sort("user_id")["Order"].to_list() == ["O'Brien", 'a "quoted" one', None]
    assert arrow.to_pylist() == polars.to_dicts()


def test_ref_and_source_in_a_query(shop):
    project = shop.open()
    query = """
        select f.user_id from {{ ref('user_features') }} as f
        inner join {{ source("raw", "events") }} as e on f.user_id = e.user_id
        where e."Order" = 'O''Brien'
    """
    assert project.sql(query).df()["user_id"].tolist() == [1]
    assert project.sql(f"select count(*) as n from {project.ref('user_features')} as r").df()[
        "n"
    ].tolist() == [3]
    with pytest.raises(ProjectError, match="only ref and source are rendered: 'var' is undefined"):
        project.sql("select {{ var('x') }}")
    with pytest.raises(ProjectError, match="'user_feature'; did you mean user_features"):
        project.sql("select * from {{ ref('user_feature') }}")
    with pytest.raises(ProjectError, match="the query cannot be read: "):
        project.sql("select nonsense from {{ ref('user_features') }}").df()


def test_decimals_zones_and_the_last_moment(shop):
    found = shop.open().sql(
        "select cast(1.10 as decimal(10, 2)) as amount, timestamp '9999-12-31 00:00:00' as valid_to,"
        " cast('2024-01-01 01:00:00+01' as timestamp with time zone) as happened_at"
    )
    row = found.df().iloc[0]
    assert row["amount"] == Decimal("1.10")
    assert row["valid_to"].to_pydatetime() == datetime(9999, 12, 31)
    happened = row["happened_at"].to_pydatetime()
    assert happened.replace(tzinfo=happened.tzinfo or timezone.utc) == datetime(
        2024, 1, 1, tzinfo=timezone.utc
    )


def test_names_that_are_not_there(shop):
    project = shop.open()
    with pytest.raises(ProjectError) as refused:
        project.ref("User_Feature")
    assert str(refused.value) == (
        "there is no model, seed or snapshot called 'User_Feature'; did you mean user_features?"
    )
    with pytest.raises(ProjectError, match=r"no source table 'raw.event'; did you mean raw.events\?"):
        project.source("raw", "event")
    with pytest.raises(
        ProjectError, match=r"did you mean Upper Case, churn_scores, empty_model, user_features\?"
    ):
        project.ref("zzz")


def test_a_name_that_may_be_newer_than_the_manifest(shop):
    added = shop.root / "models" / "just_written.sql"
    added.write_text("select 1 as one")
    try:
        with pytest.raises(
            ProjectError, match=r"models/just_written.sql is newer than the manifest: run dbt parse"
        ):
            shop.open().ref("just_written")
    finally:
        added.unlink()


def test_a_model_that_is_not_built(shop):
    with pytest.raises(ProjectError, match="churn_scores cannot be read: run dbt build first"):
        shop.open().ref("churn_scores").df()


def test_a_connection_for_other_tools_cannot_write(shop):
    connection = shop.open().connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute('select count(*) from baton_test."user_features"')
            assert cursor.fetchone() == (3,)
            with pytest.raises(Exception, match="read-only"):
                cursor.execute('delete from baton_test."user_features"')
    finally:
        connection.close()
    assert len(shop.open().ref("user_features").df()) == 3


def test_reading_forty_thousand_rows_is_quick(shop, record_property):
    """As many as the demo's training set, which must take 0.2 s; here the limit is generous, for busy machines."""
    random = np.random.default_rng(0)
    shop.put("training_set", pd.DataFrame(random.normal(size=(41_349, 23))).add_prefix("c"))
    relation = shop.open().ref("training_set")
    relation.df()
    began = time.process_time()
    assert relation.df().shape == (41_349, 23)
    record_property("cpu_seconds", time.process_time() - began)


def test_what_is_missing_is_named(built, tmp_path):
    with pytest.raises(ProjectError, match=r"dbt_project.yml is missing"):
        Project(tmp_path)
    with pytest.raises(ProjectError, match=r"no target 'prod', it has dev"):
        Project(built.root, target="prod")
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump({"name": "shop", "profile": "shop"}))
    with pytest.raises(ProjectError, match=r"profiles.yml is missing"):
        Project(tmp_path, profiles_dir=tmp_path)
    with pytest.raises(ProjectError, match=r"manifest.json is missing: run dbt build first"):
        Project(tmp_path, profiles_dir=built.root)


def test_a_database_that_is_not_there_or_not_reached(built, tmp_path):
    for folder in ("target", "models"):
        (tmp_path / folder).mkdir()
    for file in ("dbt_project.yml", "target/manifest.json"):
        (tmp_path / file).write_text((built.root / file).read_text())
    settings = built.engine.profile()
    settings |= (
        {"path": "gone.duckdb"} if isinstance(built.engine, DuckDB) else {"port": 1, "connect_timeout": 2}
    )
    profile = {"shop": {"target": "dev", "outputs": {"dev": settings}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profile))
    said = "gone.duckdb is missing: run dbt build first" if isinstance(built.engine, DuckDB) else "refused: "
    with pytest.raises(ProjectError, match=said):
        Project(tmp_path).sql("select 1 as one").df()
    assert not (tmp_path / "gone.duckdb").exists()


def test_a_locked_database_says_what_to_do(built):
    said = r"test.duckdb is locked by another process.* wait until its dbt run"
    with built.locked(), pytest.raises(ProjectError, match=said):
        Project(built.root).sql("select 1 as one").df()
    assert Project(built.root).sql("select 1 as one").df()["one"].tolist() == [1]


def test_a_name_of_two_packages_is_not_guessed(built):
    built.put("users", pd.DataFrame({"user_id": [1]}))
    path = built.root / "target" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["nodes"]["model.other.users"] = manifest["nodes"]["model.shop.users"] | {"package_name": "other"}
    path.write_text(json.dumps(manifest))
    with pytest.raises(ProjectError, match=r"'users' is the name of .* choose one with Project.sql"):
        built.open().sql("select * from {{ ref('users', v=1) }}")
