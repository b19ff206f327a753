"""Two versions side by side, against the same comparison in Python."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from bench import Project
from dbt_baton.registry.version_row import VERSION_SCHEMA

PLAIN = {
    "version": "model_version version_number trained_at task estimator label classes threshold owner run_id git_sha",
    "training set": "training_relation training_rows training_set_hash split",
    "parameter": "random_state",
}
DOCUMENTS = {
    "parameter": "params",
    "configuration": "configuration",
    "metric": "metrics",
    "feature importance": "feature_importances",
    "library": "library_versions",
}


def version(name: str, number: int, **values: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = dict.fromkeys(VERSION_SCHEMA.names)
    return {
        **defaults, "model_name": "o'dd", "model_version": name, "version_number": number, "features": [],
        "trained_at": pd.Timestamp("2024-01-01") + pd.Timedelta(days=number), "training_rows": 10, "random_state": 42,
        "task": "binary", "estimator": "e", "label": "l", "split": "s", "scoring_sql_max_abs_error": 0.5, "threshold": 0.5,
        "owner": None, "artifact": "a", **values,
    }  # fmt: skip


VERSIONS = [
    version("aaa", 1, params={"depth": 3}, metrics={"train": {"n": 1}}),
    version(
        "bbb", 2, params={"depth": 3, "rate": 0.1, "it's": {"a b": [1, "ü"], "empty": {}}, "cat": None, "big": 1e300},
        metrics={"train": {"n": 100}, "validation": {"roc_auc": 0.75, "log_loss": None, "zero": 0}},
        features=[{"name": "age", "type": "number"}, {"name": "plan", "type": "category", "categories": ["a", 'b"']}],
        feature_importances={"age": 0.25, "plan.of": 1e-7}, library_versions={"python": "3.11"}, threshold=0.5,
        configuration={"label": "l"}, training_relation="t1", classes='["0", "1"]',
    ),
    version(
        "ccc", 3, params={"depth": 3.0, "rate": 0.2, "it's": {"a b": [1, "ü"]}, "cat": "x✈", "flag": True, "big": 1e300},
        metrics={"train": {"n": 100.0}, "validation": {"roc_auc": 0.8, "log_loss": 0.5, "zero": 0}, "deep": {"a": {"b": 1}}},
        features=[{"name": "plan", "type": "category", "categories": ["a"], "role": "group"}, {"name": "new", "type": "number"}],
        library_versions={"python": "3.12"}, owner="Retention", configuration=None, threshold=0.25,
    ),
]  # fmt: skip


def frame() -> pd.DataFrame:
    rows = [
        {
            name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
            for name, value in row.items()
        }
        for row in VERSIONS
    ]
    texts = [name for name in rows[0] if isinstance(rows[1][name], str) or rows[1][name] is None]
    frame = pd.DataFrame(rows)
    return frame.astype(dict.fromkeys(texts, "str")).where(frame.notna(), None)


def leaves(value: Any, above: str = "") -> dict[str, Any]:
    found = {}
    for key, one in (value or {}).items():
        found |= leaves(one, f"{above}{key}.") if isinstance(one, dict) else {f"{above}{key}": one}
    return found


def things(row: dict[str, Any]) -> dict[tuple[str, str], Any]:
    found = {(section, name): row.get(name) for section, names in PLAIN.items() for name in names.split()}
    for section, column in DOCUMENTS.items():
        found |= {(section, name): value for name, value in leaves(row[column]).items()}
    for feature in row["features"]:
        for section, key in {
            "feature": "type",
            "feature role": "role",
            "feature categories": "categories",
        }.items():
            found[section, feature["name"]] = feature.get(key)
    return {key: value for key, value in found.items() if value is not None}


def same(shown: Any, value: Any) -> bool:
    """Whether a text shows the value; the engines write numbers and lists in their own ways."""
    if value is None:
        return shown is None or shown != shown
    if isinstance(value, bool):
        return bool(shown == str(value).lower())
    if isinstance(value, int | float):
        return float(shown) == value
    return bool(json.loads(shown) == value if isinstance(value, list) else shown == str(value))


def assert_side_by_side(found: pd.DataFrame, one: dict[str, Any], other: dict[str, Any]) -> None:
    a, b = things(one), things(other)
    assert list(found.columns) == ["model_name", "section", "name", "version_a", "version_b", "is_different"]
    assert set(found.model_name) == {"o'dd"}
    assert sorted(zip(found.section, found.name, strict=True)) == sorted(a | b)
    for row in found.itertuples():
        key = (row.section, row.name)
        assert same(row.version_a, a.get(key)) and same(row.version_b, b.get(key)), row
        assert row.is_different == (a.get(key) != b.get(key)), row


def test_two_versions_side_by_side(project: Project) -> None:
    project.put(
        registry=frame(),
        old_registry=frame().drop(columns=["classes", "threshold", "training_relation", "configuration"]),
    )
    call = "{{{{ baton.compare_versions(registry=source('data', '{}'), model_name=\"o'dd\"{}) }}}}"
    project.build(
        {
            "newest": call.format("registry", ""),
            "by_name": "{{ config(materialized='view') }}" + call.format("registry", ", versions=['ccc', 1]"),
            "same_one": call.format("registry", ", versions=[2, 'bbb']"),
            "of_old": call.format("old_registry", ""),
            "of_none": call.format("registry", "").replace("o'dd", "nobody"),
        }
    )
    assert_side_by_side(project.read("newest"), VERSIONS[1], VERSIONS[2])
    assert_side_by_side(project.read("by_name"), VERSIONS[2], VERSIONS[0])
    assert_side_by_side(project.read("same_one"), VERSIONS[1], VERSIONS[1])
    assert not project.read("same_one").is_different.any()
    newest, of_old = project.read("newest"), project.read("of_old")
    lost = newest[
        newest.name.isin(["classes", "threshold", "training_relation"]) | (newest.section == "configuration")
    ]
    assert len(of_old) == len(newest) - len(lost) and len(lost) == 4
    assert project.read("of_none").empty


def test_one_error_names_all_that_is_wrong(duckdb_project: Project) -> None:
    duckdb_project.put(registry=frame())
    call = "{{{{ baton.compare_versions(registry=source('data', 'registry'), {}) }}}}"
    message = duckdb_project.error(call.format("model_name='', versions=['aaa']"))
    assert "baton.compare_versions: 2 problems in model 'result': (1) model_name is" in message
    assert "(2) versions is ['aaa'], expected two versions or their numbers" in message
    message = duckdb_project.error(call.format("model_name=\"o'dd\", versions=['aab', 7]"))
    assert '(1) versions[0] is "aab", which is not in the registry: o\'dd has aaa, ' in message
    assert "(2) versions[1] is 7, which is not in the registry" in message
