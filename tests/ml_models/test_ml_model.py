"""`materialized='ml_model'` through dbt: what is trained, kept and refused, on both engines; and `score` against `predict`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from bench import BuildError, Project
from dbt_baton import artifacts
from dbt_baton.registry.version_row import VERSION_SCHEMA

FEATURES = ["spend", "Visits"]


def customers(n: int = 240) -> pd.DataFrame:
    random = np.random.default_rng(5)
    spend = random.normal(0, 2, n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) % 20, unit="D"),
            "spend": np.where(np.arange(n) % 17 == 0, np.nan, spend),
            "Visits": random.poisson(3, n),
            "plan": random.choice(np.array(["pro", "d'or", "ça\n va", None], dtype=object), n),
            "order": random.random(n) < 0.5,
            "label": np.where(spend + random.normal(0, 1, n) > 0, "it's lost", "stays"),
            "split": np.where(np.arange(n) % 20 < 15, "train", "validation"),
        }
    )


def sql_model(**config: object) -> str:
    described = json.dumps({"label": "label", "entity": "customer_id"} | config)
    described = described.replace("true", "True").replace("null", "None")
    meta = "{{ config(materialized='ml_model', meta={'ml_model': " + described + "}) }}"
    return meta + "\nselect * from {{ source('data', 'customers') }}"


def scores_of(name: str) -> str:
    return (
        "{{ baton.score(registry=ref('versions'), model_name='"
        + name
        + "', features=source('data', 'customers'),"
        " entity='customer_id', alias='latest', keep=['plan', 'Visits']) }}"
    )


IMPUTED = [{"transformer": "simple_imputer", "columns": FEATURES, "strategy": "median"}]
MODELS = {
    "tree": sql_model(
        estimator="decision_tree_classifier",
        params={"max_depth": 3},
        features=FEATURES,
        positive_class="it's lost",
        threshold=0.4,
    ),
    "linear": sql_model(
        estimator="logistic_regression", features=FEATURES, preprocessing=IMPUTED, calibration="sigmoid", owner="Retention"
    ),
    "boosting": sql_model(
        estimator="hist_gradient_boosting_classifier",
        params={"max_iter": 5, "max_leaf_nodes": 5, "min_samples_leaf": 5, "categorical_features": "from_dtype"},
    ),
    "grouped": sql_model(
        estimator="sklearn.tree.DecisionTreeRegressor", params={"max_depth": 2}, label="Visits",
        features=["spend", "order"], group_by="plan", min_group_rows=20,
    ),
}  # fmt: skip
VERSIONS = ", ".join(f"ref('{name}')" for name in MODELS)
SCORES = {
    "versions": "{{ config(materialized='view') }}{{ baton.model_registry(models=[" + VERSIONS + "]) }}",
    **{f"{name}_scores": scores_of(name) for name in MODELS},
}


@pytest.fixture(scope="module")
def trained(project: Project) -> Project:
    """All four models and their scores, built twice, the second time with --full-refresh."""
    project.put(customers=customers())
    project.build({**MODELS, **SCORES})
    project.first = {name: project.read(name) for name in MODELS}  # type: ignore[attr-defined]
    project.build({**MODELS, **SCORES}, full_refresh=True)
    return project


def version(project: Project, name: str) -> dict[str, object]:
    rows = project.read(name)
    assert len(rows) == 1
    row: dict[str, object] = rows.iloc[0].to_dict()
    return row


def loaded(row):
    artifact = artifacts.Artifact(bytes(row["artifact"]), row["artifact_sha256"], row["artifact_format"])
    return artifacts.load(artifact, model_name=row["model_name"], model_version=row["model_version"])


def test_a_version_row_is_written_once_and_survives_a_full_refresh(trained):
    for name in MODELS:
        first = trained.first[name]
        again = trained.read(name)
        assert list(again.columns) == VERSION_SCHEMA.names
        assert len(again) == len(first) == 1
        for column in ("model_version", "trained_at", "artifact_sha256", "run_id", "metrics"):
            assert again[column].tolist() == first[column].tolist(), column


def test_what_was_trained_is_what_scikit_learn_trains(trained):
    frame = customers()
    fitted_on = frame[frame.split == "train"].sort_values(
        ["as_of", "customer_id"], key=lambda c: c.astype(str) if c.name == "customer_id" else c
    )
    row = version(trained, "tree")
    oracle = DecisionTreeClassifier(max_depth=3, random_state=42).fit(fitted_on[FEATURES], fitted_on.label)
    assert (
        loaded(row).predict_proba(frame[FEATURES]).tolist() == oracle.predict_proba(frame[FEATURES]).tolist()
    )
    assert row["estimator"] == "sklearn.tree.DecisionTreeClassifier" and row["threshold"] == 0.4
    assert json.loads(row["classes"]) == ["stays", "it's lost"]
    assert "customers" in row["training_relation"]
    linear = version(trained, "linear")
    assert linear["owner"] == "Retention" and json.loads(linear["params"])["steps"]
    medians = fitted_on[FEATURES].median()
    regression = LogisticRegression(random_state=42).fit(fitted_on[FEATURES].fillna(medians), fitted_on.label)
    inner = loaded(linear).calibrated_classifiers_[0].estimator.estimator[-1]
    assert inner.coef_ == pytest.approx(regression.coef_)


def test_every_version_scores_in_sql_as_in_python(trained):
    """The scores of the whole table against the estimator that the artifact holds."""
    frame = customers()
    inputs = pd.DataFrame(
        {
            "spend": frame.spend, "Visits": frame.Visits.astype(float),
            "plan": pd.Categorical(frame.plan), "order": frame.order.astype(float),
        }
    )  # fmt: skip
    for name in ("tree", "linear", "boosting"):
        row = version(trained, name)
        assert row["scoring_sql_max_abs_error"] <= 1e-9 and row["scoring_sql_differing_classes"] == 0
        scores = trained.read(f"{name}_scores").sort_values("customer_id")
        assert list(scores.columns) == [
            "customer_id", "as_of", "model_name", "model_version", "alias", "predicted_class", "predicted_probability",
            "predicted_value", "class_probabilities", "feature_hash", "plan", "Visits",
        ]  # fmt: skip
        assert scores.customer_id.tolist() == frame.customer_id.tolist()
        assert set(scores.model_version) == {row["model_version"]}
        model = loaded(row)
        names = [feature["name"] for feature in json.loads(row["features"])]
        place = 0 if name == "tree" else 1
        expected = model.predict_proba(inputs[names])[:, place]
        assert scores.predicted_probability.to_numpy() == pytest.approx(expected, abs=1e-9)
        classes = (
            np.where(expected >= 0.4, "it's lost", "stays")
            if name == "tree"
            else model.predict(inputs[names])
        )
        assert scores.predicted_class.tolist() == classes.tolist()
        assert scores.plan.fillna("").tolist() == frame.plan.fillna("").tolist()
    row = version(trained, "grouped")
    content = loaded(row)
    groups = dict(map(tuple, content["groups"]))
    assert set(groups) == {"pro", "d'or", "ça\n va"} == set(json.loads(row["groups"])["rows"])
    scores = trained.read("grouped_scores").sort_values("customer_id")
    for value, rows in inputs.groupby(frame.plan.fillna("nothing"), sort=False):
        model = groups.get(value, content["fallback"])
        expected = model.predict(rows[["spend", "order"]])
        assert scores.predicted_value[
            frame.plan.fillna("nothing").to_numpy() == value
        ].to_numpy() == pytest.approx(expected)
    assert scores.predicted_class.isna().all() and len(scores) == len(frame)


def test_a_change_of_configuration_adds_a_version(trained):
    other = sql_model(estimator="decision_tree_classifier", params={"max_depth": 2}, features=FEATURES)
    trained.build({"tree": other})
    trained.build({"tree": other})
    rows = trained.read("tree")
    assert len(rows) == rows.model_version.nunique() == 2
    trained.build({**MODELS, **SCORES})
    assert len(trained.read("tree")) == 2
    assert set(trained.read("tree_scores").model_version) == {
        rows.sort_values("trained_at").model_version.iloc[-1]
    }


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"estimator": "logistic_regresion"}, "estimator is 'logistic_regresion', did you mean 'logistic_regression'"),
        ({"estimator": "os.system"}, "estimator is 'os.system', expected an import path from sklearn, xgboost, lightgbm"),
        ({"estimator": "sklearn.tree.Oak"}, "estimator 'sklearn.tree.Oak' cannot be imported"),
        ({"estimator": "ridge", "params": {"alhpa": 1}}, "params.alhpa is no parameter of ridge, did you mean 'alpha'"),
        ({"estimator": "ridge", "lable": "label"}, "meta.ml_model has the unknown key 'lable', did you mean 'label'"),
        ({"label": None, "entity": None}, "meta.ml_model.estimator is missing; (2) meta.ml_model.label is missing"),
        ({"estimator": "logistic_regression", "features": FEATURES}, "ValueError: Input X contains NaN."),
    ],
)  # fmt: skip
def test_a_wrong_config_is_one_error_and_writes_nothing(project, config, message):
    project.put(customers=customers())
    with pytest.raises(BuildError) as failed:
        project.build({"refused": sql_model(**config)})
    said = str(failed.value)
    assert message in said and "Traceback" not in said
    with pytest.raises(Exception, match="refused"):
        project.read("refused")


def test_a_model_without_its_meta_is_told_so(project):
    project.put(customers=customers())
    with pytest.raises(BuildError, match=r"the model's config has no meta\.ml_model"):
        project.build(
            {"bare": "{{ config(materialized='ml_model') }}select * from {{ source('data', 'customers') }}"}
        )


def test_an_empty_run_makes_the_tables_without_rows(project):
    project.put(customers=customers())
    names = {
        "empty_model": MODELS["tree"],
        "empty_versions": "{{ baton.model_registry(models=[ref('empty_model')]) }}",
    }
    score = SCORES["tree_scores"].replace("'versions'", "'empty_versions'").replace("'tree'", "'empty_model'")
    project.build({**names, "empty_scores": score}, flags=("--empty",))
    assert len(project.read("empty_model")) == len(project.read("empty_scores")) == 0
    assert list(project.read("empty_model").columns) == VERSION_SCHEMA.names


def test_what_score_cannot_do_is_one_error(trained):
    def error(old: str = "", new: str = "") -> str:
        text = SCORES["tree_scores"].replace(old, new)
        with pytest.raises(BuildError) as failed:
            trained.build({"wrong": text.replace("ref('versions')", "source('data', 'versions')")})
        return str(failed.value)

    trained.use_tables("versions")
    assert "there is no 'latest' of model 'tre'; there is no version at all" in error("'tree'", "'tre'")
    assert "registry has no alias column" in error("alias='latest'", "alias='champion'")
    trained.put(customers=customers().rename(columns={"spend": "cost"}).assign(Visits="many"))
    said = error()
    assert "feature 'spend' (float) of version" in said and "is missing" in said
    assert "feature 'Visits' is" in said and "was trained on int" in said
    trained.put(customers=customers())
