"""Incremental models of every task end as a full build, and keep the figures of periods whose predictions a log has deleted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd

from bench import Project
from compare import assert_same_rows
from rendering import answers

CONFIG = (
    "{{ config(materialized='incremental', unique_key=['model_name', 'model_version', 'period_start']) }}\n"
)
SETTINGS = {
    "classes": "task='multiclass', actual='class', segments=['plan']",
    "numbers": "task='regression', actual='number', quantiles={0.9: 'high'}, interval=['low', 'high']",
    "ranks": "task='ranking', actual='relevance', group='query', k=[1, 3], segments=['plan']",
}


def call(settings: str, period: str = "week") -> str:
    return (
        "{{ baton.model_performance(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),"
        f" entity='item', period='{period}', {settings}) }}}}"
    )


def predictions(n: int) -> pd.DataFrame:
    random = np.random.default_rng(5)
    chances = random.dirichlet([1, 1, 1], 400)[:n]
    value = random.normal(size=400)[:n].round(1)
    return pd.DataFrame(
        {
            "item": np.arange(n),
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) % 28, unit="D"),
            "model_name": "m",
            "model_version": np.where(np.arange(n) % 2, "v1", "v2"),
            "predicted_class": np.array(["a", "b", "c"])[chances.argmax(axis=1)],
            "class_probabilities": [
                json.dumps(dict(zip("abc", row, strict=True))) for row in chances.tolist()
            ],
            "predicted_value": value,
            "low": value - 1,
            "high": value + 1,
            "query": np.arange(n) // 28,
            "plan": np.where(np.arange(n) % 3, "pro", None),
        }
    )


def outcomes(n: int, shift: int = 0) -> pd.DataFrame:
    place = np.arange(n)
    labels: dict[str, Any] = {
        "class": np.array(["a", "b", "c"])[(place + shift) % 3],
        "number": ((place + shift) % 7 - 3) / 2,
        "relevance": (place + shift) % 4,
    }
    return pd.DataFrame({"item": place, **labels})


def stored_equal_full(project: Project) -> None:
    models = {name: CONFIG + call(settings) for name, settings in SETTINGS.items()}
    project.build(models)
    full = answers(project, {name: call(settings) for name, settings in SETTINGS.items()})
    for name in SETTINGS:
        assert_same_rows(
            project.read(name), full[name].to_dict("records"), list(full[name].columns), rtol=0, atol=0
        )


def test_late_labels_and_new_predictions_end_as_a_full_build(project: Project) -> None:
    project.put(predictions=predictions(200), outcomes=outcomes(90))
    stored_equal_full(project)
    before = {name: project.read(name) for name in SETTINGS}
    project.put(outcomes=outcomes(130))
    stored_equal_full(project)
    project.put(predictions=predictions(260), outcomes=pd.concat([outcomes(100), outcomes(260, 1)[100:]]))
    stored_equal_full(project)
    assert all(len(project.read(name)) >= len(rows) for name, rows in before.items())


def test_a_period_that_lost_predictions_keeps_its_figures(project: Project) -> None:
    """The log's retention deletes some of a month before it deletes all of it."""
    settings = SETTINGS["numbers"]
    project.put(predictions=predictions(280), outcomes=outcomes(280))
    models = {"kept": CONFIG + call(settings)}
    before = project.build(models)
    first, last = before["period_start"].min(), before["period_start"].max()
    for deleted in ("2024-01-04", "2024-01-11"):
        project.execute(f"delete from {{schema}}.predictions where as_of < timestamp '{deleted}'")
        project.execute("update {schema}.outcomes set number = number + 1 where item % 28 in (5, 27)")
        after = project.build(models)
        assert len(after) == len(before)
        for start, is_kept in ((first, True), (last, False)):
            one, other = (report[report["period_start"] == start] for report in (before, after))
            is_same = one.sort_values(list(one.columns[:6]), ignore_index=True).equals(
                other.sort_values(list(other.columns[:6]), ignore_index=True)
            )
            assert is_same == is_kept, start
    # a full refresh has what is left
    assert project.build(models, full_refresh=True)["period_start"].min() > first
