"""point_in_time_join against brute force, pandas and polars, and its errors."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pandas as pd
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import KEYS, START, drawn, keys, maybe_keys, maybe_moments, stacked, tables

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
FEATURES = ["Value", "note", "id"]
TIES = ["rank", "id"]
KNOWN_AT = START + 10 * DAY
CASES = 320  # in one table, told apart by the key column `case`


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


@settings(max_examples=settings().max_examples // 10)
@given(seed=st.integers(0, 2**63))
def test_a_join_returns_what_brute_force_returns(project: Project, seed: int):
    """320 random cases per engine in CI, as keys of one table; 6,400 every night.

    A case is a history and a spine with separate entities and random density of ties, lateness, rate of NULLs and length.
    Every case runs with every combination of options in VIEWS, and once more with known_at; these count as one case.
    """
    random = Random(seed)
    cases = [random_case(random, case) for case in range(CASES)]
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
    spine = table([row for _, rows in cases for row in rows], case=-1, user="typed", as_of=START)
    project.put(history=history, spine=spine)

    known_views = ["known", "strict_known", "known_ended"]
    result = project.build(
        {"replayed": views_sql(known_views, f"'{KNOWN_AT}'"), "result": views_sql(list(VIEWS))}
    )
    expected = expected_of(history, spine, list(VIEWS))
    assert_same_rows(result, expected)
    assert list(result.columns) == list(expected[0])
    assert_same_rows(project.read("replayed"), expected_of(history, spine, known_views, known_at=KNOWN_AT))
    if project.engine.name == "postgres":
        # with an index on keys and time another method is used
        project.execute('create index on {schema}.history ("user", "case", "order")')
        names = [name for name in VIEWS if name not in known_views]
        indexed = project.build(views_sql(names))
        assert_same_rows(indexed, expected_of(history, spine, names))


def test_an_index_on_keys_and_time_is_what_postgresql_probes_with(project: Project):
    """The order of the keys in it does not matter; an index on other columns, or a partial one, is not used."""
    project.put(
        history=pd.DataFrame({"case": [1], "user": ["a"], "order": [START], "rank": [1], "id": [1]}).assign(
            Value=1.0, note=""
        ),
        spine=pd.DataFrame({"case": [1], "user": ["a"], "as_of": [START]}),
    )
    for columns, serves in (
        ('("case", "order", "user")', False),
        ('("user", "case", "order") where rank = 1', False),
        ('("user", "case", "order", id)', True),
    ):
        if project.engine.name == "postgres":
            project.execute(f"create index on {{schema}}.history {columns}")
        compiled = project.compile(views_sql(["plain", "strict"]))
        assert ("lateral" in compiled) == (serves and project.engine.name == "postgres")


def test_keys_may_have_other_names_and_a_view_may_cover_some(project: Project):
    cases = drawn(
        history=tables(user=keys, shop=keys, at=maybe_moments),
        spine=tables(user=maybe_keys, Group=maybe_keys, as_of=maybe_moments),
    )
    spine = stacked([table([], user="typed", as_of=START, Group="g"), *(case["spine"] for case in cases)])
    history = stacked([table([], user="t", shop="t", at=START), *(case["history"] for case in cases)])
    history = history.assign(id=pd.Series(range(len(history)), dtype=object))
    project.put(history=history, spine=spine)
    result = project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['user', 'Group', 'case'], feature_views=[
        {'relation': source('data', 'history'), 'entity': ['user', 'shop', 'case'], 'event_time': 'at', 'features': ['id'], 'tie_breaker': ['id'],
         'prefix': 'both_'},
        {'relation': source('data', 'history'), 'entity': {'Group': 'shop', 'case': 'case'}, 'event_time': 'at', 'features': 'id', 'tie_breaker': 'id',
         'prefix': 'some_'}]) }}""")
    expected = []
    for number in range(len(cases) + 1):
        rows = oracles.rows_of(spine[spine["case"] == number])
        past = oracles.rows_of(history[history["case"] == number])
        both = oracles.point_in_time(
            rows, past, [("user", "user"), ("Group", "shop")], ["id"], event_time="at", tie_breaker=["id"]
        )
        some = oracles.point_in_time(
            rows, past, [("Group", "shop")], ["id"], event_time="at", tie_breaker=["id"]
        )
        expected += [
            {**row, "both_id": one["id"], "some_id": two["id"], "some_feature_time": two["view_feature_time"]}
            for row, one, two in zip(rows, both, some, strict=True)
        ]
    assert_same_rows(result, expected)


def test_it_agrees_with_pandas_and_polars_where_they_are_defined(project: Project):
    """Without ties and NULLs, because pandas and polars drop rows with NULL and take any of tied rows."""
    random = Random(3)
    history = pd.DataFrame(
        {
            "k": [random.choice("abcdefgh") for _ in range(2000)],
            "g": [random.randrange(4) for _ in range(2000)],
            "t": [START + minutes * timedelta(minutes=1) for minutes in random.sample(range(14_000), 2000)],
            "v": range(2000),
        }
    )
    spine = pd.DataFrame(
        {
            "k": [random.choice("abcdefghi") for _ in range(500)],
            "g": [random.randrange(5) for _ in range(500)],
            "as_of": [START + random.randrange(14_000) * timedelta(minutes=1) for _ in range(500)],
        }
    )
    project.put(history=history, spine=spine)
    result = project.build(
        """{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['k', 'g'], feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'prefix': 'a_'},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'prefix': 'b_', 'ttl': '5h'},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'prefix': 'c_', 'ttl': '5h',
         'allow_exact_matches': false}]) }}"""
    )
    assert result["a_v"].notna().sum() > result["b_v"].notna().sum() > 0
    left, right = spine.sort_values("as_of"), history.sort_values("t")
    polars_left, polars_right = pl.from_pandas(left), pl.from_pandas(right)
    for view, tolerance, exact in (("a", None, True), ("b", 5, True), ("c", 5, False)):
        by_pandas = pd.merge_asof(
            left,
            right,
            left_on="as_of",
            right_on="t",
            by=["k", "g"],
            tolerance=pd.Timedelta(hours=tolerance) if tolerance else None,
            allow_exact_matches=exact,
        )
        by_polars = polars_left.join_asof(
            polars_right,
            left_on="as_of",
            right_on="t",
            by=["k", "g"],
            tolerance=f"{tolerance}h" if tolerance else None,
            allow_exact_matches=exact,
            coalesce=False,
            check_sortedness=False,
        )
        columns = ["k", "g", "as_of", "v", "t"]
        found = result.rename(columns={f"{view}_v": "v", f"{view}_feature_time": "t"})
        assert_same_rows(found, oracles.rows_of(by_pandas[columns]), columns)
        assert_same_rows(found, by_polars.select(columns).to_dicts(), columns)


def test_rows_tied_to_the_end_are_decided_by_what_they_hold(project: Project):
    """One row, which does not depend on the order of the rows, even if only a hash of the row decides."""
    random = Random(5)
    history = pd.DataFrame(
        {
            "k": [random.randrange(20) for _ in range(2000)],
            "t": [START + random.randrange(3) * DAY for _ in range(2000)],
            "v": [random.randrange(50) for _ in range(2000)],
            "w": [random.choice(["a", "b", None]) for _ in range(2000)],
        }
    )
    spine = pd.DataFrame({"k": [*range(20)] * 3, "as_of": [START + DAY, START + 2 * DAY, START] * 20})
    answers = []
    for seed in range(3):
        project.put(history=history.sample(frac=1, random_state=seed), spine=spine)
        result = project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
            {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v', 'w']},
            {'relation': source('data', 'history'), 'event_time': 't', 'created_at': 't', 'features': ['v', 'w'], 'prefix': 'known_'}]) }}""")
        assert len(result) == len(spine)
        answers.append(oracles.rows_of(result))
        assert_same_rows(result, answers[0])
    tied = {tuple(row.values()) for row in oracles.rows_of(history)}
    for row in answers[0]:
        assert row["history_feature_time"] == row["as_of"]
        assert (row["k"], row["as_of"], row["v"], row["w"]) in tied
        assert (row["v"], row["w"]) == (row["known_v"], row["known_w"])


def test_one_error_names_all_that_is_wrong(duckdb_project: Project):
    duckdb_project.put(
        history=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START]}),
    )
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', known_at='2024-01-01', feature_views=[
        {'relation': source('data', 'history'), 'evnt_time': 't', 'features': ['v'], 'ttl': '30 dayz'},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': [], 'created_at': 't', 'entity': {'user': 'k'}}]) }}""")
    for part in (
        "baton.point_in_time_join: 6 problems in model 'result'",
        "feature_views[0] has no 'event_time'",
        "feature_views[0] has an unknown key 'evnt_time', expected one of relation, event_time, features",
        "feature_views[0].ttl is \"30 dayz\", expected a duration such as '15min', '12h', '30d' or '4w'",
        "feature_views[0] has no 'created_at', which known_at needs",
        "feature_views[1].features is empty",
        "feature_views[1].entity maps 'user', which is not a key of the spine; the keys are k",
    ):
        assert part in message
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity=['k', 'as_of'], known_at='1 May', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'created_at': 't', 'entity': ['k', 'k']},
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'created_at': 't', 'entity': {'k': 5}}]) }}""")
    for part in (
        "baton.point_in_time_join: 3 problems",
        'known_at is "1 May", expected a date or timestamp such as',
        'feature_views[0].entity names "k" 2 times',
        "feature_views[1].entity contains 5, expected the name of a column",
    ):
        assert part in message


def test_columns_that_would_meet_are_refused(duckdb_project: Project):
    duckdb_project.put(
        history=pd.DataFrame({"k": [1], "t": [START], "v": [1]}),
        spine=pd.DataFrame({"k": [1], "as_of": [START], "v": [2]}),
    )
    message = duckdb_project.error("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']}]) }}""")
    assert "feature_views[0] would add the column 'v' a second time, give the view a 'prefix'" in message
