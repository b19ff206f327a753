"""Equal numbers are the same key and the same category, whatever their type: integer, double, decimal, or minus zero."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

import oracles_preprocessing as oracle
from bench import Project
from compare import assert_same_rows

Steps = Sequence[Mapping[str, Any]]

CODES = [3, 0, 3, -12, 100000, 0, 7, 3, 0, 7, 100000, None]
COUNT = len(CODES)
# one copy of the column for each of these
STEPS: Steps = [
    {"transformer": "one_hot_encoder", "handle_unknown": "ignore"},
    {"transformer": "one_hot_encoder", "handle_unknown": "ignore", "categories": [[7, 0, 3]]},
    {"transformer": "one_hot_encoder", "handle_unknown": "infrequent_if_exist", "min_frequency": 2},
    {"transformer": "ordinal_encoder", "handle_unknown": "use_encoded_value", "unknown_value": -1},
    {
        "transformer": "ordinal_encoder",
        "handle_unknown": "use_encoded_value",
        "unknown_value": -1,
        "categories": [[7, 3]],
    },
    {"transformer": "label_encoder"},
    {"transformer": "frequency_encoder"},
    {"transformer": "hashing_encoder", "n_components": 5},
    {"transformer": "target_encoder", "target": "y", "target_type": "continuous", "smooth": 1.5},
    {
        "transformer": "target_encoder",
        "target": "y",
        "target_type": "continuous",
        "cv": 3,
        "fold_by": "k",
        "cross_fit": "split = 'train'",
    },
    {"transformer": "simple_imputer", "strategy": "most_frequent"},
    {"transformer": "simple_imputer", "strategy": "constant", "fill_value": 4},
]
OWN = [{**step, "columns": [f"c{place}"], "name": f"step {place}"} for place, step in enumerate(STEPS)]
TYPES = {
    "duckdb": ["integer", "double", "float", "decimal(12, 2)", "decimal(38, 10)", "hugeint"],
    "postgres": ["integer", "double precision", "real", "numeric(12, 2)", "numeric", "bigint"],
}


def jinja(value: Any) -> str:
    return json.dumps(value).replace("null", "none").replace("true", "True").replace("false", "False")


def put_every_type(project: Project) -> tuple[list[str], pd.DataFrame]:
    """One table per type, all with the same numbers and these; the doubles have minus zero as zero."""
    names = [f"c{place}" for place in range(len(STEPS))]
    frame = pd.DataFrame({"id": range(COUNT), "split": ["train", "test"] * (COUNT // 2)})
    frame["y"] = [1.5, -2.0, 0.25, 8.0] * (COUNT // 4)
    frame["k"] = range(COUNT)
    codes = pd.Series(CODES, dtype=object)
    frame = pd.concat([frame, *(codes.rename(name) for name in names)], axis=1)
    project.put(integers=frame)
    tables = []
    for type_ in TYPES[project.engine.name]:
        zero = "0" if type_[0] in "ihn" else "cast('-0' as double precision)"
        cells = [
            f"cast(case when {name} = 0 then {zero} else {name} end as {type_}) as {name}"
            for name in [*names, "k"]
        ]
        tables.append(f"typed_{len(tables)}")
        project.execute(
            f"drop table if exists {{schema}}.{tables[-1]};"
            f"create table {{schema}}.{tables[-1]} as select id, split, y, {', '.join(cells)} from {{schema}}.integers"
        )
    project.use_tables(*tables)
    return tables, frame


def test_every_encoder_knows_a_number_by_its_value(project: Project) -> None:
    tables, integers = put_every_type(project)
    truth = oracle.Fit(OWN, integers, project.engine.name).transform(integers, ["id"])
    expected = [dict(zip(truth, row, strict=True)) for row in zip(*truth.values(), strict=True)]
    models = {}
    for fitted_on in tables:
        models[f"fit_{fitted_on}"] = f"{{{{ baton.fit(source('data', '{fitted_on}'), {jinja(OWN)}) }}}}"
    for fitted_on, applied_to in [
        *((tables[0], table) for table in tables),
        *((table, tables[0]) for table in tables[1:]),
    ]:
        models[f"from_{fitted_on}_to_{applied_to}"] = (
            f"{{{{ baton.transform(source('data', '{applied_to}'), ref('fit_{fitted_on}'), {jinja(OWN)}, keep=['id']) }}}}"
        )
    # of a CTE no type is known
    models["through_a_cte"] = (
        f"with served as (select * from {{{{ source('data', '{tables[1]}') }}}})\n"
        f"select * from ({{{{ baton.transform('served', ref('fit_{tables[0]}'), {jinja(OWN)}, keep=['id']) }}}}) as made"
    )
    project.build(models)
    for name in models:
        if name.startswith("from_"):
            made = project.read(name)
            assert list(made.columns) == list(truth), name
            assert_same_rows(made, expected)
    through = project.read("through_a_cte")
    assert_same_rows(
        through.drop(columns=["c10"]).astype(float),
        [{key: row[key] for key in row if key != "c10"} for row in expected],
    )


def test_the_drift_of_a_category_and_a_segment_is_that_of_its_numbers(project: Project) -> None:
    tables, _ = put_every_type(project)
    models = {
        "frozen": f"{{{{ baton.drift_baseline(source('data', '{tables[0]}'), [{{'column': 'c0', 'kind': 'categorical'}}]) }}}}",
        "cte_frozen": f"with served as (select * from {{{{ source('data', '{tables[1]}') }}}})\n"
        "select * from ({{ baton.drift_baseline('served', [{'column': 'c0', 'kind': 'categorical'}]) }}) as made",
    }
    for table in tables:
        models[f"of_{table}"] = (
            f"with served as (select *, timestamp '2024-01-01 00:00:00' as as_of from {{{{ source('data', '{table}') }}}})\n"
            "select * from ({{ baton.feature_histogram('served', ref('frozen'), segments=['k']) }}) as made"
        )
        models[f"drift_{table}"] = f"{{{{ baton.drift(ref('of_{table}'), ref('frozen')) }}}}"
    project.build(models)
    counts = pd.Series(CODES).dropna().value_counts()
    frozen = project.read("frozen")
    assert dict(frozen.dropna(subset=["category"])[["category", "n"]].to_numpy()) == {
        str(int(code)): count for code, count in counts.items()
    }
    assert_same_rows(project.read("cte_frozen"), frozen.to_dict("records"))
    for table in tables:
        made = project.read(f"of_{table}")
        assert set(made["segment_value"]) == {"all", *map(str, range(COUNT))}
        assert made[(made["bin"] == "UNSEEN")].empty
        drift = project.read(f"drift_{table}")
        assert drift.loc[drift["segment_name"] == "all", "value"].tolist() == [0.0]


def test_an_entity_is_in_one_split_whatever_the_type_of_its_key(project: Project) -> None:
    project.put(keys=pd.DataFrame({"key": np.arange(200)}))
    types = TYPES[project.engine.name]
    split = "baton.split({'by': 'entity', 'fractions': {'train': 0.6, 'validation': 0.2, 'test': 0.2}, 'seed': 's'}, 'key', 'key')"
    typed = " union all ".join(
        f"select cast(key as integer) as id, '{type_}' as type, split from (select key, {{{{ {split} }}}} as split from"
        f" (select cast(key as {type_}) as key from {{{{ source('data', 'keys') }}}}) as typed) as rows_{place}"
        for place, type_ in enumerate(types)
    )
    made = project.build({"splits": typed})

    def place(key: int) -> str:
        share = int(hashlib.md5(f"s-{key}".encode()).hexdigest()[:8], 16) / 2**32
        return "train" if share < 0.6 else "validation" if share < 0.8 else "test"

    assert len(made) == 200 * len(types)
    assert made["split"].tolist() == [place(key) for key in made["id"]]
