"""labels and training_set against brute force, and their errors."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import START, keys, maybe_keys, maybe_moments, tables

DAY = timedelta(days=1)
FUNCTIONS = {"exists": None, "not_exists": None, "count": None, "first": "Value", "time_to_event": None}
TYPED = {"user": "typed", "shop": "s", "order": START, "Value": 1, "status": "new"}

events_strategy = tables(
    user=maybe_keys,
    shop=keys,
    order=maybe_moments,
    Value=st.sampled_from([1, 2, 3, None]),
    status=st.sampled_from(["it's", "new", None]),
)
spine_strategy = tables(user=maybe_keys, shop=keys, as_of=maybe_moments)


def typed(frame: pd.DataFrame, row: dict) -> pd.DataFrame:
    return pd.concat([pd.DataFrame([row], dtype=object), frame], ignore_index=True)


@given(
    events=events_strategy,
    spine=spine_strategy,
    gap=st.sampled_from([0, 1]),
    horizon=st.sampled_from([1, 5]),
    observed_until=st.sampled_from([None, START + 12 * DAY]),
    only=st.booleans(),
)
def test_a_label_is_what_brute_force_gives(
    project: Project, events, spine, gap, horizon, observed_until, only
):
    events = typed(events, TYPED)
    spine = typed(spine, {"user": "typed", "shop": "s", "as_of": START})
    project.put(events=events, spine=spine)
    where = "\"status = 'it''s'\"" if only else "none"
    moment = f"'{observed_until}'" if observed_until else "none"
    models = {
        f"labels_{function}": "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity=['user', 'shop'], "
        f"event_time='order', horizon='{horizon}d', gap='{gap}d', where={where}, observed_until={moment}, label="
        + ("{'function': 'first', 'column': 'Value'}" if column else f"{{'function': '{function}'}}")
        + ") }}"
        for function, column in FUNCTIONS.items()
    }
    project.build(models)
    for function, column in FUNCTIONS.items():
        expected = oracles.label(
            oracles.rows_of(spine),
            oracles.rows_of(events),
            [("user", "user"), ("shop", "shop")],
            function=function,
            column=column,
            event_time="order",
            horizon=horizon * DAY,
            gap=gap * DAY,
            observed_until=observed_until,
            where=lambda event: not only or event["status"] == "it's",
        )
        result = project.read(f"labels_{function}")
        assert_same_rows(result, expected)
        assert list(result.columns) == list(expected[0])


def test_no_events_at_all_gives_no_label(project: Project):
    project.put(
        spine=pd.DataFrame({"k": [1], "as_of": [START]}), events=pd.DataFrame({"k": [1], "t": [START]})
    )
    project.execute('delete from {schema}."events"')
    result = project.build(
        "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='t', horizon='1d') }}"
    )
    assert_same_rows(result, [{"k": 1, "label": None, "label_is_mature": False}])


def test_errors_of_labels(duckdb_project: Project):
    duckdb_project.put(
        spine=pd.DataFrame({"k": [1], "as_of": [START]}), events=pd.DataFrame({"k": [1], "t": [START]})
    )
    message = duckdb_project.error("""{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='t',
        horizon='lifetime', gap='soon', label={'function': 'first'}) }}""")
    for part in (
        "baton.labels: 3 problems",
        'horizon is "lifetime"',
        'gap is "soon"',
        "label has no 'column', which first needs",
    ):
        assert part in message
    message = duckdb_project.error("""{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='t',
        horizon='1d', label={'function': 'avg', 'column': 'v'}) }}""")
    assert "label.function 'avg' is not built yet" in message


LABELLED = pd.DataFrame(
    {
        "k": [1, 1, 2, 3, 4, 5],
        "as_of": [
            START,
            START + 5 * DAY,
            START + 10 * DAY,
            START + 12 * DAY,
            START + 20 * DAY,
            START + 21 * DAY,
        ],
        "label": [1, 0, 1, 0, 1, None],
        "label_window_start": [
            START,
            START + 5 * DAY,
            START + 10 * DAY,
            START + 12 * DAY,
            START + 20 * DAY,
            START + 21 * DAY,
        ],
        "label_window_end": [
            START + 6 * DAY,
            START + 11 * DAY,
            START + 16 * DAY,
            START + 18 * DAY,
            START + 26 * DAY,
            START + 27 * DAY,
        ],
        "label_is_mature": [True, True, True, True, True, False],
    }
)
VIEW = "[{'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']}]"
HISTORY = pd.DataFrame({"k": [1, 2], "t": [START, START], "v": [10, 20]})


def split_of(project: Project, split: str) -> dict[tuple[int, int], str]:
    project.put(labelled=LABELLED, history=HISTORY)
    result = project.build(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', split="
        + split
        + ", feature_views="
        + VIEW
        + ") }}"
    )
    assert list(result.columns) == [*LABELLED.columns, "v", "history_feature_time", "split"]
    return {
        (k, (at - START).days): name
        for k, at, name in result[["k", "as_of", "split"]].itertuples(index=False)
    }


def test_a_split_by_time_purges_windows_that_cross_a_boundary(project: Project):
    boundaries = (
        f"'train_until': '{(START + 10 * DAY).date()}', 'validation_until': '{(START + 18 * DAY).date()}'"
    )
    assert split_of(project, f"{{'by': 'time', {boundaries}}}") == {
        (1, 0): "train",
        (2, 10): "validation",
        (3, 12): "validation",
        (4, 20): "test",
    }
    assert split_of(project, f"{{'by': 'time', {boundaries}, 'purge': false}}") == {
        (1, 0): "train",
        (1, 5): "train",
        (2, 10): "validation",
        (3, 12): "validation",
        (4, 20): "test",
    }


def test_without_a_split_every_mature_row_is_train(project: Project):
    assert set(split_of(project, "none").values()) == {"train"}


def test_a_split_by_entity_keeps_an_entity_together_and_is_the_same_on_every_engine(project: Project):
    spine = pd.DataFrame(
        {
            "k": [f"user {number % 2000}" for number in range(4000)],
            "as_of": [START] * 4000,
            "label": [1] * 4000,
        }
    )
    project.put(spine=spine, history=pd.DataFrame({"k": ["x"], "t": [START], "v": [1]}))
    call = (
        """{{ baton.training_set(spine=source('data', 'spine'), entity='k', feature_views="""
        + VIEW
        + """,
        split={'by': 'entity', 'fractions': {'train': 0.7, "it's": 0.2, 'test': 0.1}, 'seed': '%s'}) }}"""
    )
    result = project.build(call % "one")
    assert len(result) == 4000
    assert result.groupby("k")["split"].nunique().eq(1).all()
    shares = result["split"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx({"train": 0.7, "it's": 0.2, "test": 0.1}, abs=0.03)
    reseeded = project.build(call % "two").sort_values("k", ignore_index=True)
    assert reseeded["split"].tolist() != result.sort_values("k")["split"].tolist()
    place = int(hashlib.md5(b"one-user 1").hexdigest()[:8], 16) / 2**32
    expected = "train" if place < 0.7 else "it's" if place < 0.9 else "test"
    assert result.set_index("k").loc["user 1", "split"].tolist() == [expected] * 2


def test_errors_of_training_set(duckdb_project: Project):
    duckdb_project.put(labelled=LABELLED.drop(columns=["label_window_end"]), history=HISTORY)
    message = duckdb_project.error(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', label='y', split={'by': 'time', 'train_until': '2024-02-01'}, feature_views="
        + VIEW
        + ") }}"
    )
    assert 'spine has no column "y", it has k, as_of, label' in message
    assert "split purges by label_window_end, which spine does not have" in message
    message = duckdb_project.error(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', split={'by': 'entity', 'fractions': {'a': 0.5}}, "
        "feature_views=[{'relation': source('data', 'history'), 'event_time': 't'}]) }}"
    )
    assert "baton.training_set: 2 problems" in message
    assert "split.fractions sum to 0.5, expected 1" in message
    assert "feature_views[0] has no 'features'" in message


def test_columns_that_the_result_adds_are_refused_in_the_spine(duckdb_project: Project):
    """Else the engine would rename one of two columns, and a model would learn from the wrong label."""
    duckdb_project.put(labelled=LABELLED.assign(Split="x"), history=HISTORY.rename(columns={"t": "at"}))
    message = duckdb_project.error(
        "{{ baton.labels(spine=source('data', 'labelled'), events=source('data', 'history'), entity='k', event_time='at', horizon='1d') }}"
    )
    for name in ("label", "label_window_start", "label_window_end", "label_is_mature"):
        assert f"spine has a column '{name}' already" in message
    message = duckdb_project.error(
        "{{ baton.training_set(spine=source('data', 'labelled'), entity='k', feature_views=["
        "{'relation': source('data', 'history'), 'event_time': 'at', 'features': ['v']}]) }}"
    )
    assert "spine has a column 'split' already" in message
