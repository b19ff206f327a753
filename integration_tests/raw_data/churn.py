"""The raw tables of a shop: users, sessions, events, purchases, and the log of its weekly scoring job.

All are drawn from one seed, for any size; `timeline` says what happens when, `behaviour` how users live.
"""

from dataclasses import asdict
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
from behaviour import Habits, Visits, draw_habits, draw_users, simulate_visits
from numpy.typing import NDArray
from timeline import (
    INCIDENTS,
    LOG_ENDS_AT,
    LOG_STARTS_AT,
    NULL_DURATIONS,
    NULL_PLATFORM,
    SCORING_STARTS_AT,
    STALE_BY,
    STALE_FEATURES,
)

EVENTS_PER_USER = 62
FUNNEL = ["page_view", "add_to_cart", "checkout", "purchase"]
# chances of each further step of the funnel, for engaged and for fading users
STEPS = {"add_to_cart": (0.28, 0.22), "checkout": (0.65, 0.30), "purchase": (0.80, 0.60)}

MORE_PAGES = 1.6
SECONDS_PER_VISIT = 260
PATIENCE_WHEN_FADING = 0.5
SHORTEST_VISIT, LONGEST_VISIT = 20, 1_800
LAST_START = 24 * 3_600 - LONGEST_VISIT
"""No visit runs past midnight, so none runs past the end of the log."""

MEDIAN_CENTS, LEAST_CENTS = 3_200, 99
REFUNDED = 0.05
NULL_SHARE = 0.8
LATE_SHARE = 0.02


def generate(events: int = 1_000_000, seed: int = 42) -> dict[str, pd.DataFrame]:
    """Draw the raw tables of the shop.

    Parameters
    ----------
    events : int, default=1_000_000
        About how many events; everything else grows with them.
    seed : int, default=42
        The same seed and size give the same tables.

    Returns
    -------
    dict of str to DataFrame
        The tables `users`, `sessions`, `events`, `purchases`, `scoring_runs` and `incidents`. Times are UTC
        without zone; amounts are exact decimals; `loaded_at` is when the warehouse first had the row.
    """
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)]
    users = draw_users(max(1, round(events / EVENTS_PER_USER)), streams[0])
    habits = draw_habits(users, streams[1])
    visits = simulate_visits(users, habits, streams[2])
    sessions, is_fading = _sessions(users, habits, visits, streams[3])
    event_log = _events(sessions, is_fading, streams[4])
    purchases = _purchases(event_log, habits, streams[5])
    return {
        "users": users,
        "sessions": _lose_durations(sessions, streams[3]),
        "events": event_log,
        "purchases": purchases,
        "scoring_runs": _scoring_runs(),
        "incidents": _incidents(),
    }


def _sessions(
    users: pd.DataFrame, habits: Habits, visits: Visits, random: np.random.Generator
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """One row a visit in order of time, and whether its user was fading, which the shop does not know."""
    size = len(visits.user)
    second = (random.triangular(0.0, 0.8, 1.0, size) * LAST_START).astype(np.int64)
    order = np.lexsort((visits.user, second, visits.day))
    user, is_fading = visits.user[order], visits.is_fading[order]
    since_start = (visits.day * 86_400 + second)[order].astype("timedelta64[s]")
    started_at = np.datetime64(LOG_STARTS_AT, "s") + since_start

    patience = habits.patience[user] * np.where(is_fading, PATIENCE_WHEN_FADING, 1.0)
    seconds = random.lognormal(np.log(SECONDS_PER_VISIT), 0.6, size) * patience
    duration = np.clip(seconds, SHORTEST_VISIT, LONGEST_VISIT).astype(np.int32)
    ended_at = started_at + duration.astype("timedelta64[s]")

    sessions = pd.DataFrame(
        {
            "session_id": np.arange(1, size + 1),
            "user_id": users["user_id"].to_numpy()[user],
            "platform": users["platform"].to_numpy()[user],
            "started_at": started_at.astype("datetime64[us]"),
            "duration_seconds": pd.array(duration, dtype="Int32"),
            "loaded_at": _loaded_at(ended_at, random),
        }
    )
    return sessions, is_fading


def _events(
    sessions: pd.DataFrame, is_fading: NDArray[np.bool_], random: np.random.Generator
) -> pd.DataFrame:
    """Page views and then the steps of the funnel, spread over each session."""
    size = len(sessions)
    patience = sessions["duration_seconds"].to_numpy(np.float64) / SECONDS_PER_VISIT
    pages = 1 + random.poisson(MORE_PAGES * np.sqrt(patience))
    steps = np.zeros(size, dtype=np.int64)
    goes_on = np.ones(size, dtype=bool)
    for engaged, fading in STEPS.values():
        goes_on &= random.random(size) < np.where(is_fading, fading, engaged)
        steps += goes_on

    events = pages + steps
    session = np.repeat(np.arange(size), events)
    position = np.arange(len(session)) - np.repeat(np.cumsum(events) - events, events)
    step = np.maximum(position - pages[session] + 1, 0)
    seconds = sessions["duration_seconds"].to_numpy(np.float64)[session] * position / events[session]
    started_at = sessions["started_at"].to_numpy().astype("datetime64[s]")
    event_at = started_at[session] + seconds.astype("timedelta64[s]")

    order = np.lexsort((position, session, event_at))
    return pd.DataFrame(
        {
            "event_id": np.arange(1, len(session) + 1),
            "user_id": sessions["user_id"].to_numpy()[session[order]],
            "session_id": sessions["session_id"].to_numpy()[session[order]],
            "event_type": np.array(FUNNEL, dtype=object)[step[order]],
            "event_at": event_at[order].astype("datetime64[us]"),
            "loaded_at": _loaded_at(event_at[order], random),
        }
    )


def _purchases(events: pd.DataFrame, habits: Habits, random: np.random.Generator) -> pd.DataFrame:
    """One row a purchase event; a refund comes days later and then changes the row."""
    bought = events[events["event_type"] == "purchase"].reset_index(drop=True)
    size = len(bought)
    cents = MEDIAN_CENTS * random.lognormal(0.0, 0.6, size) * habits.spending[bought["user_id"] - 1]
    days = random.integers(1, 22, size)
    refunded_at = bought["event_at"] + pd.to_timedelta(days, unit="D").as_unit("us")
    is_refunded = (random.random(size) < REFUNDED) & (refunded_at < LOG_ENDS_AT)
    return pd.DataFrame(
        {
            "purchase_id": np.arange(1, size + 1),
            "user_id": bought["user_id"],
            "session_id": bought["session_id"],
            "purchased_at": bought["event_at"],
            "amount": _decimals(np.maximum(cents, LEAST_CENTS).astype(np.int64)),
            "status": np.where(is_refunded, "refunded", "paid"),
            "refunded_at": refunded_at.where(is_refunded),
            "loaded_at": bought["loaded_at"],
        }
    )


def _lose_durations(sessions: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Plant the missing durations; what happened in those sessions stays as it is."""
    at = sessions["started_at"]
    in_time = (at >= NULL_DURATIONS.starts_at) & (at < NULL_DURATIONS.ends_at)
    is_lost = in_time & (sessions["platform"] == NULL_PLATFORM) & (random.random(len(sessions)) < NULL_SHARE)
    return sessions.assign(duration_seconds=sessions["duration_seconds"].mask(is_lost))


def _scoring_runs() -> pd.DataFrame:
    """Every Monday's run and how fresh the features were that it read."""
    as_of = pd.Series(pd.date_range(SCORING_STARTS_AT, LOG_ENDS_AT, freq="7D", inclusive="left", unit="us"))
    is_stale = as_of.between(STALE_FEATURES.starts_at, STALE_FEATURES.ends_at, inclusive="left")
    return pd.DataFrame({"as_of": as_of, "features_refreshed_at": as_of.mask(is_stale, as_of - STALE_BY)})


def _incidents() -> pd.DataFrame:
    """Return what was planted."""
    times = {"starts_at": "datetime64[us]", "ends_at": "datetime64[us]"}
    return pd.DataFrame([asdict(incident) for incident in INCIDENTS]).astype(times)


def _loaded_at(happened_at: NDArray[np.datetime64], random: np.random.Generator) -> NDArray[np.datetime64]:
    """Minutes later as a rule; up to three days where a phone was offline."""
    soon = random.exponential(300, len(happened_at))
    is_late = random.random(len(happened_at)) < LATE_SHARE
    seconds = np.where(is_late, random.random(len(happened_at)) * 3 * 86_400, soon) + 1
    loaded_at: NDArray[np.datetime64] = happened_at + seconds.astype("timedelta64[s]")
    return loaded_at.astype("datetime64[us]")


def _decimals(cents: NDArray[np.int64]) -> pd.Series:
    """Cents as exact decimals with two places."""
    amounts = pa.array([Decimal(amount).scaleb(-2) for amount in cents.tolist()], pa.decimal128(10, 2))
    return pd.Series(amounts, dtype=pd.ArrowDtype(amounts.type))
