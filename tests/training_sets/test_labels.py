"""labels against brute force, and its errors."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import about, assert_same_rows
from rendering import answers
from strategies import NUMBERS, START, drawn, frame, maybe_keys, maybe_moments, moments, tables

DAY = timedelta(days=1)
LATE = "\"Status\" = 'it''s late'"

# function, column, days of horizon, days of gap, and whether only late events count
ASKED: list[tuple[str, str | None, list[int], int, bool]] = [
    ("exists", None, [1, 20], 0, False),
    ("exists", "amount", [5], 1, True),
    ("not_exists", None, [5, 20], 0, True),
    ("count", None, [5], 0, False),
    ("count", "amount", [5], 1, True),
    ("sum", "amount", [1, 5, 20], 0, False),
    ("sum", "Items", [5], 0, True),
    ("sum", "price", [5], 1, False),
    ("sum", "urgent", [5], 0, False),
    ("avg", "amount", [1, 5], 0, True),
    ("avg", "Items", [5], 0, False),
    ("avg", "price", [5], 0, False),
    ("min", "amount", [1, 5, 20], 0, False),
    ("min", "Items", [5], 1, True),
    ("max", "amount", [5], 0, True),
    ("max", "Status", [5], 0, False),
    ("max", "urgent", [5], 0, False),
    ("max", "order", [5], 1, False),
    ("first", "amount", [5], 0, False),
    ("first", "Status", [5], 1, False),
    ("first", "urgent", [5], 0, True),
    ("time_to_event", None, [5], 0, False),
    ("time_to_event", "amount", [1, 5], 1, True),
    ("censored", None, [1, 5], 0, False),
    ("censored", None, [5], 1, True),
]
# a row that gives every column its type, and whose key no random row has
TYPED = {
    "User": "typed", "case": 0, "order": START, "amount": 1.0, "Items": 1, "price": Decimal("1.00"), "urgent": True,
    "Status": "new", "created_at": START,
}  # fmt: skip
CASES = st.integers(1, 3)

events_strategy = tables(
    size=120,
    User=maybe_keys,
    case=CASES,
    order=maybe_moments,
    amount=st.sampled_from(NUMBERS),
    Items=st.sampled_from([1, 2, 3, None]),
    price=st.sampled_from([Decimal("0.10"), Decimal("19.99"), None]),
    urgent=st.sampled_from([True, False, None]),
    Status=st.sampled_from(["it's late", "new", None]),
    created_at=maybe_moments,
)
spine_strategy = tables(
    size=120, user=maybe_keys, case=CASES, as_of=maybe_moments, loaded_until=maybe_moments, select=CASES
)


def typed(table: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
    return pd.concat([frame([row], list(row)), table], ignore_index=True)


def label_of(
    number: int, function: str, column: str | None, horizons: list[int], gap: int, late: bool
) -> dict:
    censored = function == "censored"
    return {
        "name": f"label_{number}",
        "function": "time_to_event" if censored else function,
        "horizon": [f"{days}d" for days in horizons],
        "gap": f"{gap}d",
        **({"column": column} if column else {}),
        **({"where": LATE} if late else {}),
        **({"censored": True} if censored else {}),
    }


def jinja(value: Any) -> str:
    """The value as a call in a model has it."""
    return json.dumps(value).replace("true", "True")


def test_labels_are_what_brute_force_gives(project: Project):
    """Every example has three cases in its table, distinguished by a key, and every label of each."""
    examples = drawn(events=events_strategy, spine=spine_strategy, known_at=moments)
    typed_row = {"user": "typed", "case": 0, "as_of": START, "loaded_until": START + 9 * DAY, "select": 1}
    observed_until = {
        "newest": "none",
        "moment": f"'{START + 12 * DAY}'",
        "column": "{'column': 'loaded_until'}",
    }
    labels = [label_of(number, *asked) for number, asked in enumerate(ASKED)]
    ways = [
        (observed, known_at)
        for observed in observed_until
        for known_at in (None, examples[list(observed_until).index(observed)]["known_at"])
    ]
    tables_of, models = {}, {}
    for way, (observed, known_at) in enumerate(ways):
        # observed until the newest event of all, so the examples of a way are stories of one warehouse
        mine = examples[way :: len(ways)]
        events = typed(stories([example["events"] for example in mine]), TYPED)
        spine = typed(stories([example["spine"] for example in mine]), typed_row)
        tables_of[way] = events, spine
        project.put(**{f"events_{way}": events, f"spine_{way}": spine})
        models[f"labels_{way}"] = (
            f"{{{{ baton.labels(spine=source('data', 'spine_{way}'), events=source('data', 'events_{way}'), entity=['user', 'case'], "
            "events_entity=['User', 'case'], event_time='order', created_at='created_at', "
            f"observed_until={observed_until[observed]}, known_at={repr(str(known_at)) if known_at else 'none'}, label={jinja(labels)}) }}}}"
        )
    project.build(models)
    for way, (observed, known_at) in enumerate(ways):
        events, spine = tables_of[way]
        result = project.read(f"labels_{way}")
        expected = oracles.rows_of(spine)
        for number, (function, column, horizons, gap, late) in enumerate(ASKED):
            for days in horizons:
                expected = oracles.label(
                    expected,
                    oracles.rows_of(events),
                    [("user", "User"), ("case", "case")],
                    function="time_to_event" if function == "censored" else function,
                    column=column,
                    event_time="order",
                    horizon=days * DAY,
                    gap=gap * DAY,
                    observed_until=START + 12 * DAY if observed == "moment" else None,
                    observed_column="loaded_until" if observed == "column" else None,
                    created_at="created_at",
                    known_at=known_at,
                    where=lambda event, late=late: not late or event["Status"] == "it's late",
                    censored=function == "censored",
                    name=f"label_{number}_{days}d",
                )
        assert list(result.columns) == list(expected[0])
        assert_same_rows(result, expected)


def stories(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """The tables under each other, the cases of each with numbers of their own."""
    return pd.concat(
        [table.assign(case=table["case"] + 10 * number) for number, table in enumerate(frames)],
        ignore_index=True,
    )


FUNCTIONS = {"exists": None, "not_exists": None, "count": None, "sum": "Items", "max": "amount", "first": "Items",
             "time_to_event": None}  # fmt: skip


def test_a_single_label_is_named_label(project: Project):
    cases = drawn(
        events=events_strategy,
        spine=spine_strategy,
        gap=st.sampled_from([0, 1]),
        horizon=st.sampled_from([1, 5]),
        observed_until=st.sampled_from([None, START + 12 * DAY]),
        late=st.booleans(),
    )
    typed_row = {"user": "typed", "case": 0, "as_of": START, "loaded_until": START, "select": 1}
    events = [typed(case.pop("events"), TYPED) for case in cases]
    spines = [typed(case.pop("spine"), typed_row) for case in cases]
    project.put_cases(single_events=events, single_spine=spines)
    calls = {}
    for number, case in enumerate(cases):
        observed_until = repr(str(case["observed_until"])) if case["observed_until"] else "none"
        for function, column in FUNCTIONS.items():
            label = {"function": function, **({"column": column} if column else {})}
            calls[number, function] = (
                f"{{{{ baton.labels(spine=source('data', 'single_spine_{number}'), events=source('data', 'single_events_{number}'), "
                f"entity=['user', 'case'], events_entity={{'user': 'User'}}, event_time='order', horizon='{case['horizon']}d', gap='{case['gap']}d', "
                f"where={json.dumps(LATE) if case['late'] else 'none'}, observed_until={observed_until}, label={json.dumps(label)}) }}}}"
            )
    results = answers(project, calls, built=(0, "sum"))
    for (number, function), result in results.items():
        case = cases[number]
        expected = oracles.label(
            oracles.rows_of(spines[number]),
            oracles.rows_of(events[number]),
            [("user", "User")],
            function=function,
            column=FUNCTIONS[function],
            event_time="order",
            horizon=case["horizon"] * DAY,
            gap=case["gap"] * DAY,
            observed_until=case["observed_until"],
            where=lambda event, late=case["late"]: not late or event["Status"] == "it's late",
        )
        with about(case=number, function=function, **case):
            assert list(result.columns) == list(expected[0])
            assert_same_rows(result, expected)


def test_no_events_at_all_gives_no_label(project: Project):
    project.put(
        spine=pd.DataFrame({"k": [1], "as_of": [START]}),
        events=pd.DataFrame({"k": [1], "t": [START], "v": [1.0]}),
    )
    project.execute('delete from {schema}."events"')
    result = project.build(
        "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='t', horizon='1d', label=["
        "{'name': 'gone', 'function': 'not_exists'}, {'name': 'spent', 'function': 'sum', 'column': 'v'}, "
        "{'name': 'days', 'function': 'time_to_event', 'censored': true}]) }}"
    )
    nothing = {
        f"{name}{suffix}": value
        for name in ("gone", "spent", "days")
        for suffix, value in (("", None), ("_is_mature", False))
    }
    assert_same_rows(result, [{"k": 1, **nothing, "days_is_censored": None}])


def test_a_sum_does_not_depend_on_the_order_of_the_rows_nor_on_what_was_before(project: Project):
    amounts = [0.1] * 10 + [1e15, 0.2, 0.3, -1e15]
    events = pd.DataFrame(
        {"k": 1, "t": [START + number * DAY for number in range(len(amounts))], "amount": amounts}
    )
    project.put(
        spine=pd.DataFrame({"k": [1, 1], "as_of": [START - DAY, START + 10 * DAY]}),
        events=events,
        shuffled=events.sample(frac=1, random_state=7),
    )
    call = (
        "{{ baton.labels(spine=source('data', 'spine'), events=%s, entity='k', event_time='t', "
        "label={'function': 'sum', 'column': 'amount', 'horizon': '%s'}) }}"
    )
    for horizon, expected in (("10d", 1.0), ("2d", 0.5)):
        found = set()
        for events_of in ("source('data', 'events')", "source('data', 'shuffled')", "'a_cte'"):
            model = call % (events_of, horizon)
            if events_of == "'a_cte'":
                model = f"with a_cte as (select * from {{{{ source('data', 'shuffled') }}}}), labelled as ({model}) select * from labelled"
            result = project.build(model).sort_values("as_of")["label"].tolist()
            found.add(float(result[0] if horizon == "10d" else result[1]))
        assert found == {expected}


def test_ctes_of_a_user_may_have_the_names_of_our_own(project: Project):
    project.put(
        spine=pd.DataFrame({"k": [1], "as_of": [START]}),
        events=pd.DataFrame({"k": [1, 1], "t": [START + DAY, START + 3 * DAY], "v": [5, 7]}),
    )
    call = "{{ baton.labels(spine='label_windows', events='label_events', entity='k', event_time='t', horizon='2d', label={'function': 'max', 'column': 'v'}) }}"
    result = project.build(
        "with label_windows as (select * from {{ source('data', 'spine') }}), label_events as (select * from {{ source('data', 'events') }}), "
        f"outer_result as ({call}) select * from outer_result"
    )
    assert_same_rows(result, [{"k": 1, "as_of": START, "label": 5, "label_is_mature": True}])


def test_zoned_times_and_dates_are_moments_in_utc(project: Project):
    """16:00 in New York is 21:00 UTC; a date is its midnight."""
    at = pd.Timestamp("2024-01-01 16:00", tz="America/New_York")
    project.put(
        spine=pd.DataFrame({"k": [1], "as_of": [at], "loaded_until": [at + DAY]}),
        events=pd.DataFrame(
            {"k": [1, 1], "day": [START.date(), (START + DAY).date()], "created_at": [at, at]}
        ),
    )
    result = project.build(
        "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='day', horizon='1d', "
        "observed_until={'column': 'loaded_until'}, created_at='created_at', known_at='2024-02-01', label={'function': 'time_to_event'}) }}"
    )
    assert_same_rows(
        result,
        [{"label": 3 / 24, "label_window_start": START + timedelta(hours=21), "label_is_mature": True}],
    )


def test_what_was_announced_was_not_observed(project: Project):
    """At known_at the events already contain a renewal in March; events before it are not known yet."""
    project.put(
        spine=pd.DataFrame({"k": [1, 1], "as_of": [START, START + 20 * DAY]}),
        events=pd.DataFrame({"k": [1], "t": [START + 60 * DAY], "created_at": [START]}),
    )
    result = project.build(
        "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='t', horizon='9d', "
        f"created_at='created_at', known_at='{START + 10 * DAY}', label={{'function': 'count'}}) }}}}"
    )
    assert_same_rows(
        result,
        [
            {"as_of": START, "label": 0, "label_is_mature": True},
            {"as_of": START + 20 * DAY, "label": None, "label_is_mature": False},
        ],
    )


def test_a_moment_of_a_call_may_have_a_zone(project: Project):
    project.put(
        spine=pd.DataFrame({"k": [1], "as_of": [START]}), events=pd.DataFrame({"k": [1], "t": [START]})
    )
    call = "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='t', horizon='1h', label={'function': 'count'}, observed_until=%s) }}"
    moments = {
        "'2024-01-01T01:00:00Z'": True,
        "'2024-01-01 02:59+02:00'": False,
        "'2024-01-01 03:00:00.0+0200'": True,
        "'2024-01-01 00:59:59.999999'": False,
        "run_started_at": True,
    }
    models = {f"moment_{number}": call % moment for number, moment in enumerate(moments)}
    project.build(models)
    assert [project.read(name)["label_is_mature"].item() for name in models] == list(moments.values())


def test_errors_of_labels(duckdb_project: Project):
    duckdb_project.put(
        spine=pd.DataFrame({"k": [1], "as_of": [START], "Spent_is_mature": [True]}),
        events=pd.DataFrame({"k": [1], "t": [START], "v": ["x"]}),
    )

    def error(options: str) -> str:
        return duckdb_project.error(
            "{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'events'), entity='k', event_time='t', "
            + options
            + ") }}"
        )

    message = error("horizon='lifetime', gap='soon', label={'function': 'first'}")
    for part in (
        "baton.labels: 3 problems",
        'horizon is "lifetime"',
        'gap is "soon"',
        "label has no 'column', which first needs",
    ):
        assert part in message
    message = error(
        "horizon=['1d', '0d'], events_entity=['k', 'l'], observed_until={'colum': 'x'}, known_at='2024-01-01', where='', "
        "label=[{'function': 'mean'}, {'function': 'avg'}, {'function': 'count', 'censored': true, 'horizn': '1d'}, 'sum']"
    )
    for part in (
        "baton.labels: 11 problems",
        'horizon[1] is "0d", expected a duration longer than zero',
        "events_entity names 2 columns, expected 1",
        "observed_until has no 'column'",
        "observed_until has an unknown key 'colum'",
        "created_at is missing, which known_at needs",
        'where is "", expected a SQL condition',
        'label[0].function is "mean", expected one of exists',
        "label[1] has no 'column', which avg needs",
        "label[2].censored is for time_to_event, not for count",
        "label[2] has an unknown key 'horizn'",
        'label[3] is "sum", expected a mapping',
    ):
        assert part in message
    message = error("label={'function': 'exists'}")
    assert (
        "horizon is missing, expected a duration such as '30d' or a list of them, in the call or in label"
        in message
    )
    message = error("horizon='1d', label=[{'function': 'exists'}, {'function': 'count'}]")
    assert "baton.labels: 1 problem" in message
    assert "2 columns of the result would be called 'label': give one of the labels another 'name'" in message
    message = error(
        "horizon='1d', label=[{'function': 'exists', 'name': 'x'}, {'function': 'exists', 'name': 'X_is_mature'}]"
    )
    assert "2 columns of the result would be called 'x_is_mature'" in message
    message = error(
        "horizon='1d', observed_until={'column': 'loaded'}, label={'function': 'sum', 'column': 'v', 'name': 'spent'}"
    )
    assert 'spine has no column "loaded", it has k, as_of, Spent_is_mature' in message
    assert "spine already has a column 'spent_is_mature'" in message
    assert 'events has no numbers in "v", which sum needs: its type is varchar' in message
