"""What needs a recursive query elsewhere: random walks over versions, episodes of drift, and nested JSON, on Spark without one."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pandas as pd
import pytest

import oracles_drift as oracles
from bench import Project
from compare import about
from dbt_baton.registry.version_row import VERSION_SCHEMA
from oracles import is_missing

# numbers that tie, and what is no number
VALUES = [0.5, 0.6, 0.6, 0.7, 0.8, 0.9, 1, None, "missing", [1], True]
POLICIES = {"by_a_margin": (0.1, True), "least": (0.05, False)}
SILENCES = {"silent_1": {"cool_down": 1}, "silent_3": {"cool_down": 3, "persistence": 2}}
COLUMNS = ["model_name", "model_version", "version_number", "trained_at", "metrics"]
KEYS = ["segment_name", "segment_value", "feature", "metric", "period_start"]

PARAMS = [
    {"depth": 3, "gone": {"x": 1}},
    {
        "depth": 3.0,
        "it's": {"a b": [1, "ü"], "empty": {}, "deep": {"er": {"and": {"deeper": "{"}}}},
        "list": [{"not": "unfolded"}],
        "none": None,
        'a "quote".dot': "back\\slash",
        "small": 1e-7,
        "": {"": "no name"},
    },
]


def sequences() -> list[list[Any]]:
    draw = random.Random(5)
    return [[draw.choice(VALUES) for _ in range(draw.randint(1, 8))] for _ in range(60)]


def registry(values: list[list[Any]]) -> pd.DataFrame:
    rows = [
        (
            f"m{model}",
            f"v{number}",
            number,
            pd.Timestamp("2024-01-01") + pd.Timedelta(days=number),
            json.dumps({"test": {} if value == "missing" else {"x": value}}),
        )
        for model, versions in enumerate(values)
        for number, value in enumerate(versions, 1)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def promoted(values: list[Any], margin: float, is_greater_better: bool) -> list[str]:
    """The versions of one model that get the alias, one after the other."""
    found, to_beat = ["v1"], -math.inf
    for number, value in enumerate(values, 1):
        is_number = isinstance(value, int | float) and value is not True
        known = (value if is_greater_better else -value) if is_number else -math.inf
        if number > 1 and known > to_beat + margin:
            found.append(f"v{number}")
        if found[-1] == f"v{number}":
            to_beat = known
    return found


def drifted() -> pd.DataFrame:
    """Series that drift for some periods, with gaps and undefined rows."""
    draw = random.Random(3)
    rows = []
    for feature in ("a", "it's b", "c", "d", "e", "f"):
        drifts = False
        for period in range(40):
            drifts = drifts != (draw.random() < 0.3)
            if draw.random() > 0.1:
                is_undefined = draw.random() < 0.1
                p_value = draw.choice([1e-6, 0.001]) if drifts else draw.random()
                rows.append(
                    {
                        "model_name": None,
                        "model_version": "v",
                        "period_start": pd.Timestamp("2024-01-01") + pd.Timedelta(days=period),
                        "segment_name": "plan",
                        "segment_value": None if feature == "c" else "pro",
                        "feature": feature,
                        "metric": "psi",
                        "value": None if is_undefined else draw.choice([0.05, 0.2, 0.3]),
                        "p_value": None if is_undefined else p_value,
                    }
                )
    return pd.DataFrame(rows)


def versions() -> pd.DataFrame:
    columns = dict.fromkeys(VERSION_SCHEMA.names) | {"model_name": "x", "random_state": 42}
    rows = [
        columns | {"model_version": f"v{number}", "version_number": number, "params": json.dumps(params)}
        for number, params in enumerate(PARAMS, 1)
    ]
    return pd.DataFrame(rows)


def leaves(value: Any, above: str = "") -> dict[str, Any]:
    found = {}
    for key, one in value.items():
        found |= leaves(one, f"{above}{key}.") if isinstance(one, dict) else {f"{above}{key}": one}
    return found


@pytest.fixture(scope="module")
def built(spark_project: Project) -> Project:
    """Each model twice: in the first run half of the versions are there."""
    models = {
        name: "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}"
        f"{{{{ baton.promotions(registry=source('data', 'versions'), metric='test.x', margin={margin}, greater_is_better={is_greater}) }}}}"
        for name, (margin, is_greater) in POLICIES.items()
    }
    spark_project.put(versions=registry([values[: len(values) // 2] for values in sequences()]))
    spark_project.build(models)
    spark_project.put(versions=registry(sequences()), drift=drifted(), registry=versions())
    for name, options in SILENCES.items():
        given = "".join(f", {option}={value}" for option, value in options.items())
        models[name] = f"{{{{ baton.drift_alerts(drift=source('data', 'drift'){given}) }}}}"
    models["compared"] = "{{ baton.compare_versions(registry=source('data', 'registry'), model_name='x') }}"
    spark_project.build(models)
    return spark_project


@pytest.mark.parametrize("name", POLICIES)
def test_promotions_are_those_of_a_loop(name: str, built: Project):
    found = built.read(name)
    for model, values in enumerate(sequences()):
        rows = found[found["model_name"] == f"m{model}"]
        with about(values=values):
            assert sorted(rows["model_version"]) == sorted(promoted(values, *POLICIES[name]))
    assert len(found) > 80


@pytest.mark.parametrize("name", SILENCES)
def test_alerts_are_those_of_a_loop_over_the_periods(name: str, built: Project):
    rows = [
        {column: None if is_missing(value) else value for column, value in row.items()}
        for row in drifted().to_dict("records")
    ]
    wanted = oracles.alerts(rows, min_effect={"psi": 0.1}, is_ignored=lambda _: False, **SILENCES[name])
    found = built.read(name)
    assert 10 < sum(alert for _, _, alert, _ in wanted.values()) < len(wanted) / 2
    assert len(found) == len(rows)
    for row in found.to_dict("records"):
        _, _, is_alert, since = wanted[tuple(None if is_missing(row[key]) else row[key] for key in KEYS)]
        assert row["is_alert"] == is_alert
        assert is_missing(row["alert_since"]) if since is None else row["alert_since"] == since


def test_members_of_nested_objects_are_compared(built: Project):
    found = built.read("compared")
    found = found[(found["section"] == "parameter") & (found["name"] != "random_state")]
    wanted = [leaves(params) for params in PARAMS]
    names = {name for side in wanted for name, value in side.items() if value is not None}
    assert set(found["name"]) == names
    for row in found.to_dict("records"):
        for side, column in zip(wanted, ("version_a", "version_b"), strict=True):
            value = side.get(row["name"])
            with about(row=row, value=value):
                if isinstance(value, int | float):
                    assert float(row[column]) == value
                elif isinstance(value, list):
                    assert json.loads(row[column]) == value
                else:
                    assert row[column] == value
    assert dict(zip(found["name"], found["is_different"], strict=True))["depth"] is False
