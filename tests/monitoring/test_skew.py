"""training_serving_skew: every count, share, mean and age is what comparing row by row gives."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd
from hypothesis import strategies as st

import oracles_skew as oracles
from bench import Project
from compare import assert_same_rows
from oracles import rows_of
from rendering import answers
from strategies import START, drawn, stacked, tables

COLUMNS = [
    "model_name", "model_version", "period_start", "segment_name", "segment_value", "feature", "n", "n_mismatched",
    "mismatch_share", "n_missing_served", "n_missing_recomputed", "mean_difference", "stale_share",
    "median_staleness_days", "example", "undefined_reason", "n_unmatched_served", "n_unmatched_recomputed",
]  # fmt: skip
COMPARED = [name for name in COLUMNS if name != "example"]

# few moments and keys, so that most rows meet
moments = st.integers(0, 5).map(lambda step: START + timedelta(hours=12 * step))
numbers = st.sampled_from(
    [
        0.0,
        1e-10,
        1e-8,
        1.0,
        1.0 + 1e-12,
        1.000001,
        -2.5,
        1e18,
        1e300,
        -1.7e308,
        float("nan"),
        float("inf"),
        float("-inf"),
        None,
    ]
)
texts = st.sampled_from(["pro", "o'dd ✈", "", "NULL", None])
flags = st.sampled_from([True, False, None])
KEYS = {"Key": st.sampled_from([1, 2, 10, None]), "as_of": st.one_of(moments, moments, st.none())}
VALUES = {"select": numbers, "Plan": texts, "count": st.sampled_from([0, 1, 2, None]), "flag": flags}
FEATURES = list(VALUES)
SERVED = tables(
    30, **KEYS, **VALUES, model_name=st.sampled_from(["m", None]), model_version=st.sampled_from(["v1", "v2"]),
    grp=st.sampled_from(["a", "o'b", None])
)  # fmt: skip
RECOMPUTED = tables(30, **KEYS, **VALUES)
HISTORY = tables(
    40,
    Key=st.sampled_from([1, 2, 10]),
    valid_from=st.integers(-4, 5).map(lambda step: START + timedelta(hours=12 * step)),
    valid_to=st.one_of(st.none(), moments),
    **{name: VALUES[name] for name in ("select", "Plan", "count")},
)


def once_per_key(table: pd.DataFrame) -> pd.DataFrame:
    """The first row of each key, and the first rows once more."""
    unique = table.drop_duplicates(["Key", "as_of"])
    return pd.concat([unique, unique.head(3)], ignore_index=True)


def call(**arguments: Any) -> str:
    written = {"entity": ["case", "Key"], **arguments}
    return f"{{{{ baton.training_serving_skew({', '.join(f'{name}={value}' for name, value in written.items())}) }}}}"


def test_every_figure_is_what_comparing_row_by_row_gives(project: Project) -> None:
    cases = drawn(served=SERVED, recomputed=RECOMPUTED, history=HISTORY)
    served = stacked(case["served"] for case in cases)
    recomputed = stacked(once_per_key(case["recomputed"]) for case in cases)
    history = stacked(case["history"] for case in cases)
    project.put(
        # a double on one side, an integer on the other
        served=served.assign(count=served["count"].astype("float")),
        recomputed=recomputed,
        history=history,
    )
    sides = {"served": "source('data', 'served')", "recomputed": "source('data', 'recomputed')"}
    found = answers(
        project,
        {
            "plain": call(**sides, segments=["case", ["case", "grp"]]),
            "loose": call(**sides, tolerance=0.01, features=["count", "select"]),
            "with_history": call(**sides, features=FEATURES, history="source('data', 'history')"),
        },
        built="with_history",
    )
    data = {"served": rows_of(served), "recomputed": rows_of(recomputed)}
    options: dict[str, Any] = {"entity": ["case", "Key"], "numbers": ["select", "count"]}

    def crossed(row: dict[str, Any]) -> str:
        return f"{row['case']},{row['grp'] or ''}"

    expected = {
        "plain": oracles.skew(
            **data, **options, features=FEATURES,
            segments=[("case", lambda row: str(row["case"])), ("case,grp", crossed)],
        ),
        "loose": oracles.skew(**data, **options, features=["count", "select"], tolerance=0.01),
        "with_history": oracles.skew(
            **data, **options, features=FEATURES, history=rows_of(history), in_history=["select", "Plan", "count"]
        ),
    }  # fmt: skip
    for name, rows in expected.items():
        assert list(found[name].columns) == COLUMNS
        assert_same_rows(found[name], rows, COMPARED, rtol=1e-12, atol=1e-12)
        examples = {tuple(row[column] for column in COLUMNS[:6]): row["example_key"] for row in rows}
        for row in rows_of(found[name]):
            smallest = examples[tuple(row[column] for column in COLUMNS[:6])]
            if smallest is None:
                assert row["example"] is None
            else:
                case, key, as_of = smallest
                assert row["example"].startswith(f"case {case}, Key {key}, as_of {as_of}: served ")
    assert sum(row["stale_share"] or 0 for row in expected["with_history"]) > 0
    assert {row["undefined_reason"] for row in expected["plain"]} == {None, "not served", "not recomputed"}


def test_a_log_s_json_is_read_as_the_columns_that_were_logged(project: Project) -> None:
    """Through prediction_log: each type of value comes back, and a feature that a model does not have is not compared."""
    day = pd.Timestamp("2024-03-04")
    seen = pd.DataFrame(
        {
            "k": range(1, 9),
            "as_of": day,
            "amount": [1.0, 2.5, float("nan"), float("inf"), 0.1 + 0.2, 5.0, 1e-12, None],
            "n": pd.array([1, 2, 3, 4, 5, 6, 7, None], dtype="Int64"),
            "it's": ["pro", "it's", "", "NULL", "1", "Infinity", 'a"b\\c', None],
            "flag": pd.array([True, False, True, False, True, False, True, None], dtype="boolean"),
            "at": day + pd.to_timedelta(range(8), unit="s"),
            "price": pd.Series(["1.50"] * 8),
        }
    )
    scores = seen.assign(
        model_name="m", model_version="v1", predicted_class="1", predicted_probability=0.5, predicted_value=0.5,
        class_probabilities="{}", feature_hash="h",
    )  # fmt: skip
    features = ["amount", "n", "it's", "flag", "at", "price"]
    project.put(
        scores=scores,
        others=scores.assign(model_version="v2"),
        older=scores.assign(model_version="v0"),
        seen=seen,
    )
    models = {
        "truth": """select *, cast(price as decimal(10, 2)) as cost from {{ source('data', 'seen') }} where k < 8""",
        "scored": "select *, cast(price as decimal(10, 2)) as cost from {{ source('data', 'scores') }}",
        "log": "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}"
        "{{ baton.prediction_log(entity='k', predictions=["
        "{'relation': ref('scored'), 'features': %s}, {'relation': source('data', 'others'), 'features': ['n']}, source('data', 'older')"
        "]) }}" % [*features, "cost"],
        "skew": call(served="ref('log')", recomputed="ref('truth')", entity="'k'"),
    }  # fmt: skip
    found = project.build(models)
    figures = {
        (row["model_version"], row["feature"]): (row["n"], row["n_mismatched"], row["n_unmatched_served"], row["undefined_reason"])
        for row in rows_of(found)
    }  # fmt: skip
    compared = sorted([*features, "cost"])
    assert sorted(figures) == [(version, name) for version in ("v0", "v1", "v2") for name in compared]
    for name in compared:
        assert figures["v1", name] == (7, 0, 1, None), name
        assert figures["v0", name] == (0, 0, 8, "not logged"), name
        assert figures["v2", name] == ((7, 0, 1, None) if name == "n" else (0, 0, 8, "not logged")), name
    # what is logged is compared by value
    project.use_tables("log", "truth")
    for old, new in (("2.5", "2.75"), ("true", "1"), ('"Infinity"', "1e308")):
        project.execute(
            f"update {{schema}}.log set features = replace(features, '{old}', '{new}') where model_version = 'v1'"
        )
    changed = project.build(
        call(served="source('data', 'log')", recomputed="source('data', 'truth')", entity="'k'")
    )
    examples = {
        row["feature"]: (row["n_mismatched"], row["example"])
        for row in rows_of(changed)
        if row["n_mismatched"]
    }
    assert {name: n for name, (n, _) in examples.items()} == {"amount": 2, "flag": 4, "it's": 1}
    assert examples["amount"][1] == "k 2, as_of 2024-03-04 00:00:00: served 2.75, recomputed 2.5"
    assert examples["flag"][1] == "k 1, as_of 2024-03-04 00:00:00: served 1, recomputed true"
