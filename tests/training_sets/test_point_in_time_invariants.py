"""Changes of the input that must not change the result of point_in_time_join, or may change it in one direction only."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pandas as pd
import pytest

import oracles
from bench import Project
from compare import assert_same_rows
from strategies import START

DAY = timedelta(days=1)
VIEWS = """[
    {'relation': source('data', 'HISTORY'), 'event_time': 't', 'features': ['v', 'w'], 'prefix': 'plain_'},
    {'relation': source('data', 'HISTORY'), 'event_time': 't', 'features': ['v', 'w'], 'prefix': 'known_', 'created_at': 'c', 'ttl': '6d'},
    {'relation': source('data', 'HISTORY'), 'event_time': 't', 'features': ['v', 'w'], 'prefix': 'last_', 'tie_breaker': ['v'],
     'allow_exact_matches': false}]"""


def joined(history: str = "history", spine: str = "spine", views: str = VIEWS) -> str:
    views = views.replace("HISTORY", history)
    return f"{{{{ baton.point_in_time_join(spine=source('data', '{spine}'), entity='k', feature_views={views}) }}}}"


def tables(seed: int, rows: int = 3000, asked: int = 1500) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A history with mostly tied rows, some tied in every column, and a spine with duplicates and NULLs."""
    random = np.random.default_rng(seed)
    hours = pd.to_timedelta(random.integers(0, 24 * 20, rows), "h")
    late = pd.to_timedelta(random.integers(-24, 96, rows), "h")
    history = pd.DataFrame(
        {
            "k": pd.Series(random.integers(0, 12, rows)).astype("Int64").mask(random.random(rows) < 0.02),
            "t": pd.Series(START + hours).mask(random.random(rows) < 0.02),
            "c": pd.Series(START + hours + late).mask(random.random(rows) < 0.02),
            "v": random.integers(0, 5, rows),
            "w": random.choice(["a", "b", "c"], rows),
        }
    )
    spine = pd.DataFrame(
        {
            "k": pd.Series(random.integers(0, 14, asked)).astype("Int64").mask(random.random(asked) < 0.02),
            "as_of": pd.Series(START + pd.to_timedelta(random.integers(0, 24 * 22, asked), "h")).mask(
                random.random(asked) < 0.02
            ),
        }
    )
    return history, spine


def test_what_lies_in_the_future_and_the_order_of_rows_and_parts_change_nothing(project: Project):
    """Shuffled inputs, rows that happen or become known after every as_of, and a spine in two parts: the same answer."""
    history, spine = tables(1)
    last = spine["as_of"].max()
    future = history.sample(600, random_state=1).assign(w="later")
    happens_later = future[:200].assign(t=last + DAY)
    known_later = future[200:].assign(c=last + DAY)
    project.put(
        history=history,
        spine=spine,
        shuffled=history.sample(frac=1, random_state=2),
        happens_later=pd.concat([happens_later, history]),
        known_later=pd.concat([known_later, history]),
        first_half=spine[: len(spine) // 2],
        second_half=spine[len(spine) // 2 :],
    )
    known_only = VIEWS.replace("'prefix': 'plain_'", "'prefix': 'plain_', 'created_at': 'c'").replace(
        "'prefix': 'last_'", "'prefix': 'last_', 'created_at': 'c'"
    )
    expected = project.build(
        {
            "of_shuffled": joined("shuffled"),
            "of_happens_later": joined("happens_later"),
            "of_first": joined(spine="first_half"),
            "of_second": joined(spine="second_half"),
            "known": joined(views=known_only),
            "of_known_later": joined("known_later", views=known_only),
            "result": joined(),
        }
    )
    rows = oracles.rows_of(expected)
    assert expected["plain_v"].notna().sum() > expected["known_v"].notna().sum() > 100
    assert_same_rows(project.read("of_shuffled"), rows)
    assert_same_rows(project.read("of_happens_later"), rows)
    assert_same_rows(pd.concat([project.read("of_first"), project.read("of_second")]), rows)
    assert_same_rows(project.read("of_known_later"), oracles.rows_of(project.read("known")))


def test_a_longer_ttl_only_adds_matches(project: Project):
    history, spine = tables(2, rows=150)
    project.put(history=history, spine=spine)
    ttls = ["0d", "6h", "1d", "2d", "4w"]
    views = ", ".join(
        f"{{'relation': source('data', 'history'), 'event_time': 't', 'features': ['v'], 'ttl': '{ttl}', 'prefix': 't{ttl}_'}}"
        for ttl in ttls
    )
    result = project.build(joined(views=f"[{views}]"))
    matches = [result[f"t{ttl}_feature_time"].notna() for ttl in ttls]
    for (shorter, longer), (before, after) in zip(pairwise(ttls), pairwise(matches), strict=True):
        assert not (before & ~after).any()
        assert (result.loc[before, f"t{shorter}_v"] == result.loc[before, f"t{longer}_v"]).all()
    counts = [found.sum() for found in matches]
    assert counts == sorted(set(counts)), counts


def test_versions_with_an_end_give_what_the_whole_history_gives(project: Project):
    """A history collapsed to its versions, each joined until its valid_to, is the same history."""
    random = Random(4)
    moments = [START + hours * timedelta(hours=1) for hours in range(0, 480)]
    rows = [
        {"k": key, "t": moment, "v": random.randrange(2)}
        for key in range(8)
        for moment in random.sample(moments, 80)
    ]
    versions = oracles.scd2(rows, ["k"], ["v"], event_time="t")
    assert len(versions) < len(rows)
    project.put(
        history=pd.DataFrame(rows),
        versions=pd.DataFrame(versions),
        spine=pd.DataFrame([{"k": random.randrange(9), "as_of": random.choice(moments)} for _ in range(600)]),
    )
    result = project.build("""{{ baton.point_in_time_join(spine=source('data', 'spine'), entity='k', feature_views=[
        {'relation': source('data', 'history'), 'event_time': 't', 'features': ['v']},
        {'relation': source('data', 'versions'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': ['v'], 'prefix': 'scd2_'}]) }}""")
    assert result["v"].notna().sum() > 500
    both = result[["v", "scd2_v"]].astype("Int64")
    assert (both["v"].fillna(-1) == both["scd2_v"].fillna(-1)).all()


LARGE = """
create or replace table {schema}.history as
select hash(i) % 50 as k, timestamp '2024-01-01' + interval (hash(i, 1) % 5000) minute as t,
    timestamp '2024-01-01' + interval (hash(i, 2) % 6000) minute as c, hash(i, 3) % 1000 as v, hash(i, 4) % 10 as w
from range(400000) as numbers (i);
create or replace table {schema}.spine as
select hash(i, 5) % 60 as k, timestamp '2024-01-01' + interval (hash(i, 6) % 6000) minute as as_of
from range(150000) as numbers (i)
"""


def test_the_number_of_threads_changes_nothing(duckdb_project: Project):
    """On tables of several row groups, with ties of eighty rows and a few rows that are tied in every column."""
    project = duckdb_project
    project.put(history=pd.DataFrame({"k": [1]}), spine=pd.DataFrame({"k": [1]}))
    project.execute(LARGE)
    models = {
        f"with_{threads}": f"{{{{ config(pre_hook='set threads = {threads}', post_hook='reset threads') }}}}{joined()}"
        for threads in (1, 2, 4)
    }
    project.build(models, flags=("--threads", "1"))
    for other in (2, 4):
        differing = project.query(
            f"select * from (from {{schema}}.with_1 except all from {{schema}}.with_{other})"
            f" union all (from {{schema}}.with_{other} except all from {{schema}}.with_1)"
        )
        assert not len(differing)
    assert project.query("select count(plain_v) as n from {schema}.with_1")["n"][0] > 100_000


@pytest.mark.parametrize("spine", ["table", "view"])
def test_every_row_of_the_spine_comes_back_as_often_as_it_stands_there(project: Project, spine: str):
    history, asked = tables(6)
    asked = pd.concat([asked, asked.sample(400, random_state=0)])
    project.put(history=history, spine=asked)
    models = {
        "asked": f"{{{{ config(materialized='{spine}') }}}} select * from {{{{ source('data', 'spine') }}}}",
        "result": joined().replace("source('data', 'spine')", "ref('asked')"),
    }
    result = project.build(models)
    counted = [
        Counter((row["k"], row["as_of"]) for row in oracles.rows_of(frame[["k", "as_of"]]))
        for frame in (asked, result)
    ]
    assert counted[0] == counted[1]
