"""Sum and count of events over windows with Featuretools; windowed_features.py runs it."""

from __future__ import annotations

import duckdb
import featuretools
import pandas as pd
from featuretools.primitives import Count, Sum
from harness import run_here

WINDOWS = (7, 30, 90)


def with_featuretools(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Calculate a feature matrix for each window, with the spine as cutoff times."""
    events = connection.execute("select row_number() over () as event_id, * from events").df()
    spine = connection.execute("select entity_id, as_of as time from spine").df()
    entities = pd.concat([events["entity_id"], spine["entity_id"]]).drop_duplicates().to_frame()

    data = featuretools.EntitySet()
    data.add_dataframe(dataframe_name="events", dataframe=events, index="event_id", time_index="event_at")
    data.add_dataframe(dataframe_name="entities", dataframe=entities, index="entity_id")
    data.add_relationship("entities", "entity_id", "events", "entity_id")
    features = [
        featuretools.Feature(data["events"].ww[column], parent_dataframe_name="entities", primitive=primitive)
        for column, primitive in (("amount", Sum), ("event_id", Count))
    ]

    result = spine.rename(columns={"time": "as_of"}).set_index(["entity_id", "as_of"])
    for days in WINDOWS:
        matrix = featuretools.calculate_feature_matrix(
            features,
            data,
            cutoff_time=spine,
            training_window=featuretools.Timedelta(days, "days"),
            include_cutoff_time=False,
            cutoff_time_in_index=True,
        )
        result[[f"amount_{days}d", f"events_{days}d"]] = matrix.fillna(0)
    return result.reset_index()


if __name__ == "__main__":
    run_here(with_featuretools)
