"""Tables for generic tests, and what the rows that fail say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from strategies import START

DAY = timedelta(days=1)
NEVER = None


def frame(columns: list[str], *rows: tuple[Any, ...]) -> pd.DataFrame:
    """A frame of Python objects, so that NULL stays NULL."""
    return pd.DataFrame(
        {name: pd.Series([row[place] for row in rows], dtype=object) for place, name in enumerate(columns)}
    )


def day(number: int) -> str:
    """A day of the tables as it stands in a message."""
    return f"{START + number * DAY}"


def messages(rows: pd.DataFrame) -> list[str]:
    """The sentences of failing rows, in order."""
    assert rows.columns[0] == "message"
    return sorted(rows["message"])
