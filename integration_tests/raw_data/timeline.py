"""When what happens to the shop.

Everything begins on a Monday at 00:00 UTC; intervals are half-open. Churn is judged over 30 days, so what
users do from a day on also reaches the labels of the 30 days before it. The quiet weeks in between are there
for that, and for rolling features to forget.

==========  ==========  ===========================================================
from        to          what happens
==========  ==========  ===========================================================
2024-01-01  2024-10-07  training: nothing but ordinary life
2024-10-07              the first weekly scoring run
2024-10-21  2024-11-18  quiet control stretch: nothing happens here either
2024-11-25  2024-12-09  most sessions on Android arrive without their duration
2025-01-06  2025-01-27  a campaign brings users who come for a few days and go
2025-03-10  2025-03-17  the scoring run reads features that are two weeks old
2025-04-14  2025-06-30  loyal users leave without warning, lost ones are won back
==========  ==========  ===========================================================
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

LOG_STARTS_AT = datetime(2024, 1, 1)
LOG_ENDS_AT = datetime(2025, 6, 30)
SHOP_OPENS_AT = LOG_STARTS_AT - timedelta(weeks=52)
"""Users sign up from here on; what they did before the log starts is lost, as in most shops."""

SCORING_STARTS_AT = datetime(2024, 10, 7)

NULL_PLATFORM = "android"
CAMPAIGN_CHANNEL = "campaign"
STALE_BY = timedelta(weeks=2)


@dataclass(frozen=True)
class Incident:
    """One planted incident, a row of the table `incidents`.

    Attributes
    ----------
    incident : str
        Its name.
    kind : str
        The verdict that good monitoring would reach.
    starts_at, ends_at : datetime
        Half-open interval in which it acts on the raw data.
    detail : str
        What happens, in a sentence.
    affected : str or None
        SQL condition on the rows that it touches; None if there are none.
    """

    incident: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    detail: str
    affected: str | None


CONTROL = Incident(
    incident="quiet_control",
    kind="healthy",
    starts_at=datetime(2024, 10, 21),
    ends_at=datetime(2024, 11, 18),
    detail="Nothing happens.",
    affected=None,
)

NULL_DURATIONS = Incident(
    incident="null_session_durations",
    kind="data_quality",
    starts_at=datetime(2024, 11, 25),
    ends_at=datetime(2024, 12, 9),
    detail="Most sessions of one platform arrive without duration_seconds.",
    affected=f"platform = '{NULL_PLATFORM}'",
)

CAMPAIGN = Incident(
    incident="campaign_users",
    kind="covariate_drift",
    starts_at=datetime(2025, 1, 6),
    ends_at=datetime(2025, 1, 27),
    detail="A campaign brings users who look around for a few days, hardly buy, and go.",
    affected=f"channel = '{CAMPAIGN_CHANNEL}'",
)

STALE_FEATURES = Incident(
    incident="stale_features",
    kind="training_serving_skew",
    starts_at=datetime(2025, 3, 10),
    ends_at=datetime(2025, 3, 17),
    detail="The scoring run reads features that were refreshed two weeks earlier.",
    affected="as_of = '2025-03-10'",
)

LOYAL_USERS_LEAVE = Incident(
    incident="loyal_users_leave",
    kind="concept_drift",
    starts_at=datetime(2025, 4, 14),
    ends_at=LOG_ENDS_AT,
    detail="Loyal users leave from one day to the next, and those away for weeks are won back by an offer.",
    affected="true",
)

INCIDENTS = (CONTROL, NULL_DURATIONS, CAMPAIGN, STALE_FEATURES, LOYAL_USERS_LEAVE)
