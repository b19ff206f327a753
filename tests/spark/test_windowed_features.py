"""windowed_features on Spark: what DuckDB finds in many windows, by a plan that hardly grows with their number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench import Project
from compare import assert_same_rows
from spark import plan_of

WINDOWS = ["1d", "36h", "7d", "lifetime"]
OF_TEXTS = ["first", "last", "mode", "count_distinct", "entropy"]
OF_NUMBERS = ["first", "last", "mode", "min", "sum"]
GROWING = ["first", "last", "mode"]
OTHERS = ["count", "recency", "tenure"]


def windows_sql(aggregates: list[str], *, closed: str = "left", delay: str = "0s", ties: str = "[]") -> str:
    return (
        "{{ baton.windowed_features(spine=source('data', 'spine'), entity=['User', 'shop'], as_of='As Of', "
        f"closed='{closed}', sources=[{{'relation': source('data', 'events'), 'event_time': 'at', 'delay': '{delay}', "
        f"'tie_breaker': {ties}, 'aggregates': [{', '.join(aggregates)}]}}]) }}}}"
    )


def aggregate(function: str, column: str | None = None, windows: list[str] = WINDOWS, where: str = "") -> str:
    name = f"'name': 'some_{column or ''}_{function}', 'where': \"{where}\", " if where else ""
    return f"{{'function': '{function}', {name}'column': {column!r}, 'windows': {windows}}}".replace(
        "'column': None, ", ""
    )


def tables() -> dict[str, pd.DataFrame]:
    """Few values and few moments, so that events tie with each other, with bounds, and in how often they occur."""
    random = np.random.default_rng(11)
    n = 500

    def times(n: int) -> pd.Series:
        return pd.Timestamp("2024-01-01") + pd.Series(
            pd.to_timedelta(12 * random.integers(0, 40, n), unit="h")
        )

    users = np.array(["a", "b", "O'Brien", None], dtype=object)
    events = pd.DataFrame(
        {
            "User": random.choice(users, n),
            "shop": random.integers(0, 2, n),
            "at": times(n).where(random.random(n) > 0.05),
            "rank": pd.array(random.integers(0, 3, n), dtype="Int64"),
            "word": random.choice(np.array(["x", "y", 'say "hi" ✈', "", None], dtype=object), n),
        }
    )
    events.loc[::7, "rank"] = pd.NA
    numbers = random.choice(np.array([1.5, -2.0, 0.0, float("nan"), None], dtype=object), n)
    spine = pd.DataFrame(
        {"User": random.choice(users, 150), "shop": random.integers(0, 2, 150), "As Of": times(150)}
    )
    spine.loc[::19, "As Of"] = pd.NaT
    return {"events": events.assign(number=pd.Series(numbers, dtype=object)), "spine": spine}


ALL = (
    [aggregate(function, "word") for function in OF_TEXTS]
    + [aggregate(function, "number") for function in OF_NUMBERS]
    + [aggregate(function) for function in OTHERS]
)
SOME = [aggregate(function, "word", where="rank < 2") for function in ("first", "last", "mode")]
MODELS = {
    "closed_left": windows_sql(ALL, ties="['rank']"),
    "closed_right": windows_sql(ALL[:3] + ALL[5:8] + SOME, closed="right", delay="12h"),
}


@pytest.fixture(scope="module")
def built(duckdb_project: Project, spark_project: Project) -> tuple[Project, Project]:
    for project in (duckdb_project, spark_project):
        project.put(**tables())
        project.build(MODELS, command="run")
    return duckdb_project, spark_project


@pytest.mark.parametrize("model", MODELS)
def test_it_finds_what_duckdb_finds(model: str, built: tuple[Project, Project]):
    wanted, found = (project.read(model) for project in built)
    assert list(found.columns) == list(wanted.columns)
    assert wanted.notna().mean().min() > 0.1
    assert_same_rows(found, wanted.to_dict("records"))


def test_a_plan_does_not_multiply_with_the_windows(built: tuple[Project, Project]):
    _, project = built
    models = {
        f"{function}_{number}": windows_sql([aggregate(function, "word", WINDOWS[:number])])
        for function in GROWING
        for number in (1, 2, 4)
    }
    project.compile(models)
    plans = {name: plan_of(project, name).optimizedPlan() for name in models}
    nodes = {name: len(plan.treeString().splitlines()) for name, plan in plans.items()}
    reads = {name: plan.collectLeaves().size() for name, plan in plans.items()}
    for function in GROWING:
        for number in (2, 4):
            assert nodes[f"{function}_{number}"] <= nodes[f"{function}_1"] + 4 * (number - 1)
            assert reads[f"{function}_{number}"] == reads[f"{function}_1"]
