"""latest_features and features_at against brute force, over baton's stores and over other ones."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
from hypothesis import strategies as st

from bench import Project
from compare import assert_same_rows
from strategies import START, drawn, maybe_moments, moments, stacked, tables

DAY = timedelta(days=1)
COLUMNS = ["user", "Group", "plan", "valid_from", "valid_to", "is_deleted"]
TYPED = {
    "user": "typed",
    "Group": "g",
    "plan": "x",
    "valid_from": START,
    "valid_to": START,
    "is_deleted": False,
}

versions = tables(
    size=100,
    user=st.sampled_from(["a", "b", "O'Brien", "c"]),
    Group=st.sampled_from(["g", "h", "i"]),
    plan=st.sampled_from(["free", "it's", None]),
    valid_from=moments,
    valid_to=maybe_moments,
    is_deleted=st.sampled_from([False, False, True, None]),
)


def rank(row: dict) -> tuple:
    values = [row[name] for name in ("plan", "valid_to", "is_deleted")]
    return (row["valid_from"], *((value is not None, value) for value in values))


def at(store: pd.DataFrame, moment) -> list[dict]:
    """Of the versions true at the moment (none: the open ones) the newest of each entity, unless it is a delete.

    Of versions that begin together it is the one with the greatest values, NULL last.
    """
    newest: dict[tuple, dict] = {}
    for row in store.to_dict("records"):
        is_true = (
            row["valid_to"] is None
            if moment is None
            else row["valid_from"] <= moment and (row["valid_to"] is None or moment < row["valid_to"])
        )
        key = (row["case"], row["user"], row["Group"])
        if is_true and (key not in newest or rank(newest[key]) < rank(row)):
            newest[key] = row
    return [row for row in newest.values() if not row["is_deleted"]]


def test_each_entity_is_there_once_as_it_was(project: Project):
    """The intervals are random, so many overlap and several are open; still there is one row per entity."""
    entity = ["case", "user", "Group"]
    store = stacked([pd.DataFrame([TYPED], dtype=object), *(case["store"] for case in drawn(store=versions))])
    project.put(store=store)
    moment = START + 9.5 * DAY
    project.build(
        {
            "latest": f"{{{{ baton.latest_features(store=source('data', 'store'), entity={entity}) }}}}",
            "then": f"{{{{ baton.features_at(store=source('data', 'store'), entity={entity}, as_of='{moment}') }}}}",
        }
    )
    assert_same_rows(project.read("latest"), at(store, None), [*COLUMNS, "case"])
    then = project.read("then")
    assert_same_rows(then, at(store, moment), [*COLUMNS, "case"])
    assert list(then.columns) == [*COLUMNS, "case", "as_of"]
    assert (then["as_of"] == moment).all()


def test_a_version_counts_from_its_first_moment_to_before_its_last(project: Project):
    project.put(store=pd.DataFrame([{**TYPED, "valid_to": START + DAY}]))
    moments_ = {"before": START - timedelta(seconds=1), "first": START, "last": START + DAY}
    project.build(
        {
            name: f"{{{{ baton.features_at(store=source('data', 'store'), entity='user', as_of='{moment}') }}}}"
            for name, moment in moments_.items()
        }
    )
    assert [len(project.read(name)) for name in moments_] == [0, 1, 0]


def test_a_dbt_snapshot_can_be_read_by_its_own_names(project: Project):
    snapshot = pd.DataFrame(
        {
            "id": [1, 1, 2, 2],
            "plan": ["free", "pro", "free", "free"],
            "dbt_valid_from": [START, START + DAY, START, START + DAY],
            "dbt_valid_to": [START + DAY, None, START + DAY, None],
            "dbt_is_deleted": ["False", "False", "False", "True"],
        }
    )
    project.put(snapshot=snapshot)
    result = project.build(
        "{{ baton.latest_features(store=source('data', 'snapshot'), entity='id', valid_from='dbt_valid_from', valid_to='dbt_valid_to') }}"
    )
    assert_same_rows(result, [{"id": 1, "plan": "pro"}])


def test_a_column_is_deleted_that_is_no_flag_says_nothing(project: Project):
    project.put(
        store=pd.DataFrame([{**TYPED, "valid_to": None, "is_deleted": 1}]).astype(
            {"valid_to": "datetime64[us]"}
        )
    )
    result = project.build("{{ baton.latest_features(store=source('data', 'store'), entity='user') }}")
    assert_same_rows(result, [{"user": "typed", "is_deleted": 1}])


def test_one_error_names_all_that_is_wrong(duckdb_project: Project):
    duckdb_project.put(store=pd.DataFrame([{**TYPED, "as_of": START}]))
    message = duckdb_project.error(
        "{{ baton.features_at(store=source('data', 'store'), entity='users', as_of=5) }}"
    )
    assert "baton.features_at: 3 problems in model 'result'" in message
    assert "as_of is 5, expected a date or timestamp" in message
    assert 'store has no column "users", it has user, Group, plan' in message
    assert "store already has a column 'as_of'" in message
    message = duckdb_project.error(
        "with rows as (select 1 as id) {{ baton.latest_features(store='rows', entity='id') }}"
    )
    assert 'store is "rows", whose columns cannot be read' in message
