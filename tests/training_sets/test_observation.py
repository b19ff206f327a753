"""Nothing after the start of the run counts as observed, even if an event has a later time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pandas as pd

from bench import Project

NOW = datetime.now(timezone.utc).replace(tzinfo=None)
DAY = timedelta(days=1)
LABELS = (
    "{{{{ baton.labels(spine=source('data', 'spine'), events=source('data', 'bookings'), entity='guest', event_time='at',"
    " horizon='10d', label={{'function': 'exists'}}{options}) }}}}"
)


def test_an_event_in_the_future_matures_nothing(project: Project):
    ages = [40, 11, 9, 1, -5]
    project.put(
        spine=pd.DataFrame({"guest": "a", "as_of": [NOW - age * DAY for age in ages]}),
        bookings=pd.DataFrame(
            {
                "guest": ["a", "a", "b"],
                "at": [NOW - 39 * DAY, NOW - 2 * DAY, NOW + 20000 * DAY],
                "known": [NOW - 39 * DAY, NOW - 2 * DAY, NOW - 50 * DAY],
            }
        ),
    )
    ahead = NOW + 3 * DAY
    project.build(
        {
            "by_itself": LABELS.format(options=""),
            "replayed": LABELS.format(options=f", created_at='known', known_at='{NOW - 3 * DAY}'"),
            "replayed_ahead": LABELS.format(options=f", created_at='known', known_at='{ahead}'"),
            "as_the_user_says": LABELS.format(options=f", observed_until='{ahead}'"),
        }
    )

    def found(name: str) -> dict[int, tuple[bool, int | None]]:
        return {
            round((NOW - row["as_of"]) / DAY): (
                bool(row["label_is_mature"]),
                None if pd.isna(row["label"]) else int(row["label"]),
            )
            for row in project.read(name).to_dict("records")
        }

    # booked 39 and 2 days ago: within 10 days of a moment 40, 11 and 9 days ago, of which the last is not over
    today = {40: (True, 1), 11: (True, 1), 9: (False, 1), 1: (False, None), -5: (False, None)}
    assert found("by_itself") == today
    assert found("replayed_ahead") == today
    assert found("replayed") == {**today, 11: (False, None), 9: (False, None)}
    assert found("as_the_user_says") == {**today, 9: (True, 1)}
