"""point_in_time_join against brute force and against pandas, and its errors."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import START, keys, maybe_keys, maybe_moments, tables

DAY = timedelta(days=1)

# every option that changes which row is found, each as a view of its own: (call, oracle)
VIEWS = {
    "plain": ("", {}),
    "strict": ("'allow_exact_matches': false,", {"exact": False}),
    "ttl": ("'ttl': '36h',", {"ttl": timedelta(hours=36)}),
    "ended": ("'valid_to': 'End',", {"valid_to": "End"}),
    "strict_ended": ("'valid_to': 'End', 'allow_exact_matches': false,", {"valid_to": "End", "exact": False}),
    "known": ("'created_at': 'known',", {"created_at": "known"}),
    "strict_known": (
        "'created_at': 'known', 'allow_exact_matches': false, 'ttl': '4d',",
        {"created_at": "known", "exact": False, "ttl": 4 * DAY},
    ),
    "known_ended": ("'created_at': 'known', 'valid_to': 'End',", {"created_at": "known", "valid_to": "End"}),
}
TYPED = {"user": "typed", "order": START, "known": START, "End": START, "id": 0, "Value": 1.5, "note": "x"}


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with a number each, which decides every tie; the typed row first."""
    rows = rows.assign(id=range(1, len(rows) + 1)).astype({"id": object})
    return pd.concat([pd.DataFrame([TYPED], dtype=object), rows], ignore_index=True)


def spine_of(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(
        [pd.DataFrame([{"user": "typed", "as_of": START, "Group": "g"}], dtype=object), rows],
        ignore_index=True,
    )


def views_sql(known_at: str = "none", names=tuple(VIEWS)) -> str:
    views = ",".join(
        "{'relation': source('data', 'history'), 'event_time': 'order', 'features': ['Value', 'note', 'id'], "
        f"{VIEWS[name][0]} 'tie_breaker': ['id'], 'prefix': '{name}_'}}"
        for name in names
    )
    return (
        "{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='user', known_at="
        + known_at
        + ", feature_views=["
        + views
        + "]) }}"
    )


histories = tables(
    user=maybe_keys,
    order=maybe_moments,
    known=maybe_moments,
    End=maybe_moments,
    Value=st.sampled_from([1.0, -2.0, None]),
    note=st.sampled_from(["it's", "", None]),
)
spines = tables(user=maybe_keys, as_of=maybe_moments, Group=keys)


@given(history=histories, spine=spines)
def test_a_join_returns_what_brute_force_returns(project: Project, history, spine):
    history, spine = numbered(history), spine_of(spine)
    project.put(history=history, spine=spine)
    result = project.build(views_sql())
    expected = oracles.rows_of(spine)
    for name, (_, options) in VIEWS.items():
        found = oracles.point_in_time(
            oracles.rows_of(spine),
            oracles.rows_of(history),
            [("user", "user")],
            ["Value", "note", "id"],
            event_time="order",
            tie_breaker=["id"],
            name=name,
            **options,
        )
        for row, one in zip(expected, found, strict=True):
            row.update({f"{name}_{feature}": one[feature] for feature in ("Value", "note", "id")})
            row[f"{name}_feature_time"] = one[f"{name}_feature_time"]
    assert_same_rows(result, expected)
    assert list(result.columns) == list(expected[0])


@given(history=histories, spine=spines)
def test_known_at_replays_the_join_as_it_stood(project: Project, history, spine):
    history, spine = numbered(history), spine_of(spine)
    project.put(history=history, spine=spine)
    moment = START + 10 * DAY
    result = project.build(views_sql(f"'{moment}'", ["known"]))
    expected = oracles.point_in_time(
        oracles.rows_of(spine),
        oracles.rows_of(history),
        [("user", "user")],
        ["id"],
        event_time="order",
        created_at="known",
        known_at=moment,
        tie_breaker=["id"],
        name="known",
    )
    assert_same_rows(
        result.rename(columns={"known_id": "id"}),
        expected,
        ["user", "as_of", "Group", "id", "known_feature_time"],
    )


@given(
    history=tables(user=keys, shop=keys, at=maybe_moments),
    spine=tables(user=maybe_keys, Group=maybe_keys, as_of=maybe_moments),
)
def test_keys_may_have_other_names_and_a_view_may_cover_some(project: Project, history, spine):
    history = history.assign(id=range(1, len(history) + 1)).astype({"id": object})
    history = pd.concat(
        [pd.DataFrame([{"user": "t", "shop": "t", "at": START, "id": 0}], dtype=object), history]
    )
    project.put(history=history, spine=spine_of(spine))
    result = project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['user', 'Group'], feature_views=[
        {'relation': source('data', 'history'), 'entity': ['user', 'shop'], 'event_time': 'at', 'features': ['id'], 'tie_breaker': ['id'],
         'prefix': 'both_'},
        {'relation': source('data', 'history'), 'entity': {'Group': 'shop'}, 'event_time': 'at', 'features': 'id', 'tie_breaker': 'id',
         'prefix': 'some_'}]) }}""")
    rows, past = oracles.rows_of(spine_of(spine)), oracles.rows_of(history)
    both = oracles.point_in_time(
        rows, past, [("user", "user"), ("Group", "shop")], ["id"], event_time="at", tie_breaker=["id"]
    )
    some = oracles.point_in_time(rows, past, [("Group", "shop")], ["id"], event_time="at", tie_breaker=["id"])
    expected = [
        {**row, "both_id": one["id"], "some_id": two["id"], "some_feature_time": two["view_feature_time"]}
        for row, one, two in zip(rows, both, some, strict=True)
    ]
    assert_same_rows(result, expected)


def test_it_agrees_with_pandas_where_pandas_is_defined(project: Project):
    import numpy as np

    random = np.random.default_rng(3)
    history = pd.DataFrame(
        {
            "k": random.integers(0, 30, 2000),
            "t": START + pd.to_timedelta(random.permutation(2000 * 7)[:2000], "min"),
            "v": range(2000),
        }
    )
    spine = pd.DataFrame(
        {
            "k": random.integers(0, 33, 500),
            "as_of": START + pd.to_timedelta(random.integers(0, 14000, 500), "min"),
        }
    )
    project.put(history=history, spine=spine)
    result = project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'ttl': '2d'}]) }}""")
    merged = pd.merge_asof(
        spine.sort_values("as_of"),
        history.sort_values("t"),
        left_on="as_of",
        right_on="t",
        by="k",
        tolerance=pd.Timedelta(days=2),
    )
    assert_same_rows(result, oracles.rows_of(merged[["k", "as_of", "v"]]))


def test_rows_tied_to_the_end_are_decided_by_what_they_hold(project: Project):
    """The same answer whatever the order of the rows, when nothing but the row itself is left to decide."""
    history = pd.DataFrame({"k": [1] * 6, "t": [START] * 6, "v": [3, 1, 2, 5, 4, 6], "w": list("abcdef")})
    answers = set()
    for seed in range(3):
        project.put(
            history=history.sample(frac=1, random_state=seed),
            spine=pd.DataFrame({"k": [1], "as_of": [START]}),
        )
        result = project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
            {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v', 'w']}]) }}""")
        answers.add((int(result["v"][0]), result["w"][0]))
    assert len(answers) == 1
    assert answers <= set(zip(history["v"], history["w"], strict=True))


def test_zoned_times_are_compared_in_utc_and_the_spine_stays_as_it_is(duckdb_project: Project):
    duckdb_project.put(
        history=pd.DataFrame(
            {"k": [1], "t": pd.to_datetime(["2024-01-01 20:00"]).tz_localize("America/New_York"), "v": [7]}
        ),
        spine=pd.DataFrame({"k": [1, 1], "as_of": pd.to_datetime(["2024-01-02 00:59", "2024-01-02 01:00"])}),
    )
    result = duckdb_project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']}]) }}""")
    assert_same_rows(
        result,
        [
            {"as_of": datetime(2024, 1, 2, 0, 59), "v": None, "history_feature_time": None},
            {"as_of": datetime(2024, 1, 2, 1), "v": 7, "history_feature_time": datetime(2024, 1, 2, 1)},
        ],
    )


def test_one_error_names_all_that_is_wrong(duckdb_project: Project):
    duckdb_project.put(
        history=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START]}),
    )
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', known_at='2024-01-01', feature_views=[
        {'relation': source('data', 'history'), 'evnt_time': 't', 'features': ['v'], 'ttl': '30 dayz'},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': [], 'created_at': 't', 'entity': {'user': 'k'}}]) }}""")
    for part in (
        "baton.point_in_time_join: 6 problems in model 'result'",
        "feature_views[0] has no 'event_time'",
        "feature_views[0] has an unknown key 'evnt_time', expected one of relation, event_time, features",
        "feature_views[0].ttl is \"30 dayz\", expected a duration such as '15min', '12h', '30d' or '4w'",
        "feature_views[0] has no 'created_at', which known_at needs",
        "feature_views[1].features is empty",
        "feature_views[1].entity maps 'user', which is no key of the spine; its keys are k",
    ):
        assert part in message


def test_columns_that_would_meet_are_refused(duckdb_project: Project):
    duckdb_project.put(
        history=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START], "v": [2]}),
    )
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']}]) }}""")
    assert "feature_views[0] would add the column 'v' a second time, give the view a 'prefix'" in message
    assert (
        "result"
        not in duckdb_project.query(
            "select table_name from information_schema.tables where table_name = 'nothing'"
        ).values
    )
