"""The guide docs/models.md: its files are one project, built on both engines, and its notebook runs on what was built."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from bench import BATON, DuckDB, Project
from dbt_baton.training import job, options

GUIDE = (BATON / "docs/models.md").read_text()
FILES = dict(re.findall(r"^`models/(\S+)`.*?\n\n```\w+\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL))
NOTEBOOK = re.findall(r"^```python\n(import duckdb.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)[0]
DATA = {
    "churn_training_set": "select * from {{ source('data', 'labelled_users') }}",
    "users_to_score": "select * from {{ source('data', 'users') }} where user_id < {{ var('users', 60) }} or user_id is null",
}


def users(n: int) -> pd.DataFrame:
    random = np.random.default_rng(3)
    visits = random.poisson(4, n).astype(float)
    return pd.DataFrame(
        {
            "user_id": np.arange(n),
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(7 * (np.arange(n) % 12), unit="D"),
            "visits": np.where(np.arange(n) % 13 == 0, np.nan, visits),
            "spend": random.gamma(2, 20, n),
            "plan": random.choice(np.array(["pro", "basic"], dtype=object), n),
            "label": (visits + random.normal(0, 2, n) < 4).astype(int),
        }
    )


def files(project: Project) -> dict[str, str]:
    """The files of the guide that the engine can build: `predict` is DuckDB's."""
    runs_python = isinstance(project.engine, DuckDB)
    found = {name: text for name, text in FILES.items() if runs_python or "predict(" not in text}
    return DATA | {name.removesuffix(".sql"): text for name, text in found.items()}


@pytest.fixture(scope="module")
def built(project: Project) -> Project:
    """The guide's project, from an empty warehouse."""
    rows = users(240)
    split = np.where(rows.as_of < "2024-02-26", "train", "validation")
    to_score = users(91).drop(columns="label")
    # one key is not known
    to_score["user_id"] = to_score.user_id.astype("Int64").replace(90, pd.NA)
    project.put(labelled_users=rows.assign(split=split), users=to_score)
    in_sql = {name: text for name, text in files(project).items() if not name.endswith(".py")}
    in_sql["churn_scores"] = in_sql.pop("churn_scores")
    # `dbt compile` reads no version where nothing was ever built
    assert "where false" in project.compile(in_sql)
    project.build(files(project))
    return project


def test_the_first_build_trains_promotes_scores_and_logs(built):
    assert len(FILES) == 8
    version = built.read("churn_model").iloc[0]
    assert len(built.read("churn_model")) == len(built.read("churn_forest")) == 1
    assert version["owner"] == "Retention" and 0 < version["threshold"] < 1
    assert version["scoring_sql_max_abs_error"] <= 1e-9
    scores = built.read("churn_scores")
    assert set(scores.model_version) == {version["model_version"]}
    called = np.where(scores.predicted_probability >= version["threshold"], "1", "0")
    assert scores.predicted_class.tolist() == called.tolist()
    logged = built.read("churn_predictions")
    assert len(scores) == len(logged) == 61
    saw = dict(zip(logged.user_id, logged.features.map(json.loads), strict=True))[0]
    assert list(saw) == ["visits", "spend", "plan"]
    assert saw == users(91)[list(saw)].replace(np.nan, None).iloc[0].to_dict()


def test_a_later_user_is_scored_once_and_a_full_refresh_keeps_everything(built):
    before = built.read("churn_scores").sort_values("user_id", ignore_index=True).head(60)
    built.build(files(built), variables={"users": 90}, full_refresh=True)
    everything = built.read("churn_scores").sort_values("user_id", ignore_index=True)
    # a NULL key is scored once too
    assert len(everything) == len(built.read("churn_predictions")) == 91
    after = everything.head(90)
    assert after.user_id.tolist() == list(range(90))
    pd.testing.assert_frame_equal(after.head(60), before)
    assert len(built.read("churn_model")) == len(built.read("churn_promotions")) == 1
    if isinstance(built.engine, DuckDB):
        in_python = built.read("churn_scores_in_python").sort_values("user_id", ignore_index=True)
        assert len(in_python) == 91 and in_python.user_id.isna().sum() == 1
        in_python = in_python.head(90)
        probability = "predicted_probability"
        assert in_python.predicted_class.tolist() == after.predicted_class.tolist()
        assert in_python[probability].to_numpy() == pytest.approx(after[probability].to_numpy(), abs=1e-9)


def test_the_notebook_reads_the_champion(built):
    if not isinstance(built.engine, DuckDB):
        pytest.skip("the notebook of the guide reads a DuckDB file")
    built.build(files(built), variables={"users": 90})
    built.engine.release()
    # dbt has the file open in this process, which a second connection for reading only does not allow
    notebook = NOTEBOOK.replace('"shop.duckdb", read_only=True', repr(str(built.engine.path)))
    for table in ("churn_aliases", "users_to_score"):
        notebook = notebook.replace(f"from {table}", f"from baton_test.{table}")
    found: dict[str, object] = {}
    exec(notebook, found)
    scores = built.read("churn_scores").set_index("user_id").predicted_probability
    frame = found["frame"]
    assert isinstance(frame, pd.DataFrame)
    assert found["probability"] == pytest.approx(scores[frame.user_id].to_numpy(), abs=1e-9)


def test_the_table_names_every_key():
    table = "".join(line.split("|")[1] for line in GUIDE.splitlines() if line.startswith("| `"))
    keys = {"estimator", "params", "owner"} | set(options.Options.__dataclass_fields__)
    assert set(re.findall(r"`(\w+)`", table)) == keys == {*job._OF_JOB, *job._OF_OPTIONS}
