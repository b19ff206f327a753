"""In a microbatch and in a sample dbt filters every input with an `event_time`; histories must still be read whole."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from bench import Project

VISITS = pd.DataFrame(
    {
        "guest": [1, 1, 1, 2, 2],
        "at": pd.to_datetime(
            [
                "2024-02-25 08:00",
                "2024-02-29 09:00",
                "2024-03-02 10:00",
                "2024-01-05 00:00",
                "2024-03-03 00:00",
            ]
        ),
        "spent": [5, 70, 11, 3, 900],
    }
)
DAYS = pd.date_range("2024-03-01 12:00", "2024-03-03 12:00")
SPINE = pd.DataFrame([{"guest": guest, "as_of": day} for day in DAYS for guest in (1, 2, 3)])
STAGED = {
    f"staged_{table}": f"{{{{ config(event_time='{time}') }}}} select * from {{{{ source('data', '{table}') }}}}"
    for table, time in (("visits", "at"), ("spine", "as_of"))
}
VIEW = "{'relation': ref('staged_visits'), 'event_time': 'at', 'features': ['spent']}"
CALLS = {
    "joined": f"baton.point_in_time_join(spine=ref('staged_spine'), entity='guest', feature_views=[{VIEW}])",
    "windows": "baton.windowed_features(spine=ref('staged_spine'), entity='guest', sources=[{'relation': ref('staged_visits'), 'event_time': 'at',"
    " 'aggregates': [{'function': 'sum', 'column': 'spent', 'windows': ['3d', 'lifetime']}, {'function': 'recency'}]}])",
    "judged": "baton.labels(spine=ref('staged_spine'), events=ref('staged_visits'), entity='guest', event_time='at', horizon='1d',"
    " label={'function': 'sum', 'column': 'spent'})",
}


def as_rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    frame = frame.sort_values(["as_of", "guest"])
    return [
        tuple(
            None if pd.isna(value) else str(value) if isinstance(value, pd.Timestamp) else float(value)
            for value in row
        )
        for row in frame.itertuples(index=False)
    ]


@pytest.mark.parametrize("way", ["microbatch", "sample"])
def test_every_batch_has_the_features_and_labels_of_a_whole_build(project: Project, way: str):
    project.put(visits=VISITS, spine=SPINE)
    key = ", unique_key='as_of'" if project.engine.name == "postgres" else ""
    config = f"{{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='as_of', batch_size='day', begin='2024-03-01'{key}) }}}}"
    whole = {name: f"{{{{ {call} }}}}" for name, call in CALLS.items()}
    project.build({**STAGED, **whole}, command="run")
    expected = {name: as_rows(project.read(name)) for name in CALLS}
    if way == "microbatch":
        batched = {f"batched_{name}": f"{config}\n{text}" for name, text in whole.items()}
        flags = ["--event-time-start", "2024-03-01", "--event-time-end", "2024-03-04"]
        project.build({**STAGED, **batched}, command="run", flags=flags)
    else:
        batched = {f"batched_{name}": text for name, text in whole.items()}
        with_views = {
            name: text.replace("config(", "config(materialized='view', ") for name, text in STAGED.items()
        }
        project.build(
            {**with_views, **batched},
            command="run",
            flags=["--sample", "{'start': '2024-03-02', 'end': '2024-03-04'}"],
        )
        # the spine is sampled
        expected = {name: [row for row in rows if row[1] >= "2024-03-02"] for name, rows in expected.items()}
    for name, rows in expected.items():
        assert as_rows(project.read(f"batched_{name}")) == rows, name


def test_a_spine_with_a_gap_is_not_made_from_a_part_of_its_events(project: Project):
    project.put(visits=VISITS)
    message = project.error(
        {
            "staged_visits": STAGED["staged_visits"],
            "spaced": "{{ baton.event_spine(events=ref('staged_visits'), entity='guest', event_time='at', min_gap='7d') }}",
        },
        command="run",
        flags=["--sample", "{'start': '2024-03-02', 'end': '2024-03-04'}"],
    )
    assert "events has the rows of one batch or sample only" in message
