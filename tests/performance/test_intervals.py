"""A 95 % interval covers the true value in 93 to 97 % of samples of 200 rows: docs/performance.md shows what was found."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest

import oracles_monitoring as oracles
from bench import BATON, Project
from rendering import rendered

CALL = """{{ baton.model_performance(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),
    entity='user_id', task='binary', period=none, value='worth') }}"""
SUMS = ("recovered_value", "total_value")


def sample(rows: int, seed: int) -> pd.DataFrame:
    """A third of the rows are positive, with the probabilities that are their scores."""
    random = np.random.default_rng(seed)
    probability = random.beta(2, 4, rows)
    return pd.DataFrame(
        {
            "actual": (random.random(rows) < probability).astype(int),
            "predicted": (probability > 0.5).astype(int),
            "probability": probability,
            "value": random.gamma(2, 50, rows),
        }
    )


@cache
def true_values() -> dict[str, float]:
    """Of so many rows that their own error is a hundredth of that of a sample."""
    rows = 500_000
    found = oracles.binary_metrics(sample(rows, seed=1))
    return {
        name: value / rows if name in SUMS else value for name, value in found.items() if value is not None
    }


def coverage(project: Project, n: int, samples: int) -> pd.Series:
    """In how many percent of samples of n rows the interval of each metric has the true value."""
    rows = sample(n * samples, seed=n)
    users = np.arange(len(rows))
    project.put(
        predictions=pd.DataFrame(
            {
                "user_id": users,
                "as_of": pd.Timestamp("2024-01-01"),
                "model_name": [f"sample {number}" for number in users // n],
                "model_version": "v",
                "predicted_class": rows["predicted"].astype(str),
                "predicted_probability": rows["probability"],
            }
        ),
        outcomes=pd.DataFrame({"user_id": users, "actual": rows["actual"], "worth": rows["value"]}),
    )
    report = project.query(str(rendered(project, {"call": CALL})["call"])).dropna(subset=["lower"])
    true = report["metric"].map(true_values()) * np.where(report["metric"].isin(SUMS), n, 1)
    covers = (report["lower"] <= true) & (true <= report["upper"])
    return 100 * covers.groupby(report["metric"]).mean()


def test_intervals_cover_what_they_say(duckdb_project: Project) -> None:
    found = coverage(duckdb_project, n=200, samples=1_000)
    assert len(found) == 16
    # few rows decide a sum of values that every tenth row has; docs/performance.md says so
    assert found.drop("recovered_value").between(93, 97).all(), found
    guide = (BATON / "docs/performance.md").read_text()
    shown = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| *([\d.]+) \|", guide, re.MULTILINE))
    assert {name: pytest.approx(float(percent), abs=0.051) for name, percent in shown.items()} == dict(found)


def test_no_bound_is_outside_of_the_range(project: Project) -> None:
    # all right, all wrong, or one of them right
    sizes = [(n, right) for n in range(1, 30) for right in {0, 1, n}]
    rows = pd.DataFrame(
        [(f"{n} {right}", i, i % 2, i < right) for n, right in sizes for i in range(n)],
        columns=["model_version", "i", "actual", "is_right"],
    )
    rows["user_id"] = range(len(rows))
    called = rows["actual"].where(rows["is_right"], 1 - rows["actual"])
    predictions = rows[["user_id", "model_version"]].assign(
        as_of=pd.Timestamp("2024-01-01"),
        model_name="m",
        predicted_class=called.astype(str),
        predicted_probability=called * 0.5 + 0.25,
    )
    project.put(predictions=predictions, outcomes=rows[["user_id", "actual"]].assign(worth=1.0))
    report = project.query(str(rendered(project, {"call": CALL})["call"])).dropna(subset=["lower"])
    shares = report[
        report["metric"].isin(["accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1"])
    ]
    assert len(shares) > 300
    assert (shares["lower"] >= 0).all() and (shares["upper"] <= 1).all()
