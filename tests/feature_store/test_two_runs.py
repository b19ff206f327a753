"""Two runs of dbt at the same time on PostgreSQL, where a second process can write: stores and logs stay correct."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import make_project

from bench import Project
from compare import assert_same_rows

# the transaction of each run stays open for a while after it has written, so the other one is always inside of it; it
# divides by zero unless it still has its lock then
SLOW = """post_hook=\"select pg_sleep(1), 1 / (
    select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted)\""""
SCD2 = "{{{{ baton.scd2(source=source('data', '{}'), entity='plant', features=['height'], {}) }}}}"
HISTORY = SCD2.format("plants", "event_time='seen_at'")
STATE = SCD2.format("plants_now", "source_shape='snapshot', hard_deletes='invalidate'")
LOG = "{{ baton.feature_log(source=source('data', 'plants'), entity='plant', event_time='seen_at', features=['height']) }}"
PREDICTIONS = "{{ baton.prediction_log(predictions=[source('data', 'plant_scores')], entity='plant', features='height', retention='10d') }}"
BODIES = {
    "history_replaced": (HISTORY, "materialized='incremental', incremental_strategy='delete+insert', unique_key='plant'"),
    "history_merged": (HISTORY, "materialized='incremental', incremental_strategy='merge', unique_key='version_id'"),
    "history_rebuilt": (HISTORY, "materialized='table'"),
    "state_replaced": (STATE, "materialized='incremental', incremental_strategy='delete+insert', unique_key='plant'"),
    "state_merged": (STATE, "materialized='incremental', incremental_strategy='merge', unique_key='version_id'"),
    "state_rebuilt": (STATE, "materialized='table'"),
    "log": (LOG, "materialized='incremental', incremental_strategy='append'"),
    "predictions": (PREDICTIONS, "materialized='incremental', incremental_strategy='append', full_refresh=false"),
}  # fmt: skip
# a hook outside of the transaction ends what was begun while the model was compiled
BEFORE_BEGIN = "pre_hook={'sql': 'select 1', 'transaction': false}"
MODELS = {
    name: f"{{{{ config({config}, {SLOW}{', ' + BEFORE_BEGIN if name.endswith('replaced') else ''}) }}}}{body}"
    for name, (body, config) in BODIES.items()
}
TWICE = """
import json, os, sys
from dbt.cli.main import dbtRunner
arguments = json.loads(sys.argv[1])
children = []
for number in (1, 2):
    os.mkdir(f"target/run_{number}")
    os.link("target/partial_parse.msgpack", f"target/run_{number}/partial_parse.msgpack")
    child = os.fork()
    if child == 0:
        os._exit(0 if dbtRunner().invoke(["run", "--threads", "8", "--target-path", f"target/run_{number}", *arguments]).success else 1)
    children.append(child)
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]), file=sys.stderr)
"""


@pytest.fixture
def postgres_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    yield from make_project("postgres", tmp_path_factory)


def run_twice_at_once(project: Project) -> None:
    """Two runs of all models that start together, and both succeed."""
    arguments = ["--project-dir", str(project.root), "--profiles-dir", str(project.root), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", TWICE, json.dumps([*arguments, "--log-level-file", "none"])],
        cwd=project.root, check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    codes = json.loads(next(line for line in done.stderr.splitlines() if line.startswith("[")))
    assert codes == [0, 0], done.stdout + done.stderr


def test_two_runs_at_once_leave_what_one_after_the_other_would(postgres_project: Project):
    project = postgres_project
    project.execute(
        """create table {schema}.plants as
        select plant, timestamp '2024-03-01' + make_interval(days => day) as seen_at, cast(10 * day + plant as double precision) as height
        from generate_series(1, 40) as plants (plant), generate_series(0, 2) as days (day)"""
    )
    project.execute(
        "create table {schema}.plants_now as select plant, height from {schema}.plants where seen_at = '2024-03-01'"
    )
    project.execute(
        """create table {schema}.plant_scores as
        select plant, cast(now() at time zone 'UTC' as timestamp) - make_interval(days => days_ago) as as_of, 'm' as model_name,
            'v' as model_version, '1' as predicted_class, 0.5 as predicted_probability, 0.5 as predicted_value,
            null as class_probabilities, null as feature_hash, plant / 3.0 as height
        from generate_series(1, 40) as plants (plant), generate_series(0, 12, 4) as days (days_ago)"""
    )
    project.use_tables("plants", "plants_now", "plant_scores")
    with project.files(MODELS, None):
        project.dbt("run", "--threads", "8")
        project.execute(
            """insert into {schema}.plants select plant, seen_at + interval '36 hours', height + 1 from {schema}.plants;
            insert into {schema}.plant_scores select plant + 40, as_of, model_name, model_version, predicted_class, predicted_probability,
                predicted_value, class_probabilities, feature_hash, height from {schema}.plant_scores;
            delete from {schema}.plants_now where plant < 3; update {schema}.plants_now set height = -height where plant > 30"""
        )
        run_twice_at_once(project)
        after = {name: project.read(name) for name in MODELS}
        truth = project.query(
            """select plant, seen_at as valid_from, lead(seen_at) over (partition by plant order by seen_at) as valid_to, height
            from {schema}.plants order by plant, seen_at"""
        )
        rows: list[dict[str, Any]] = truth.astype(object).where(truth.notna(), None).to_dict("records")
        # each prediction once, and none of those that are older than the retention
        assert after["predictions"].groupby("plant").size().to_dict() == dict.fromkeys(range(1, 81), 3)
        for name in ("history_replaced", "history_merged", "history_rebuilt"):
            assert_same_rows(after[name], rows)
        assert_same_rows(after["log"].rename(columns={"seen_at": "valid_from"}), [{**row, "valid_to": None} for row in rows], ["plant", "valid_from", "height"])  # fmt: skip
        for name in ("state_replaced", "state_merged", "state_rebuilt"):
            store = after[name]
            now = project.read("plants_now")
            assert store.groupby("plant").size().loc[1:2].tolist() == [1, 1]
            assert not store.duplicated(["plant", "valid_from"]).any()
            assert_same_rows(
                store[store["valid_to"].isna()],
                [dict(zip(now.columns, row, strict=True)) for row in now.itertuples(index=False)],
            )
