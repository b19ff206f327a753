"""Who the users are and when they visit: the part of the shop that nobody sees.

Every user is engaged, fading or gone, and moves between these day by day. Fading users visit less, for a
shorter time, and leave more carts behind; so recency, frequency, duration and cart abandonment all tell
something about who will be gone, and none of them tells all.

From the day on which loyal users leave, engaged users may be gone without fading first, and users who have
been away for some weeks are offered something to come back: the same signs then mean another end.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from timeline import CAMPAIGN, CAMPAIGN_CHANNEL, LOG_ENDS_AT, LOG_STARTS_AT, LOYAL_USERS_LEAVE, SHOP_OPENS_AT

ENGAGED, FADING, GONE = np.int8(0), np.int8(1), np.int8(2)

PLATFORMS = {"ios": 0.30, "android": 0.38, "web": 0.32}
COUNTRIES = {"France": 0.35, "Belgique / België": 0.25, "España": 0.25, "Côte d'Ivoire": 0.15}
CHANNELS = {"organic": 0.4, "search": 0.3, "café posters": 0.1, "friend's invitation": 0.2}
SIGN_UP_GROWTH = 0.01
"""Per week; steady growth keeps the mix of new and old users as it is, which keeps quiet weeks quiet."""
CAMPAIGN_SHARE = 0.08
"""Of all users; in its three weeks most sign-ups are the campaign's."""

# Monday to Sunday: the web is visited from work, the apps from the sofa
WEEKDAYS = {
    "ios": [0.90, 0.90, 0.95, 0.95, 1.05, 1.15, 1.10],
    "android": [0.92, 0.92, 0.96, 0.96, 1.04, 1.12, 1.08],
    "web": [1.15, 1.15, 1.10, 1.10, 1.00, 0.70, 0.80],
}
# part of the mean by which visits swing over a year, highest at New Year
SEASON = {"ios": 0.03, "android": 0.03, "web": 0.08}

VISITS_PER_DAY = 0.15
VISITS_WHEN_FADING = 0.2
"""As a part of the visits while engaged."""
CAMPAIGN_VISITS_PER_DAY = 1.0

# chances a day to move from one state to another
FADES = 1 / 70
LEAVES_WHEN_FADING = 1 / 18
RECOVERS = 1 / 60
RETURNS = 1 / 500
CAMPAIGN_LEAVES = 1 / 5

# and from the day on which loyal users begin to leave
LOYAL_LEAVE = 1 / 28
RECOVERS_WITH_OFFER = 1 / 12
RETURNS_WITH_OFFER = 1 / 6
OFFER_DAYS = (26, 45)
"""The days since a user left on which the shop tries to win the user back."""


@dataclass(frozen=True)
class Habits:
    """What drives each user; arrays of shape (n_users,).

    Attributes
    ----------
    visits : ndarray of float
        Expected visits a day while engaged.
    fades, leaves, returns : ndarray of float
        Chances a day to go from engaged to fading, from engaged to gone, and from gone to engaged.
    patience : ndarray of float
        Factor on the time that a visit takes.
    spending : ndarray of float
        Factor on what a purchase costs.
    """

    visits: NDArray[np.float64]
    fades: NDArray[np.float64]
    leaves: NDArray[np.float64]
    returns: NDArray[np.float64]
    patience: NDArray[np.float64]
    spending: NDArray[np.float64]


@dataclass(frozen=True)
class Visits:
    """One element a visit, by day; arrays of shape (n_visits,).

    Attributes
    ----------
    user : ndarray of int
        Position of the user.
    day : ndarray of int
        Days since the log started.
    is_fading : ndarray of bool
        Whether the user was fading.
    """

    user: NDArray[np.int64]
    day: NDArray[np.int64]
    is_fading: NDArray[np.bool_]


def draw_users(n_users: int, random: np.random.Generator) -> pd.DataFrame:
    """Everyone who signs up, the campaign's users among them, in order of time."""
    n_campaign = round(n_users * CAMPAIGN_SHARE)
    is_campaign = np.arange(n_users) < n_campaign
    opens = np.where(is_campaign, np.datetime64(CAMPAIGN.starts_at, "s"), np.datetime64(SHOP_OPENS_AT, "s"))
    closes = np.where(is_campaign, np.datetime64(CAMPAIGN.ends_at, "s"), np.datetime64(LOG_ENDS_AT, "s"))
    seconds = (closes - opens).astype(np.int64)
    share = _sign_up_shares(seconds / (7 * 86_400), random)
    signed_up_at = opens + (share * seconds).astype("timedelta64[s]")

    users = pd.DataFrame(
        {
            "signed_up_at": signed_up_at.astype("datetime64[us]"),
            "platform": _choose(PLATFORMS, n_users, random),
            "country": _choose(COUNTRIES, n_users, random),
            "channel": np.where(is_campaign, CAMPAIGN_CHANNEL, _choose(CHANNELS, n_users, random)),
        }
    )
    users = users.sort_values("signed_up_at", kind="stable", ignore_index=True)
    users.insert(0, "user_id", np.arange(1, n_users + 1))
    return users


def draw_habits(users: pd.DataFrame, random: np.random.Generator) -> Habits:
    """Draw the hidden side of each user: who comes often also stays longer, but not the campaign's users."""
    n_users = len(users)
    is_campaign = (users["channel"] == CAMPAIGN_CHANNEL).to_numpy()
    zeal = random.lognormal(0.0, 0.7, n_users)
    return Habits(
        visits=np.where(is_campaign, CAMPAIGN_VISITS_PER_DAY, VISITS_PER_DAY * zeal),
        fades=np.where(is_campaign, 0.0, FADES / np.sqrt(zeal)),
        leaves=np.where(is_campaign, CAMPAIGN_LEAVES, 0.0),
        returns=np.where(is_campaign, 0.0, RETURNS),
        patience=np.where(is_campaign, 0.3, 1.0) * random.lognormal(0.0, 0.25, n_users),
        spending=np.where(is_campaign, 0.6, 1.0) * random.lognormal(0.0, 0.3, n_users),
    )


def simulate_visits(users: pd.DataFrame, habits: Habits, random: np.random.Generator) -> Visits:
    """Live every day since the shop opened, and keep the visits of the days that were logged."""
    first_day = (users["signed_up_at"] - LOG_STARTS_AT).dt.days.to_numpy() + 1
    rhythm = [_by_platform(users, {name: week[day] for name, week in WEEKDAYS.items()}) for day in range(7)]
    swing = _by_platform(users, SEASON)
    state = np.full(len(users), ENGAGED)
    last_present = first_day.copy()

    logged: list[Visits] = []
    for day in range((SHOP_OPENS_AT - LOG_STARTS_AT).days, (LOG_ENDS_AT - LOG_STARTS_AT).days):
        n_known = np.searchsorted(first_day, day, side="right")
        days_away = day - last_present[:n_known]
        state[:n_known] = _next_state(state[:n_known], days_away, habits, day, random.random(n_known))
        present = np.flatnonzero(state[:n_known] != GONE)
        last_present[present] = day
        if day < 0:
            continue

        is_fading = state[present] == FADING
        season = 1 + swing[present] * np.cos(2 * np.pi * day / 365.25)
        expected = habits.visits[present] * rhythm[day % 7][present] * season
        n_visits = random.poisson(expected * np.where(is_fading, VISITS_WHEN_FADING, 1.0))
        user = np.repeat(present, n_visits)
        logged.append(Visits(user, np.full(len(user), day), np.repeat(is_fading, n_visits)))

    return Visits(
        user=np.concatenate([visits.user for visits in logged]),
        day=np.concatenate([visits.day for visits in logged]),
        is_fading=np.concatenate([visits.is_fading for visits in logged]),
    )


def _next_state(
    state: NDArray[np.int8],
    days_away: NDArray[np.integer[Any]],
    habits: Habits,
    day: int,
    draw: NDArray[np.float64],
) -> NDArray[np.int8]:
    """One day on for the users known so far: at most one move each, decided by one draw."""
    n_known = len(state)
    fades = habits.fades[:n_known]
    leaves = habits.leaves[:n_known]
    returns = habits.returns[:n_known]
    recovers = RECOVERS
    if day >= (LOYAL_USERS_LEAVE.starts_at - LOG_STARTS_AT).days:
        leaves = np.maximum(leaves, LOYAL_LEAVE)
        recovers = RECOVERS_WITH_OFFER
        has_offer = (days_away >= OFFER_DAYS[0]) & (days_away < OFFER_DAYS[1])
        returns = np.where(has_offer, RETURNS_WITH_OFFER, returns)

    from_engaged = np.where(draw < leaves, GONE, np.where(draw < leaves + fades, FADING, ENGAGED))
    is_lost = draw < recovers + LEAVES_WHEN_FADING
    from_fading = np.where(draw < recovers, ENGAGED, np.where(is_lost, GONE, FADING))
    from_gone = np.where(draw < returns, ENGAGED, GONE)
    return np.choose(state, [from_engaged, from_fading, from_gone])


def _sign_up_shares(weeks: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.floating[Any]]:
    """Moments between 0 and 1 of a span of so many weeks, in which sign-ups grow steadily."""
    growth = SIGN_UP_GROWTH * weeks
    return np.log1p(random.random(len(weeks)) * np.expm1(growth)) / growth


def _by_platform(users: pd.DataFrame, values: dict[str, float]) -> NDArray[np.floating[Any]]:
    """Each user's value by platform."""
    return users["platform"].map(values).to_numpy(np.float64)


def _choose(shares: dict[str, float], size: int, random: np.random.Generator) -> NDArray[np.object_]:
    """Draw names by their share."""
    names = np.array(list(shares), dtype=object)
    return names[random.choice(len(names), size, p=list(shares.values()))]
