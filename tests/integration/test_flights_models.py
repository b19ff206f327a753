"""The flights of the integration project: each table against the raw data, by pandas and scikit-learn."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from integration import PRESENT, BuiltOnce, IntegrationProject

JULY, AUGUST = pd.Timestamp("2013-07-01"), pd.Timestamp("2013-08-01")
HORIZON = timedelta(hours=36)
HISTORIES = {
    "carrier": (["carrier"], ["6h", "7d", "30d"]),
    "origin": (["origin"], ["6h", "7d", "30d"]),
    "route": (["origin", "dest"], ["1d", "7d", "30d"]),
    "aircraft": (["tailnum"], ["7d", "30d"]),
}
"""The keys and windows of each history model."""


@pytest.fixture(scope="module")
def flights(built_on_duckdb: BuiltOnce) -> IntegrationProject:
    """The project on DuckDB."""
    return built_on_duckdb.project


@pytest.fixture(scope="module")
def raw(flights: IntegrationProject) -> pd.DataFrame:
    """The raw flights with their times in UTC by pandas, and their id."""
    frame = flights.query(
        "select flights.*, tzone from {flights} as flights left join {airports} on dest = faa"
    )
    frame["scheduled"] = frame["time_hour"] + pd.to_timedelta(frame["minute"], unit="min")
    frame["departed"] = frame["scheduled"] + pd.to_timedelta(frame["dep_delay"], unit="min")
    frame["as_of"] = frame["scheduled"] - timedelta(hours=2)
    frame["arrived"] = arrivals(frame)
    frame["delay"] = frame["arr_delay"].astype(float)
    frame["landed"] = frame["delay"].notna()
    frame["is_late"] = (frame["delay"] > 15).astype(float).where(frame["landed"])
    frame["is_cancelled"] = frame["dep_time"].isna().astype(float)
    ids = flights.query(
        "select flight_id, carrier, flight_number as flight, origin, scheduled_departure_at as scheduled"
        " from {stg_flights__flights}"
    )
    return frame.merge(ids, validate="one_to_one")


def arrivals(frame: pd.DataFrame) -> pd.Series:
    """The first time after departure at which the destination's local time is the time of arrival."""
    clock = pd.to_timedelta(frame["arr_time"] // 100 * 60 + frame["arr_time"] % 100, unit="min")
    arrived = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    for zone, flights in frame[clock.notna()].groupby(frame["tzone"].fillna("America/Puerto_Rico")):
        midnight = in_zone(flights["departed"], str(zone)).dt.normalize()
        for days in (1, 0, -1):
            shown = midnight + timedelta(days=days) + clock[flights.index]
            moment = (
                # of an hour that the clock shows twice the second, and for one that it skips the next
                shown.dt.tz_localize(
                    zone, ambiguous=np.zeros(len(shown), dtype=bool), nonexistent=timedelta(hours=1)
                )
                .dt.tz_convert("UTC")
                .dt.tz_localize(None)
            )
            after = moment > flights["departed"]
            arrived.update(moment[after].astype("datetime64[us]"))
    return arrived


def in_zone(moments: pd.Series, zone: str) -> pd.Series:
    """Local times in the zone for times in UTC."""
    shown: pd.Series = moments.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
    return shown


@pytest.fixture(scope="module")
def sample(raw: pd.DataFrame) -> pd.DataFrame:
    """Some flights of all carriers and seasons, the first and the last of the year among them."""
    in_order = raw.sort_values(["scheduled", "flight_id"])
    return pd.concat([in_order.iloc[:3], in_order.iloc[:: len(in_order) // 68], in_order.iloc[-3:]])


def test_flights_have_their_times_in_utc_and_how_they_ended(
    flights: IntegrationProject, raw: pd.DataFrame
) -> None:
    staged = flights.read("stg_flights__flights")
    ended = np.select([raw["dep_time"].isna(), raw["delay"].isna()], ["cancelled", "diverted"], "landed")
    expected = pd.DataFrame(
        {
            "flight_id": raw["flight_id"],
            "scheduled_departure_at": raw["scheduled"],
            "scheduled_departure_local": in_zone(raw["scheduled"], "America/New_York"),
            "departed_at": raw["departed"],
            "arrived_at": raw["arrived"],
            "arrival_delay": raw["delay"],
            "status": ended,
        }
    )
    assert_same(staged, expected)


def test_every_flight_is_asked_about_two_hours_before_it_is_to_leave(
    flights: IntegrationProject, raw: pd.DataFrame
) -> None:
    local = in_zone(raw["scheduled"], "America/New_York").dt
    expected = raw[["flight_id", "as_of", "carrier", "origin", "dest", "tailnum"]].assign(
        departure_hour=local.hour, departure_weekday=local.day_of_week + 1, departure_month=local.month
    )
    assert_same(flights.read("flight_spine"), expected)
    assert_same(flights.read("flight_features"), expected)


@pytest.mark.parametrize("history", HISTORIES)
def test_a_history_is_what_had_landed_or_was_to_have_left(
    flights: IntegrationProject, raw: pd.DataFrame, sample: pd.DataFrame, history: str
) -> None:
    keys, windows = HISTORIES[history]
    found = flights.read("flight_features").set_index("flight_id")
    for _, asked in sample.iterrows():
        alike = raw[(raw[keys] == [asked[key] for key in keys]).all(axis=1)]
        landed = alike[alike["landed"] & (alike["arrived"] < asked["as_of"])]
        due = alike[alike["scheduled"] < asked["as_of"]]
        expected = {}
        for window in windows:
            start = asked["as_of"] - pd.Timedelta(window.replace("d", " days"))
            recent = landed[landed["arrived"] >= start]
            expected[f"{history}_late_share_{window}"] = recent["is_late"].mean()
            expected[f"{history}_delay_{window}"] = recent["delay"].mean()
            if window in ("7d", "30d"):
                expected[f"{history}_flights_{window}"] = len(recent)
            if history in ("carrier", "origin"):
                cancelled = due.loc[due["scheduled"] >= start, "is_cancelled"]
                expected[f"{history}_cancelled_share_{window}"] = cancelled.mean()
        if history == "aircraft":
            since = asked["as_of"] - landed["arrived"].max()
            expected["aircraft_days_since_landing"] = since / timedelta(days=1)
        wanted = pd.Series(expected, dtype=float)
        got = found.loc[asked["flight_id"], wanted.index].astype(float)
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12, err_msg=str(asked))


def test_the_weather_is_the_newest_that_was_known_and_at_most_three_hours_old(
    flights: IntegrationProject, raw: pd.DataFrame
) -> None:
    weather = flights.query(
        "select origin, time_hour, temp as temperature, visib as visibility from {weather}"
    )
    weather["known"] = weather["time_hour"] + timedelta(hours=1)
    expected = pd.merge_asof(
        raw[["flight_id", "as_of", "origin"]].sort_values("as_of"),
        weather.sort_values("known"),
        left_on="as_of",
        right_on="known",
        by="origin",
        # known an hour later, so two hours after that it is three hours old
        tolerance=timedelta(hours=2),
    ).rename(columns={"time_hour": "stg_flights__weather_feature_time"})
    assert expected["stg_flights__weather_feature_time"].isna().any()
    assert_same(flights.read("flight_features"), expected.drop(columns=["known"]))


def test_the_training_set_has_the_landed_flights_until_july_whose_windows_cross_no_boundary(
    flights: IntegrationProject, raw: pd.DataFrame
) -> None:
    ends = raw["as_of"] + HORIZON
    expected = raw[raw["landed"] & ((ends <= JULY) | ((raw["as_of"] >= JULY) & (ends <= AUGUST)))]
    expected = expected[["flight_id", "as_of", "is_late"]].assign(
        split=np.where(expected["as_of"] < JULY, "train", "validation")
    )
    assert_same(flights.read("flight_training_set"), expected.rename(columns={"is_late": "label"}))


def test_the_champion_beats_the_calendar_and_the_carrier(flights: IntegrationProject) -> None:
    versions = flights.read("flight_model_registry").set_index("model_name")
    area = {name: json.loads(text)["validation"]["roc_auc"] for name, text in versions["metrics"].items()}
    assert area["flight_model"] - area["flight_baseline_model"] > 0.02, area
    champion = flights.read("flight_model_aliases")
    assert champion[["model_name", "alias", "model_version", "is_current"]].to_dict("records") == [
        {
            "model_name": "flight_model",
            "alias": "champion",
            "model_version": versions["model_version"]["flight_model"],
            "is_current": True,
        }
    ]


def test_the_log_grows_week_by_week_and_keeps_what_it_has(
    built_on_duckdb: BuiltOnce, flights: IntegrationProject, raw: pd.DataFrame
) -> None:
    before = built_on_duckdb.log_before
    present = pd.Timestamp(PRESENT["duckdb"])
    assert set(before["flight_id"]) == set(raw["flight_id"][raw["as_of"].between(AUGUST, present, "left")])

    after = flights.read("flight_predictions")
    assert len(after) == after["flight_id"].nunique() == (raw["as_of"] >= AUGUST).sum()
    assert_same(after[after["prediction_id"].isin(before["prediction_id"])], before)


def test_weekly_performance_is_what_scikit_learn_says(flights: IntegrationProject, raw: pd.DataFrame) -> None:
    logged = flights.read("flight_predictions").merge(raw[["flight_id", "is_late", "carrier"]])
    week = logged["as_of"].dt.normalize() - pd.to_timedelta(logged["as_of"].dt.day_of_week, unit="D")
    everything = logged.assign(period_start=week, segment_name="all", segment_value="all")
    by_carrier = everything.assign(segment_name="carrier", segment_value=logged["carrier"])
    keys = ["period_start", "segment_name", "segment_value"]
    expected = []
    for cell, rows in pd.concat([everything, by_carrier]).groupby(keys):
        known = rows[rows["is_late"].notna()]
        both = known["is_late"].nunique() == 2
        value = roc_auc_score(known["is_late"], known["predicted_probability"]) if both else None
        cells = dict(zip(keys, cell, strict=True))
        expected.append({**cells, "value": value, "n": len(rows), "n_labelled": len(known)})
    measured = flights.query(
        "select * from {flight_performance} where metric = 'roc_auc' and segment_name <> 'carrier,origin'"
    )
    assert_same(measured, pd.DataFrame(expected), key=keys)


def test_postgres_with_january_alone_knows_the_same(
    flights: IntegrationProject, built_on_postgres: BuiltOnce
) -> None:
    expected = flights.query(
        f"select * from {{flight_features}} where as_of < timestamp '{PRESENT['postgres']}' - interval '2 hours'"
    )
    assert_same(built_on_postgres.project.read("flight_features"), expected)


def assert_same(actual: pd.DataFrame, expected: pd.DataFrame, key: str | list[str] = "flight_id") -> None:
    """The same rows, in whatever order, in the columns that are expected; a missing value is a missing value."""
    actual, expected = (
        frame[list(expected.columns)].sort_values(key, ignore_index=True) for frame in (actual, expected)
    )
    assert_frame_equal(
        normal(actual), normal(expected), check_dtype=False, check_exact=False, rtol=1e-12, atol=1e-12
    )


def normal(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as doubles, times in microseconds, text as objects with None."""
    normalised: dict[str, pd.Series] = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            normalised[name] = column.astype("datetime64[us]")
        elif pd.api.types.is_numeric_dtype(column):
            normalised[name] = column.astype(float)
        else:
            normalised[name] = column.astype(object).where(column.notna(), None)
    return pd.DataFrame(normalised)
