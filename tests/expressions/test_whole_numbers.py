"""Whole numbers of any length, and numbers that are equal though their types or their signs of zero differ."""

from __future__ import annotations

import pandas as pd

from bench import Project

HOUR = "timestamp '2024-01-01 12:00:00' + interval '1 hour' * "
LONG = {"duckdb": "ubigint", "postgres": "numeric(20, 0)"}
VALUES = {
    "a": [4611686018427387904, 4611686018427387904, 7],
    "b": [-9223372036854775807, -9223372036854775807, 9223372036854775807],
    "c": [3, 9007199254740993],
}


def test_sums_hold_what_64_bits_do_not(project: Project):
    rows = [(key, number, value) for key, values in VALUES.items() for number, value in enumerate(values)]
    project.execute("drop table if exists {schema}.counters")
    project.execute(
        f"create table {{schema}}.counters (k varchar(9), happened timestamp, n bigint, small smallint, magnitude {LONG[project.engine.name]})"
    )
    for key, number, value in rows:
        project.execute(
            f"insert into {{schema}}.counters values ('{key}', {HOUR}{number}, {value}, {number + 1}, {2 * abs(value)})"
        )
    project.use_tables("counters")
    project.put(
        moments=pd.DataFrame({"k": list(VALUES), "as_of": pd.Timestamp("2024-01-02")}),
        before=pd.DataFrame({"k": list(VALUES), "as_of": pd.Timestamp("2024-01-01")}),
    )
    sums = ", ".join(
        f"{{'function': 'sum', 'column': '{column}', 'windows': ['3d', 'lifetime']}}"
        for column in ("n", "magnitude", "small")
    )
    labels = ", ".join(
        f"{{'function': 'sum', 'column': '{column}', 'name': '{column}_label'}}"
        for column in ("n", "magnitude", "small")
    )
    windows = "baton.windowed_features(spine=source('data', 'moments'), entity='k', sources=[{'relation': %s, 'event_time': 'happened', 'aggregates': [%s]}])"
    join = (
        "baton.point_in_time_join(spine=source('data', 'moments'), entity='k', feature_views=[{'relation': source('data', 'counters'),"
        " 'event_time': 'happened', 'features': ['n', 'magnitude'], 'prefix': 'v_'}])"
    )
    project.build(
        {
            "windows": "{{ " + windows % ("source('data', 'counters')", sums) + " }}",
            "of_a_cte": "with c as (select * from {{ source('data', 'counters') }}), found as ({{ "
            + windows % ("'c'", sums)
            + " }}) select * from found",
            "judged": "{{ baton.labels(spine=source('data', 'before'), events=source('data', 'counters'), entity='k', event_time='happened', horizon='3d',"
            f" observed_until='2024-02-01', label=[{labels}]) }}}}",
            "joined": "{{ " + join + " }}",
        },
        command="run",
    )

    def read(name: str, column: str) -> dict[str, int]:
        frame = project.query(f'select k, cast({column} as varchar(60)) as found from {{schema}}."{name}"')
        return {key: int(found) for key, found in zip(frame["k"], frame["found"], strict=True)}

    right = {
        "n": {key: sum(values) for key, values in VALUES.items()},
        "magnitude": {key: sum(2 * abs(value) for value in values) for key, values in VALUES.items()},
        "small": {key: sum(range(1, len(values) + 1)) for key, values in VALUES.items()},
    }
    for column, expected in right.items():
        for window in ("", "_3d"):
            assert read("windows", f"{column}_sum{window}") == expected
            assert read("of_a_cte", f"{column}_sum{window}") == expected
        assert read("judged", f"{column}_label") == expected
    assert read("joined", "v_n") == {key: values[-1] for key, values in VALUES.items()}
    assert read("joined", "v_magnitude") == {key: 2 * abs(values[-1]) for key, values in VALUES.items()}


def test_equal_keys_are_on_one_side_and_equal_values_have_one_fingerprint(project: Project):
    """Whatever their type, and -0.0 as 0."""
    double = "double precision"
    keys = [0, 1, 7, 12, 100, 4096]
    kinds = {"whole": "integer", "long": "bigint", "wide": double, "money": "decimal(18, 2)"}
    tables = {
        name: " union all ".join(
            f"select cast({key} as {kind}) as k, cast({key} as {kind}) as x" for key in keys
        )
        for name, kind in kinds.items()
    }
    tables["signed"] = tables["wide"].replace(f"cast(0 as {double})", f"cast('-0' as {double})")
    split = "baton.split(split={'by': 'entity', 'fractions': {'train': 0.5, 'test': 0.5}, 'seed': 'x'}, entity='k', as_of='k')"
    models = {}
    for name, rows in tables.items():
        models[f"keys_{name}"] = rows
        models[f"split_{name}"] = f"select k, {{{{ {split} }}}} as side from {{{{ ref('keys_{name}') }}}}"
        models[f"print_{name}"] = f"{{{{ baton.fingerprint(relation=ref('keys_{name}')) }}}}"
        models[f"print_cte_{name}"] = (
            f"with c as (select * from {{{{ ref('keys_{name}') }}}}), found as ({{{{ baton.fingerprint(relation='c', columns=['k', 'x']) }}}}) select * from found"
        )
        models[f"trained_{name}"] = (
            "{{ baton.training_set(spine=ref('rows_%s'), entity='k', is_mature=false, label='x', split={'by': 'entity', 'fractions': {'train': 0.5, 'test': 0.5},"
            " 'seed': 'x'}, feature_views=[{'relation': ref('rows_%s'), 'event_time': 'as_of', 'features': ['x'], 'prefix': 'v_'}]) }}"
        ).replace("%s", name)
        models[f"rows_{name}"] = (
            f"select *, timestamp '2024-01-01' as as_of from {{{{ ref('keys_{name}') }}}}"
        )
    project.build(models, command="run")
    sides, trained, prints = [], [], set()
    for name in tables:
        frame = project.read(f"split_{name}")
        sides.append({int(key): side for key, side in zip(frame["k"], frame["side"], strict=True)})
        frame = project.read(f"trained_{name}")
        trained.append({int(key): side for key, side in zip(frame["k"], frame["split"], strict=True)})
        prints |= {project.read(f"{kind}_{name}")["fingerprint"][0] for kind in ("print", "print_cte")}
    assert len(set(sides[0].values())) == 2
    assert all(side == sides[0] for side in sides + trained)
    assert len(prints) == 1


def test_rows_with_values_that_no_engine_compares_are_compared_by_their_text(project: Project):
    """json and points on PostgreSQL, lists and structs on DuckDB: a lost row and a duplicated one are found."""
    typed = {
        "duckdb": "'{\"a\": %d}'::json as j, [%d] as p, {'b': %d} as s",
        "postgres": "'{\"a\": %d}'::json as j, point(%d, 0) as p, array[%d] as s",
    }[project.engine.name]
    rows = {number: f"select {number} as k, {typed.replace('%d', str(number))}" for number in (1, 2, 3)}
    for name, numbers in {"kept": (1, 2, 3), "other": (1, 1, 3)}.items():
        project.execute(f"drop table if exists {{schema}}.{name}")
        project.execute(
            f"create table {{schema}}.{name} as {' union all '.join(rows[number] for number in numbers)}"
        )
    project.use_tables("kept", "other")
    found = project.failing_rows(
        {
            name: {
                "model": name,
                "test": "same_rows_as",
                "arguments": {"compare_to": "source('data', 'kept')"},
            }
            for name in ("kept", "other")
        }
    )
    assert len(found["kept"]) == 0
    assert dict(zip(found["other"]["k"], found["other"]["rows_here"], strict=True)) == {1: 2, 2: 0}
