"""Training on Spark's tables and scoring in Spark's SQL: the model of DuckDB, and what scikit-learn gives."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bench import Project
from compare import assert_same_rows
from dbt_baton import artifacts


def customers(n: int = 240) -> pd.DataFrame:
    """Numbers with NULL and whole ones, texts with quotes and backslashes, and names that have to be quoted."""
    random = np.random.default_rng(5)
    spend = random.normal(0, 2, n).round(2)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) % 20, unit="D"),
            "spend": np.where(np.arange(n) % 17 == 0, np.nan, spend),
            "Visits": random.poisson(3, n),
            "plan": random.choice(np.array(["pro", "d'or", 'a\\b "c"', None], dtype=object), n),
            "order": random.random(n) < 0.5,
            "label": np.where(spend + random.normal(0, 1, n) > 0, "it's lost", "stays"),
            "split": np.where(np.arange(n) % 20 < 15, "train", "validation"),
        }
    )


def sql_model(**config: object) -> str:
    described = json.dumps({"label": "label", "entity": "customer_id"} | config)
    meta = "{{ config(materialized='ml_model', meta={'ml_model': " + described + "}) }}"
    return meta + "\nselect * from {{ source('data', 'customers') }}"


NUMBERS = ["spend", "Visits"]
IMPUTED = [{"transformer": "simple_imputer", "columns": NUMBERS, "strategy": "median"}]
MODELS = {
    "linear": sql_model(
        estimator="logistic_regression", features=NUMBERS, preprocessing=IMPUTED, calibration="sigmoid"
    ),
    "boosting": sql_model(
        estimator="hist_gradient_boosting_classifier",
        params={
            "max_iter": 5,
            "max_leaf_nodes": 5,
            "min_samples_leaf": 5,
            "categorical_features": "from_dtype",
        },
    ),
    "grouped": sql_model(
        estimator="sklearn.tree.DecisionTreeRegressor",
        params={"max_depth": 2},
        label="Visits",
        features=["spend", "order"],
        group_by="plan",
        min_group_rows=20,
    ),
}
VERSIONS = ", ".join(f"ref('{name}')" for name in MODELS)
SCORES = {
    "versions": "{{ baton.model_registry(models=[" + VERSIONS + "]) }}",
    **{
        f"{name}_scores": "{{ baton.score(registry=ref('versions'), model_name='" + name + "', "
        "features=source('data', 'customers'), entity='customer_id', alias='latest', keep=['plan', 'Visits']) }}"
        for name in MODELS
    },
}


@pytest.fixture(scope="module")
def both(duckdb_project: Project, spark_project: Project) -> tuple[Project, Project]:
    for project in (duckdb_project, spark_project):
        project.put(customers=customers())
        project.build({**MODELS, **SCORES}, command="run")
    return duckdb_project, spark_project


@pytest.mark.parametrize("name", MODELS)
def test_the_version_is_that_of_duckdb(name: str, both: tuple[Project, Project]):
    (wanted,), (found,) = (project.read(name).to_dict("records") for project in both)
    for column in ("model_version", "training_set_hash", "params", "features", "metrics", "artifact_sha256"):
        assert found[column] == wanted[column], column
    assert bytes(found["artifact"]) == bytes(wanted["artifact"])
    assert found["scoring_sql"] and found["scoring_sql_max_abs_error"] <= 1e-9


@pytest.mark.parametrize("name", MODELS)
def test_spark_scores_as_duckdb_does(name: str, both: tuple[Project, Project]):
    wanted, found = (project.read(f"{name}_scores") for project in both)
    assert len(wanted) == len(customers())
    assert_same_rows(found, wanted.to_dict("records"))


def test_spark_scores_as_scikit_learn_does(both: tuple[Project, Project]):
    _, project = both
    row = project.read("linear").iloc[0]
    artifact = artifacts.Artifact(bytes(row["artifact"]), row["artifact_sha256"], row["artifact_format"])
    model = artifacts.load(artifact, model_name=row["model_name"], model_version=row["model_version"])
    inputs = customers()[NUMBERS].astype(float)
    scores = project.read("linear_scores").sort_values("customer_id")
    found = scores["predicted_probability"].astype(float).to_numpy()
    assert found == pytest.approx(model.predict_proba(inputs)[:, 1], abs=1e-9)
    assert scores["predicted_class"].tolist() == model.predict(inputs).tolist()


def test_a_second_run_trains_nothing_and_a_change_appends(both: tuple[Project, Project]):
    _, project = both
    before = project.read("linear")
    project.build({"linear": MODELS["linear"]}, full_refresh=True, command="run")
    assert project.read("linear").to_dict("records") == before.to_dict("records")
    project.build({"linear": MODELS["linear"].replace("sigmoid", "isotonic")}, command="run")
    after = project.read("linear")
    assert len(after) == after["model_version"].nunique() == 2


def test_other_python_models_are_refused(both: tuple[Project, Project]):
    _, project = both
    python = "def model(dbt, session):\n    dbt.config(materialized='table')\n    return dbt.ref('linear')\n"
    message = project.error({"linear": MODELS["linear"], "other.py": python}, command="run")
    assert "Python models on spark are run by baton, only with materialized='ml_model'" in message


def test_other_methods_of_spark_keep_their_ways(both: tuple[Project, Project]):
    from dbt.adapters.spark.impl import SparkAdapter

    for method, wanted in (("session", {"baton_local"}), ("thrift", {"job_cluster", "all_purpose_cluster"})):
        adapter = SimpleNamespace(config=SimpleNamespace(credentials=SimpleNamespace(method=method)))
        assert set(SparkAdapter.python_submission_helpers.fget(adapter)) == wanted
        assert SparkAdapter.default_python_submission_method.fget(adapter) in wanted
