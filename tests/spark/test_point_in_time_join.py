"""point_in_time_join on Spark: what brute force finds, by one exchange for all views of the same keys and without a join."""

from __future__ import annotations

from random import Random

import pandas as pd
import pytest

import oracles
from bench import Project
from compare import assert_same_rows
from point_in_time import (
    KNOWN_AT,
    KNOWN_VIEWS,
    VIEWS,
    expected_of,
    random_case,
    stacked_cases,
    views_sql,
)
from spark import plan_of

CASES = 100

# two sweeps by all keys, and one by some of them in between
OTHER_KEYS = """{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['case', 'user'], feature_views=[
    {'relation': source('data', 'history'), 'event_time': 'order', 'features': 'id', 'tie_breaker': 'id', 'prefix': 'both_'},
    {'relation': source('data', 'history'), 'entity': {'case': 'case'}, 'event_time': 'order', 'features': ['id', 'case'],
     'tie_breaker': 'id', 'prefix': 'some_'},
    {'relation': source('data', 'history'), 'event_time': 'order', 'features': 'id', 'tie_breaker': 'id', 'prefix': 'last_'}]) }}"""

TRAINING = """{{ baton.training_set(spine=source('data', 'spine'), entity=['case', 'user'], label='case', feature_views=[
    {'relation': source('data', 'history'), 'event_time': 'order', 'features': ['Value', 'note'], 'ttl': '9d'}
], split={'by': 'time', 'train_until': '2024-01-05', 'purge': false}) }}"""


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    random = Random(8)
    return stacked_cases([random_case(random, case) for case in range(CASES)])


@pytest.fixture(scope="module")
def built(spark_project: Project, tables: dict[str, pd.DataFrame]) -> Project:
    spark_project.put(**tables)
    spark_project.build(
        {
            "joined": views_sql(list(VIEWS)),
            "replayed": views_sql(KNOWN_VIEWS, f"'{KNOWN_AT}'"),
            "other_keys": OTHER_KEYS,
            "training": TRAINING,
        },
        command="run",
    )
    return spark_project


def test_a_join_returns_what_brute_force_returns(built: Project, tables: dict[str, pd.DataFrame]):
    expected = expected_of(tables["history"], tables["spine"], list(VIEWS))
    found = built.read("joined")
    assert_same_rows(found, expected)
    assert list(found.columns) == list(expected[0])
    replayed = expected_of(tables["history"], tables["spine"], KNOWN_VIEWS, known_at=KNOWN_AT)
    assert_same_rows(built.read("replayed"), replayed)


def test_a_view_may_cover_some_of_the_keys(built: Project, tables: dict[str, pd.DataFrame]):
    spine, history = (
        {case: oracles.rows_of(rows) for case, rows in tables[name].groupby("case")}
        for name in ("spine", "history")
    )
    expected = []
    for case, rows in spine.items():
        both, some = (
            oracles.point_in_time(
                rows, history.get(case, []), keys, ["id"], event_time="order", tie_breaker=["id"]
            )
            for keys in ([("user", "user")], [])
        )
        expected += [
            {**row, "both_id": one["id"], "some_id": two["id"], "last_id": one["id"]}
            for row, one, two in zip(rows, both, some, strict=True)
        ]
    assert_same_rows(built.read("other_keys"), expected)


@pytest.mark.parametrize(
    ("model", "wanted"), [("joined", 1), ("replayed", 1), ("other_keys", 3), ("training", 1)]
)
def test_rows_move_once_for_all_views_of_the_same_keys(model: str, wanted: int, built: Project):
    plan = plan_of(built, model).executedPlan().toString()
    assert plan.count("Exchange") == wanted
    assert "Join" not in plan
