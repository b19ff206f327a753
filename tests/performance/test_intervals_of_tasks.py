"""A 95 % interval covers the true value in 93 to 97 % of samples: 800 models of each task, beside one large sample."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bench import Project
from rendering import answers

SAMPLES, TRUTH = 800, 60_000
# the range that 95 % of 800 samples leave it in by chance, at both ends of 93 to 97 %
LOWEST, HIGHEST = 0.93 - 0.018, 0.97 + 0.012


def multiclass(random: np.random.Generator, n: int) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    logits = random.normal(size=(n, 3))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    actual = (chances.cumsum(axis=1) > random.random((n, 1))).argmax(axis=1)
    written = [json.dumps(dict(zip("012", row, strict=True))) for row in chances.tolist()]
    return (
        pd.DataFrame({"predicted_class": chances.argmax(axis=1).astype(str), "class_probabilities": written}),
        pd.DataFrame({"actual": actual.astype(str)}),
        "task='multiclass'",
    )


def regression(random: np.random.Generator, n: int) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    actual = random.normal(20, 4, n)
    predicted = actual + random.normal(0.3, 2, n)
    predictions = pd.DataFrame({"predicted_value": predicted, "low": predicted - 2, "high": predicted + 2})
    options = "task='regression', quantiles={0.9: 'high'}, interval=['low', 'high']"
    return predictions, pd.DataFrame({"actual": actual}), options


def ranking(random: np.random.Generator, n: int) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    relevance = random.choice([0, 0, 1, 2], n)
    score = np.round(relevance + random.normal(0, 1.5, n), 1)
    predictions = pd.DataFrame({"predicted_value": score, "query": np.arange(n) // 4})
    return predictions, pd.DataFrame({"actual": relevance}), "task='ranking', group='query', k=[2]"


@pytest.mark.parametrize(
    ("task", "rows"),
    [(multiclass, 120), (regression, 120), (ranking, 240)],
    ids=lambda task: getattr(task, "__name__", None),
)
def test_an_interval_covers_the_true_value(duckdb_project: Project, task, rows: int) -> None:
    n = SAMPLES * rows + TRUTH
    predictions, outcomes, options = task(np.random.default_rng(12), n)
    names = np.where(
        np.arange(n) < SAMPLES * rows, np.char.add("sample ", (np.arange(n) // rows).astype(str)), "truth"
    )
    keys = {"user_id": np.arange(n), "as_of": pd.Timestamp("2024-01-31")}
    duckdb_project.put(
        predictions=predictions.assign(**keys, model_name=names, model_version="v"),
        outcomes=outcomes.assign(user_id=keys["user_id"]),
    )
    call = (
        "{{ baton.model_performance(predictions=source('data', 'predictions'),"
        f" outcomes=source('data', 'outcomes'), entity='user_id', {options}) }}}}"
    )
    report = answers(duckdb_project, {"report": call})["report"]
    report = report[report["std_error"].notna()].assign(label=report["class"].fillna(""))
    truth = report[report["model_name"] == "truth"].set_index(["metric", "label"])["value"].rename("true")
    samples = report[report["model_name"] != "truth"].join(truth, on=["metric", "label"])
    # the mean of losses with a heavy tail, which normal errors have not, needs more rows
    samples = samples[samples["metric"] != "mape"]
    covered = (samples["lower"] <= samples["true"]) & (samples["true"] <= samples["upper"])
    shares = covered.groupby([samples["metric"], samples["label"]]).mean()
    assert len(shares) >= {"multiclass": 23, "regression": 7, "ranking": 5}[task.__name__]
    assert shares.between(LOWEST, HIGHEST).all(), shares[~shares.between(LOWEST, HIGHEST)]
