"""An incremental model is at any time what a full build would make it, and a run computes only the periods with news."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from bench import Project
from compare import assert_same_rows
from rendering import answers
from strategies import drawn

START = datetime(2024, 1, 1)
CONFIG = (
    "{{ config(materialized='incremental', unique_key=['model_name', 'model_version', 'period_start']) }}"
)
MERGED = "{{ config(materialized='incremental', incremental_strategy='merge', unique_key='row_id') }}"
EVENTS = [
    "predict",
    "label",
    "revise",
    "withdraw",
    "predict_late",
    "label_unknown",
    "nothing",
    "delete",
    "move",
]
PLANS = [None, "pro", "free"]


def call(arguments: str) -> str:
    return (
        "{{ baton.model_performance(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),"
        f" entity='user_id', task='binary', outcome_time='seen_at', value='worth', {arguments}) }}}}"
    )


CALLS = {
    "weekly": call("period='week', segments=['plan', ['plan', 'country']]"),
    "whole": call("period=none, segments='plan'"),
    "wide": call("period='day', shape='wide', known_at='2024-02-20'"),
}


class World:
    """Predictions and outcomes of one case, which is one model, and what happens to them."""

    def __init__(self, case: int) -> None:
        self.case = case
        self.predictions: list[dict[str, Any]] = []
        self.outcomes: list[dict[str, Any]] = []
        self.clock = START

    def happen(self, event: str, numbers: list[int]) -> None:
        """Something happens to as many rows as there are numbers."""
        self.clock += timedelta(days=5)
        if event == "delete":
            del self.outcomes[: numbers[0] % 3]
        for number in numbers:
            if event in ("predict", "predict_late"):
                self.predict(number, late=event == "predict_late")
            elif event == "label_unknown":
                self.say(f"nobody {number}", number % 2)
            elif event == "move":
                # a segment may be no more
                self.predictions[number % len(self.predictions)]["plan"] = PLANS[number // 5 % 3]
            elif event in ("label", "revise", "withdraw") and self.predictions:
                user = self.predictions[number % len(self.predictions)]["user_id"]
                self.say(user, None if event == "withdraw" else number // 7 % 2)

    def predict(self, number: int, late: bool) -> None:
        as_of: datetime | None = (START if late else self.clock) + timedelta(hours=number % 50)
        self.predictions.append(
            {
                "user_id": f"{self.case} {len(self.predictions)}",
                # a model without a version, or a time, is one all the same
                "as_of": None if number % 23 == 0 else as_of,
                "model_name": f"case {self.case}",
                "model_version": None if number % 5 == 0 and self.case % 3 == 0 else f"v{number % 2}",
                "predicted_class": "2" if number % 29 == 0 and self.case % 2 else str(number // 2 % 2),
                "predicted_probability": (number % 11) / 10,
                "plan": PLANS[number % 3],
                "country": ["DE", "", None, "a,b"][number % 4],
            }
        )

    def say(self, user: str, actual: int | None) -> None:
        # a time of its own for each outcome, so that none is ambiguous
        seen_at = self.clock + timedelta(seconds=len(self.outcomes))
        self.outcomes.append(
            {"user_id": user, "actual": actual, "worth": float(len(self.outcomes)), "seen_at": seen_at}
        )


def put(project: Project, worlds: list[World]) -> None:
    predictions = pd.DataFrame([row for world in worlds for row in world.predictions])
    outcomes = pd.DataFrame([row for world in worlds for row in world.outcomes])
    project.put(
        predictions=predictions.astype({"as_of": "datetime64[us]", "model_version": "str", "plan": "str"}),
        outcomes=outcomes.astype({"actual": "Int64", "seen_at": "datetime64[us]"}),
    )


def stored(name: str) -> str:
    return CONFIG + CALLS[name]


def test_any_sequence_of_events_ends_as_a_full_build(project: Project) -> None:
    one = st.tuples(st.sampled_from(EVENTS), st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
    sequences = [example["events"] for example in drawn(events=st.lists(one, min_size=4, max_size=4))]
    worlds = [World(case) for case in range(len(sequences))]
    for world in worlds:
        world.happen("predict", [1, 2, 3, 10, 12, 24, 36, 1000 + world.case])
        world.happen("label", [5, 70, 1, 9])
    for step in range(-1, 4):
        if step >= 0:
            for world, sequence in zip(worlds, sequences, strict=True):
                world.happen(*sequence[step])
        put(project, worlds)
        models = {f"{name}_stored": stored(name) for name in CALLS}
        models |= {f"{name}_merged": MERGED + CALLS[name] for name in CALLS}
        project.build(models, full_refresh=step < 0)
        full = answers(project, CALLS)
        for model in models:
            name = model.split("_")[0]
            found = project.read(model)
            assert found["source_hash"].notna().all()
            assert_same_rows(
                found, full[name].to_dict("records"), columns=list(full[name].columns), rtol=0, atol=0
            )


def test_a_run_computes_the_periods_with_news_and_no_other(project: Project) -> None:
    world = World(1)
    for week in range(4):
        world.happen("predict", [1, 2, 3, 4, 7, 8, 1001 + week])
        world.happen("label", list(range(5 * week)))
    put(project, [world])
    model = {"weekly_stored": stored("weekly")}
    before = project.build(model, full_refresh=True)
    marked = "update {schema}.weekly_stored set std_error = 7 where metric = 'predictions'"

    def computed() -> set[tuple[Any, ...]]:
        """The periods that the next run computes."""
        project.execute(marked)
        after = project.build(model)
        rows = after[(after["metric"] == "predictions") & after["std_error"].isna()]
        assert not rows.duplicated(
            ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
        ).any()
        return set(zip(rows["model_version"], rows["period_start"], strict=True))

    assert computed() == set()
    # a label, and one that says the same again
    labelled = world.predictions[3]
    monday = pd.Timestamp(labelled["as_of"]).to_period("W").start_time
    world.say(labelled["user_id"], 1)
    put(project, [world])
    assert computed() == {(labelled["model_version"], monday)}
    # an outcome of nobody
    world.say("nobody", 1)
    put(project, [world])
    assert computed() == set()
    # a late prediction is the first of its week and segment
    world.predictions.append(
        {**labelled, "user_id": "late", "as_of": START - timedelta(days=30), "plan": "new"}
    )
    put(project, [world])
    assert computed() == {(labelled["model_version"], pd.Timestamp("2023-11-27"))}
    # a third class makes it a multiclass model, in all its weeks
    world.predictions.append({**labelled, "user_id": "third", "predicted_class": "2"})
    put(project, [world])
    weeks = {
        week
        for version, week in zip(before["model_version"], before["period_start"], strict=True)
        if version == labelled["model_version"]
    }
    assert {week for _, week in computed()} == weeks | {pd.Timestamp("2023-11-27")}
    # another call
    model["weekly_stored"] = stored("weekly").replace("value='worth', ", "")
    assert len(computed()) > len(weeks)


def test_a_run_mends_what_one_has_left_that_ended_between_merge_and_hook(project: Project) -> None:
    multiclass = (
        "{{ baton.model_performance(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),"
        " entity='user_id', task='multiclass', period='week') }}"
    )

    def put_classes(classes: str, labels: str) -> None:
        users = [f"user {number}" for number in range(12)]
        predictions = pd.DataFrame(
            {"user_id": users, "as_of": START, "model_name": "m", "model_version": None}
        )
        outcomes = pd.DataFrame({"user_id": users, "actual": [*labels * (12 // len(labels))]})
        predictions["predicted_class"] = [*classes * (12 // len(classes))]
        predictions["class_probabilities"] = '{"a": 0.5, "b": 0.3, "c": 0.2}'
        project.put(predictions=predictions.astype({"model_version": "str"}), outcomes=outcomes)

    put_classes("abc", "abc")
    models = {"replaced": CONFIG + multiclass, "merged": MERGED + multiclass}
    project.build(models, full_refresh=True)
    for name in models:
        project.execute(f"create table {{schema}}.{name}_before as select * from {{schema}}.{name}")
    # one class is no more, and the run ends before its hook has deleted what dbt left: the rows of that class, and without merge all,
    # since their version is NULL
    put_classes("ab", "ab")
    project.build(models)
    for name, left in {"merged": "class = 'c'", "replaced": "true"}.items():
        project.execute(
            f"""insert into {{schema}}.{name} select * from {{schema}}.{name}_before where {left};
            insert into {{schema}}.{name} (model_name, model_version, period_start, source_hash)
            select distinct model_name, model_version, period_start, source_hash from {{schema}}.{name}_before"""
        )
    for labels in ("aab", "aaab"):
        put_classes("ab", labels)
        project.build(models)
        full = answers(project, {"full": multiclass})["full"]
        for name in models:
            assert_same_rows(project.read(name), full.to_dict("records"), columns=list(full.columns))


def test_the_config_is_checked(project: Project) -> None:
    world = World(1)
    world.happen("predict", [1, 2, 3, 4])
    world.happen("label", [1, 2, 3])
    put(project, [world])
    for config, part in [
        (
            "materialized='incremental'",
            "the model's unique_key is missing, expected ['model_name', 'model_version', 'period_start']",
        ),
        (
            "materialized='incremental', unique_key=['model_name', 'model_version', 'period_start'], incremental_strategy='append'",
            'incremental_strategy is "append", expected delete+insert or merge',
        ),
        (
            "materialized='incremental', unique_key=['model_name', 'model_version', 'period_start'], incremental_strategy='merge'",
            "but the strategy merge needs unique_key='row_id'",
        ),
    ]:
        assert part in project.error(f"{{{{ config({config}) }}}}" + CALLS["weekly"])
    # a table of before
    project.build({"older": "{{ config(materialized='table') }}" + CALLS["weekly"]})
    assert "has no source_hash, by which" in project.error({"older": stored("weekly")})
    project.build({"replaced": stored("weekly")})
    assert "has no row_id, by which" in project.error({"replaced": MERGED + CALLS["weekly"]})
    project.build({"merged": MERGED + CALLS["weekly"]})
    assert "written with the strategy merge: keep that" in project.error({"merged": stored("weekly")})
    few = (
        CONFIG
        + f"select model_name, model_version, period_start, value from ({CALLS['weekly']}) as performance"
    )
    project.build({"few": few})
    assert "has no segment_name, n, source_hash, by which" in project.error({"few": few})
    # where all time is one period, the model alone is the key
    keys = "{{ config(materialized='incremental', unique_key=['MODEL_NAME', 'model_version']) }}"
    for _ in range(2):
        world.say(world.predictions[0]["user_id"], 1)
        put(project, [world])
        report = project.build({"whole": keys + CALLS["whole"]})
        assert report["n"].notna().all()
        assert not report.duplicated(
            ["model_name", "model_version", "segment_name", "segment_value", "metric"]
        ).any()
