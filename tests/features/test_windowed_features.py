"""windowed_features against brute force, and its errors."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import NUMBERS, START, drawn, frame, keys, maybe_keys, maybe_moments, stacked, tables

DAY = timedelta(days=1)
WINDOWS = {"36h": timedelta(hours=36), "7d": 7 * DAY, "lifetime": None}
PAID = "status = 'it''s paid'"
# (function, column, where): every function, with and without a column and a condition
ASKED = [
    ("count", None, None),
    ("count", None, PAID),
    ("count", "amount", None),
    ("count_distinct", "status", None),
    ("count_distinct", "amount", PAID),
    ("sum", "amount", None),
    ("sum", "amount", PAID),
    ("sum", "Items", None),
    ("avg", "amount", None),
    ("avg", "Items", PAID),
    ("variance", "amount", None),
    ("variance", "Items", PAID),
    ("stddev", "amount", None),
    ("min", "amount", None),
    ("min", "order", PAID),
    ("max", "amount", PAID),
    ("max", "status", None),
    ("median", "amount", None),
    ("median", "Items", PAID),
    ("first", "amount", None),
    ("first", "status", None),
    ("last", "amount", PAID),
    ("last", "status", None),
    ("recency", None, None),
    ("recency", "amount", PAID),
    ("tenure", None, None),
    ("tenure", "amount", PAID),
    ("mode", "status", None),
    ("mode", "Items", PAID),
    ("entropy", "status", None),
    ("entropy", "Items", PAID),
]

# a row that gives every column its type, and whose key no random row has
TYPED = {"user": "typed", "order": START, "amount": 1.0, "Items": 1, "status": "new"}


def name_of(function, column, where):
    return "_".join([function, column or "events", "paid" if where else "all"])


def everything(event):
    return True


def is_paid(event):
    return event["status"] == "it's paid"


def asked_aggregates(asked=ASKED):
    """The aggregates as the macro takes them."""
    return [
        {
            "function": function,
            "name": name_of(function, column, where),
            "windows": list(WINDOWS),
            **({"column": column} if column else {}),
            **({"where": where} if where else {}),
        }
        for function, column, where in asked
    ]


def asked_oracle(asked=ASKED):
    """The same as brute force takes them."""
    return [
        (
            name_of(function, column, where) + ("" if width is None else f"_{window}"),
            function,
            column,
            width,
            is_paid if where else everything,
        )
        for function, column, where in asked
        for window, width in WINDOWS.items()
    ]


def typed(rows, row):
    return pd.concat([pd.DataFrame([row], dtype=object), rows], ignore_index=True)


def test_every_feature_is_what_brute_force_gives(project: Project):
    cases = drawn(
        events=tables(
            user=maybe_keys,
            order=maybe_moments,
            amount=st.sampled_from(NUMBERS),
            Items=st.sampled_from([1, 2, 3, None]),
            status=st.sampled_from(["it's paid", "new", "sent", None]),
        ),
        spine=tables(user=maybe_keys, as_of=maybe_moments),
    )
    events = [typed(case["events"], TYPED) for case in cases]
    spines = [typed(case["spine"], {"user": "typed", "as_of": START}) for case in cases]
    project.put(events=stacked(events), spine=stacked(spines))
    options = [("left", "0s"), ("left", "12h"), ("right", "0s"), ("right", "12h")]
    project.build(
        {
            f"{closed}_{delay}": f"""{{{{ baton.windowed_features(
        spine=source('data', 'spine'), entity=['user', 'case'], closed='{closed}',
        sources=[{{'relation': source('data', 'events'), 'event_time': 'order', 'delay': '{delay}', 'aggregates': {asked_aggregates()}}}]
    ) }}}}"""
            for closed, delay in options
        }
    )
    for place, (closed, delay) in enumerate(options):
        # brute force costs more than the build, so each case is asked for in one way
        own = range(place, len(cases), len(options))
        expected = [
            {"user": row["user"], "case": number, **row}
            for number in own
            for row in oracles.windowed(
                oracles.rows_of(spines[number]),
                oracles.rows_of(events[number]),
                [("user", "user")],
                asked_oracle(),
                event_time="order",
                closed=closed,
                delay=timedelta(hours=12) if delay == "12h" else timedelta(0),
            )
        ]
        result = project.read(f"{closed}_{delay}")
        assert_same_rows(result[result["case"].isin(own)], expected)
        assert list(result.columns) == list(expected[0])


@pytest.mark.parametrize("closed", ["left", "right"])
def test_two_hundred_random_entities_get_what_brute_force_gives(project: Project, closed):
    """Every entity is a separate case: a random history, at random spine times, with keys of two columns."""
    random = np.random.default_rng([len(closed), 20261120])

    def rows_of_one(entity, number, **columns):
        return [
            {
                "user": f"u{entity % 60}",
                "Group": entity // 60,
                **{name: values[random.integers(len(values))] for name, values in columns.items()},
            }
            for _ in range(number)
        ]

    grid = [START + timedelta(hours=6 * int(step)) for step in range(80)] + [None]
    events, spine = [], []
    for entity in range(220):
        amounts = [*np.round(random.normal(100, 10 ** float(random.integers(-3, 6)), 8), 6), None]
        events += rows_of_one(
            entity,
            int(random.integers(0, 25)),
            order=grid,
            amount=amounts,
            Items=[1, 2, 3, 4, None],
            status=["it's paid", "new", "✈", None],
        )
        spine += rows_of_one(entity, 3, as_of=grid)
    project.put(events=frame(events, list(events[0])), spine=frame(spine, list(spine[0])))
    result = project.build(f"""{{{{ baton.windowed_features(
        spine=source('data', 'spine'), entity=['user', 'Group'], closed='{closed}',
        sources=[{{'relation': source('data', 'events'), 'event_time': 'order', 'aggregates': {asked_aggregates()}}}]
    ) }}}}""")
    match = [("user", "user"), ("Group", "Group")]
    expected = []
    for row in spine:
        mine = [event for event in events if oracles.same_key(row, event, match)]
        expected += oracles.windowed([row], mine, match, asked_oracle(), event_time="order", closed=closed)
    assert_same_rows(result, expected)


def test_sum_is_null_over_an_empty_window_where_asked(project: Project):
    project.put(
        events=pd.DataFrame(
            {"k": [1, 2], "t": pd.to_datetime(["2024-01-01", "2024-01-01"]), "v": [5.0, None]}
        ),
        spine=pd.DataFrame({"k": [1, 2, 3], "as_of": pd.to_datetime(["2024-01-02"] * 3)}),
    )
    result = project.build("""{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', sources=[{'relation': source('data', 'events'), 'event_time': 't', 'aggregates': [
            {'function': 'sum', 'column': 'v', 'windows': ['7d'], 'empty': 'null'},
            {'function': 'count', 'name': 'n', 'windows': ['7d'], 'empty': 'null'},
        ]}]) }}""")
    expected = [(1, 5.0, 1), (2, None, 1), (3, None, None)]
    assert_same_rows(result, [{"k": k, "v_sum_7d": v, "n_7d": n} for k, v, n in expected])


def test_sources_with_keys_of_their_own_do_not_multiply(project: Project):
    number = st.sampled_from([1, 5, None])
    cases = drawn(
        clicks=tables(user_name=maybe_keys, shop=keys, at=maybe_moments, n=number),
        orders=tables(user=maybe_keys, Group=keys, paid_at=maybe_moments, n=number),
        spine=tables(user=maybe_keys, Group=maybe_keys, as_of=maybe_moments),
    )
    for case in cases:
        case["clicks"] = typed(case["clicks"], {"user_name": "typed", "shop": "typed", "at": START, "n": 1})
        case["orders"] = typed(case["orders"], {"user": "typed", "Group": "typed", "paid_at": START, "n": 1})
        case["spine"] = typed(case["spine"], {"user": "typed", "Group": "typed", "as_of": START})
    project.put(**{name: stacked([case[name] for case in cases]) for name in ("clicks", "orders", "spine")})
    result = project.build("""{{ baton.windowed_features(
        spine=source('data', 'spine'),
        entity=['user', 'Group', 'case'],
        sources=[
            {'relation': source('data', 'clicks'), 'entity': ['user_name', 'shop', 'case'], 'event_time': 'at',
             'aggregates': [{'function': 'sum', 'column': 'n', 'name': 'clicks', 'windows': ['4d']}]},
            {'relation': source('data', 'orders'), 'event_time': 'paid_at',
             'aggregates': [{'function': 'count', 'name': 'orders', 'windows': ['4d']}]},
            {'relation': source('data', 'orders'), 'entity': {'Group': 'Group', 'case': 'case'}, 'event_time': 'paid_at',
             'aggregates': [{'function': 'count', 'name': 'group_orders', 'windows': ['4d']}]},
        ],
        derived={'per_order': 'clicks_4d / nullif(orders_4d, 0.0)', 'twice': 'per_order * 2'}
    ) }}""")
    expected = []
    for number, case in enumerate(cases):
        rows = oracles.rows_of(case["spine"].assign(case=number))
        per_source = [
            oracles.windowed(
                rows,
                oracles.rows_of(case[source]),
                match,
                [(name, function, column, 4 * DAY, everything)],
                event_time=time,
            )
            for source, match, name, function, column, time in (
                ("clicks", [("user", "user_name"), ("Group", "shop")], "clicks_4d", "sum", "n", "at"),
                ("orders", [("user", "user"), ("Group", "Group")], "orders_4d", "count", None, "paid_at"),
                ("orders", [("Group", "Group")], "group_orders_4d", "count", None, "paid_at"),
            )
        ]
        expected += [
            {**row, **one, **two, **three} for row, one, two, three in zip(rows, *per_source, strict=True)
        ]
    for row in expected:
        row["per_order"] = row["clicks_4d"] / row["orders_4d"] if row["orders_4d"] else None
        row["twice"] = row["per_order"] * 2 if row["per_order"] is not None else None
    assert_same_rows(result, expected)


def test_a_small_window_after_a_huge_history_keeps_its_digits(project: Project):
    """Doubles to 1e-9 relative, decimals to the cent: a difference of plain running sums would lose both."""
    history = [
        ("a", datetime(2024, 1, 1) + timedelta(hours=hour), 1e12 / 7, Decimal("99999999999.99"))
        for hour in range(500)
    ]
    late = [
        ("a", datetime(2024, 3, 1), 0.001, Decimal("0.01")),
        ("a", datetime(2024, 3, 2), 0.0007, Decimal("0.02")),
    ]
    project.put(
        events=pd.DataFrame(history + late, columns=["k", "t", "v", "money"]),
        spine=pd.DataFrame({"k": ["a"], "as_of": [datetime(2024, 3, 3)]}),
    )
    result = project.build("""{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', sources=[{'relation': source('data', 'events'), 'event_time': 't', 'aggregates': [
            {'function': 'sum', 'column': 'v', 'windows': ['7d', 'lifetime']},
            {'function': 'avg', 'column': 'v', 'windows': ['7d']},
            {'function': 'sum', 'column': 'money', 'windows': ['7d', 'lifetime']},
        ]}]) }}""")
    row = result.iloc[0]
    assert row["v_sum_7d"] == pytest.approx(0.0017, rel=1e-9)
    assert row["v_avg_7d"] == pytest.approx(0.00085, rel=1e-9)
    assert row["v_sum"] == pytest.approx(500 * (1e12 / 7), rel=1e-12)
    assert project.query(
        "select cast(money_sum_7d as varchar) as a, cast(money_sum as varchar) as b from {schema}.result"
    ).values.tolist() == [["0.03", str(500 * Decimal("99999999999.99") + Decimal("0.03"))]]


def test_a_row_of_another_entity_or_time_changes_no_bit(project: Project):
    """A sum depends only on its window, however large the numbers outside are."""
    events = [("a", START, 0.1), ("a", START + DAY, 0.7), ("b", START, 3e-7)]
    sums = []
    for outlier in (None, 1e9, -1e25):
        more = [("c", START + 30 * DAY, outlier)] if outlier else []
        project.put(
            events=pd.DataFrame(events + more, columns=["k", "t", "v"]),
            spine=pd.DataFrame({"k": ["a", "b"], "as_of": [START + 3 * DAY] * 2}),
        )
        result = project.build("""{{ baton.windowed_features(spine=source('data', 'spine'), entity='k', sources=[{
            'relation': source('data', 'events'), 'event_time': 't', 'aggregates': [
            {'function': 'sum', 'column': 'v', 'windows': ['7d']}]}]) }}""")
        sums.append(result.set_index("k")["v_sum_7d"].to_dict())
    assert sums[0] == sums[1] == sums[2]
    assert sums[0] == pytest.approx({"a": 0.8, "b": 3e-7}, rel=1e-12)


def test_names_of_aggregates_do_not_meet_inside(project: Project):
    project.put(
        events=pd.DataFrame(
            {"key_1": [1, 1], "t": [START, START + DAY], "v": [5.0, 7.0], "status": ["a", "b"]}
        ),
        spine=pd.DataFrame({"key_1": [1], "as_of": [START + 2 * DAY]}),
    )
    result = project.build("""{{ baton.windowed_features(spine=source('data', 'spine'), entity='key_1', sources=[{
        'relation': source('data', 'events'), 'event_time': 't', 'aggregates': [
            {'function': 'sum', 'column': 'v', 'name': 'revenue', 'windows': ['36h']},
            {'function': 'max', 'column': 'v', 'name': 'revenue_sum'},
            {'function': 'count', 'name': 'o', 'windows': ['7d']},
            {'function': 'count', 'name': 'o', 'windows': ['30d'], 'where': "status = 'b'"},
        ]}]) }}""")
    assert_same_rows(result, [{"key_1": 1, "revenue_36h": 7.0, "revenue_sum": 7.0, "o_7d": 2, "o_30d": 1}])


def test_zoned_times_and_dates_are_utc(project: Project):
    zoned = pd.DataFrame(
        {"k": ["a"], "t": pd.to_datetime(["2024-01-01 23:30"]).tz_localize("America/New_York")}
    )
    project.put(
        events=zoned,
        spine=pd.DataFrame(
            {"k": ["a", "a"], "as_of": [datetime(2024, 1, 2).date(), datetime(2024, 1, 3).date()]}
        ),
    )
    result = project.build("""{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', sources=[{'relation': source('data', 'events'), 'event_time': 't',
        'aggregates': [{'function': 'count', 'name': 'n'}, {'function': 'recency', 'name': 'days'}]}]) }}""")
    expected = [(datetime(2024, 1, 2), 0, None), (datetime(2024, 1, 3), 1, 19.5 / 24)]
    assert_same_rows(result, [{"as_of": at, "n": n, "days": days} for at, n, days in expected])


def test_the_order_of_the_rows_and_the_threads_change_no_bit(duckdb_project: Project):
    random = np.random.default_rng(7)
    events = pd.DataFrame(
        {
            "k": random.integers(0, 20, 5000),
            "t": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 500, 5000), "h"),
            "v": random.normal(size=5000) * 10.0 ** random.integers(-6, 6, 5000),
        }
    )
    model = """{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', sources=[{'relation': source('data', 'events'), 'event_time': 't',
        'aggregates': [{'function': 'sum', 'column': 'v', 'windows': ['7d', 'lifetime']}, {'function': 'avg', 'column': 'v'}]}]) }}"""
    spine = pd.DataFrame(
        {"k": np.repeat(np.arange(20), 25), "as_of": np.tile(pd.date_range("2024-01-01", periods=25), 20)}
    )
    results = []
    for seed in (1, 2):
        duckdb_project.put(events=events.sample(frac=1, random_state=seed), spine=spine)
        result = duckdb_project.build(model)
        results.append(result.sort_values(["k", "as_of"], ignore_index=True))
    pd.testing.assert_frame_equal(*results, check_exact=True)


def test_one_error_names_all_that_is_wrong(duckdb_project: Project):
    duckdb_project.put(
        events=pd.DataFrame({"k": [1], "t": [START]}), spine=pd.DataFrame({"k": [1], "as_of": [START]})
    )
    message = duckdb_project.error("""{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', closed='both', sources=[
            {'relation': source('data', 'events'), 'evnt_time': 't', 'delay': '3 dayz', 'aggregates': [
                {'function': 'summ'}, {'function': 'sum', 'windows': ['7 days']}, {'function': 'median', 'column': 7}]}]) }}""")
    for part in (
        "baton.windowed_features: 8 problems in model 'result'",
        'closed is "both", expected one of left, right',
        "sources[0] has no 'event_time'",
        "sources[0] has an unknown key 'evnt_time'",
        'sources[0].delay is "3 dayz", expected a duration such as',
        'sources[0].aggregates[0].function is "summ", expected one of count, sum',
        'sources[0].aggregates[1].windows[0] is "7 days"',
        "sources[0].aggregates[1] has no 'column', which sum needs",
        "sources[0].aggregates[2].column is 7, expected the name of a column",
    ):
        assert part in message


def test_a_missing_column_is_named_with_those_that_exist(project: Project):
    project.put(
        events=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START]}),
    )
    message = project.error("""{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', as_of='asof', sources=[{'relation': source('data', 'events'), 'event_time': 't',
        'aggregates': [{'function': 'sum', 'column': 'amount'}]}]) }}""")
    assert 'spine has no column "asof", it has as_of, k' in message
    message = project.error("""{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', sources=[{'relation': source('data', 'events'), 'event_time': 't',
        'aggregates': [{'function': 'sum', 'column': 'amount'}]}]) }}""")
    assert 'sources[0].relation has no column "amount", it has k, t, v' in message


def test_two_columns_of_one_name_are_refused(duckdb_project: Project):
    duckdb_project.put(
        events=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START]}),
    )
    message = duckdb_project.error("""{{ baton.windowed_features(
        spine=source('data', 'spine'), entity='k', sources=[{'relation': source('data', 'events'), 'event_time': 't',
        'aggregates': [{'function': 'count', 'name': 'n'}, {'function': 'sum', 'column': 'v', 'name': 'n'}]}]) }}""")
    assert "the column 'n' would occur 2 times in the result" in message


def test_it_works_as_a_cte_over_ctes(project: Project):
    project.put(
        events=pd.DataFrame({"k": [1, 1], "t": [START, START + DAY], "v": [1, 2]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START + 2 * DAY]}),
    )
    result = project.build("""
        with spine as (select * from {{ source('data', 'spine') }}),
        events as (select * from {{ source('data', 'events') }}),
        features as ({{ baton.windowed_features(
            spine='spine', entity='k', sources=[{'relation': 'events', 'event_time': 't',
            'aggregates': [{'function': 'sum', 'column': 'v', 'windows': ['36h', 'lifetime']}]}]) }})
        select * from features""")
    assert_same_rows(result, [{"k": 1, "v_sum_36h": 2, "v_sum": 3}])
