"""Random cases for point_in_time_join, and what brute force finds in them: each option of a view, alone and together."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pandas as pd

import oracles
from strategies import KEYS, START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# every option that changes which row is found, each as a view of its own: (call, oracle)
VIEWS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("", {}),
    "strict": ("'allow_exact_matches': false,", {"exact": False}),
    "ttl": ("'ttl': '36h',", {"ttl": timedelta(hours=36)}),
    "ended": ("'valid_to': 'End',", {"valid_to": "End"}),
    "strict_ended": (
        "'valid_to': 'End', 'allow_exact_matches': false, 'ttl': '5d',",
        {"valid_to": "End", "exact": False, "ttl": 5 * DAY},
    ),
    "known": ("'created_at': 'known',", {"created_at": "known"}),
    "strict_known": (
        "'created_at': 'known', 'allow_exact_matches': false, 'ttl': '4d',",
        {"created_at": "known", "exact": False, "ttl": 4 * DAY},
    ),
    "known_ended": (
        "'created_at': 'known', 'valid_to': 'End', 'ttl': '9d',",
        {"created_at": "known", "valid_to": "End", "ttl": 9 * DAY},
    ),
}
KNOWN_VIEWS = ["known", "strict_known", "known_ended"]
FEATURES = ["Value", "note", "id"]
TIES = ["rank", "id"]
KNOWN_AT = START + 10 * DAY


def views_sql(names: list[str], known_at: str = "none") -> str:
    views = ",".join(
        "{'relation': source('data', 'history'), 'event_time': 'order', 'features': ['Value', 'note', 'id'], "
        f"{VIEWS[name][0]} 'tie_breaker': ['rank', 'id'], 'prefix': '{name}_'}}"
        for name in names
    )
    return (
        "{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['case', 'user'], known_at="
        f"{known_at}, feature_views=[{views}]) }}}}"
    )


def random_case(random: Random, case: int) -> tuple[list[oracles.Row], list[oracles.Row]]:
    """A history and a spine with random numbers of ties, late rows and NULLs, and a random length."""
    users: list[str | None] = [*random.sample(KEYS, random.randint(1, len(KEYS)))]
    moments = random.choice([1, 2, 5, 20, 60])  # the fewer, the more ties
    step = random.choice([HOUR, 12 * HOUR, DAY, timedelta(microseconds=1)])
    null_rate = random.choice([0.0, 0.0, 0.1, 0.5])
    lateness = random.choice([0, 1, 3, 40])  # steps

    def maybe(value: Any) -> Any:
        return None if random.random() < null_rate else value

    def moment(longest: int = moments) -> Any:
        return START + random.randrange(longest) * step

    history = []
    for number in range(random.choice([0, 1, 3, 10, 25])):
        time = moment()
        late = random.choice([-1, 0, 1]) * random.randint(0, lateness) * step
        history.append(
            {
                "case": case,
                "user": maybe(random.choice(users)),
                "order": maybe(time),
                "known": maybe(time + late),
                "End": random.choice([None, time, time + step, time + 3 * DAY, moment()]),
                "rank": random.choice([None, 0, 1]),
                "Value": random.choice([1.0, -2.0, None]),
                "note": random.choice(["it's", "", None]),
                "id": 100 * case + number,
            }
        )
    spine = [
        {
            "case": case,
            "user": maybe(random.choice([*users, "no history"])),
            "as_of": maybe(moment(moments + 3) + random.choice([0, 0, 1]) * HOUR),
        }
        for _ in range(random.choice([0, 1, 6, 12]))
    ]
    spine += random.choices(spine, k=2) if spine else []
    random.shuffle(history)
    return history, spine


def table(rows: list[oracles.Row], **typed: Any) -> pd.DataFrame:
    """The rows after one that gives every column its type, with NULL and NaN told apart."""
    rows = [typed, *rows]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in typed})


def expected_of(
    history: pd.DataFrame, spine: pd.DataFrame, names: list[str], **options: Any
) -> list[oracles.Row]:
    """The result of brute force for each view, case by case."""
    rows = oracles.rows_of(spine)
    expected = [dict(row) for row in rows]
    past: dict[Any, list[oracles.Row]] = {}
    for row in oracles.rows_of(history):
        past.setdefault(row["case"], []).append(row)
    for name in names:
        for row, one in zip(rows, expected, strict=True):
            (found,) = oracles.point_in_time(
                [row],
                past.get(row["case"], []),
                [("case", "case"), ("user", "user")],
                FEATURES,
                event_time="order",
                tie_breaker=TIES,
                name=name,
                **{**VIEWS[name][1], **options},
            )
            one.update({f"{name}_{feature}": found[feature] for feature in FEATURES})
            one[f"{name}_feature_time"] = found[f"{name}_feature_time"]
    return expected


def stacked_cases(cases: list[tuple[list[oracles.Row], list[oracles.Row]]]) -> dict[str, pd.DataFrame]:
    """Histories and spines of all cases as two tables, in which the key column `case` tells them apart."""
    history = table(
        [row for past, _ in cases for row in past],
        case=-1,
        user="typed",
        order=START,
        known=START,
        End=START,
        rank=0,
        Value=1.5,
        note="x",
        id=-1,
    )
    return {
        "history": history,
        "spine": table([row for _, rows in cases for row in rows], case=-1, user="typed", as_of=START),
    }
