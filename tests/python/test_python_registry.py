"""Versions and aliases: the SQL against brute force, and the whole way through a dbt project on DuckDB."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bench import Project
from dbt_baton import artifacts
from dbt_baton.registry.version_row import VERSION_SCHEMA
from dbt_baton.warehouse import signature
from python_bench import as_scikit_learn_takes_it, customers

COLUMNS = VERSION_SCHEMA.names
REGISTRY = (
    "{{ baton.model_registry(models=[source('data', 'churn_versions'), source('data', 'delay_versions')]) }}"
)
ALIASES = "{{ baton.model_aliases(registry=ref('models'), promotions=source('data', 'promotions')) }}"


def versions(*rows):
    """Version rows of (model_name, model_version, trained_at); every other column has its own name as value."""
    frame = pd.DataFrame({column: [column] * len(rows) for column in COLUMNS})
    frame[["model_name", "model_version"]] = [row[:2] for row in rows]
    return frame.assign(
        trained_at=pd.to_datetime([row[2] for row in rows]),
        training_rows=10,
        random_state=42,
        scoring_sql_max_abs_error=0.5,
        threshold=0.5,
    )


def promotions(*rows):
    """Promotions of (model_name, alias, model_version, promoted_at, promoted_by)."""
    frame = pd.DataFrame(rows, columns=["model_name", "alias", "model_version", "promoted_at", "promoted_by"])
    return frame.assign(promoted_at=pd.to_datetime(frame.promoted_at), reason="it's better")


def rows(frame):
    """The rows as a sorted list of tuples in which nothing is missing."""
    return sorted(map(tuple, frame.astype(object).where(frame.notna(), "nothing").astype(str).to_numpy()))


CHURN = versions(
    ("churn", "bbb", "2024-01-02"),
    ("churn", "aaa", "2024-01-02"),
    ("churn", "ccc", "2024-01-01"),
    ("o'dd", "aaa", "2024-03-01"),
)
DELAY = versions(("delay", "aaa", "2024-01-05"))


def test_versions_are_numbered_for_each_model_in_the_order_of_training(project: Project):
    project.put(churn_versions=CHURN, delay_versions=DELAY)
    found = project.build(REGISTRY)
    assert list(found.columns) == [*COLUMNS, "version_number"]
    expected = pd.concat([CHURN, DELAY]).assign(version_number=[3, 2, 1, 1, 1])
    assert rows(found) == rows(expected)
    assert project.warnings == []


PROMOTIONS = {
    "nothing": promotions().iloc[:0].astype("str").assign(promoted_at=pd.Series(dtype="datetime64[us]")),
    "a rollback": promotions(
        ("churn", "champion", "aaa", "2024-02-01", "ann"),
        ("churn", "champion", "bbb", "2024-02-03", "ann"),
        ("churn", "champion", "aaa", "2024-02-05", "bob"),
        ("churn", "shadow", "ccc", "2024-02-02", None),
        ("delay", "champion", "aaa", "2024-02-04", "bob"),
        ("o'dd", "it's", "aaa", "2024-02-04", "bob"),
    ),
    "two at the same moment": promotions(
        ("churn", "champion", "ccc", "2024-02-01", "ann"),
        ("churn", "champion", "bbb", "2024-02-01", "ann"),
        ("churn", "champion", "aaa", "2024-02-01", "ann"),
        ("churn", "champion", "ccc", "2024-02-02", "bob"),
        ("churn", "champion", "ccc", "2024-02-02", "ann"),
        ("churn", "champion", "ccc", "2024-02-02", "ann"),
    ),
    "unknown versions and no moment": promotions(
        ("churn", "champion", "aaa", "2024-02-01", "ann"),
        ("churn", "champion", "gone", "2024-02-02", "ann"),
        ("nobody", "champion", "aaa", "2024-02-02", "ann"),
        ("churn", "champion", "bbb", None, "ann"),
    ),
}


def brute_force_aliases(registry, promoted):
    """Every promotion that counts, one by one."""
    found = []
    known = {(row.model_name, row.model_version): row for row in registry.itertuples()}
    number = {key: row.version_number for key, row in known.items()}
    promoted = promoted[promoted.promoted_at.notna()].astype(object).where(promoted.notna(), None)
    for (model, alias), group in promoted.groupby(["model_name", "alias"]):
        moments = sorted(set(group.promoted_at))
        for moment, until in zip(moments, [*moments[1:], None], strict=True):
            row = min(
                group[group.promoted_at == moment].itertuples(),
                key=lambda row: (
                    -number.get((row.model_name, row.model_version), 0),
                    row.promoted_by or "",
                    row.reason,
                ),
            )
            version = known.get((model, row.model_version))
            found.append({
                "model_name": model, "alias": alias, "model_version": row.model_version,
                "promoted_at": moment,
                "promoted_by": row.promoted_by, "reason": row.reason, "valid_from": moment, "valid_to": until,
                "is_current": until is None,
                **{column: getattr(version, column, None) for column in [*COLUMNS[2:], "version_number"]},
            })  # fmt: skip
    return found


@pytest.mark.parametrize("case", PROMOTIONS)
def test_aliases_are_what_brute_force_finds(project: Project, case):
    project.put(churn_versions=CHURN, delay_versions=DELAY, promotions=PROMOTIONS[case])
    found = project.build({"models": REGISTRY, "aliases": ALIASES})
    registry = project.read("models")
    expected = pd.DataFrame(brute_force_aliases(registry, PROMOTIONS[case]), columns=list(found.columns))
    for frame in (found, expected):
        frame["version_number"] = frame.version_number.astype(float)
        frame["training_rows"] = frame.training_rows.astype(float)
        frame["random_state"] = frame.random_state.astype(float)
    assert list(found.columns[:9]) == [
        "model_name", "alias", "model_version", "promoted_at", "promoted_by", "reason", "valid_from",
        "valid_to", "is_current",
    ]  # fmt: skip
    assert rows(found) == rows(expected)


def test_one_error_names_all_that_is_wrong_with_the_arguments(project: Project):
    project.put(promotions=PROMOTIONS["a rollback"])
    message = project.error("{{ baton.model_registry(models=[]) }}")
    assert "baton.model_registry: 1 problem in model 'result': (1) models is empty" in message
    message = project.error("{{ baton.model_registry(models=[source('data', 'promotions'), none]) }}")
    assert "baton.model_registry: 2 problems in model 'result': (1) models[0]" in message
    assert "(2) models[1] is missing" in message
    assert 'models[0] has no columns "trained_at", "task", "estimator", ' in message
    assert '"git_sha", "owner", it has model_version, promoted_at, model_name, alias' in message
    message = project.error(
        "{{ baton.model_aliases(registry=none, promotions=source('data', 'promotions')) }}"
    )
    assert "baton.model_aliases: 1 problem in model 'result': (1) registry is missing" in message


# through dbt

MODEL = """
from dbt_baton import train
from sklearn.ensemble import HistGradientBoostingClassifier

def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append", full_refresh=False)
    dbt.config.get("meta")
    return train(
        dbt,
        dbt.ref("training_set"),
        HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=5),
        label="label",
        entity="customer_id",
    )
"""

SCORES = """
from dbt_baton import predict

def model(dbt, session):
    dbt.config(materialized="table")
    return predict(
        dbt,
        dbt.ref("training_set"),
        dbt.ref("{registry}"),
        model_name="churn_model",
        alias="{alias}",
        entity="customer_id",
    )
"""

PROJECT = {
    "training_set.sql": "select * from {{ source('data', 'customers') }}",
    "churn_model.py": MODEL,
    "models.sql": "{{ baton.model_registry(models=[ref('churn_model')]) }}",
    "aliases.sql": ALIASES,
}
YML = {"models": [{"name": "churn_model", "config": {"meta": {"owner": "growth"}}}]}


def test_a_model_is_trained_registered_promoted_and_scored_through_dbt(duckdb_project: Project):
    project = duckdb_project
    project.put(customers=customers(), promotions=PROMOTIONS["a rollback"])

    run = project.build(PROJECT | {"run.sql": "select '{{ invocation_id }}' as id"}, yml=YML)
    first = project.read("churn_model")
    assert len(first) == 1 and list(first.columns) == COLUMNS
    assert first.owner[0] == "growth"
    assert first.run_id.tolist() == run.id.tolist()
    assert first.git_sha.isna().all(), "the project is in no repository, wherever the tests run"
    types = project.query("describe {schema}.churn_model").set_index("column_name").column_type
    assert (
        types["artifact"] == "BLOB"
        and types["trained_at"] == "TIMESTAMP"
        and types["training_rows"] == "BIGINT"
    )

    # the same data, in another order and once more with --full-refresh: nothing changes
    project.put(customers=customers().sample(frac=1, random_state=1))
    for full_refresh in (False, True):
        project.build(PROJECT, yml=YML, full_refresh=full_refresh)
        pd.testing.assert_frame_equal(project.read("churn_model"), first)

    # other data, another version
    project.put(customers=customers(seed=1))
    project.build(PROJECT, yml=YML)
    both = project.read("models").sort_values("version_number", ignore_index=True)
    assert both.version_number.tolist() == [1, 2]
    assert both.model_version[0] == first.model_version[0] != both.model_version[1]

    # promoted, and rolled back
    old, new = both.model_version
    project.put(
        promotions=promotions(
            ("churn_model", "champion", new, "2024-02-01", "ann"),
            ("churn_model", "champion", old, "2024-02-02", "ann"),
        )
    )
    for registry, alias, version in (("aliases", "champion", 0), ("models", "latest", 1)):
        scores = project.build(
            PROJECT | {"scores.py": SCORES.format(registry=registry, alias=alias)}, yml=YML
        ).sort_values("customer_id")
        row = both.loc[version]
        estimator = artifacts.load(
            artifacts.Artifact(bytes(row.artifact), str(row.artifact_sha256), "skops"),
            model_name=str(row.model_name),
            model_version=str(row.model_version),
        )
        inputs = as_scikit_learn_takes_it(customers(seed=1))
        assert set(scores.model_version) == {row.model_version}
        assert scores.predicted_probability.tolist() == estimator.predict_proba(inputs)[:, 1].tolist()
        assert scores.predicted_class.tolist() == estimator.predict(inputs).astype(str).tolist()

    features = [f'"{feature.name}"' for feature in signature.from_json(both.features[0])]
    hashed = project.build(
        "select customer_id, {{ baton.row_hash(" + json.dumps(features) + ", baton.columns_of(source('data', 'customers'))) }} as hash"
        " from {{ source('data', 'customers') }}"
    ).sort_values("customer_id")  # fmt: skip
    assert hashed.hash.tolist() == scores.feature_hash.tolist()
    assert len(np.unique(scores.feature_hash)) > 200
    assert project.warnings == []


def test_an_error_of_train_reaches_the_user(duckdb_project: Project):
    duckdb_project.put(customers=customers().assign(label=np.nan, split="test"))
    message = duckdb_project.error({name: PROJECT[name] for name in ("training_set.sql", "churn_model.py")})
    assert "UnlabelledRows: dbt_baton.train in model 'churn_model': 300 of 300 rows have no label" in message
