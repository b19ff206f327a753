"""model_performance on Spark: merged into a table, which has the rows of a full build on DuckDB, and what is refused."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bench import Project
from compare import assert_same_rows
from spark import needs_merge

# the task with the smallest plan
CALL = """{{ baton.model_performance(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'), entity='user_id',
    task='regression', period='week', segments=['plan'], outcome_time='seen_at') }}"""
MERGED = "{{ config(materialized='incremental', incremental_strategy='merge', unique_key='row_id') }}"
MONDAYS = [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-08"), pd.Timestamp("2024-01-15")]


def prediction(user: int, week: int, plan: str | None) -> dict[str, Any]:
    # a model without a version is one all the same
    return {
        "user_id": user,
        "as_of": MONDAYS[week] + pd.Timedelta(hours=user),
        "model_name": "m",
        "model_version": None if user % 3 == 0 else "v1",
        "predicted_value": user % 7 / 8,
        "plan": plan,
    }


def outcome(user: int, actual: float, day: int) -> dict[str, Any]:
    return {"user_id": user, "actual": actual, "seen_at": pd.Timestamp(2024, 2, day)}


@needs_merge
def test_after_each_run_the_table_is_what_a_full_build_would_make(
    spark_project: Project, duckdb_project: Project
):
    predictions = [prediction(user, user % 2, ["pro", "free", None][user // 2 % 3]) for user in range(24)]
    outcomes = [outcome(user, user % 5 / 4, 1) for user in range(20)]
    hashes: dict[tuple[str | None, pd.Timestamp], str] = {}

    def changed() -> set[tuple[str | None, pd.Timestamp]]:
        """The version and week of the rows that a run has replaced."""
        before = dict(hashes)
        for project in (spark_project, duckdb_project):
            project.put(predictions=pd.DataFrame(predictions), outcomes=pd.DataFrame(outcomes))
        found = spark_project.build({"performance": MERGED + CALL}, command="run")
        full = duckdb_project.build({"performance": CALL}, command="run")
        assert_same_rows(found, full.to_dict("records"), list(full.columns))
        periods = found[["model_version", "period_start", "source_hash"]].drop_duplicates()
        hashes.update(
            {(version, monday): found for version, monday, found in periods.itertuples(index=False)}
        )
        assert len(periods) == len(hashes)
        return {period for period, found in hashes.items() if before.get(period) != found}

    assert changed() == {(version, monday) for version in (None, "v1") for monday in MONDAYS[:2]}
    assert changed() == set()

    # new predictions: the first of a week, and one in a week of before, which is the first of its plan
    predictions.extend([prediction(24, 2, "pro"), prediction(27, 1, "new")])
    assert changed() == {(None, MONDAYS[2]), (None, MONDAYS[1])}

    # an outcome that is revised, one of nobody, and a prediction that leaves its plan without any
    outcomes.extend([outcome(4, 0.5, 2), outcome(1000, 1, 2)])
    predictions[-1]["plan"] = "pro"
    assert changed() == {("v1", MONDAYS[0]), (None, MONDAYS[1])}


def test_scores_of_the_other_class_are_refused_for_a_model_without_version(spark_project: Project):
    users = range(40)
    predictions = pd.DataFrame(
        {
            "user_id": users,
            "as_of": MONDAYS[0],
            "model_name": "m",
            "model_version": pd.Series([None] * 40, dtype="string"),
        }
    )
    predictions["predicted_class"] = [str(user % 2) for user in users]
    predictions["predicted_probability"] = [0.9 - 0.8 * (user % 2) for user in users]
    outcomes = pd.DataFrame({"user_id": users, "actual": [user % 2 for user in users]})
    spark_project.put(predictions=predictions, outcomes=outcomes)
    call = """{{ baton.model_performance(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),
        entity='user_id', task='binary', period=none) }}"""
    assert "model m, version NULL" in spark_project.error(call)
