"""A run that is killed with a signal and started again has the same result as one that was not killed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from conftest import ENGINES, make_project

from bench import SCHEMA, Project
from integration import forked

KILLS = 20
KILLS_A_BATCH = 5
RUN = ["run", "--quiet", "--log-level-file", "none"]

SCD2 = "{{{{ baton.scd2(source=source('data', '{source}'), entity='entity_id', event_time='happened_at'{options}) }}}}"
LOG = "{{ baton.feature_log(source=source('data', 'killed_history'), entity='entity_id', event_time='happened_at') }}"
BY_ENTITY = (
    "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='entity_id') }}"
)
BY_VERSION = "{{ config(materialized='incremental', incremental_strategy='merge', unique_key='version_id') }}"
APPEND = "{{ config(materialized='incremental', incremental_strategy='append') }}"
HISTORY = SCD2.format(source="killed_history", options="")
STATE = SCD2.format(source="killed_state", options=", source_shape='snapshot', hard_deletes='ignore'")
STORES = {
    "history": BY_ENTITY + HISTORY,
    "merged": BY_VERSION + HISTORY,
    "state": BY_ENTITY + STATE,
    "log": APPEND + LOG,
}
# columns with the time of a run, which differ after a run was killed and started again
NOT_COMPARED = ["recorded_at", "created_at"]

# the fewest of whose runs a kill finds some in the middle
ENTITIES = 1_000
FIRST = [
    """create table {schema}.killed_history as
        select id % {entities} as entity_id, timestamp '2024-01-01' + floor(id / {entities}) * interval '1 day' as happened_at, id % 7 as visits
        from (select cast(g as bigint) as id from generate_series(0, 4 * {entities} - 1) as numbers (g)) as ids""",
    """create table {schema}.killed_state as
        select entity_id, happened_at, visits from {schema}.killed_history where happened_at = timestamp '2024-01-01'""",
]
# late rows, corrections, entities that are gone
NEWS = [
    """insert into {schema}.killed_history
        select entity_id, happened_at + interval '{batch} hours', visits + 1 from {schema}.killed_history where entity_id % 10 = {batch} % 10""",
    "delete from {schema}.killed_history where entity_id % 100 = 50 + {batch}",
    "update {schema}.killed_state set visits = visits + 1, happened_at = happened_at + interval '1 day' where entity_id % 3 = {batch} % 3",
]


@pytest.fixture(params=ENGINES)
def own_project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A project that no dbt in this process has opened, because DuckDB allows only one process."""
    yield from make_project(request.param, tmp_path_factory)


def columns(project: Project) -> dict[str, list[str]]:
    """By store, what is compared of it."""
    found = project.query("select table_name, column_name from information_schema.columns")
    found = found[~found["column_name"].isin(NOT_COMPARED)]
    return {name: sorted(found.loc[found["table_name"] == name, "column_name"]) for name in STORES}


def contents(project: Project, compared: dict[str, list[str]], prefix: str = "") -> dict[str, str]:
    """All rows of each store as the hash of one text; this fails if a store cannot be read."""
    queries = [
        f"""select '{name}' as store, count(*) as n, md5(string_agg(cast(t as text), ';' order by cast(t as text))) as hash
            from (select {", ".join(compared[name])} from {{schema}}.{prefix}{name}) as t"""
        for name in STORES
    ]
    found = project.query(" union all ".join(queries))
    return {row.store: f"{row.n} rows, {row.hash}" for row in found.itertuples()}


def test_a_killed_run_started_again_ends_as_an_uninterrupted_one(own_project: Project):
    """Twenty kills at random times, up to five before a run that may finish; each leaves the old or the new state."""
    project, chance = own_project, random.Random(7)
    for statement in FIRST:
        project.execute(statement.replace("{entities}", str(ENTITIES)))
    project.use_tables("killed_history", "killed_state")
    models = {**STORES, **{f"calm_{name}": text for name, text in STORES.items()}}
    dbt = forked()
    kills = old = new = 0
    with project.files(models, None):
        dbt.parse(root=project.root)
        assert dbt.dbt(*RUN, root=project.root)["succeeded"]
        compared = columns(project)
        duration = dbt.dbt(*RUN, "--select", *STORES, root=project.root)["seconds"]
        for batch in range(1, KILLS):
            before = contents(project, compared)
            for statement in NEWS:
                project.execute(statement.replace("{batch}", str(batch)))
            left = []
            for _ in range(KILLS_A_BATCH):
                moment = chance.uniform(0.1, 0.9) * duration
                killed = dbt.dbt(*RUN, "--select", *STORES, root=project.root, kill_after=moment)["killed"]
                # some should fall behind the first commit and some before it, however fast the machine is just now
                duration *= 1.1 if killed else 0.8
                if not killed:
                    # nothing is left to be written
                    break
                left.append(contents(project, compared))
            assert dbt.dbt(*RUN, root=project.root)["succeeded"]
            end = contents(project, compared)
            assert end == contents(project, compared, "calm_")
            kills += len(left)
            for stores in left:
                for name in STORES:
                    assert stores[name] in (before[name], end[name]), (batch, name)
                    new += stores[name] != before[name]
                    old += stores[name] != end[name]
            if kills >= KILLS:
                break
    assert kills >= KILLS
    # some kills left the old state and some the new one; a state in between would have failed above
    assert old and new, (old, new)
    leftovers = project.query(
        f"select table_name from information_schema.tables where table_schema = '{SCHEMA}' and table_name like '%dbt%'"
    )
    assert leftovers.empty, leftovers
