"""transform with a fitted table from another list: an error that names every difference, never a column of NULL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bench import Project

Steps = Sequence[Mapping[str, Any]]

SCALER = {"transformer": "standard_scaler", "columns": ["age"]}
BINS = {"transformer": "k_bins_discretizer", "columns": ["income"], "n_bins": 3, "encode": "ordinal"}
CODES = {"transformer": "ordinal_encoder", "columns": ["plan"], "categories": [["pro", "free"]]}
LOGS = {"transformer": "log1p", "columns": ["spent"]}
RANGE = {"transformer": "min_max_scaler", "columns": ["spent", "visits"], "feature_range": [0, 1]}
FITTED: Steps = [SCALER, BINS, CODES, LOGS, RANGE]

# a change in the call of transform alone, and what the error must say about it
CHANGES: dict[str, tuple[Steps, str]] = {
    "another_column": (
        [{**SCALER, "columns": ["age", "visits", "income"]}, *FITTED[1:]],
        'transformers[0]: {fitted} has no rows of \'standard_scaler\' for column "visits", "income": build it again',
    ),
    "another_step": (
        [*FITTED, {"transformer": "max_abs_scaler", "columns": "age"}],
        "transformers[5]: {fitted} has no rows of 'max_abs_scaler' for column \"age\": build it again",
    ),
    "an_unfitted_step": (
        [{"transformer": "clip", "columns": "age", "lower": 0}, *FITTED],
        "transformers[0]: {fitted} has no rows of 'clip' for column \"age\": build it again",
    ),
    "another_kind": (
        [{"transformer": "robust_scaler", "columns": ["age"], "name": "standard_scaler"}, *FITTED[1:]],
        "transformers[0]: in {fitted} 'standard_scaler' is a standard_scaler for column \"age\": build it again",
    ),
    "another_number_of_bins": (
        [SCALER, {**BINS, "n_bins": 4}, *FITTED[2:]],
        'transformers[1].n_bins is 4, but {fitted} was fitted with 3 for column "income": build it again',
    ),
    "another_strategy": (
        [SCALER, {**BINS, "strategy": "uniform"}, *FITTED[2:]],
        'transformers[1].strategy is "uniform", but {fitted} was fitted with "quantile" for column "income"',
    ),
    "other_categories": (
        [SCALER, BINS, {**CODES, "categories": [["free", "pro"]]}, *FITTED[3:]],
        'transformers[2].categories is [["free", "pro"]], but {fitted} was fitted with ["pro", "free"] for column "plan"',
    ),
    "another_range": (
        [*FITTED[:4], {**RANGE, "feature_range": [0, 2]}],
        'fitted with [0, 1] for column "spent", [0, 1] for column "visits": build it again',
    ),
    "another_order": (
        [SCALER, BINS, CODES, RANGE, LOGS],
        "before 'min_max_scaler' the call applies nothing to column \"spent\", but {fitted} applied log1p: build it again",
    ),
    "a_step_less": (
        [SCALER, BINS, CODES, RANGE],
        "before 'min_max_scaler' the call applies nothing to column \"spent\", but {fitted} applied log1p: build it again",
    ),
}


def transform(steps: Steps, fitted: str = "ref('fitted')") -> str:
    return "{{ baton.transform(source('data', 'people'), " + fitted + ", " + as_jinja(steps) + ") }}"


def as_jinja(steps: Steps) -> str:
    return json.dumps(steps).replace("null", "none").replace("true", "True").replace("false", "False")


def put_people(project: Project) -> None:
    project.put(
        people=pd.DataFrame(
            {
                "id": [1, 2, 3, 4],
                "age": [20.0, 30.0, 40.0, 55.0],
                "income": [1.0, 2.0, 3.0, 9.0],
                "visits": [1, 5, 5, 2],
                "spent": [0.5, 7.0, 3.0, 2.0],
                "plan": ["pro", "free", "free", "pro"],
            }
        )
    )


def test_a_table_that_another_list_has_made_is_refused(project: Project) -> None:
    put_people(project)
    fit = "{{ baton.fit(source('data', 'people'), " + as_jinja(FITTED) + ") }}"
    project.build({"fitted": fit, "same": transform(FITTED)})
    message = project.error(
        {"fitted": fit, **{name: transform(steps) for name, (steps, _) in CHANGES.items()}}
    )
    for change, (_, part) in CHANGES.items():
        found = [text for text in message.split("baton.transform: ") if f"in model '{change}'" in text]
        assert found, f"{change} passed"
        before, after = part.split("{fitted}") if "{fitted}" in part else ("", part)
        assert before in found[0], found[0]
        assert after in found[0], found[0]
        assert "1 problem in" in found[0] or change == "another_order", found[0]


def test_what_transform_alone_goes_by_may_differ_and_the_last_steps_may_be_left_out(project: Project) -> None:
    put_people(project)
    fit = "{{ baton.fit(source('data', 'people'), " + as_jinja(FITTED) + ") }}"
    steps = [SCALER, {**BINS, "encode": "onehot"}, {**CODES, "handle_unknown": "use_encoded_value"}, LOGS]
    made = project.build({"fitted": fit, "applied": transform([*steps, {**RANGE, "clip": True}])})
    assert len(made) == 4
    assert made.filter(like="income_").to_numpy().sum() == 4
    assert made["age"].notna().all()
    assert project.build({"fitted": fit, "applied": transform(steps)})["spent"].notna().all()


def test_a_build_without_rows_asks_nothing_of_the_fitted_table(project: Project) -> None:
    put_people(project)
    steps = [*FITTED, {"transformer": "one_hot_encoder", "columns": ["id"]}]
    fit = "{{ baton.fit(source('data', 'people'), " + as_jinja(steps) + ") }}"
    project.execute("drop table if exists {schema}.fitted")
    models = {"fitted": fit, "emptied": transform(steps)}
    assert project.build(models, command="run", flags=["--empty"]).empty
