"""Baselines: the bins of every kind of feature, those of a model's version, and that frozen ones stay."""

from __future__ import annotations

import datetime
import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import oracles_monitoring as oracles
from bench import Project
from oracles import is_missing
from rendering import answers, errors, make_tables, rendered

EPOCH = pd.Timestamp("1970-01-01")
FROZEN = "{{ config(materialized='incremental', incremental_strategy='append') }}\n"
# by the name of the column: the call, and the same for the oracle
FEATURES: dict[str, tuple[Any, dict[str, Any]]] = {
    "joined": ("joined", {"kind": "date"}),
    "born": ({"column": "born", "bins": 3}, {"kind": "date", "bins": 3}),
    "comment": ({"column": "comment", "kind": "text_length"}, {"kind": "text_length"}),
    "Width": ({"column": "Width", "bins": "uniform"}, {"kind": "numeric", "edges": "uniform"}),
    "same": ({"column": "same", "bins": "uniform"}, {"kind": "numeric", "edges": "uniform"}),
    "age": ({"column": "age", "edges": [0, 18, 65.5]}, {"kind": "numeric", "edges": [0, 18, 65.5]}),
    "order": ({"column": "order", "bins": 7}, {"kind": "numeric", "bins": 7}),
    "nothing": ({"column": "nothing", "bins": "uniform"}, {"kind": "numeric", "edges": "uniform"}),
    "flag": ({"column": "flag", "kind": "boolean"}, {"kind": "categorical"}),
}


def rows(n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    joined = pd.Timestamp("1969-12-20") + pd.to_timedelta(random.integers(0, 10**12, n), "us")
    days = random.integers(-500, 20_000, n)
    width = random.choice([-math.inf, math.inf, math.nan, *random.normal(0, 100, 20)], n)
    return pd.DataFrame(
        {
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 3, n), "D"),
            "joined": pd.Series(joined).where(random.random(n) < 0.9),
            "born": [EPOCH.date() + datetime.timedelta(int(day)) if day > 0 else None for day in days],
            "comment": pd.Series(
                random.choice(np.array(["", "Ünï'x", None, "a, long one", "☃"], dtype=object), n), dtype="str"
            ),
            "Width": width,
            "same": np.where(random.random(n) < 0.5, 3.0, math.nan),
            "age": random.choice([-1.0, 0.0, 17.9, 18.0, 30.0, 65.5, 66.0, math.nan], n),
            "order": random.integers(0, 40, n),
            "nothing": pd.Series(None, index=range(n), dtype=float),
            "flag": random.random(n) < 0.3,
        }
    )


def values(frame: pd.DataFrame, name: str) -> list[Any]:
    """A feature as the oracle takes it."""
    if FEATURES[name][1]["kind"] == "date":
        dates = pd.to_datetime(frame[name])
        return [None if pd.isna(date) else (date - EPOCH) / pd.Timedelta("1us") / 86400e6 for date in dates]
    if FEATURES[name][1]["kind"] == "text_length":
        return [None if is_missing(text) else len(text) for text in frame[name]]
    if name == "flag":
        return [str(value).lower() for value in frame[name]]
    return list(frame[name])


def test_every_kind_has_the_bins_that_it_asks_for(project: Project) -> None:
    current = rows(200, 2)
    references = {f"reference_{n}": rows(n, 1) for n in (300, 1)}
    project.put(current=current, **references)
    features = [feature for feature, _ in FEATURES.values()]
    make_tables(
        project,
        {
            f"kinds_of_{name}": f"{{{{ baton.drift_baseline(relation=source('data', '{name}'), features={features}, name=\"it's\") }}}}"
            for name in references
        },
    )
    counts = answers(
        project,
        {
            name: f"{{{{ baton.feature_histogram(relation=source('data', 'current'), baseline=source('data', 'kinds_of_{name}'), period=none) }}}}"
            for name in references
        },
    )
    for name, reference in references.items():
        has_the_bins(project.read(f"kinds_of_{name}"), reference, counts[name], current)


def has_the_bins(
    baseline: pd.DataFrame, reference: pd.DataFrame, histogram: pd.DataFrame, current: pd.DataFrame
) -> None:
    assert set(baseline["baseline"]) == set(histogram["baseline"]) == {"it's"}
    assert baseline["model_version"].isna().all() and baseline["bins_hash"].nunique() == 1
    assert set(histogram["bins_hash"]) == set(baseline["bins_hash"])
    assert set(baseline["feature"]) == set(FEATURES)
    for name, (_, expectation) in FEATURES.items():
        expected = oracles.Baseline(values(reference, name), **expectation)
        found = baseline[baseline["feature"] == name]
        assert set(found["kind"]) == {expectation["kind"]}
        counts = found.groupby("bin")["n"].sum().to_dict()
        assert {bin_: n for bin_, n in counts.items() if n} == expected.counts
        if expectation["kind"] != "categorical":
            ranges = found[found["lower"].notna()].sort_values("lower")
            assert ranges["lower"].tolist() == pytest.approx(expected.edges, rel=1e-15)
            assert ranges["bin"].tolist() == [str(place + 1) for place in range(len(expected.edges))]
            assert ranges["upper"].tolist()[-1:] == ([expected.highest] if expected.edges else [])
            assert {"below", "above", "NULL"} <= set(found["bin"])
        counted = histogram[histogram["feature"] == name]
        assert dict(zip(counted["bin"], counted["n"], strict=True)) == expected.histogram(
            values(current, name)
        )
        for row in counted.itertuples():
            inside = [value for value in values(current, name) if expected.place(value) == row.bin]
            if expectation["kind"] == "categorical" or row.bin == "NULL":
                assert is_missing(row.lowest) and is_missing(row.highest)
            else:
                assert (row.lowest, row.highest) == (min(inside), max(inside))


def test_the_hash_of_the_bins_is_not_that_of_their_counts(project: Project) -> None:
    twice = pd.DataFrame({"a": [1.0, 2.0], "c": ["x", "y"]})
    project.put(
        once=twice,
        twice=pd.concat([twice, twice]),
        other=twice.assign(a=[1.0, 2.5]),
        text=twice.assign(c="x"),
    )
    calls = {
        name: f"{{{{ baton.drift_baseline(relation=source('data', '{name}'), features=['a', 'c'], bins=2) }}}}"
        for name in ("once", "twice", "other", "text")
    }
    calls["named"] = calls["once"].replace("bins=2", "bins=2, name='other'")
    hashes = {name: found["bins_hash"].iloc[0] for name, found in answers(project, calls).items()}
    assert hashes["once"] == hashes["twice"]
    assert len(set(hashes.values())) == 4


def test_a_frozen_baseline_stays_and_a_new_one_is_added(project: Project) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    project.put(reference=frame)
    call = (
        FROZEN
        + "{{ baton.drift_baseline(relation=source('data', 'reference'), features=['a'], name='first') }}"
    )
    first = project.build({"frozen": call})
    project.put(reference=frame + 10)
    pd.testing.assert_frame_equal(project.build({"frozen": call}), first)
    both = project.build({"frozen": call.replace("first", "second")})
    pd.testing.assert_frame_equal(both[both["baseline"] == "first"].reset_index(drop=True), first)
    assert both.loc[both["baseline"] == "second", "lower"].min() == 11
    assert project.build({"frozen": call}, full_refresh=True)["lower"].min() == 11
    message = project.error({"frozen": call.replace("append'", "append', unique_key='baseline'")})
    assert "unique_key \"baseline\", expected incremental_strategy='append' and no unique_key" in message


def aliases(project: Project, version: str, relation: str = "train", **changed: Any) -> pd.DataFrame:
    names = [{"name": "a", "type": "float"}, {"name": "c", "type": "text"}]
    table = project.compile(f"{{{{ source('data', '{relation}') }}}}").strip()
    return pd.DataFrame(
        [
            {
                "model_name": "churn's",
                "alias": "champion",
                "model_version": version,
                "is_current": True,
                "features": json.dumps(names),
                "split": "part",
                "training_relation": table,
            }
            | changed
        ]
    )


def test_a_baseline_of_a_version_is_that_of_its_training_rows(project: Project) -> None:
    train = pd.DataFrame({"a": [1.0, 2.0, 3.0], "c": ["x", "y", "z"], "part": ["train", "train", "test"]})
    project.put(train=train, newer=train.assign(a=[5.0, 6.0, 7.0]))
    project.put(aliases=aliases(project, "v1"))
    call = FROZEN + "{{ baton.drift_baseline(registry=source('data', 'aliases'), model_name=\"churn's\") }}"
    first = project.build({"of_version": call})
    assert set(zip(first["baseline"], first["model_name"], first["model_version"], strict=True)) == {
        ("v1", "churn's", "v1")
    }
    assert set(first["feature"]) == {"a", "c"} and set(first["category"].dropna()) == {"x", "y"}
    assert first["lower"].max() == 2
    given = call.replace(FROZEN, "").replace(
        ") }}", ", relation=source('data', 'train'), features=['a'], where='a > 1') }}"
    )
    assert answers(project, {"given": given})["given"]["lower"].dropna().tolist() == [2]

    # another champion, trained on another relation
    project.put(
        aliases=pd.concat([aliases(project, "v1", is_current=False), aliases(project, "v2", "newer")])
    )
    both = project.build({"of_version": call})
    assert both.groupby("baseline")["lower"].min().to_dict() == {"v1": 1, "v2": 5}
    pd.testing.assert_frame_equal(both[both["baseline"] == "v1"].reset_index(drop=True), first)

    # a name stands for one version
    named = call.replace(") }}", ", name='v1') }}")
    assert 'the baseline of version "v1", and not of "v2": leave name out' in project.error(
        {"of_version": named}
    )
    [message] = errors(project, {"given": given}, command="run").values()
    assert "train\", but version 'v2' was trained on" in message
    # several inputs: the call has to say which
    several = aliases(project, "v3")
    several["training_relation"] += ", " + several["training_relation"].str.replace("train", "newer")
    project.put(aliases=several)
    found = rendered(project, {"given": given, "several": call.replace(FROZEN, "")}, command="run")
    assert "relation is missing, and cannot be read from the registry" in str(found["several"])
    assert isinstance(found["given"], str)


def test_what_is_wrong_with_a_version_is_named(project: Project) -> None:
    project.put(train=pd.DataFrame({"a": [1.0]}))
    project.put(aliases=aliases(project, "v1"), registry=aliases(project, "v1").drop(columns="alias"))
    call = "{{ baton.drift_baseline(registry=source('data', 'aliases'), model_name='m', relation=source('data', 'train')) }}"
    wrong = [
        {"column": "a", "edges": [1, 1]},
        {"column": "b", "bins": "wide"},
        {"column": "c", "bins": 2, "edges": [0, 1]},
        {"column": "d", "kind": "categorical", "bins": 3},
        {"column": "e", "bins": 1001},
    ]
    messages = errors(
        project,
        {
            "no_alias": call,
            "no_column": call.replace("'aliases'", "'registry'"),
            "no_model": call.replace("'m'", "none"),
            "no_feature": call.replace("'m'", '"churn\'s"'),
            "nothing": "{{ baton.drift_baseline() }}",
            "bins": f"{{{{ baton.drift_baseline(relation='r', features={wrong}) }}}}",
        },
        command="run",
    )
    for name, part in [
        ("no_alias", "there is no 'champion' of model 'm' in the registry"),
        ("no_column", "registry has no alias column"),
        ("no_model", "registry is given without model_name"),
        ("no_feature", 'relation has no column "c", it has a'),
        ("nothing", "(1) relation is missing"),
        ("nothing", "(2) features is missing"),
        ("bins", "features[0].edges is [1, 1], expected a list of two or more rising numbers"),
        ("bins", "features[1].bins is \"wide\", expected a whole number, or 'uniform'"),
        ("bins", "features[2] has bins and edges"),
        ("bins", "features[3] is categorical, which has no bins"),
        ("bins", "features[4].bins is 1001, expected a whole number from 1 to 1000"),
    ]:
        assert part in messages[name]


def test_a_build_without_rows_needs_no_version(project: Project) -> None:
    project.put(train=pd.DataFrame({"a": [1.0]}))
    project.put(aliases=aliases(project, "v1").iloc[:0])
    models = {
        "of_none": "{{ baton.drift_baseline(registry=source('data', 'aliases'), model_name='m') }}",
        "counts_of_none": """{{ baton.feature_histogram(
            relation=source('data', 'train'), baseline=ref('of_none'), time='a') }}""",
        "drift_of_none": "{{ baton.drift(histogram=ref('counts_of_none'), baseline=ref('of_none')) }}",
    }
    assert project.build(models, flags=["--empty"]).empty
