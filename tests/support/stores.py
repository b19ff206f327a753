"""Random sources of feature stores: their rows before each of several runs, with many independent cases in one table."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pandas as pd

from strategies import START

Row = dict[str, Any]
PLANS = ["it's", "", 'say "hi" ✈', None]
VISITS = [1, 2, None]
COLUMNS = ["case", "user", "happened", "known", "Plan", "visits", "order"]
# a first row with a value of every type, so that the engine infers all types
TYPED: Row = {
    "case": "typed",
    "user": 0,
    "happened": START,
    "known": START,
    "Plan": "x",
    "visits": 1,
    "order": None,
}


def frame(rows: list[Row]) -> pd.DataFrame:
    """The rows as a table of objects, so that NULL and NaN differ."""
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in COLUMNS})


def histories(seed: int, cases: int, runs: int) -> list[pd.DataFrame]:
    """The history of every case before each run: late rows, corrections, flapping values, and deleted rows and entities."""
    random = Random(seed)
    now: list[Row] = []
    result = []
    for run in range(runs):
        for case in range(cases):
            now = _next_history(random, now, f"case {case}", run)
        random.shuffle(now)
        result.append(frame([TYPED, *now]))
    return result


def _next_history(random: Random, rows: list[Row], case: str, run: int) -> list[Row]:
    mine = [row for row in rows if row["case"] == case]
    step = random.random()
    if step < 0.15:
        return rows
    if step < 0.25 and mine:
        gone = random.choice(mine)
        whole = random.random() < 0.5
        return [
            row
            for row in rows
            if not (row is gone or (whole and row["case"] == case and row["user"] == gone["user"]))
        ]
    for _ in range(random.randint(1, 4)):
        again = random.choice(mine) if mine and random.random() < 0.4 else None
        row = {
            "case": case,
            "user": again["user"] if again else random.choice([1, 2, 3, None]),
            "happened": again["happened"] if again else _moment(random),
            # later than all before it, so that nothing but the hash is ever left to decide
            "known": START + timedelta(days=100 * (run + 1), seconds=len(rows)),
            "Plan": random.choice(PLANS),
            "visits": random.choice(VISITS),
            "order": random.choice([None, None, 0.5, float("nan")]),
        }
        if again and random.random() < 0.3:
            row.update(Plan=again["Plan"], visits=again["visits"], order=again["order"])
        rows = [*rows, row]
        mine = [*mine, row]
    return rows


def _moment(random: Random) -> Any:
    return None if random.random() < 0.05 else START + timedelta(hours=12 * random.randint(0, 12))


def snapshots(seed: int, cases: int, runs: int) -> list[pd.DataFrame]:
    """The state of every entity before each run: changes, changes back, deletes, returns, duplicates, stale times."""
    random = Random(seed)
    states: dict[tuple[str, int], Row] = {}
    gone: dict[tuple[str, int], Row] = {}
    result = []
    for run in range(runs):
        for case in range(cases):
            for user in (1, 2):
                _next_state(random, states, gone, (f"case {case}", user), run)
        rows = [*states.values()]
        for row in random.sample(rows, len(rows) // 8):
            rows.append({**row, "known": row["known"] - timedelta(seconds=1), "Plan": random.choice(PLANS)})
        rows.append({**TYPED, "user": None})
        random.shuffle(rows)
        result.append(frame([TYPED, *rows]))
    return result


def _next_state(
    random: Random,
    states: dict[tuple[str, int], Row],
    gone: dict[tuple[str, int], Row],
    key: tuple[str, int],
    run: int,
) -> None:
    step = random.random()
    known = START + timedelta(days=run)
    if key not in states:
        if step < 0.5:
            back = gone.get(key)
            same = back is not None and random.random() < 0.5
            states[key] = {**back, "known": known} if same and back else _state(random, key, known)
    elif step < 0.2:
        gone[key] = states.pop(key)
    elif step < 0.6:
        states[key] = _state(random, key, known)


def _state(random: Random, key: tuple[str, int], known: Any) -> Row:
    return {
        "case": key[0],
        "user": key[1],
        "happened": _moment(random),
        "known": known,
        "Plan": random.choice(PLANS),
        "visits": random.choice(VISITS),
        "order": random.choice([None, None, 0.5]),
    }
