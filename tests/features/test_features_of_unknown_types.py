"""Features and labels over relations whose column types only the engine knows: a CTE and an ephemeral model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench import Project

SPINE = pd.DataFrame({"k": [1, 2], "as_of": pd.to_datetime(["2024-05-10", "2024-05-10"])})
# entity 2 has no finite value at all
EVENTS = pd.DataFrame(
    {
        "k": [1, 1, 1, 1, 1, 2, 2],
        "t": pd.to_datetime([f"2024-05-0{day}" for day in (1, 2, 3, 4, 5, 1, 2)]),
        "v": [np.inf, 4.0, 4.0, 9.0, np.nan, -np.inf, np.nan],
        "w": ["NaN", "b", None, "Infinity", "a", "b", "b"],
    }
)
# Arrow would write NaN as NULL, and this test needs NaN
WITH_NAN = """select k, t, w, case when v is null then cast('NaN' as double precision) else v end as v
    from {{ source('data', 'events') }}"""
FUNCTIONS = [
    "count",
    "count_distinct",
    "sum",
    "avg",
    "min",
    "max",
    "median",
    "first",
    "last",
    "mode",
    "recency",
    "tenure",
]


@pytest.mark.parametrize("kind", ["table", "cte", "ephemeral"])
def test_nan_and_infinity_are_skipped_whatever_is_known_of_the_type(project: Project, kind: str):
    """If the type was unknown, they used to be counted, and to be the maximum and the last value."""
    project.put(spine=SPINE, events=EVENTS)
    relation = "'seen'" if kind == "cte" else "ref('known')"
    aggregates = [{"function": name, "column": "v", "name": name} for name in FUNCTIONS]
    aggregates += [{"function": name, "column": "w", "name": f"text_{name}"} for name in ("count", "max")]
    labels = [
        {"function": name, "column": "v", "name": name}
        for name in ("exists", "count", "sum", "avg", "min", "max", "first", "time_to_event")
    ]
    labels.append({"function": "max", "column": "w", "name": "text_max"})
    models = {
        "known": f"{{{{ config(materialized='{'ephemeral' if kind == 'ephemeral' else 'table'}') }}}}\n{WITH_NAN}",
        "features": f"""with seen as ({WITH_NAN})
            select * from ({{{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[
                {{'relation': {relation}, 'event_time': 't', 'aggregates': {aggregates}}}]) }}}}) as result""",
        "labelled": f"""with seen as ({WITH_NAN}), early as (
                select k, as_of - interval '10 days' as as_of from {{{{ source('data', 'spine') }}}})
            select * from ({{{{ baton.labels(spine='early', events={relation}, entity='k', event_time='t',
                horizon='9d', observed_until='2024-06-01', label={labels}) }}}}) as result""",
    }
    project.build(models, command="run")
    one, two = project.read("features").sort_values("k").to_dict("records")
    assert [one[name] for name in FUNCTIONS] == [3, 2, 17, pytest.approx(17 / 3), 4, 9, 4, 4, 9, 4, 6, 8]
    assert [two[name] for name in FUNCTIONS[:3]] == [0, 0, 0]
    assert not any(pd.notna(two[name]) for name in FUNCTIONS[3:])
    # a text such as 'NaN' is not a NaN
    assert (one["text_count"], one["text_max"], two["text_count"]) == (4, "b", 2)

    one, two = project.read("labelled").sort_values("k").to_dict("records")
    names = [label["name"] for label in labels]
    assert [one[name] for name in names] == [1, 3, 17, pytest.approx(17 / 3), 4, 9, 4, 2, "b"]
    assert [two[name] for name in names[:3]] == [0, 0, 0]
    assert not any(pd.notna(two[name]) for name in names[3:-1])
