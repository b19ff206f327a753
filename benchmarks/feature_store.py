"""A run of a store in which few entities have news, beside a full build, `dbt snapshot` and SQL by hand.

python benchmarks/feature_store.py --entities 5_000_000
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from harness import GIGABYTE, SCHEMA, describe_machine, print_table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

CONFIG = """{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='entity_id'
) }}"""
STORES = {
    "store_of_history": CONFIG
    + """{{ baton.scd2(
        source=source('data', 'history'), entity='entity_id', event_time='happened_at'
    ) }}""",
    "store_of_states": CONFIG
    + """{{ baton.scd2(
        source=source('data', 'state'), entity='entity_id', source_shape='snapshot', hard_deletes='invalidate'
    ) }}""",
}
DBT_SNAPSHOT = """
snapshots:
  - name: dbt_snapshot
    relation: source('data', 'state')
    config:
      unique_key: entity_id
      strategy: check
      check_cols: [orders, revenue, plan, is_member, last_seen]
      hard_deletes: invalidate
"""
DBT_SNAPSHOT_TABLE = f"{SCHEMA}.dbt_snapshot"

FEATURES = """
    hash({number}, 1) % 100 as orders,
    (hash({number}, 2) % 100_000) / 100 as revenue,
    'plan ' || hash({number}, 3) % 5 as plan,
    hash({number}, 4) % 2 = 0 as is_member,
    date '2024-01-01' + cast(hash({number}, 5) % 300 as integer) as last_seen"""
ENTITIES = "range({entities}) as entities (entity_id)"
HAPPENED_AT = "timestamp '2024-01-01' + interval ({version} * 7 + entity_id % 7) day as happened_at"

FIRST = [
    f"create table history as select entity_id, {HAPPENED_AT.format(version='version')},"
    + FEATURES.format(number="entity_id * 1_000 + version")
    + f" from {ENTITIES}, range({{versions}}) as versions (version) order by hash(entity_id, version)",
    "create table state as select entity_id,"
    + FEATURES.format(number="entity_id * 1_000")
    + f" from {ENTITIES} order by hash(entity_id)",
]
NEWS = [
    f"insert into history select entity_id, {HAPPENED_AT.format(version='{versions}')},"
    + FEATURES.format(number="entity_id * 1_000 + 999")
    + f" from {ENTITIES} where entity_id % {{one_in}} = 0",
    "update state set revenue = revenue + 1 where entity_id % {one_in} = 0",
    "delete from state where entity_id % ({one_in} * 10) = 1",
]

COLUMNS = ("orders", "revenue", "plan", "is_member", "last_seen")
DIFFERENT = " or ".join(f"state.{name} is distinct from versions.{name}" for name in COLUMNS)
NEW_VERSION = f"""
    cast(now() as timestamp) as valid_from,
    cast(null as timestamp) as valid_to,
    md5(concat_ws('|', {", ".join(COLUMNS)})) as feature_hash,
    md5(entity_id || '|' || now()) as version_key"""
BY_HAND_FIRST = [f"create table by_hand as select *, {NEW_VERSION} from state"]
BY_HAND = [
    f"""create or replace temp table changed as
        select state.*
        from state
        left join by_hand as versions on state.entity_id = versions.entity_id and versions.valid_to is null
        where versions.entity_id is null or {DIFFERENT}""",
    """create or replace temp table gone as
        select entity_id
        from by_hand
        where valid_to is null and entity_id not in (select entity_id from state)""",
    """update by_hand set valid_to = cast(now() as timestamp)
        where valid_to is null and entity_id in (
            select entity_id from changed union all select entity_id from gone
        )""",
    f"insert into by_hand select *, {NEW_VERSION} from changed",
]


class Stores:
    """The stores in one database, and the seconds of each run of each store."""

    def __init__(self, root: Path, sizes: dict[str, int]) -> None:
        from bench import DuckDB, Project

        self.sizes = sizes
        self.database = root / "benchmark.duckdb"
        self.project = Project(root, DuckDB(self.database))
        self.execute(FIRST)
        self.project.use_tables("history", "state")
        (root / "snapshots").mkdir()
        (root / "snapshots" / "dbt_snapshot.yml").write_text(DBT_SNAPSHOT)
        self.runs: list[dict[str, float]] = []
        self.failed: dict[str, str] = {}

    def execute(self, statements: Sequence[str]) -> float:
        """Run statements outside dbt and return their seconds."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(f"use {SCHEMA}")
            connection.execute("set enable_progress_bar = false")
            started = time.perf_counter()
            for statement in statements:
                connection.execute(statement.format(**self.sizes))
            return time.perf_counter() - started

    def run(self, by_hand: Sequence[str]) -> None:
        """Update each store; for dbt only the model is timed, and a peer that fails is left out."""
        seconds = {}
        for name, model in STORES.items():
            self.project.build({name: model}, command="run")
            seconds[name] = self.project.results[0].execution_time
        for name, update in (("dbt snapshot", self.snapshot), ("by hand", partial(self.execute, by_hand))):
            if name not in self.failed:
                try:
                    seconds[name] = update()
                except Exception as failed:
                    self.failed[name] = str(failed).strip().splitlines()[0]
        self.runs.append(seconds)

    def snapshot(self) -> float:
        """Take dbt's snapshot and return its seconds."""
        self.project.dbt("snapshot")
        seconds: float = self.project.results[0].execution_time
        return seconds

    def agreement(self) -> str:
        """Compare versions and open versions of the three stores of snapshots."""
        counts = {}
        for name, table, valid_to in (
            ("baton", f"{SCHEMA}.store_of_states", "valid_to"),
            ("dbt snapshot", DBT_SNAPSHOT_TABLE, "dbt_valid_to"),
            ("by hand", f"{SCHEMA}.by_hand", "valid_to"),
        ):
            if name in self.failed:
                continue
            query = f"select count(*) as versions, count(*) - count({valid_to}) as open from {table}"
            counts[table] = tuple(self.project.query(query).values.tolist()[0])
        if len(set(counts.values())) > 1:
            raise SystemExit(f"the stores differ in versions or open ones: {counts}")
        versions, still_open = counts[f"{SCHEMA}.store_of_states"]
        return f"All agree: {versions:,} versions of the snapshots, {still_open:,} of them open."


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entities", type=int, default=500_000)
    parser.add_argument("--versions", type=int, default=3, help="rows of the history for each entity")
    parser.add_argument("--one-in", type=int, default=100, help="one entity in this many has news")
    arguments = parser.parse_args()

    describe_machine()
    with (
        TemporaryDirectory() as root,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        stores = Stores(Path(root), vars(arguments))
        stores.run(BY_HAND_FIRST)
        stores.execute(NEWS)
        stores.run(BY_HAND)
        stores.run(BY_HAND)
        agreed = stores.agreement()

    moments = ("full build", f"one in {arguments.one_in} has news", "no news")
    full = stores.runs[0]["store_of_history"]
    rows = [
        [moment, f"{run['store_of_history']:.2f}", f"{run['store_of_history'] / full:.3f}"]
        for moment, run in zip(moments, stores.runs, strict=True)
    ]
    of = f"{arguments.entities:,} entities, {arguments.entities * arguments.versions:,} rows"
    print_table(f"A store of a history: {of}", ["", "seconds", "ratio"], rows)
    for name, reason in stores.failed.items():
        print(f"\n{name} failed and is left out: {reason}")
    rows = [
        [
            f"{moment}: {name}",
            f"{run[key]:.2f}" if key in run else "failed",
            f"{run[key] / run['dbt snapshot']:.2f}" if {key, "dbt snapshot"} <= run.keys() else "",
        ]
        for moment, run in zip(moments, stores.runs, strict=True)
        for name, key in (
            ("dbt snapshot", "dbt snapshot"),
            ("baton", "store_of_states"),
            ("by hand", "by hand"),
        )
    ]
    print_table(f"A store of snapshots: {arguments.entities:,} entities", ["", "seconds", "ratio"], rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIGABYTE
    print(f"\n{agreed} All in one process, peak {peak:.1f} GB; one run each.")


if __name__ == "__main__":
    main()
