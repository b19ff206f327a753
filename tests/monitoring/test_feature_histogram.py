"""Counts as an incremental model: after any sequence of arrivals they are those of a full build."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from bench import Project
from rendering import answers, errors, make_tables

APPENDED = "{{ config(materialized='incremental', incremental_strategy='append') }}\n"
FEATURES = ["x", "c", "when"]
COUNTS = """{{ baton.feature_histogram(
    relation=source('data', 'arrived'), baseline=ref('some_baselines'), segments=['case', ['case', 'c']], created_at='at'
) }}"""
START = pd.Timestamp("2024-01-01")


def frozen(features: list[Any], name: str) -> str:
    call = f"baton.drift_baseline(relation=source('data', 'arrived'), features={features}, name='{name}', bins=3)"
    return f"{APPENDED}{{{{ {call} }}}}"


def arrivals(random: np.random.Generator, run: int) -> pd.DataFrame:
    """What comes to the warehouse before a run: of any day, after all that came before; of some cases nothing."""
    n = int(random.choice([0, 1, 60]))
    hours = random.integers(0, 10, n) + random.random(n).round(3)
    created = START + pd.Timedelta(days=run) + pd.to_timedelta(hours, "h").round("us")
    return pd.DataFrame(
        {
            "case": random.choice(["one", "it's", "two"], n),
            "as_of": START + pd.to_timedelta(random.integers(-3, 3, n), "D"),
            "x": random.choice([math.nan, -math.inf, *random.normal(0, 1 + run, 9)], n),
            "c": pd.Series(
                random.choice(np.array(["a", "b", f"new {run}", None], dtype=object), n), dtype="str"
            ),
            "when": START + pd.to_timedelta(random.integers(-30, 30, n), "D"),
            "at": pd.Series(created, dtype="datetime64[us]").where(random.random(n) < 0.95),
        }
    )


def summed(counts: pd.DataFrame) -> pd.DataFrame:
    key = ["baseline", "bins_hash", "period_start", "segment_name", "segment_value", "feature", "bin"]
    found = counts.groupby(key, dropna=False).agg({"n": "sum", "lowest": "min", "highest": "max"})
    return found.sort_index().reset_index()


def test_appended_counts_are_those_of_a_full_build(project: Project) -> None:
    random = np.random.default_rng(11)
    arrived = arrivals(random, 0)
    while len(arrived) < 50:
        arrived = arrivals(random, 0)
    baselines = frozen(FEATURES, "first")
    rows_before = 0
    for run in range(5):
        if run:
            arrived = pd.concat([arrived, arrivals(random, run)], ignore_index=True)
        if run == 2:
            # another baseline of other bins: all rows are new for it, and for the first one only those that came since
            baselines = frozen([*FEATURES[1:], {"column": "x", "edges": [-1, 0, 0.5]}], "second")
        project.put(arrived=arrived.sample(frac=1, random_state=run, ignore_index=True))
        models = {"some_baselines": baselines, "counts": APPENDED + COUNTS, "full_counts": COUNTS}
        full = project.build(models)
        counts = project.read("counts")
        assert len(counts) >= rows_before
        rows_before = len(counts)
        assert set(counts["baseline"]) == ({"first", "second"} if run >= 2 else {"first"})
        pd.testing.assert_frame_equal(summed(counts), summed(full), check_exact=True)
        assert counts["counted_until"].max() == arrived["at"].max()
    assert rows_before > len(full)

    # a run again adds nothing, and reads nothing but what is newer
    compiled = project.root / "target" / "compiled" / "throw_away" / "models"
    assert 'where "at" is not null' in (compiled / "full_counts.sql").read_text()
    assert len(project.build({"some_baselines": baselines, "counts": APPENDED + COUNTS})) == rows_before
    sql = (compiled / "counts.sql").read_text()
    newest = arrived["at"].max().strftime("%Y-%m-%d %H:%M:%S.%f")
    assert re.search(rf'from \S+\n    where "at" > timestamp \'{newest}\'', sql), sql

    # other bins under the same name: everything is counted again, against them
    project.build({"some_baselines": baselines}, full_refresh=True)
    project.put(arrived=arrived.assign(x=arrived["x"] * 2))
    counts = project.build(
        {"some_baselines": baselines.replace("bins=3", "bins=4"), "counts": APPENDED + COUNTS}
    )
    assert counts["bins_hash"].nunique() >= 2


def test_what_an_incremental_model_lacks_is_named(project: Project) -> None:
    project.put(arrived=arrivals(np.random.default_rng(1), 0))
    call = COUNTS.replace("ref('some_baselines')", "source('data', 'frozen')")
    make_tables(project, {"frozen": frozen(FEATURES, "first").replace(APPENDED, "")})
    [message] = errors(project, {0: call.replace(", created_at='at'", "")}, config=APPENDED).values()
    assert "created_at is missing, but the model is incremental" in message
    [message] = errors(
        project, {0: call}, config=APPENDED.replace("append'", "append', unique_key='n'")
    ).values()
    assert "unique_key \"n\", expected incremental_strategy='append' and no unique_key" in message
    [message] = errors(project, {0: call.replace("'at'", "'nowhere'")}).values()
    assert 'relation has no column "nowhere"' in message


def test_a_baseline_of_many_edges_is_counted_like_one_of_few(project: Project) -> None:
    # beyond 200 cuts the numbers themselves are joined to the bins
    random = np.random.default_rng(3)
    arrived = pd.DataFrame({"as_of": START, "x": random.normal(size=3000)})
    project.put(arrived=arrived)
    sizes = {"fine": 300, "coarse": 150}
    make_tables(
        project,
        {
            name: f"{{{{ baton.drift_baseline(relation=source('data', 'arrived'), features=['x'], bins={n}) }}}}"
            for name, n in sizes.items()
        },
    )
    counted = answers(
        project,
        {
            name: f"{{{{ baton.feature_histogram(relation=source('data', 'arrived'), baseline=source('data', '{name}')) }}}}"
            for name in sizes
        },
    )
    for name, n in sizes.items():
        counts = counted[name]
        assert len(counts) == n and set(counts["n"]) == {3000 // n}
        baseline = project.read(name)
        both = counts.merge(baseline, on="bin", suffixes=("", "_reference"))
        assert (both["n"] == both["n_reference"]).all() and (both["lowest"] == both["lower"]).all()
