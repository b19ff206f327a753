"""training_serving_skew on odd tables: CTEs, types that differ, histories of other shapes, no rows, and what it refuses."""

from __future__ import annotations

from typing import Any

import pandas as pd
from test_skew import COLUMNS

from bench import Project
from compare import assert_same_rows
from oracles import rows_of
from rendering import answers, errors

MONDAY = pd.Timestamp("2024-03-04")
DAY = pd.Timedelta(days=1)


def call(**arguments: Any) -> str:
    written = {
        "served": "source('data', 'seen')",
        "recomputed": "source('data', 'truth')",
        "entity": "'k'",
        **arguments,
    }
    return f"{{{{ baton.training_serving_skew({', '.join(f'{name}={value}' for name, value in written.items())}) }}}}"


def table(**columns: Any) -> pd.DataFrame:
    found = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    return found.assign(as_of=MONDAY) if "as_of" not in found else found


def figures(found: pd.DataFrame, *names: str) -> dict[str, tuple[Any, ...]]:
    """These figures by feature, of the slice of all rows."""
    return {
        row["feature"]: tuple(row[name] for name in names)
        for row in rows_of(found)
        if row["segment_name"] == "all"
    }


def test_types_that_differ_and_relations_whose_types_are_not_known(project: Project) -> None:
    project.put(
        seen=table(k=["1", "2", "3"], whole=[1, 2, 3], word=["1", "2", "x"], Flag=[True, False, None], only_here=[1, 2, 3]),
        truth=table(k=[1, 2, 3], whole=[1.0, 2.5, None], word=[1, 2, 3], Flag=[True, True, None], only_there=[1, 2, 3]),
        ints=table(k=[1, 2, 3], whole=[1, 2, 3], word=["1", "2", "x"], Flag=[True, False, None]),
        zoned=table(k=[1], whole=[1], at=[MONDAY]).assign(at=MONDAY.tz_localize("UTC")),
        dated=table(k=[1], whole=[1], at=[MONDAY]),
    )  # fmt: skip
    cte = "with seen as (select * from {{ source('data', 'ints') }}), truth as (select * from {{ source('data', 'truth') }}), found as (%s) select * from found"
    of_ctes = {"served": "'seen'", "recomputed": "'truth'", "features": ["whole", "word", "Flag"]}
    found = answers(
        project,
        {
            "common": call(),
            "ctes": cte % call(**of_ctes),
            "times": call(served="source('data', 'zoned')", recomputed="source('data', 'dated')"),
            "of_all_time": call(period="none", features=["whole"]),
            "exact": call(features="'whole'", tolerance=0),
            "since": call(features=["whole"], since="'2024-03-05'"),
            "since_within": call(features=["whole"], since="'2024-03-04 12:00'"),
        },
    )
    counts = ("n", "n_mismatched", "n_missing_served", "n_missing_recomputed", "mean_difference")
    # a key may be a text here and a number there; a feature may not
    expected = {"whole": (3, 2, 0, 1, -0.25), "word": (3, 3, 0, 0, None), "Flag": (3, 1, 0, 0, None)}
    assert figures(found["common"], *counts) == expected
    assert figures(found["ctes"], *counts) == expected
    assert figures(found["times"], *counts[:2]) == {"whole": (1, 0), "at": (1, 0)}
    assert figures(found["of_all_time"], "period_start", "n") == {"whole": (None, 3)}
    assert figures(found["exact"], *counts[:2]) == {"whole": (3, 2)}
    assert found["since"].empty
    assert figures(found["since_within"], *counts[:2]) == {"whole": (3, 2)}


def test_histories_of_other_shapes(project: Project) -> None:
    project.put(
        seen=table(k=[1, 2, 3, 4], region=["a", "a", "b", "c'd"], plan=["old", "old", "older", "gone"], rain=[5, 6, 7, None]),
        truth=table(k=[1, 2, 3, 4], region=["a", "a", "b", "c'd"], plan=["new", "old", "new", None], rain=[5, 1, 1, 3]),
        # no valid_to: a version ends when the next begins; the last one holds still
        plans=table(
            customer=[1, 1, 3, 3, 3, 4],
            since=[MONDAY - n * DAY for n in (9, 2, 30, 20, 1, 8)],
            plan=["old", "new", "older", "other", "new", "gone"],
        ).drop(columns="as_of"),
        # one with an end, after which none is valid; it has other features too
        weather=table(
            place=["a", "a", "b", "c'd"],
            valid_from=[MONDAY - n * DAY for n in (5, 4, 3, 7)],
            valid_to=[MONDAY - 4 * DAY, MONDAY, MONDAY + DAY, MONDAY - DAY],
            rain=[6, 1, 7, None],
            wind=[1, 2, 3, 4],
        ).drop(columns="as_of"),
    )  # fmt: skip
    histories = """[
        {'relation': source('data', 'plans'), 'valid_from': 'since', 'entity': {'k': 'customer'}},
        {'relation': source('data', 'weather'), 'entity': {'region': 'place'}}
    ]"""
    found = project.build(call(entity=["k", "region"], history=histories, segments=["region"]))
    named = ("n_mismatched", "stale_share", "median_staleness_days", "example")
    assert figures(found, *named) == {
        # 1 is nine days old, 3 is thirty; 4 is the value that still holds
        "plan": (3, 2 / 4, (9 + 30) / 2,
            "k 1, region a, as_of 2024-03-04 00:00:00: served old, recomputed new, served is the value of 2024-02-24 00:00:00"),
        # 2 is five days old; 7 holds still; a missing value is no evidence
        "rain": (3, 1 / 4, 5.0,
            "k 2, region a, as_of 2024-03-04 00:00:00: served 6, recomputed 1, served is the value of 2024-02-28 00:00:00"),
    }  # fmt: skip
    of_region = {(row["segment_value"], row["feature"]): row["n_mismatched"] for row in rows_of(found)}
    assert of_region["c'd", "plan"] == 1
    # where all features of a history are as served, that version counts, though a newer one has one of them
    one = {"k": [1], "a": [1], "b": [2]}
    project.put(
        seen=table(**one),
        truth=table(k=[1], a=[9], b=[9]),
        store=table(
            k=[1, 1, 1],
            valid_from=[MONDAY - n * DAY for n in (8, 4, 2)],
            valid_to=[MONDAY - 4 * DAY, MONDAY - 2 * DAY, MONDAY],
            a=[1, 1, 7],
            b=[2, 3, 3],
        ).drop(columns="as_of"),
    )
    store = "source('data', 'store')"
    found_in = answers(
        project,
        {
            "rows": call(history=store),
            "one_feature": call(history=f"{{'relation': {store}, 'features': 'a'}}"),
        },
    )
    assert figures(found_in["rows"], "median_staleness_days") == {"a": (8.0,), "b": (8.0,)}
    assert figures(found_in["one_feature"], "median_staleness_days", "stale_share") == {
        "a": (4.0, 1.0),
        "b": (None, None),
    }


def test_as_an_incremental_model_a_second_run_changes_nothing(project: Project) -> None:
    days = [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY, None]
    rows = pd.DataFrame({"k": [1, 2], "x": [1.0, 2.0]}).merge(pd.DataFrame({"as_of": days}), how="cross")
    project.put(seen=rows, truth=rows.assign(x=1.0).drop_duplicates())
    config = "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='period_start') }}\n"
    since = "since=('(select max(period_start) from %s)' | format(this)) if is_incremental() else none"
    model = {"skew": config + call(features=["x"]).replace(") }}", f", {since}) }}}}")}
    first = project.build(model)
    assert list(first.columns) == COLUMNS
    assert len(first) == 4
    assert_same_rows(project.build(model), rows_of(first), COLUMNS)
    # the newest day again, and the days after it
    more = rows[rows["as_of"] == days[2]].assign(as_of=MONDAY + 3 * DAY)
    late = rows[rows["as_of"] == days[2]].assign(k=3, x=5.0)
    project.put(
        seen=pd.concat([rows, more, late], ignore_index=True),
        truth=pd.concat([rows, more, late], ignore_index=True).assign(x=1.0).drop_duplicates(),
    )
    incremental = project.build(model)
    whole = project.build(model, full_refresh=True)
    assert len(whole) == 5
    assert_same_rows(incremental, rows_of(whole), COLUMNS)


def test_without_rows_there_is_nothing_and_without_pairs_a_reason(project: Project) -> None:
    seen = table(k=[1, None], x=[1.0, 2.0])
    project.put(seen=seen, truth=seen, nothing=seen.iloc[:0].assign(k=pd.Series([], dtype="int64"), x=0.0))
    nothing = "source('data', 'nothing')"
    found = answers(
        project,
        {
            "neither": call(served=nothing, recomputed=nothing, features=["x"]),
            "served_alone": call(recomputed=nothing, features=["x"], history="'store'").replace(
                "{{", "with store as (select 1 as k, cast('2024-01-01' as timestamp) as valid_from, cast(null as timestamp) as valid_to, 1 as x), found as ({{"
            ) + ") select * from found",
            "recomputed_alone": call(served=nothing, features=["x"]),
            "pairs": call(features=["x"]),
        },
    )  # fmt: skip
    counts = (
        "n",
        "mismatch_share",
        "undefined_reason",
        "n_unmatched_served",
        "n_unmatched_recomputed",
        "stale_share",
    )
    assert found["neither"].empty
    assert figures(found["served_alone"], *counts) == {"x": (0, None, "not recomputed", 2, 0, None)}
    assert figures(found["recomputed_alone"], *counts) == {"x": (0, None, "not served", 0, 2, None)}
    # a key that is NULL meets nothing
    assert figures(found["pairs"], *counts) == {"x": (1, 0.0, None, 1, 1, None)}


def test_recomputed_rows_of_one_key_have_to_agree(project: Project) -> None:
    project.put(
        seen=table(k=[1, 1], x=[1, 1]),
        truth=table(k=[1, 1, 2, 2], x=[1, 1, 3, 4]),
        agreed=table(k=[1, 1], x=[1, 1]),
    )
    message = project.error(call(features=["x"]))
    assert "recomputed has rows of one key (k, as_of) that differ; give each key one row." in message
    assert "1, 2, 2024-03-04 00:00:00" in message
    # each served row is compared once
    found = project.build(call(recomputed="source('data', 'agreed')", features=["x"]))
    assert figures(found, "n", "n_unmatched_served") == {"x": (2, 0)}


def test_one_error_names_what_is_wrong(project: Project) -> None:
    project.put(
        seen=table(k=[1], x=[1]),
        truth=table(k=[1], x=[1], y=[1]),
        store=table(k=[1], x=[1], valid_from=[MONDAY]),
        nothing_shared=table(k=[1], label=[1], y_feature_time=[MONDAY]),
    )
    store = "source('data', 'store')"
    messages = errors(
        project,
        {
            "values": call(features=["x"], tolerance=1, period="'fortnight'", history=f"{{'relation': {store}, 'features': ['w'], 'ttl': '1d'}}"),
            "features": call(features=["x", "y", "z"], history=f"[{store}, {{'relation': {store}, 'features': ['x']}}]"),
            "history": call(recomputed=store, features=["x"], history="source('data', 'seen')"),
            "cte": call(served="'a_cte'"),
            "nothing_shared": call(recomputed="source('data', 'nothing_shared')"),
        },
    )  # fmt: skip
    for name, part in [
        ("values", "tolerance is 1, expected a number from 0 to less than 1"),
        ("values", 'period is "fortnight"'),
        ("values", "history.features names 'w', which is not compared; compared are x"),
        ("values", "history has an unknown key 'ttl'"),
        ("features", 'served has no column "y"'),
        ("features", 'recomputed has no column "z"'),
        ("features", "history[1] has 'x', as has another history: say by 'features' which one it is served from"),
        ("history", 'history.relation has no column "valid_from"'),
        ("cte", "features is missing, and the columns of served and recomputed cannot be read: name them"),
        ("nothing_shared", "served and recomputed have no common columns that could be features: name them"),
    ]:  # fmt: skip
        assert part in messages[name]
