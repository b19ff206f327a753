"""Sum and count of events over three windows at every row of a spine.

Many uniform and few skewed entities, compared with SQL by hand and pandas, and at smaller sizes with a range
join and Featuretools. Then baton alone, with other numbers of entities and with twice the work.

python benchmarks/windowed_features.py --events 10_000_000 --entities 100_000 --spine 1_000_000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from environments import environment
from harness import (
    YEAR,
    Candidate,
    Script,
    Tables,
    compare,
    compare_sizes,
    describe_machine,
    same_checksum,
)

WINDOWS = (7, 30, 90)

# a range join compares all pairs of events and spine rows of an entity, so its cost grows with both
RANGE_JOIN_EVENTS = 200_000
RANGE_JOIN_SPINE = 20_000

# Featuretools takes about 15 milliseconds for each window of a spine row
FEATURETOOLS_EVENTS = 20_000
FEATURETOOLS_SPINE = 200

BATON = """
{{ baton.windowed_features(
    spine=source('data', 'spine'),
    entity='entity_id',
    sources=[{'relation': source('data', 'events'), 'event_time': 'event_at', 'aggregates': [
        {'function': 'sum', 'column': 'amount', 'name': 'amount', 'windows': ['7d', '30d', '90d']},
        {'function': 'count', 'name': 'events', 'windows': ['7d', '30d', '90d']},
    ]}]
) }}
"""

BY_HAND = """
with totals as (
    select
        entity_id,
        event_at,
        sum(amount) over so_far as amount,
        count(*) over so_far as events
    from events
    window so_far as (partition by entity_id order by event_at range unbounded preceding)
)
select
    spine.entity_id,
    spine.as_of,
    coalesce(upto.amount, 0) - coalesce(before_7d.amount, 0) as amount_7d,
    coalesce(upto.amount, 0) - coalesce(before_30d.amount, 0) as amount_30d,
    coalesce(upto.amount, 0) - coalesce(before_90d.amount, 0) as amount_90d,
    coalesce(upto.events, 0) - coalesce(before_7d.events, 0) as events_7d,
    coalesce(upto.events, 0) - coalesce(before_30d.events, 0) as events_30d,
    coalesce(upto.events, 0) - coalesce(before_90d.events, 0) as events_90d
from spine
asof left join totals as upto
    on spine.entity_id = upto.entity_id and spine.as_of > upto.event_at
asof left join totals as before_7d
    on spine.entity_id = before_7d.entity_id and spine.as_of - interval 7 days > before_7d.event_at
asof left join totals as before_30d
    on spine.entity_id = before_30d.entity_id and spine.as_of - interval 30 days > before_30d.event_at
asof left join totals as before_90d
    on spine.entity_id = before_90d.entity_id and spine.as_of - interval 90 days > before_90d.event_at
"""

# one sweep finds all bounds, as in baton's SQL
BY_HAND_AT_ONCE = """
with totals as (
    select
        entity_id,
        event_at,
        sum(amount) over so_far as amount,
        count(*) over so_far as events
    from events
    window so_far as (partition by entity_id order by event_at range unbounded preceding)
),
bounds as (
    select entity_id, as_of, days, as_of - to_days(days) as bound
    from spine
    cross join (values (0), (7), (30), (90)) as windows(days)
)
select
    bounds.entity_id,
    as_of,
    coalesce(sum(case days when 0 then amount when 7 then -amount end), 0) as amount_7d,
    coalesce(sum(case days when 0 then amount when 30 then -amount end), 0) as amount_30d,
    coalesce(sum(case days when 0 then amount when 90 then -amount end), 0) as amount_90d,
    coalesce(sum(case days when 0 then events when 7 then -events end), 0) as events_7d,
    coalesce(sum(case days when 0 then events when 30 then -events end), 0) as events_30d,
    coalesce(sum(case days when 0 then events when 90 then -events end), 0) as events_90d
from bounds
asof left join totals
    on bounds.entity_id = totals.entity_id and bound > event_at
group by bounds.entity_id, as_of
"""

RANGE_JOIN = """
select
    spine.entity_id,
    spine.as_of,
    coalesce(sum(amount) filter (where event_at >= as_of - interval 7 days), 0) as amount_7d,
    coalesce(sum(amount) filter (where event_at >= as_of - interval 30 days), 0) as amount_30d,
    coalesce(sum(amount), 0) as amount_90d,
    count(event_at) filter (where event_at >= as_of - interval 7 days) as events_7d,
    count(event_at) filter (where event_at >= as_of - interval 30 days) as events_30d,
    count(event_at) as events_90d
from spine
left join events
    on spine.entity_id = events.entity_id
    and event_at >= as_of - interval 90 days
    and event_at < as_of
group by spine.entity_id, spine.as_of
"""

# amounts are whole cents, so sums of doubles agree to the cent in any order
CHECKSUM = "hash(entity_id, as_of::timestamp, {})".format(
    ", ".join(f"amount_{days}d::decimal(18, 2), events_{days}d::bigint" for days in WINDOWS)
)


def with_pandas(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Take running totals, then one merge_asof for each bound of a window."""
    events = connection.execute("select entity_id, event_at, amount from events").df().sort_values("event_at")
    spine = connection.execute("select entity_id, as_of from spine").df().sort_values("as_of")
    by_entity = events.groupby("entity_id")
    totals = events.assign(amount=by_entity["amount"].cumsum(), events=by_entity.cumcount() + 1)

    def totals_before(days: int) -> pd.DataFrame:
        moments = spine.assign(moment=spine["as_of"] - pd.Timedelta(days=days))
        found = pd.merge_asof(
            moments, totals, left_on="moment", right_on="event_at", by="entity_id", allow_exact_matches=False
        )
        return found[["amount", "events"]].fillna(0)

    result = spine.reset_index(drop=True)
    upto = totals_before(0)
    for days in WINDOWS:
        result[[f"amount_{days}d", f"events_{days}d"]] = upto - totals_before(days)
    return result


def make_tables(events: int, entities: int, spine: int, skew: float) -> Tables:
    """Make events and a spine, in no particular order.

    With a `skew` of 1 all entities have about the same number of rows; with 3, one of 100 has a fifth of all.
    """
    random = np.random.default_rng(0)

    def some_entities(rows: int) -> np.ndarray:
        return (entities * random.random(rows) ** skew).astype("int64")

    start = np.datetime64("2024-01-01", "us")
    event_at = random.integers(0, YEAR, events)
    # no two alike, because the range join groups by them
    as_of = random.permutation(np.linspace(0, YEAR, spine, endpoint=False))
    return {
        "events": pd.DataFrame(
            {
                "entity_id": some_entities(events),
                "event_at": start + event_at.astype("timedelta64[s]"),
                "amount": random.integers(0, 100_000, events) / 100,
            }
        ),
        "spine": pd.DataFrame(
            {"entity_id": some_entities(spine), "as_of": start + as_of.astype("timedelta64[s]")}
        ),
    }


def entities_title(entities: int, skew: float) -> str:
    return f"{entities:,} {'uniform' if skew == 1 else 'skewed'} entities"


def benchmark(events: int, spine: int, entities: int, skew: float, peers: dict[str, Candidate]) -> None:
    compare(
        f"{events:,} events of {entities_title(entities, skew)}, {spine:,} spine rows",
        make_tables=make_tables,
        sizes={"events": events, "spine": spine, "entities": entities, "skew": skew},
        models=BATON,
        peers={"by hand: running totals, four ASOF JOINs": BY_HAND, **peers},
        agreement=same_checksum(CHECKSUM),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--spine", type=int, default=200_000)
    parser.add_argument("--entities", type=int, default=20_000, help="entities in the runs with many")
    parser.add_argument("--few", type=int, default=100, help="entities in the runs with few")
    parser.add_argument("--skew", type=float, default=3, help="of the few entities; 1 is uniform")
    arguments = parser.parse_args()
    events, spine, many, few, skew = (
        arguments.events,
        arguments.spine,
        arguments.entities,
        arguments.few,
        arguments.skew,
    )

    describe_machine()
    for entities, its_skew in ((many, 1), (few, skew)):
        at_full_size: dict[str, Candidate] = {
            "by hand: running totals, one ASOF JOIN": BY_HAND_AT_ONCE,
            "pandas: cumsum, merge_asof": with_pandas,
        }
        benchmark(events, spine, entities, its_skew, at_full_size)
        benchmark(
            min(events, RANGE_JOIN_EVENTS),
            min(spine, RANGE_JOIN_SPINE),
            entities,
            its_skew,
            {"by hand: range join": RANGE_JOIN},
        )

    python = environment("featuretools")
    if python:
        script = Script(python, Path(__file__).with_name("with_featuretools.py"))
        benchmark(
            min(events, FEATURETOOLS_EVENTS),
            min(spine, FEATURETOOLS_SPINE),
            few,
            skew,
            {"Featuretools": script},
        )

    compare_sizes(
        f"{events:,} events, {spine:,} spine rows",
        make_tables=make_tables,
        sizes={
            entities_title(entities, its_skew): {
                "events": events,
                "spine": spine,
                "entities": entities,
                "skew": its_skew,
            }
            for entities, its_skew in ((many, 1), (many, skew), (few, 1), (few, skew))
        },
        model=BATON,
    )
    compare_sizes(
        f"Twice the work, {entities_title(many, 1)}",
        make_tables=make_tables,
        sizes={
            f"{events // part:,} events, {spine // part:,} spine rows": {
                "events": events // part,
                "spine": spine // part,
                "entities": many,
                "skew": 1,
            }
            for part in (4, 2, 1)
        },
        model=BATON,
    )


if __name__ == "__main__":
    main()
