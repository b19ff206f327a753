"""The raw data as it stood at an earlier moment, to prove that no feature looks ahead."""

from datetime import datetime

import pandas as pd

TIME_COLUMNS: dict[str, str | None] = {
    "users": "signed_up_at",
    "sessions": "started_at",
    "events": "event_at",
    "purchases": "purchased_at",
    "scoring_runs": "as_of",
    "incidents": None,
    "flights": "time_hour",
    "weather": "time_hour",
    "planes": None,
    "airports": None,
    "airlines": None,
}
"""When the thing happened that a row is about; None for what has no time."""


def truncate(frames: dict[str, pd.DataFrame], until: datetime) -> dict[str, pd.DataFrame]:
    """Keep what happened before a moment.

    A flight counts from its scheduled departure and goes or stays as a whole, so one that stays may land
    after `until`. A refund at or after `until` is undone, since it changed the row of an earlier purchase.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Tables by name, as `churn.generate` and `flights.read` give them.
    until : datetime
        UTC without zone. Rows at that very moment go.

    Returns
    -------
    dict of str to DataFrame
        The same tables with fewer rows.
    """
    kept = {table: _before(table, frame, until) for table, frame in frames.items()}
    if "purchases" in kept:
        kept["purchases"] = _undo_refunds(kept["purchases"], until)
    return kept


def _before(table: str, frame: pd.DataFrame, until: datetime) -> pd.DataFrame:
    column = TIME_COLUMNS[table]
    if column is None:
        return frame
    happened_at = frame[column]
    if table == "flights":
        happened_at = happened_at + pd.to_timedelta(frame["minute"], unit="min")
    return frame[happened_at < until].reset_index(drop=True)


def _undo_refunds(purchases: pd.DataFrame, until: datetime) -> pd.DataFrame:
    comes_later = purchases["refunded_at"] >= until
    return purchases.assign(
        status=purchases["status"].mask(comes_later, "paid"),
        refunded_at=purchases["refunded_at"].mask(comes_later),
    )
