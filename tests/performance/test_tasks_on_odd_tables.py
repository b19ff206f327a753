"""Every task on tables without rows, without outcomes, and with NULL models, reserved names and all types of numbers."""

from __future__ import annotations

import itertools

from bench import Project
from rendering import answers

ROWS = """
    (1, timestamp '2024-01-01', cast(null as varchar), 'a', '{"a": 0.5, "b": 0.25, "c": 0.25}', cast(1.50 as decimal(10, 2)), 2, cast('NaN' as real), 'q'),
    (2, null, null, 'b', '{"a": 1e-5, "b": 0.25, "c": 0.75, "d": null}', 2.50, 3, 1, 'q'),
    (3, timestamp '2024-01-02', 'm', 'TRUE', '[]', 3.5, null, 2, null),
    (4, timestamp '2024-01-02', 'm', '1.0', '{}', null, 5, 2, 'r')"""
TABLES = {
    "odd": f"""select u, as_of, model_name, cast(null as varchar) as model_version, predicted_class, class_probabilities, predicted_value,
        "select", "Lo", "group" from (values {ROWS}) as odd (u, as_of, model_name, predicted_class, class_probabilities,
        predicted_value, "select", "Lo", "group")""",
    "known": "select * from (values (1, 'a', 1, true), (2, 'b', 3, false), (3, '1', 4, true), (4, 'true', 9, true)) as known (u, cls, num, flag)",
    "no_odd": "select * from {schema}.odd where false",
    "no_known": "select * from {schema}.known where false",
}
TASKS = {
    "multiclass": "actual='cls'",
    "regression": "actual='num', quantiles={0.5: 'select'}, interval=['Lo', 'select']",
    "ranking": "actual='flag', group='group', k=2",
}


def test_every_task_answers_whatever_the_tables_hold(project: Project) -> None:
    for name, sql in TABLES.items():
        project.execute(f"drop table if exists {{schema}}.{name}; create table {{schema}}.{name} as {sql}")
    project.use_tables(*TABLES)
    calls = {
        (task, predictions, outcomes, shape): (
            f"{{{{ baton.model_performance(predictions=source('data', '{predictions}'), outcomes=source('data', '{outcomes}'),"
            f" entity='u', task='{task}', segments=['select', ['group', 'Lo']], shape='{shape}', {arguments}) }}}}"
        )
        for (task, arguments), predictions, outcomes, shape in itertools.product(
            TASKS.items(), ("odd", "no_odd"), ("known", "no_known"), ("long", "wide")
        )
    }
    for (task, predictions, outcomes, shape), report in answers(project, calls).items():
        if predictions == "no_odd":
            assert report.empty
            continue
        # two days and the one that is not known, in three slices each
        everything = report[report["segment_name"] == "all"]
        assert everything.drop_duplicates(["model_name", "period_start"]).shape[0] == 3
        assert set(report["segment_name"]) == {"all", "select", "group,Lo"}
        if shape == "wide":
            continue
        found = everything[everything["model_name"] == "m"].set_index("metric")["value"]
        if outcomes == "no_known":
            assert report.loc[report["metric"] != "predictions", "value"].isna().all()
            assert set(report["undefined_reason"].dropna()) == {"no labelled predictions"}
        elif task == "multiclass":
            # TRUE, 1.0, '1' and 'true' are one class, whose probabilities are missing
            assert found["accuracy"].max() == 1.0 and found["missing_probabilities"] == 2
        elif task == "regression":
            assert (found["mae"], found["missing_values"], found["pinball_0.5"]) == (0.5, 1, 2.0)
        else:
            assert found["queries"] == 0 and found["missing_scores"] == 2
