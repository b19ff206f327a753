"""Daily looks at compare_models: the simulation computes what the SQL does, and equal models are rarely told apart."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench import Project

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import peeking

METRICS = ["roc_auc", "accuracy", "log_loss", "brier"]
DAYS = range(60, 421, 60)


def predictions_by_day(y: Any, a: Any, b: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The log and the outcomes as they are after each day; each day of a run is a model."""
    logs, outcomes = [], []
    for run in range(len(y)):
        for n in DAYS:
            users = [f"{run} {n} {row}" for row in range(n)]
            outcomes.append(pd.DataFrame({"user_id": users, "actual": y[run, :n]}))
            for role, scores in (("champion", a), ("challenger", b)):
                logs.append(
                    pd.DataFrame(
                        {
                            "user_id": users,
                            "as_of": pd.Timestamp("2024-01-01"),
                            "model_name": f"{run} {n}",
                            "model_version": role,
                            "role": role,
                            "predicted_class": np.where(scores[run, :n] > 0.5, "1", "0"),
                            "predicted_probability": scores[run, :n],
                        }
                    )
                )
    return pd.concat(logs), pd.concat(outcomes)


def test_the_simulation_is_the_sql(project: Project) -> None:
    draws = [peeking.two_models(1.0), peeking.two_models(2.0, 0.2), peeking.rare_losses(0.05)]
    drawn = [draw(np.random.default_rng(3), 1, max(DAYS)) for draw in draws]
    y, a, b = (np.concatenate([run[place] for run in drawn]) for place in range(3))
    log, outcomes = predictions_by_day(y, a, b)
    project.put(predictions=log, outcomes=outcomes)
    report = project.build(
        "{{ baton.compare_models(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),"
        f" entity='user_id', metric={METRICS}, minimum_pairs=100) }}}}"
    ).set_index(["model_name", "metric"])
    verdicts = set()
    for metric in METRICS:
        for look in peeking.looks(metric, y, a, b, DAYS):
            for run in range(len(y)):
                row = report.loc[(f"{run} {look.n}", metric)]
                assert row["difference"] == pytest.approx(look.difference[run], abs=1e-9)
                assert row["std_error"] == pytest.approx(look.std_error[run], abs=1e-9)
                assert row["upper"] - row["difference"] == pytest.approx(
                    look.std_error[run] * peeking.reach(look.n, 100), abs=1e-9
                )
                assert (row["verdict"] != "not_enough_data") == look.has_enough(metric, 100)[run], row
                assert (row["verdict"] == "promote") == look.is_promoted(metric, 100)[run], row
                verdicts.add(row["verdict"])
    assert verdicts == {"promote", "hold", "not_enough_data"}


@pytest.mark.parametrize("metric", ["accuracy", "log_loss"])
def test_few_of_many_daily_looks_at_equal_models_promote(metric: str) -> None:
    shares = peeking.wrong_promotions(peeking.two_models(1.0), metric, runs=200, days=100, daily=20)
    assert shares["compare_models"] <= 0.05 < shares["p_value below 0.05"]


def test_small_gains_and_rare_large_losses_are_no_proof() -> None:
    shares = peeking.wrong_promotions(peeking.rare_losses(), "log_loss", runs=200, days=100, daily=20)
    assert shares["compare_models"] <= 0.05 < shares["without the floor"]


def test_a_better_challenger_is_found_in_twice_the_rows_of_a_fixed_test() -> None:
    found = peeking.rows_to_promote(peeking.two_models(1.0, 0.7), "log_loss", runs=200)
    assert found["found"] == 1
    assert found["mean rows"] <= 2 * found["rows of a test with power 0.8"]
    assert found["found in twice the rows of power 0.8"] >= 0.8
