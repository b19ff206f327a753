"""Which aggregates of which columns become features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbt_baton.init.events import Events, is_key, is_number, snake_case
from dbt_baton.init.subject import Subject

# a text of more values is no category
MOST_CATEGORIES = 20


@dataclass(frozen=True)
class Source:
    """A table of events with its aggregates.

    Attributes
    ----------
    events : Events
    aggregates : list of dict
        As `baton.windowed_features` takes them.
    unused : list of str
        Columns from which no feature is made.
    recency : str
        The feature with the days since the newest event; NULL if there is none in the longest window.
    """

    events: Events
    aggregates: list[dict[str, Any]]
    unused: list[str]
    recency: str

    @property
    def features(self) -> list[str]:
        """The names of the features, in order."""
        return [
            f"{aggregate['name']}_{window}"
            for aggregate in self.aggregates
            for window in aggregate["windows"]
        ]


def chosen_sources(tables: Sequence[Events], subject: Subject) -> list[Source]:
    """Choose the aggregates of each table by the types of its columns."""
    taken: set[str] = set()
    return [_source(events, subject, taken) for events in tables]


def _source(events: Events, subject: Subject, taken: set[str]) -> Source:
    windows = subject.windows

    def free(name: str) -> str:
        # PostgreSQL cuts a name at 63 bytes
        short = name.encode()[:45].decode(errors="ignore")
        candidates = [short, f"{events.name}_{short}", *(f"{short}_{number}" for number in range(2, 1000))]
        chosen = next(candidate for candidate in candidates if candidate not in taken)
        taken.add(chosen)
        return chosen

    recency = free(f"days_since_{events.name}")
    aggregates: list[dict[str, Any]] = [
        {"function": "count", "name": free(events.name), "windows": windows},
        # without a window it would grow with the age of the log, and drift for ever
        {"function": "recency", "name": recency, "windows": windows[-1:]},
    ]
    unused = []
    for field in events.schema:
        if field.name in (*subject.entity, events.time):
            continue
        found = _aggregates(events, field, windows)
        aggregates += [{**each, "name": free(each["name"])} for each in found]
        if not found:
            unused.append(field.name)
    return Source(events, aggregates, unused, f"{recency}_{windows[-1]}")


def _aggregates(events: Events, field: Any, windows: list[str]) -> list[dict[str, Any]]:
    import pyarrow as pa

    column, kind, longest = field.name, field.type, windows[-1:]
    name = snake_case(column) or "column"
    count = events.distinct.get(column, 0)
    if is_key(column):
        # a key of the events themselves says no more than their number
        if count in (0, events.rows):
            return []
        return [
            {"function": "count_distinct", "column": column, "name": f"distinct_{name}", "windows": longest}
        ]
    if events.filled.get(column) == 0:
        return []
    if pa.types.is_boolean(kind):
        return [{"function": "avg", "column": column, "name": f"{name}_share", "windows": longest}]
    if is_number(kind):
        return [
            {"function": "sum", "column": column, "name": f"{name}_sum", "windows": windows},
            {"function": "avg", "column": column, "name": f"{name}_avg", "windows": longest},
        ]
    if 1 < count <= MOST_CATEGORIES:
        return [{"function": "mode", "column": column, "name": f"usual_{name}", "windows": longest}]
    return []
