"""The as-of join on Spark: what DuckDB's ASOF JOIN finds, in one exchange and without a join."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from bench import Project
from compare import assert_same_rows
from spark import plan_of

WAYS = {
    f"{'strict' if strict else 'inclusive'}_{'forward' if forward else 'backward'}": (strict, forward)
    for strict, forward in product((True, False), repeat=2)
}


def tables() -> dict[str, pd.DataFrame]:
    """Keys with NULL, times that tie, and NaN and NULL among what is found."""
    random = np.random.default_rng(3)
    keys = np.array(["a", "b", None], dtype=object)

    def times(n: int) -> pd.Series:
        return pd.Timestamp("2024-01-01") + pd.Series(pd.to_timedelta(random.integers(0, 30, n), unit="h"))

    spine = pd.DataFrame(
        {"k": random.choice(keys, 120), "Key 2": random.integers(0, 2, 120), "t": times(120), "x": range(120)}
    )
    lookup = pd.DataFrame({"k": random.choice(keys, 60), "j": random.integers(0, 2, 60), "u": times(60)})
    lookup = lookup.drop_duplicates(ignore_index=True)
    values = [
        float("nan") if place % 7 == 0 else None if place % 5 == 0 else float(place) for place in lookup.index
    ]
    return {"spine": spine, "lookup": lookup.assign(v=pd.Series(values, dtype=object))}


def models() -> dict[str, str]:
    join = """with rows_of_spine as (select * from {{{{ source('data', 'spine') }}}}),
        history as (select * from {{{{ source('data', 'lookup') }}}})
        {{{{ baton.asof_left_join(
            'rows_of_spine', 'history', [{{'spine': 'k', 'lookup': 'k'}}, {{'spine': baton.identifier('Key 2'), 'lookup': 'j'}}],
            'spine.t', 'u', [{{'name': 'v', 'alias': 'v'}}, {{'name': 'u', 'alias': 'found_at'}}],
            strict={}, forward={}, counts_if='found.u is not null and spine.x > 20'
        ) }}}}"""
    return {
        name: join.format(str(strict).lower(), str(forward).lower())
        for name, (strict, forward) in WAYS.items()
    }


@pytest.fixture(scope="module")
def built(duckdb_project: Project, spark_project: Project) -> tuple[Project, Project]:
    for project in (duckdb_project, spark_project):
        project.put(**tables())
        project.build(models(), command="run")
    return duckdb_project, spark_project


@pytest.mark.parametrize("way", WAYS)
def test_it_finds_what_duckdb_finds(way: str, built: tuple[Project, Project]):
    wanted, found = (project.read(way) for project in built)
    assert 10 < wanted["found_at"].notna().sum() < len(wanted)
    assert_same_rows(found, wanted.to_dict("records"))


def test_each_side_moves_once_and_nothing_is_joined(built: tuple[Project, Project]):
    _, spark_project = built
    plan = plan_of(spark_project, "inclusive_backward").executedPlan().toString()
    assert plan.count("Exchange") == 1
    assert "Join" not in plan
