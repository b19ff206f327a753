"""Every public SQL macro gives the same rows on Spark as on DuckDB, by one dbt run on each."""

from __future__ import annotations

import pandas as pd
import pytest

from bench import BuildError, Project
from compare import assert_same_rows
from every_macro import MODELS, data
from spark import IS_SPARK_4, needs_merge

# what says when it was written, the engine's own hash of the rows that a version was made of, and numbers in a text
NOT_COMPARED = {
    "recorded_at",
    "created_at",
    "predicted_at",
    "promoted_at",
    "run_id",
    "source_hash",
    "evidence",
}

# Spark has merge alone, and deletes from no table of parquet
REWRITTEN = {
    "incremental_strategy='delete+insert', unique_key='meter'": "incremental_strategy='merge', unique_key='version_id'",
    **({", retention='36500d'": ""} if IS_SPARK_4 else {}),
}

# where there is no merge, what reads a store reads the one of DuckDB
STORES = ("store", "states")
PARAMETERS = [pytest.param(name, marks=needs_merge if name in STORES else ()) for name in MODELS]


def models(given: dict[str, pd.DataFrame]) -> dict[str, str]:
    """The models over views of the raw tables, and of the tables that are given instead of models."""
    texts = {f"in_{name}": f"select * from {{{{ source('data', 'raw_{name}') }}}}" for name in data()}
    for name, text in MODELS.items():
        for table in data():
            text = text.replace(f"ref('{table}')", f"ref('in_{table}')")
        for written, here in REWRITTEN.items():
            text = text.replace(written, here)
        texts[name] = f"select * from {{{{ source('data', 'raw_{name}') }}}}" if name in given else text
    return texts


def built(project: Project, given: dict[str, pd.DataFrame] | None = None) -> dict[str, pd.DataFrame]:
    """The results; a model that fails stops only those that read it."""
    given = given or {}
    project.put(**{f"raw_{name}": frame for name, frame in (data() | given).items()})
    views = [{"name": f"in_{name}", "config": {"materialized": "view"}} for name in data()]
    try:
        project.build(models(given), yml={"models": views}, command="run")
    except BuildError:
        if not project.results:
            raise
    return {
        result.node.name: project.read(result.node.name)
        for result in project.results
        if result.status == "success"
    }


@pytest.fixture(scope="module")
def on_duckdb(duckdb_project: Project) -> dict[str, pd.DataFrame]:
    return built(duckdb_project)


@pytest.fixture(scope="module")
def on_spark(spark_project: Project, on_duckdb: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return built(spark_project, {name: on_duckdb[name] for name in STORES} if IS_SPARK_4 else None)


@pytest.mark.parametrize("name", PARAMETERS)
def test_spark_gives_what_duckdb_gives(
    name: str, on_duckdb: dict[str, pd.DataFrame], on_spark: dict[str, pd.DataFrame]
):
    wanted = on_duckdb[name]
    assert len(wanted) > 0
    assert name in on_spark, "the model failed on Spark"
    assert list(on_spark[name].columns) == list(wanted.columns)
    columns = [column for column in wanted.columns if column not in NOT_COMPARED]
    assert_same_rows(on_spark[name], wanted.to_dict("records"), columns)
