"""Times of every type, in every session's zone, read from a relation, a view, an ephemeral model or a CTE.

The expected times are integers of nanoseconds, which Python compares without rounding.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd

from bench import Project

SECOND = 10**9
DAY = 86400 * SECOND
# before 1970 too, where cutting off digits towards zero would move a time into the future
MOMENTS = [
    int(datetime(year, 6, 1, 12, tzinfo=timezone.utc).timestamp()) * SECOND for year in (1961, 2024, 2025)
]
# types of both engines, with their resolution
FINEST = {
    "duckdb": {
        "timestamp": 1000,
        "timestamptz": 1000,
        "timestamp_ns": 1,
        "timestamptz_ns": 1,
        "timestamp_ms": 10**6,
        "timestamp_s": SECOND,
        "date": DAY,
    },
    "postgres": {"timestamp": 1000, "timestamptz": 1000, "date": DAY},
}
WAYS = {
    "relation": "Asia/Tokyo",
    "view": "Asia/Kathmandu",
    "ephemeral": "America/New_York",
    "cte": "Asia/Tokyo",
}


def written(nanoseconds: int) -> str:
    """A moment as text with all its digits, in UTC."""
    whole = datetime(1970, 1, 1) + timedelta(seconds=nanoseconds // SECOND)
    return f"{whole:%Y-%m-%d %H:%M:%S}.{nanoseconds % SECOND:09d}+00"


def typed(kind: str, nanoseconds: int) -> str:
    """The moment as SQL of that type; a type without zone has the time in UTC."""
    text = written(nanoseconds)
    return f"cast('{text if 'tz' in kind else text[:-3]}' as {kind})"


def put(project: Project, name: str, kinds: list[str], rows: list[tuple[int, int, int]]) -> None:
    """Rows of a key, a value and nanoseconds, as a table with the time as a column of each type."""
    finest = FINEST[project.engine.name]
    selects = " union all ".join(
        f"select {k} as k, {x} as x, "
        + ", ".join(f"{typed(kind, moment // finest[kind] * finest[kind])} as t_{kind}" for kind in kinds)
        for k, x, moment in rows
    )
    project.execute(f'drop table if exists {{schema}}."{name}"')
    project.execute(f'create table {{schema}}."{name}" as {selects}')
    project.use_tables(name)


def in_zone(zone: str, sql: str) -> str:
    return "{{ config(pre_hook=\"set timezone = '" + zone + "'\") }}\n" + sql


def read(way: str, table: str) -> tuple[str, str]:
    """The SQL before a call that reads a table in that way, and the argument of the call."""
    if way == "relation":
        return "", f"source('data', '{table}')"
    if way == "cte":
        return (
            f"with {table}_read as (select * from {{{{ source('data', '{table}') }}}}), ",
            f"'{table}_read'",
        )
    return "", f"ref('{way}_{table}')"


def model(way: str, prelude: str, call: str) -> str:
    if not prelude:
        return in_zone(WAYS[way], "{{ " + call + " }}")
    return in_zone(WAYS[way], f"{prelude}found as ({{{{ {call} }}}}) select * from found")


def helpers(*tables: str) -> dict[str, str]:
    """A view and an ephemeral model of each table."""
    return {
        f"{way}_{table}": f"{{{{ config(materialized='{way}') }}}} select * from {{{{ source('data', '{table}') }}}}"
        for table in tables
        for way in ("view", "ephemeral")
    }


def test_no_type_zone_or_way_to_read_moves_a_time_over_a_bound(project: Project):
    generator = random.Random(7)
    finest = FINEST[project.engine.name]
    kinds = list(finest)
    around = [0, 1, 400, 500, 600, 999, 1000, 2 * 10**6, SECOND, 3600 * SECOND, 6 * 3600 * SECOND, DAY]
    events = [
        (key, number, moment + sign * offset)
        for number, (key, moment, sign, offset) in enumerate(
            (key, moment, sign, offset)
            for key in range(3)
            for moment in MOMENTS
            for offset in generator.sample(around, 5)
            for sign in (-1, 1)
        )
    ]
    spine = [(key, 0, moment) for key in range(3) for moment in MOMENTS]
    put(project, "events", kinds, events)
    put(project, "moments", [kind for kind in kinds if finest[kind] <= SECOND], spine)
    models = helpers("events", "moments")
    variants = []
    for way in WAYS:
        before_spine, spine_name = read(way, "moments")
        before_events, events_name = read(way, "events")
        prelude = before_spine + before_events.replace("with ", "") if before_spine else ""
        at = generator.choice([kind for kind in kinds if finest[kind] <= SECOND])
        views, strict = (
            ", ".join(
                f"{{'relation': {events_name}, 'event_time': 't_{kind}', 'features': ['x'], 'prefix': '{kind}_{name}_', {option}}}"
                for kind in kinds
                for name, option in (other, ("known", f"'created_at': 't_{kind}'"))
            )
            for other in (("upto", "'ttl': '1h'"), ("before", "'allow_exact_matches': false"))
        )
        join = "baton.point_in_time_join(spine={}, entity='k', as_of='t_{}', feature_views=[{}])"
        models[f"{way}_joined"] = model(way, prelude, join.format(spine_name, at, views))
        models[f"{way}_strict"] = model(way, prelude, join.format(spine_name, at, strict))
        sources = ", ".join(
            f"{{'relation': {events_name}, 'event_time': 't_{kind}', 'aggregates': [{{'function': 'sum', 'column': 'x',"
            f" 'name': '{kind}_sum', 'windows': ['1s', '1d']}}, {{'function': 'last', 'column': 'x', 'name': '{kind}_last'}}]}}"
            for kind in kinds
        )
        for closed in ("left", "right"):
            models[f"{way}_{closed}"] = model(
                way,
                prelude,
                f"baton.windowed_features(spine={spine_name}, entity='k', as_of='t_{at}', sources=[{sources}], closed='{closed}')",
            )
        labelled = generator.sample(kinds, 2)
        for kind in labelled:
            models[f"{way}_labels_{kind}"] = model(
                way,
                prelude,
                f"baton.labels(spine={spine_name}, events={events_name}, entity='k', as_of='t_{at}', event_time='t_{kind}',"
                " horizon='1h', observed_until='2026-01-01', label={'function': 'count'})",
            )
        variants.append((way, at, labelled))
    project.build(models, command="run")

    def stored(kind: str, key: int) -> list[tuple[int, int]]:
        return [(moment // finest[kind] * finest[kind], x) for k, x, moment in events if k == key]

    def newest(rows: list[tuple[int, int]]) -> set[int]:
        return {x for moment, x in rows if moment == max(moment for moment, _ in rows)} if rows else set()

    def is_one_of(found: Any, right: set[int]) -> bool:
        return pd.isna(found) if not right else found in right

    for way, at, labelled in variants:
        joined, strict = project.read(f"{way}_joined"), project.read(f"{way}_strict")
        assert len(joined) == len(strict) == len(spine)
        for frame, other in ((joined, "upto"), (strict, "before")):
            for row in frame.to_dict("records"):
                now = nanoseconds(row[f"t_{at}"])
                for kind in kinds:
                    where = (way, at, kind, row["k"], written(now), other)
                    seen = [event for event in stored(kind, row["k"]) if event[0] <= now]
                    assert is_one_of(row[f"{kind}_known_x"], newest(seen)), where
                    if other == "upto":
                        last = newest(
                            [event for event in seen if event[0] == max(seen)[0] >= now - 3600 * SECOND]
                        )
                    else:
                        last = newest([event for event in seen if event[0] < now])
                    assert is_one_of(row[f"{kind}_{other}_x"], last), where
        for closed in ("left", "right"):
            for row in project.read(f"{way}_{closed}").to_dict("records"):
                now = nanoseconds(row[f"t_{at}"])
                for kind in kinds:
                    rows = stored(kind, row["k"])
                    for name, width in (("1s", SECOND), ("1d", DAY)):
                        right = sum(
                            x
                            for moment, x in rows
                            if (
                                now - width <= moment < now
                                if closed == "left"
                                else now - width < moment <= now
                            )
                        )
                        assert row[f"{kind}_sum_{name}"] == right, (
                            way,
                            at,
                            kind,
                            closed,
                            name,
                            row["k"],
                            written(now),
                        )
                    seen = [
                        event for event in rows if event[0] < now or (closed == "right" and event[0] == now)
                    ]
                    assert is_one_of(row[f"{kind}_last"], newest(seen)), (way, at, kind, closed)
        for kind in labelled:
            for row in project.read(f"{way}_labels_{kind}").to_dict("records"):
                now = nanoseconds(row[f"t_{at}"])
                right = sum(now < moment <= now + 3600 * SECOND for moment, _ in stored(kind, row["k"]))
                assert row["label"] == right, (way, at, kind, row["k"], written(now))


def nanoseconds(value: Any) -> int:
    """A time that was read, as nanoseconds in UTC."""
    moment = pd.Timestamp(value)
    return (
        pd.Timestamp(moment.tz_convert("UTC").tz_localize(None) if moment.tz else moment).as_unit("ns").value
    )


def test_spines_folds_and_splits_of_a_cte_do_not_depend_on_the_session_s_zone(project: Project):
    moments = [
        f"{day} {hour}:30:00+00"
        for day in ("2024-03-09", "2024-03-10", "2024-03-11")
        for hour in ("02", "07", "23")
    ]
    rows = " union all ".join(
        f"select {number} as k, cast('{moment}' as timestamptz) as at"
        for number, moment in enumerate(moments)
    )
    rows = f"with seen as ({rows}), found as"
    calls = {
        "activity": "baton.entity_spine(entities='seen', entity='k', start='2024-03-09', end='2024-03-12', every='1h', active_from='at')",
        "events": "baton.event_spine(events='seen', entity='k', event_time='at')",
        "folded": "baton.folds(relation='seen', as_of='at', start='2024-03-10', validation='1d', folds=1, purge=false)",
        "unbounded": "baton.entity_spine(entities='seen', entity='k', start='2024-03-09', every='1h', active_from='at',"
        " end=\"cast('2024-03-12 00:00:00+00' as timestamptz)\")",
    }
    models = {
        name: in_zone("America/New_York", f"{rows} ({{{{ {call} }}}}) select * from found")
        for name, call in calls.items()
    }
    models["parted"] = in_zone(
        "Asia/Tokyo",
        f"{rows} (select k, {{{{ baton.split(split={{'by': 'time', 'train_until': '2024-03-10T00:00:00+00:00',"
        " 'validation_until': \"cast('2024-03-11 00:00:00+00' as timestamptz)\"}, entity='k', as_of='at') }} as part from seen) select * from found",
    )
    project.build(models, command="run")
    right = [datetime.fromisoformat(moment).replace(tzinfo=None) for moment in moments]
    assert set(project.read("events").itertuples(index=False, name=None)) == set(
        enumerate(map(pd.Timestamp, right))
    )
    grid = [datetime(2024, 3, 9) + timedelta(hours=hour) for hour in range(72)]
    active = {(key, pd.Timestamp(at)) for key, since in enumerate(right) for at in grid if at >= since}
    for name in ("activity", "unbounded"):
        assert set(project.read(name).itertuples(index=False, name=None)) == active
    day = [moment.date() for moment in right]
    folded = dict(zip(project.read("folded")["k"], project.read("folded")["split"], strict=True))
    assert folded == {
        key: "train" if on < date(2024, 3, 10) else "validation"
        for key, on in enumerate(day)
        if on < date(2024, 3, 11)
    }
    parted = dict(zip(project.read("parted")["k"], project.read("parted")["part"], strict=True))
    names = {date(2024, 3, 9): "train", date(2024, 3, 10): "validation", date(2024, 3, 11): "test"}
    assert parted == {key: names[on] for key, on in enumerate(day)}


def test_a_written_moment_is_cut_off_at_the_microsecond(project: Project):
    """1.1234567 s is before 1.123457 s, on every engine."""
    values = {
        "2024-01-01 00:00:01.1234567": datetime(2024, 1, 1, 0, 0, 1, 123456),
        "1969-12-31T23:59:59.9999999Z": datetime(1969, 12, 31, 23, 59, 59, 999999),
        "2024-01-01 00:00:00.99999999999+05:45": datetime(2023, 12, 31, 18, 15, 0, 999999),
        "2024-01-01 00:00": datetime(2024, 1, 1),
        "timestamp '2024-01-01 02:00:00'": datetime(2024, 1, 1, 2),
        "date '2024-01-02'": datetime(2024, 1, 2),
        "cast('2024-01-01 02:00:00+02' as timestamptz)": datetime(2024, 1, 1),
        "(select max(m) from (select cast('2024-07-01 02:00:00+02' as timestamptz) as m) as q)": datetime(
            2024, 7, 1
        ),
    }
    columns = ", ".join(
        f'{{{{ baton.moment("{value}") }}}} as m{number}' for number, value in enumerate(values)
    )
    found = project.build(in_zone("Asia/Kathmandu", f"select {columns}")).iloc[0]
    assert [pd.Timestamp(value) for value in found] == [pd.Timestamp(value) for value in values.values()]


def test_infinity_stays_infinity(project: Project):
    kinds = [kind for kind in FINEST[project.engine.name] if kind not in ("timestamp_ms", "timestamp_s")]
    rows = " union all ".join(
        f"select '{kind}' as kind, '{way}' as way, cast({{{{ baton.as_utc(\"cast('{way}' as {kind})\", {known}, {up}) }}}} as varchar(40)) as found"
        for kind in kinds
        for way in ("infinity", "-infinity")
        for known in (
            "none",
            f"'{kind.replace('timestamptz', 'timestamp with time zone') if kind == 'timestamptz' else kind}'",
        )
        for up in ("true", "false")
    )
    result = project.build(in_zone("Asia/Tokyo", rows))
    assert len(result) == len(kinds) * 8
    assert (result["found"] == result["way"]).all()
