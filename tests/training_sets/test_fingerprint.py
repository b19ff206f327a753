"""fingerprint: what changes it and what does not, and training sets that are reproduced bit for bit."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd
from conftest import need_engine
from hypothesis import strategies as st

import oracles
from bench import DuckDB, Postgres, Project
from rendering import answers, make_tables
from strategies import START, drawn, frame, keys, maybe_keys, maybe_moments, tables

DAY = timedelta(days=1)
FINGERPRINT = "{{ baton.fingerprint(relation=source('data', '%s')%s) }}"
ROWS = [
    {"Name": "O'Brien", "order": 1, "at": START, "price": Decimal("0.10"), "is_new": True},
    {"Name": 'say "hi" ✈', "order": None, "at": None, "price": None, "is_new": None},
    {"Name": None, "order": 2, "at": START + DAY, "price": Decimal("19.99"), "is_new": False},
    {"Name": "", "order": 2, "at": START + DAY, "price": Decimal("19.99"), "is_new": False},
]
COLUMNS = list(ROWS[0])


def table(rows: list[dict]) -> pd.DataFrame:
    return frame(rows, list(rows[0]))


def fingerprints(project: Project, **relations: pd.DataFrame) -> dict[str, str]:
    """The fingerprint of each."""
    project.put(**relations)
    found = answers(project, {name: FINGERPRINT % (name, "") for name in relations})
    return {name: rows["fingerprint"].item() for name, rows in found.items()}


def test_a_fingerprint_tells_contents_apart_and_nothing_else(project: Project):
    changed = [{**ROWS[0], "order": 3}, *ROWS[1:]]
    swapped = [{**ROWS[0], "Name": ""}, *ROWS[1:3], {**ROWS[3], "Name": "O'Brien"}]
    variants = {
        "base": table(ROWS),
        "shuffled": table(ROWS[::-1]),
        "other_order": table(ROWS)[COLUMNS[::-1]],
        "value": table(changed),
        "null_for_empty": table([*ROWS[:3], {**ROWS[3], "Name": None}]),
        "null": table([{**ROWS[0], "at": None}, *ROWS[1:]]),
        "duplicate": table([*ROWS, ROWS[0]]),
        "two_duplicates": table([*ROWS, ROWS[0], ROWS[0]]),
        "other_duplicate": table([*ROWS, ROWS[2]]),
        "fewer": table(ROWS[:3]),
        "swapped_between_rows": table(swapped),
        "renamed": table(ROWS).rename(columns={"Name": "name"}),
        "names_exchanged": table(ROWS).rename(columns={"order": "Order", "Name": "order"}),
        "another_column": table(
            [{**row, "spare": None if number else "x"} for number, row in enumerate(ROWS)]
        ),
        "a_null_column": table([{**row, "spare": "x"} for row in ROWS]).assign(
            spare=pd.array([None] * 4, dtype="string")
        ),
    }
    found = fingerprints(project, **variants)
    assert found["shuffled"] == found["other_order"] == found["base"]
    different = [name for name in variants if name not in ("shuffled", "other_order")]
    assert len({found[name] for name in different}) == len(different)
    whole = project.build(FINGERPRINT % ("base", "")).to_dict("records")
    assert whole == [
        {"row_count": 4, "column_names": "Name, at, is_new, order, price", "fingerprint": found["base"]}
    ]


def test_a_fingerprint_is_the_same_on_every_engine(tmp_path):
    found = set()
    for name in ("duckdb", "postgres"):
        need_engine(name)
        (tmp_path / name).mkdir()
        engine = DuckDB(tmp_path / name / "test.duckdb") if name == "duckdb" else Postgres()
        project = Project(tmp_path / name, engine)
        zoned = [{**row, "seen_at": pd.Timestamp(START, tz="America/New_York")} for row in ROWS]
        found.add(
            tuple(
                fingerprints(
                    project, base=table(ROWS), zoned=table(zoned), empty=table(ROWS)[:0].astype(str)
                ).values()
            )
        )
        if isinstance(engine, Postgres):
            engine.close()
    assert len(found) == 1


def test_columns_and_where_choose_what_is_looked_at(project: Project):
    project.put(rows=table(ROWS), others=table([{**row, "price": None} for row in ROWS[:3]]))
    options = ", columns=['Name', 'at'], where='\"order\" = 1'"
    project.build(
        {
            "of_rows": FINGERPRINT % ("rows", options),
            "of_others": FINGERPRINT % ("others", options),
            "of_a_cte": "with a_cte as (select * from {{ source('data', 'rows') }}), result as "
            "({{ baton.fingerprint(relation='a_cte'" + options + ") }}) select * from result",
        }
    )
    results = [project.read(name).to_dict("records") for name in ("of_rows", "of_others", "of_a_cte")]
    assert results[0] == results[1] == results[2]
    assert results[0][0]["row_count"] == 1
    assert results[0][0]["column_names"] == "Name, at"


def test_an_empty_table_has_a_fingerprint(project: Project):
    project.put(rows=table(ROWS))
    result = project.build(FINGERPRINT % ("rows", ", where='1 = 0'"))
    assert result["row_count"].item() == 0
    assert len(result["fingerprint"].item()) == 32


def test_errors_of_fingerprint(duckdb_project: Project):
    message = duckdb_project.error("{{ baton.fingerprint(relation='a_cte', where=1) }}")
    assert "baton.fingerprint: 2 problems" in message
    assert "columns is missing, and those of the CTE 'a_cte' are not known: name them" in message
    assert "where is 1, expected a SQL condition" in message
    duckdb_project.put(rows=table(ROWS))
    assert 'relation has no column "x", it has Name' in duckdb_project.error(
        FINGERPRINT % ("rows", ", columns='x'")
    )


LABELS = """{{ baton.labels(
    spine=source('data', 'spine'), events=source('data', 'purchases'), entity='k', event_time='bought_at', horizon='5d',
    label=[{'name': 'bought', 'function': 'exists'}, {'name': 'spent', 'function': 'sum', 'column': 'amount'}],
    created_at='created_at', known_at=KNOWN_AT
) }}"""
TRAINING_SET = """{{ baton.training_set(
    spine=ref('LABELS'), entity='k', label=['bought', 'spent'],
    feature_views=[{
        'relation': source('data', 'profile_log'), 'event_time': 'changed_at', 'created_at': 'created_at',
        'features': ['score', 'plan'], 'tie_breaker': ['revision'], 'prefix': 'profile_'
    }],
    split={'by': 'time', 'train_until': '2024-01-12', 'embargo': '1d'}, known_at=KNOWN_AT
) }}"""
KNOWN_AT = START + 20 * DAY


def training_set_models(name: str, known_at: datetime | None) -> dict[str, str]:
    moment = f"'{known_at}'" if known_at else "none"
    return {
        f"{name}_labels": LABELS.replace("KNOWN_AT", moment),
        name: TRAINING_SET.replace("KNOWN_AT", moment).replace("LABELS", f"{name}_labels"),
        f"{name}_fingerprint": f"{{{{ baton.fingerprint(relation=ref('{name}')) }}}}",
    }


purchases = tables(
    size=60,
    k=maybe_keys,
    bought_at=maybe_moments,
    amount=st.sampled_from([0.1, 0.2, 1e12, -3.5, None, float("nan")]),
)
profiles = tables(
    size=60,
    k=keys,
    changed_at=maybe_moments,
    score=st.sampled_from([0.1, 0.7, None]),
    plan=st.sampled_from(["it's", "pro", None]),
)
delays = st.lists(st.integers(0, 40), min_size=60, max_size=60)


def with_corrections(
    purchases: pd.DataFrame, profiles: pd.DataFrame, delays: list[int]
) -> dict[str, list[dict]]:
    """The two logs of a case: a row of purchases or profiles is known some days after its time, or corrected later."""
    logged = {}
    for name, rows, time, value in (
        ("purchases", oracles.rows_of(purchases), "bought_at", "amount"),
        ("profile_log", oracles.rows_of(profiles), "changed_at", "score"),
    ):
        first = {"k": "a", "created_at": START + 15 * DAY, value: 1.0, "plan": "basic", "revision": 0}
        log = [{**first, time: START + 15 * DAY}]
        for number, row in enumerate(rows):
            at = row[time] or START
            log.append(
                {"plan": None, **row, "created_at": at + delays[number % 60] * DAY, "revision": number}
            )
        logged[name] = log
    # corrections: another row for the same time, known after the training
    for row in list(logged["profile_log"]):
        logged["profile_log"].append(
            {**row, "score": 99.0, "created_at": KNOWN_AT + DAY, "revision": 1000 + row["revision"]}
        )
    return logged


def test_known_at_gives_an_earlier_training_set_again_bit_for_bit(project: Project):
    """With known_at the training set is the same then and now, whatever came late or was corrected since."""
    cases = drawn(
        purchases=purchases,
        profiles=profiles,
        delays=delays,
        spine=tables(size=40, k=maybe_keys, as_of=maybe_moments),
    )
    stories: dict[str, list[list[dict]]] = {"spine": [], "purchases": [], "profile_log": []}
    for case in cases:
        logged = with_corrections(case["purchases"], case["profiles"], case["delays"])
        spine = [{"k": "a", "as_of": START + DAY}, *oracles.rows_of(case["spine"])]
        known = {name: [row for row in log if row["created_at"] <= KNOWN_AT] for name, log in logged.items()}
        for story in (known, logged):
            for name, rows in ({"spine": spine} | story).items():
                stories[name].append(rows)
    project.put_cases(**{name: [table(rows) for rows in own] for name, own in stories.items()})
    # the next test has them as models
    for name, model in training_set_models("made", KNOWN_AT).items():
        calls = {
            f"{name}_{number}": re.sub(
                r"(source\('data', |ref\()'(\w+)'", rf"source('data', '\2_{number}'", model
            )
            for number in range(2 * len(cases))
        }
        make_tables(project, calls)
    for case in range(len(cases)):
        before, again = (
            project.read(f"made_fingerprint_{2 * case + story}").to_dict("records") for story in (0, 1)
        )
        assert again == before, case
        assert before[0]["row_count"] > 0


def test_without_known_at_late_data_changes_the_training_set(project: Project):
    def put(late: bool) -> None:
        bought = [{"k": "a", "bought_at": START + 15 * DAY, "created_at": START + 15 * DAY, "amount": 1.0}]
        changed = {
            "k": "a",
            "changed_at": START,
            "created_at": START,
            "score": 0.1,
            "plan": "basic",
            "revision": 0,
        }
        if late:
            bought.append(
                {"k": "a", "bought_at": START + 3 * DAY, "created_at": START + 30 * DAY, "amount": 2.0}
            )
        project.put(
            spine=table([{"k": "a", "as_of": START + DAY}]),
            purchases=table(bought),
            profile_log=table([changed]),
        )

    put(late=False)
    project.build(training_set_models("before", KNOWN_AT))
    put(late=True)
    project.build({**training_set_models("again", KNOWN_AT), **training_set_models("now", None)})
    before, again, now = (
        project.read(f"{name}_fingerprint")["fingerprint"].item() for name in ("before", "again", "now")
    )
    assert before == again != now
    assert project.read("before")[["bought", "spent"]].values.tolist() == [[0, 0.0]]
    assert project.read("now")[["bought", "spent"]].values.tolist() == [[1, 2.0]]
