"""entity_spine and event_spine against brute force, and their errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from oracles import Row
from strategies import START, drawn, frame, keys, maybe_keys, maybe_moments, stacked, tables

DAY = timedelta(days=1)
ACTIVITIES: dict[str, dict[str, str]] = {
    "both": {"From": "active_from", "until": "active_to"},
    "since": {"From": "active_from"},
    "until": {"until": "active_to"},
    "always": {},
}
UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}

# moments that do not lie on any grid, closer to each other than most gaps
odd_moments = st.one_of(
    st.none(),
    st.integers(0, 40).map(lambda step: START + timedelta(hours=6 * step)),
    st.integers(0, 10 * 86400 * 1000).map(lambda step: START + timedelta(milliseconds=step)),
    st.sampled_from([timedelta(), timedelta(microseconds=1), -timedelta(microseconds=1)]).map(
        lambda nudge: START + DAY + nudge
    ),
)


def duration(text: str) -> timedelta:
    """'90s' as a timedelta."""
    digits = "".join(character for character in text if character.isdigit())
    return timedelta(**{UNITS[text[len(digits) :]]: int(digits)})


def grid_while_active(
    entities: Sequence[Row], entity: Sequence[str], start: datetime, end: datetime, every: timedelta
) -> list[Row]:
    """Every key at every step of [start, end) that lies in [From, until) of at least one of its rows."""
    moments = []
    while start < end:
        moments.append(start)
        start += every
    found = {
        (*(row[name] for name in entity), moment)
        for row in entities
        for moment in moments
        if all(row[name] is not None for name in entity)
        and (row.get("From") is None or row["From"] <= moment)
        and (row.get("until") is None or moment < row["until"])
    }
    return [dict(zip([*entity, "as_of"], values, strict=True)) for values in found]


def spaced_moments(events: Sequence[Row], entity: Sequence[str], gap: timedelta) -> list[Row]:
    """Each key's first time, and each that is at least `gap` after the last one taken."""
    histories: dict[tuple[Any, ...], list[datetime]] = defaultdict(list)
    for row in events:
        if row["at"] is not None and all(row[name] is not None for name in entity):
            histories[tuple(row[name] for name in entity)].append(row["at"])
    spine = []
    for key, history in histories.items():
        last = None
        for moment in sorted(history):
            if last is None or moment - last >= gap:
                spine.append(dict(zip([*entity, "as_of"], [*key, moment], strict=True)))
                last = moment
    return spine


def typed(table: pd.DataFrame, **row: Any) -> pd.DataFrame:
    """The table with one more row, so that every column has a type."""
    return pd.concat([pd.DataFrame([row], dtype=object), table])


# entity_spine


def test_a_grid_while_active(project: Project):
    cases = drawn(
        entities=tables(user=maybe_keys, From=odd_moments, until=odd_moments),
        every=st.sampled_from(["15min", "5h", "24h", "1d", "84h", "1w", "9w"]),
        start=st.sampled_from([START, START + timedelta(hours=7, seconds=1)]),
        length=st.sampled_from([timedelta(), timedelta(microseconds=1), 2 * DAY, timedelta(days=9, hours=1)]),
    )
    entities = stacked([typed(case["entities"], user="typed", From=START, until=START) for case in cases])
    project.put(entities=entities)
    # each grid over the entities of all cases, but every activity for some grids only
    grids = {
        f"{name}_{number}": (case, active)
        for number, case in enumerate(cases)
        for name, active in ACTIVITIES.items()
        if name == "both" or number < 4
    }
    project.build(
        {
            name: (
                "{{ baton.entity_spine(entities=source('data', 'entities'), entity=['case', 'user'], "
                f"start='{case['start']}', end='{case['start'] + case['length']}', every='{case['every']}'"
                + "".join(f", {argument}='{column}'" for column, argument in active.items())
                + ") }}"
            )
            for name, (case, active) in grids.items()
        }
    )
    rows = oracles.rows_of(entities)
    for name, (case, active) in grids.items():
        expected = grid_while_active(
            [{column: row[column] for column in ["case", "user", *active]} for row in rows],
            ["case", "user"],
            case["start"],
            case["start"] + case["length"],
            duration(case["every"]),
        )
        assert_same_rows(project.read(name), expected, ["case", "user", "as_of"])


def test_a_grid_of_composite_keys(project: Project):
    cases = drawn(entities=tables(user=maybe_keys, Group=maybe_keys, From=maybe_moments))
    entities = stacked([typed(case["entities"], user="typed", Group="g", From=START) for case in cases])
    project.put(entities=entities)
    result = project.build(
        "{{ baton.entity_spine(entities=source('data', 'entities'), entity=['user', 'case', 'Group'], "
        "start='2024-01-01', end='2024-02-01', every='3d', active_from='From') }}"
    )
    columns = ["user", "case", "Group"]
    expected = grid_while_active(oracles.rows_of(entities), columns, START, START + 31 * DAY, 3 * DAY)
    assert list(result.columns) == [*columns, "as_of"]
    assert_same_rows(result, expected, [*columns, "as_of"])


def test_an_entity_active_between_two_steps_has_no_moment(project: Project):
    project.put(entities=frame([{"k": 1, "f": START + 2 * DAY / 24, "u": START + DAY}], ["k", "f", "u"]))
    result = project.build(
        "{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start='2024-01-01', end='2024-01-09', "
        "active_from='f', active_to='u') }}"
    )
    assert len(result) == 0


def test_bounds_may_be_dates_timestamps_and_expressions(project: Project):
    project.put(entities=pd.DataFrame({"k": [1, 1], "d": [date(2024, 1, 3), date(2024, 1, 5)]}))
    bounds = [
        ("'2024-01-03'", "'2024-01-05'"),
        ("'2024-01-03T00:00'", "'2024-01-04 00:00:00.000001'"),
        ("modules.datetime.date(2024, 1, 3)", "modules.datetime.datetime(2024, 1, 5)"),
        ("'select min(d) from ' ~ source('data', 'entities')", "'2024-01-05'"),
        ("'2024-01-03'", "'select max(d) from ' ~ source('data', 'entities')"),
        ("\"date '2024-01-03'\"", "\"date '2024-01-03' + 2\""),
    ]
    models = {
        f"between_{number}": f"{{{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start={start}, end={end}) }}}}"
        for number, (start, end) in enumerate(bounds)
    }
    project.build(models)
    for name in models:
        assert_same_rows(
            project.read(name), [{"k": 1, "as_of": START + 2 * DAY}, {"k": 1, "as_of": START + 3 * DAY}]
        )


def test_bounds_without_a_moment_between_them_give_no_rows(project: Project):
    project.put(entities=pd.DataFrame({"k": [1]}))
    call = "{{{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start={}, end={}) }}}}"
    project.build(
        {
            "backwards": call.format("'2024-01-05'", "'2024-01-03'"),
            "empty": call.format("'2024-01-05'", "'2024-01-05'"),
            "backwards_expression": call.format("\"date '2024-01-05'\"", "\"date '2024-01-03'\""),
            "unknown": call.format("'cast(null as date)'", "'2024-01-03'"),
        }
    )
    for name in ("backwards", "empty", "backwards_expression", "unknown"):
        result = project.read(name)
        assert list(result.columns) == ["k", "as_of"]
        assert len(result) == 0


def test_activity_with_a_zone_counts_in_utc(project: Project):
    east = timezone(timedelta(hours=10))
    since = pd.Series([datetime(2024, 1, 2, 9, tzinfo=east)], dtype="datetime64[us, UTC+10:00]")
    until = pd.Series([datetime(2024, 1, 4, 11, tzinfo=east)], dtype="datetime64[us, UTC+10:00]")
    project.put(entities=pd.DataFrame({"k": [1], "f": since, "u": until, "d": [date(2024, 1, 3)]}))
    call = "{{{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start='2024-01-01', end='2024-01-09', {}) }}}}"
    project.build(
        {"zoned": call.format("active_from='f', active_to='u'"), "dated": call.format("active_to='d'")}
    )
    # active from January 1, 23:00 to January 4, 01:00 in UTC
    assert_same_rows(project.read("zoned"), [{"k": 1, "as_of": datetime(2024, 1, day)} for day in (2, 3, 4)])
    assert_same_rows(project.read("dated"), [{"k": 1, "as_of": datetime(2024, 1, day)} for day in (1, 2)])


# event_spine


def test_one_row_per_event(project: Project):
    cases = drawn(events=tables(user=maybe_keys, Group=keys, at=maybe_moments))
    events = stacked([typed(case["events"], user="typed", Group="g", at=START) for case in cases])
    project.put(events=events)
    columns = ["case", "user", "Group"]
    result = project.build(
        f"{{{{ baton.event_spine(events=source('data', 'events'), entity={columns}, event_time='at') }}}}"
    )
    expected = events.dropna().drop_duplicates().rename(columns={"at": "as_of"})
    assert_same_rows(result, oracles.rows_of(expected), [*columns, "as_of"])


def test_moments_keep_their_distance(project: Project):
    gaps = ["1s", "6h", "1d", "36h", "3d", "9d", "5000w"]
    cases = drawn(events=tables(size=120, user=maybe_keys, Group=maybe_keys, at=odd_moments))
    events = stacked([typed(case["events"], user="typed", Group="g", at=START) for case in cases])
    project.put(events=events)
    call = (
        "{{ baton.event_spine(events=source('data', 'events'), entity=%s, event_time='at', min_gap='%s') }}"
    )
    models = {
        f"of_{'_'.join(entity)}_{gap}": (entity, gap)
        for gap in gaps
        for entity in (["case", "user"], ["case", "user", "Group"])
    }
    project.build({name: call % model for name, model in models.items()})
    rows = oracles.rows_of(events)
    for name, (entity, gap) in models.items():
        expected = spaced_moments(rows, entity, duration(gap))
        assert_same_rows(project.read(name), expected, [*entity, "as_of"])


def test_keys_may_be_named_like_anything(project: Project):
    names = ["links", "grid", "moments", "select", "Upper"]
    rows = [dict.fromkeys(names, "it's") | {"at": START + hours * DAY / 24} for hours in (0, 5, 24)]
    project.put(events=frame(rows, [*names, "at"]))
    project.build(
        {
            "gaps": f"{{{{ baton.event_spine(events=source('data', 'events'), entity={names}, event_time='at', min_gap='1d') }}}}",
            "grid": f"{{{{ baton.entity_spine(entities=source('data', 'events'), entity={names}, start=\"date '2024-01-01'\", end='2024-01-03') }}}}",
        }
    )
    expected = [dict.fromkeys(names, "it's") | {"as_of": START + day * DAY} for day in (0, 1)]
    assert_same_rows(project.read("gaps"), expected, [*names, "as_of"])
    assert_same_rows(project.read("grid"), expected, [*names, "as_of"])


def test_a_long_chain_of_one_entity(project: Project):
    times = [START + timedelta(minutes=minute) for minute in range(20_000)]
    project.put(events=pd.DataFrame({"k": ["only"] * len(times), "at": times}))
    result = project.build(
        "{{ baton.event_spine(events=source('data', 'events'), entity='k', event_time='at', min_gap='3min') }}"
    )
    assert_same_rows(result, [{"k": "only", "as_of": moment} for moment in times[::3]])


def test_events_with_a_zone_become_moments_in_utc(project: Project):
    times = [datetime(2024, 1, 1, hour) for hour in (0, 5, 12, 23)]
    zoned = (
        pd.Series(times)
        .dt.tz_localize("UTC")
        .dt.tz_convert("America/New_York")
        .astype("datetime64[us, America/New_York]")
    )
    project.put(events=pd.DataFrame({"k": [1] * 4, "at": zoned}))
    result = project.build(
        "{{ baton.event_spine(events=source('data', 'events'), entity='k', event_time='at', min_gap='12h') }}"
    )
    assert_same_rows(result, [{"k": 1, "as_of": times[0]}, {"k": 1, "as_of": times[2]}])


def test_spines_are_models_and_ctes(project: Project):
    events = [{"k": key, "at": START + hours * DAY / 24} for key in ("it's", "b") for hours in (0, 5, 24, 30)]
    project.put(events=frame(events, ["k", "at"]))
    models = {}
    for materialized in ("table", "view", "ephemeral"):
        settings = f"{{{{ config(materialized='{materialized}') }}}}\n"
        models[f"gaps_{materialized}"] = (
            settings
            + "{{ baton.event_spine(events=source('data', 'events'), entity='k', event_time='at', min_gap='1d') }}"
        )
        models[f"grid_{materialized}"] = (
            settings
            + "{{ baton.entity_spine(entities=source('data', 'events'), entity='k', start='date \\'2024-01-01\\'', end='2024-01-03', active_from='at') }}"
        )
        models[f"of_{materialized}"] = f"""
            with moments as (select * from {{{{ source('data', 'events') }}}}),
            active as (
                {{{{ baton.event_spine(events='moments', entity='k', event_time='at', min_gap='1d') }}}}
            ),
            time_grid as (
                {{{{ baton.entity_spine(entities='active', entity='k', start="date '2024-01-01'", end='2024-01-03') }}}}
            )
            select * from time_grid
            union all select * from active
            union all select * from {{{{ ref('gaps_{materialized}') }}}}
            union all select * from {{{{ ref('grid_{materialized}') }}}}
        """
    project.build(models)
    days = [{"k": key, "as_of": START + day * DAY} for key in ("it's", "b") for day in (0, 1)]
    for materialized in ("table", "view", "ephemeral"):
        assert_same_rows(project.read(f"of_{materialized}"), days * 4)


# the plan


def test_a_generated_spine_does_not_make_an_asof_join_a_nested_loop(duckdb_project: Project):
    """DuckDB joins few rows by a nested loop, and estimates most generated series at one row."""
    duckdb_project.put(entities=pd.DataFrame({"k": range(5)}))
    duckdb_project.execute(
        "create or replace table {schema}.events as select i % 5 as k, timestamp '2024-01-01' as happened_at from range(1000) r (i)"
    )
    call = "{{{{ config(materialized='view') }}}}{{{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start={}, end='2024-12-31') }}}}"
    duckdb_project.build(
        {
            "literal": call.format("'2024-01-01'"),
            "expression": call.format("'select min(happened_at) from ' ~ this.schema ~ '.events'"),
        }
    )
    for spine in ("literal", "expression"):
        plan = duckdb_project.query(
            f"explain (format json) select * from (select distinct * from {{schema}}.{spine}) as spine "
            "asof left join {schema}.events as events on spine.k = events.k and spine.as_of > events.happened_at"
        )
        text = plan["explain_value"].iloc[0]
        assert "ASOF_JOIN" in text
        assert "NESTED_LOOP_JOIN" not in text


# errors


def test_errors(duckdb_project: Project):
    duckdb_project.put(entities=pd.DataFrame({"k": [1]}))
    message = duckdb_project.error(
        "{{ baton.entity_spine(entities=source('data', 'entities'), entity=['k', 'As_Of'], start=none, end='2024-02-01', "
        "every='1 month', active_from=['a', 'b']) }}"
    )
    assert "baton.entity_spine: 7 problems" in message
    assert 'entity names "As_Of", which the spine adds itself: rename the key' in message
    assert "start is missing, expected a date or timestamp" in message
    assert 'every is "1 month", expected a duration' in message
    assert "active_from is ['a', 'b'], expected the name of a column" in message
    assert 'entities has no column "As_Of", it has k' in message
    message = duckdb_project.error(
        "{{ baton.entity_spine(entities=source('data', 'entities'), entity='k', start='2024-01-01', end='2024-02-01', "
        "every='0d', active_to='gone') }}"
    )
    assert 'every is "0d", expected a duration longer than zero' in message
    assert 'entities has no column "gone", it has k' in message
    for gap, problem in (("0d", "expected a duration longer than zero"), ("1 day", "expected a duration")):
        message = duckdb_project.error(
            f"{{{{ baton.event_spine(events=source('data', 'entities'), entity='k', event_time='k', min_gap='{gap}') }}}}"
        )
        assert f'min_gap is "{gap}", {problem}' in message


def test_nanoseconds_that_are_cut_off_are_a_warning(duckdb_project: Project):
    project = duckdb_project
    project.execute(
        "create table {schema}.fine as select 1 as k, timestamp_ns '2024-05-01 12:00:00.000000400' as fine, timestamp '2024-05-01' as plain"
    )
    project.use_tables("fine")
    events = "with events as (select k, plain from {{ source('data', 'fine') }}) "
    call = "{{ baton.event_spine(events=%s, entity='k', event_time='%s') }}"
    for text, warned in (
        (call % ("source('data', 'fine')", "fine"), 1),
        (call % ("source('data', 'fine')", "plain"), 0),
        (events + call % ("'events'", "plain"), 0),
    ):
        assert len(project.build(text)) == 1
        assert sum("cuts the nanoseconds off" in warning for warning in project.warnings) == warned, text
