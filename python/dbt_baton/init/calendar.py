"""When the grid of a subject begins, and which days divide its past into training, validation and scoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dbt_baton.init.subject import DAY, WEEK

# moments of the grid that training, validation and scoring share
FEWEST = 8


@dataclass(frozen=True)
class Calendar:
    """Days of a subject, at midnight UTC.

    Attributes
    ----------
    start : str
        The first moment of the grid: by then the events of every window are known.
    train_until : str
        The end of the training rows.
    known_until : str
        The end of the validation rows, and the first day that is scored.
    """

    start: str
    train_until: str
    known_until: str


def calendar(first: datetime, last: datetime, horizon: int, every: int) -> Calendar | None:
    """Divide the time between the first and the newest event.

    A label window of the training rows ends by `train_until`, one of the validation rows by `known_until`.
    Half of the other moments are trained on, a sixth is validated on, and a third is scored, so that the
    first build shows what the model would have been worth.

    Parameters
    ----------
    first, last : datetime.datetime
    horizon, every : int
        Seconds.

    Returns
    -------
    Calendar or None
        None if the events are too short for it.
    """
    start = _midnight(first + timedelta(seconds=max(horizon, every)), on_monday=every % WEEK == 0)
    every = max(every, DAY)
    # the parts end at midnight; moments whose label window crosses the end of a split belong to none
    lost = -(-horizon // every)
    shared = int((last - start).total_seconds()) // every - 2 * lost
    if shared < FEWEST:
        return None
    trained = start + timedelta(seconds=(shared - shared // 3 - shared // 6 + lost) * every)
    known = trained + timedelta(seconds=(shared // 6 + lost) * every)
    days = (_midnight(moment, on_monday=False) for moment in (start, trained, known))
    return Calendar(*(f"{day:%Y-%m-%d}" for day in days))


def shortest(horizon: int, every: int) -> int:
    """Give the number of days of events that are enough for a calendar."""
    every = max(every, DAY)
    lost = -(-horizon // every)
    slack = WEEK if every % WEEK == 0 else DAY
    return -(-(max(horizon, every) + slack + (FEWEST + 2 * lost) * every) // DAY)


def _midnight(moment: datetime, *, on_monday: bool) -> datetime:
    """Give the next midnight at or after a moment, or the next one on a Monday."""
    day = datetime(moment.year, moment.month, moment.day)
    day += timedelta(days=0 if day == moment else 1)
    return day + timedelta(days=-day.weekday() % 7) if on_monday else day
