"""The newest row of a history of features at every row of a spine.

python benchmarks/point_in_time_join.py --features 10_000_000 --entities 100_000 --spine 1_000_000
"""

from __future__ import annotations

import argparse

import duckdb
import numpy as np
import pandas as pd
from harness import YEAR, Tables, compare, describe_machine, same_checksum

BATON = """
{{ baton.point_in_time_join(
    spine=source('data', 'spine'),
    entity='entity_id',
    feature_views=[{
        'relation': source('data', 'history'),
        'event_time': 'valid_from',
        'features': ['revenue', 'orders', 'plan'],
    }]
) }}
"""

BY_HAND = """
select spine.*, history.revenue, history.orders, history.plan, history.valid_from as history_feature_time
from spine
asof left join history
    on spine.entity_id = history.entity_id and spine.as_of >= history.valid_from
"""

CHECKSUM = """hash(
    entity_id, as_of::timestamp,
    revenue::decimal(18, 2), orders::bigint, plan, history_feature_time::timestamp
)"""


def with_pandas(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Call merge_asof once."""
    spine = connection.execute("select * from spine").df().sort_values("as_of")
    history = connection.execute("select * from history").df().sort_values("valid_from")
    found = pd.merge_asof(spine, history, left_on="as_of", right_on="valid_from", by="entity_id")
    return found.rename(columns={"valid_from": "history_feature_time"})


def make_tables(features: int, entities: int, spine: int) -> Tables:
    """Make a history without ties, of which a bare ASOF JOIN would take any one; rows are in no order."""
    random = np.random.default_rng(0)

    def some_entities(rows: int) -> np.ndarray:
        return (entities * random.random(rows) ** 3).astype("int64")

    def moments(rows: int) -> np.ndarray:
        seconds = random.permutation(np.linspace(0, YEAR, rows, endpoint=False))
        return np.datetime64("2024-01-01", "us") + seconds.astype("timedelta64[s]")

    return {
        "history": pd.DataFrame(
            {
                "entity_id": some_entities(features),
                "valid_from": moments(features),
                "revenue": random.integers(0, 100_000, features) / 100,
                "orders": random.integers(0, 100, features),
                "plan": random.choice(np.array(["free", "team", "business"]), features),
            }
        ),
        "spine": pd.DataFrame({"entity_id": some_entities(spine), "as_of": moments(spine)}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--features", type=int, default=1_000_000, help="rows of the history")
    parser.add_argument("--entities", type=int, nargs="+", default=[10_000, 100], help="one table for each")
    parser.add_argument("--spine", type=int, default=100_000)
    arguments = parser.parse_args()

    describe_machine()
    for entities in arguments.entities:
        compare(
            f"{arguments.features:,} feature rows of {entities:,} entities, {arguments.spine:,} spine rows",
            make_tables=make_tables,
            sizes={"features": arguments.features, "entities": entities, "spine": arguments.spine},
            models=BATON,
            peers={"by hand: bare ASOF JOIN": BY_HAND, "pandas: merge_asof": with_pandas},
            agreement=same_checksum(CHECKSUM),
        )


if __name__ == "__main__":
    main()
