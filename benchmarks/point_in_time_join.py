"""The newest row of a history of features at every row of a spine.

python benchmarks/point_in_time_join.py --features 10_000_000 --entities 100_000 --spine 1_000_000
python benchmarks/point_in_time_join.py --only features --memory-limit 8GB \
    --features 100_000_000 --entities 1_000_000 --spine 10_000_000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb
import pandas as pd
import polars
import pyarrow
from environments import environment
from harness import YEAR, Candidate, Queries, Script, compare, compare_sizes, describe_machine, same_checksum

FEATURES = ("revenue", "orders", "plan")
FEAST_FEATURES, FEAST_SPINE = (
    100_000,
    10_000,
)  # at full size with 100 entities it needs more memory than the machine has
RANGE_JOIN_ENTITIES = 1000  # with fewer entities a join with all earlier known rows takes minutes
VIEWS = 10
LARGE_PRIME = 982_451_653  # i * LARGE_PRIME % rows gives every number once, in no particular order


def call(*views: str) -> str:
    """Return the model that joins these views, each what its mapping has beside event_time and features."""
    mappings = ",\n        ".join(
        f"{{{view}, 'event_time': 'valid_from', 'features': {list(FEATURES)}}}" for view in views
    )
    return f"""
{{{{ baton.point_in_time_join(
    spine=source('data', 'spine'),
    entity='entity_id',
    feature_views=[
        {mappings}
    ]
) }}}}
"""


def many(number: int) -> str:
    """Name one of many views."""
    return f"'relation': source('data', 'history_{number}'), 'prefix': 'view_{number}_'"


BATON = call("'relation': source('data', 'history')")
BATON_KNOWN = call("'relation': source('data', 'history'), 'created_at': 'recorded_at'")
BATON_MANY = call(*(many(number) for number in range(VIEWS)))

BY_HAND = """
select spine.*, history.revenue, history.orders, history.plan, history.valid_from as history_feature_time
from spine
asof left join history
    on spine.entity_id = history.entity_id and spine.as_of >= history.valid_from
"""

BY_HAND_TIES_FIRST = """
select spine.*, history.revenue, history.orders, history.plan, history.valid_from as history_feature_time
from spine
asof left join (
    from history
    qualify 1 = row_number() over (
        partition by entity_id, valid_from
        order by hash(revenue, orders, plan) desc
    )
) as history
    on spine.entity_id = history.entity_id and spine.as_of >= history.valid_from
"""

BY_HAND_KNOWN = """
select spine.*, history.revenue, history.orders, history.plan, history.valid_from as history_feature_time
from (select row_number() over () as row_id, * from spine) as spine
left join history
    on spine.entity_id = history.entity_id
    and spine.as_of >= history.valid_from
    and spine.as_of >= history.recorded_at
qualify row_number() over (partition by row_id order by history.valid_from desc) = 1
"""


def many_by_hand() -> str:
    """Write the bare ASOF JOIN of many views."""
    columns, joins = [], []
    for number in range(VIEWS):
        view = f"history_{number}"
        columns += [f"{view}.{feature} as view_{number}_{feature}" for feature in FEATURES]
        columns.append(f"{view}.valid_from as view_{number}_feature_time")
        joins.append(
            f"asof left join {view}"
            f" on spine.entity_id = {view}.entity_id and spine.as_of >= {view}.valid_from"
        )
    return f"select spine.*, {', '.join(columns)} from spine {' '.join(joins)}"


CHECKSUM = """hash(
    entity_id, as_of::timestamp,
    revenue::decimal(18, 2), orders::bigint, plan, history_feature_time::timestamp
)"""
CHECKSUM_OF_FEATURES = "hash(entity_id, as_of::timestamp, revenue::decimal(18, 2), orders::bigint, plan)"
CHECKSUM_OF_TIMES = "hash(entity_id, as_of, history_feature_time)"
CHECKSUM_OF_MANY = "hash(entity_id, as_of, {})".format(
    ", ".join(f"view_{number}_{name}" for number in range(VIEWS) for name in (*FEATURES, "feature_time"))
)


def with_pandas(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Call merge_asof once."""
    spine = connection.execute("select * from spine").df().sort_values("as_of")
    history = connection.execute("select * from history").df().sort_values("valid_from")
    found = pd.merge_asof(spine, history, left_on="as_of", right_on="valid_from", by="entity_id")
    return found.rename(columns={"valid_from": "history_feature_time"})


def with_polars(connection: duckdb.DuckDBPyConnection) -> pyarrow.Table:
    """Call join_asof once."""

    def table(name: str) -> polars.DataFrame:
        found = polars.from_arrow(connection.sql(f"select * from {name}").to_arrow_table())
        assert isinstance(found, polars.DataFrame)
        return found

    spine, history = table("spine").sort("as_of"), table("history").sort("valid_from")
    found = spine.join_asof(
        history,
        left_on="as_of",
        right_on="valid_from",
        by="entity_id",
        coalesce=False,
        check_sortedness=False,
    )
    return found.rename({"valid_from": "history_feature_time"}).to_arrow()


def make_tables(features: int, entities: int, spine: int, tied: int = 1, views: int = 0) -> Queries:
    """Make a spine and a history with groups of `tied` rows of one entity and time, in no particular order.

    A bare ASOF JOIN takes any one of tied rows, so its result is defined only without ties. Of 100 entities
    one has a fifth of all rows. A row is recorded within a day, one in ten within two months. `views` is the
    number of histories.
    """

    def number_below(limit: int, *salt: int) -> str:
        return f"cast(hash(i, {', '.join(map(str, salt))}) % {limit} as bigint)"

    def some_entity(number: str, salt: int) -> str:
        return f"cast({entities} * power(hash({number}, {salt}) / 18446744073709551616.0, 3) as bigint)"

    def moment(number: str, of: int) -> str:
        place = f"({number} * {LARGE_PRIME} % {of})"
        return f"timestamp '2024-01-01' + to_microseconds(cast({place} * ({YEAR}e6 / {of}) as bigint))"

    def history(salt: int) -> str:
        moments = features // tied
        return f"""
            select
                {some_entity("moment", salt)} as entity_id,
                {moment("moment", moments)} as valid_from,
                valid_from + to_seconds(
                    if({number_below(10, salt, 1)} = 0, 60, 1) * {number_below(86_400, salt, 2)}
                ) as recorded_at,
                {number_below(100_000, salt, 3)} / 100 as revenue,
                {number_below(100, salt, 4)} as orders,
                (['free', 'team', 'business'])[1 + {number_below(3, salt, 5)}] as plan
            from (select i, i % {moments} as moment from range({features}) as numbers (i))
        """

    asked = f"""
        select {some_entity("i", -1)} as entity_id, {moment("i", spine)} as as_of
        from range({spine}) as numbers (i)
    """
    if views:
        return {"spine": asked} | {f"history_{view}": history(10 * view) for view in range(views)}
    return {"spine": asked, "history": history(0)}


def benchmark_features(features: int, entities: int, spine: int, memory_limit: str | None) -> None:
    """One view of a history without ties."""
    sizes = {"features": features, "entities": entities, "spine": spine}
    peers: dict[str, Candidate] = {"by hand: bare ASOF JOIN": BY_HAND}
    if not memory_limit:  # pandas and polars have no memory limit
        peers |= {"pandas: merge_asof": with_pandas, "polars: join_asof": with_polars}
    compare(
        f"{features:,} feature rows of {entities:,} entities, {spine:,} spine rows",
        make_tables=make_tables,
        sizes=sizes,
        models=BATON,
        peers=peers,
        agreement=same_checksum(CHECKSUM),
        memory_limit=memory_limit,
    )


def benchmark_feast(features: int, entities: int, spine: int, memory_limit: str | None) -> None:
    """Feast's DuckDB store, at a size that it can finish; it does not return the time of a feature."""
    python = environment("feast")
    if not python:
        return
    features, spine = min(features, FEAST_FEATURES), min(spine, FEAST_SPINE)
    compare(
        f"{features:,} feature rows of {entities:,} entities, {spine:,} spine rows",
        make_tables=make_tables,
        sizes={"features": features, "entities": entities, "spine": spine},
        models=BATON,
        peers={
            "by hand: bare ASOF JOIN": BY_HAND,
            "Feast: DuckDB store": Script(python, Path(__file__).with_name("with_feast.py")),
        },
        agreement=same_checksum(CHECKSUM_OF_FEATURES),
    )


def benchmark_ties(features: int, entities: int, spine: int, memory_limit: str | None) -> None:
    """Rows tied by twenty; a bare ASOF JOIN takes any of them, so only the times are compared."""
    compare(
        f"{features:,} feature rows of {entities:,} entities, tied by 20, {spine:,} spine rows",
        make_tables=make_tables,
        sizes={"features": features, "entities": entities, "spine": spine, "tied": 20},
        models=BATON,
        peers={"by hand: bare ASOF JOIN": BY_HAND, "by hand: ties first": BY_HAND_TIES_FIRST},
        agreement=same_checksum(CHECKSUM_OF_TIMES),
        memory_limit=memory_limit,
    )


def benchmark_known(features: int, entities: int, spine: int, memory_limit: str | None) -> None:
    """Only known rows; with few entities at a size that the range join can finish."""
    if entities < RANGE_JOIN_ENTITIES:
        features, spine = min(features, FEAST_FEATURES), min(spine, FEAST_SPINE)
    compare(
        f"created_at: {features:,} feature rows of {entities:,} entities, {spine:,} spine rows",
        make_tables=make_tables,
        sizes={"features": features, "entities": entities, "spine": spine},
        models=BATON_KNOWN,
        peers={"by hand: range join, row_number": BY_HAND_KNOWN},
        agreement=same_checksum(CHECKSUM),
        memory_limit=memory_limit,
    )


def benchmark_views(features: int, entities: int, spine: int, memory_limit: str | None) -> None:
    """Ten views in one call."""
    compare(
        f"{VIEWS} views of {features:,} feature rows of {entities:,} entities, {spine:,} spine rows",
        make_tables=make_tables,
        sizes={"features": features, "entities": entities, "spine": spine, "views": VIEWS},
        models=BATON_MANY,
        peers={"by hand: bare ASOF JOINs": many_by_hand()},
        agreement=same_checksum(CHECKSUM_OF_MANY),
        memory_limit=memory_limit,
    )


def benchmark_doubling(features: int, entities: int, spine: int, memory_limit: str | None) -> None:
    """Twice the work."""
    compare_sizes(
        f"Twice the work, {entities:,} entities",
        make_tables=make_tables,
        sizes={
            f"{features // part:,} feature rows, {spine // part:,} spine rows": {
                "features": features // part,
                "entities": entities,
                "spine": spine // part,
            }
            for part in (4, 2, 1)
        },
        model=BATON,
    )


BENCHMARKS = {
    "features": benchmark_features,
    "feast": benchmark_feast,
    "ties": benchmark_ties,
    "known": benchmark_known,
    "views": benchmark_views,
    "doubling": benchmark_doubling,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--features", type=int, default=1_000_000, help="rows of the history")
    parser.add_argument("--entities", type=int, nargs="+", default=[10_000, 100], help="each in turn")
    parser.add_argument("--spine", type=int, default=100_000)
    parser.add_argument("--memory-limit", help="memory limit of DuckDB, such as 8GB; the rest goes to disk")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    arguments = parser.parse_args()

    describe_machine()
    for name in arguments.only:
        for entities in arguments.entities:
            BENCHMARKS[name](arguments.features, entities, arguments.spine, arguments.memory_limit)


if __name__ == "__main__":
    main()
