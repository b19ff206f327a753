"""Feast's DuckDB offline store on the tables of point_in_time_join.py, which runs it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64, Int64, String
from harness import part, run_here

FEATURES = {"revenue": Float64, "orders": Int64, "plan": String}


def with_feast(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Ask a store of one feature view, without a ttl, for historical features."""
    with TemporaryDirectory() as root:
        history = str(Path(root) / "history.parquet")
        with part("export"):
            connection.execute(f"copy history to '{history}' (format parquet)")
            spine = connection.execute("select entity_id, as_of as event_timestamp from spine").df()
        with part("definition"):
            store = FeatureStore(
                config=RepoConfig(
                    project="benchmark",
                    provider="local",
                    registry=str(Path(root) / "registry.db"),
                    online_store={"type": "sqlite", "path": str(Path(root) / "online.db")},
                    offline_store={"type": "duckdb"},
                    entity_key_serialization_version=3,
                )
            )
            entity = Entity(name="entity", join_keys=["entity_id"], value_type=ValueType.INT64)
            view = FeatureView(
                name="history",
                entities=[entity],
                ttl=timedelta(0),
                schema=[Field(name=name, dtype=dtype) for name, dtype in FEATURES.items()],
                source=FileSource(path=history, timestamp_field="valid_from"),
            )
            store.apply([entity, view])
        with part("join"):
            found: pd.DataFrame = store.get_historical_features(
                entity_df=spine, features=[f"history:{name}" for name in FEATURES]
            ).to_df()
    # Feast's times are in UTC and have a zone
    found["event_timestamp"] = found["event_timestamp"].dt.tz_convert(None)
    found = found.rename(columns={"event_timestamp": "as_of"})
    return found


if __name__ == "__main__":
    run_here(with_feast)
