"""The newest row of a history on PostgreSQL: baton compared with lateral probes and a range over lead().

python benchmarks/point_in_time_join_postgres.py --features 10_000_000 --spine 1_000_000 10_000
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import psycopg2
from harness import SCHEMA, YEAR, print_table
from point_in_time_join import BATON, LARGE_PRIME

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
from bench import Postgres, Project, missing_engine

COLUMNS = "history.revenue, history.orders, history.plan, history.valid_from as history_feature_time"
LATERAL = f"""
select spine.*, {COLUMNS}
from spine
left join lateral (
    select * from history
    where history.entity_id = spine.entity_id and history.valid_from <= spine.as_of
    order by history.valid_from desc
    limit 1
) as history on true
"""
RANGE = f"""
select spine.*, {COLUMNS}
from spine
left join (
    select *, lead(valid_from) over (partition by entity_id order by valid_from) as next_from from history
) as history
    on spine.entity_id = history.entity_id
    and spine.as_of >= history.valid_from
    and (spine.as_of < history.next_from or history.next_from is null)
"""


def make_tables(engine: Postgres, features: int, entities: int, spine: int) -> None:
    """Make a spine and a history without ties, in no particular order; of 100 entities one has a fifth."""

    def moment(rows: int) -> str:
        place = f"(i::bigint * {LARGE_PRIME} % {rows})"
        return f"timestamp '2024-01-01' + {place} * interval '{YEAR / rows} seconds'"

    engine.execute(f"""
        select setseed(0.5);
        drop table if exists {SCHEMA}.history, {SCHEMA}.spine;
        create table {SCHEMA}.history as
        select
            floor({entities} * power(random(), 3))::bigint as entity_id,
            {moment(features)} as valid_from,
            round((random() * 1000)::numeric, 2)::double precision as revenue,
            floor(random() * 100)::bigint as orders,
            (array['free', 'team', 'business'])[1 + floor(random() * 3)::integer] as plan
        from generate_series(1, {features}) as numbers (i);
        create table {SCHEMA}.spine as
        select floor({entities} * power(random(), 3))::bigint as entity_id, {moment(spine)} as as_of
        from generate_series(1, {spine}) as numbers (i);
    """)
    engine.execute(f"vacuum analyze {SCHEMA}.history")
    engine.execute(f"analyze {SCHEMA}.spine")


def compare(engine: Postgres, title: str, candidates: Mapping[str, str]) -> None:
    """Time each query once, as a table; those that finish must agree with the first."""
    rows, checksums = [], {}
    first = None
    for name, query in candidates.items():
        started = time.perf_counter()
        try:
            engine.execute(f"drop table if exists result; create unlogged table result as {query}")
        except psycopg2.errors.QueryCanceled:
            rows.append([name, "did not finish", ""])
            continue
        except psycopg2.Error as failed:
            rows.append([name, f"failed: {str(failed).splitlines()[0]}", ""])
            continue
        seconds = time.perf_counter() - started
        first = first or seconds
        rows.append([name, f"{seconds:.2f}", f"{seconds / first:.2f}"])
        columns = "entity_id, as_of, revenue, orders, plan, history_feature_time"
        checksum = f"sum(hashtext(row({columns})::text)::bigint)"
        checksums[name] = tuple(engine.query(f"select count(*), {checksum} from result").iloc[0])
    print_table(title, ["", "seconds", "ratio"], rows)
    if len(set(checksums.values())) > 1:
        raise SystemExit(f"the results differ in rows or checksum: {checksums}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--features", type=int, default=1_000_000, help="rows of the history")
    parser.add_argument("--entities", type=int, nargs="+", default=[100_000, 100], help="each in turn")
    parser.add_argument("--spine", type=int, nargs="+", default=[100_000, 1_000], help="each in turn")
    parser.add_argument("--timeout", type=int, default=120, help="seconds after which a query is cancelled")
    arguments = parser.parse_args()

    missing = missing_engine("postgres")
    if missing:
        print(f"PostgreSQL is not there, so nothing is measured: {missing.splitlines()[0]}")
        return
    engine = Postgres()
    try:
        # dbt prints what it compiles
        with (
            TemporaryDirectory() as root,
            open(os.devnull, "w") as nowhere,
            contextlib.redirect_stdout(nowhere),
        ):
            project = Project(Path(root), engine)
            project.put(history=pd.DataFrame({"to_come": [0]}), spine=pd.DataFrame({"to_come": [0]}))
            make_tables(engine, features=10, entities=10, spine=10)
            baton = project.compile(BATON)
        engine.execute(f"set search_path = {SCHEMA}; set statement_timeout = '{arguments.timeout}s'")
        for entities in arguments.entities:
            for spine in arguments.spine:
                make_tables(engine, arguments.features, entities, spine)
                title = f"{arguments.features:,} feature rows of {entities:,} entities, {spine:,} spine rows"
                compare(engine, title, {"baton": baton, "by hand: range over lead()": RANGE})
                engine.execute("create index on history (entity_id, valid_from)")
                engine.execute("vacuum analyze history")
                compare(
                    engine,
                    f"{title}, an index on entity and time",
                    {"baton": baton, "by hand: lateral, ties as they come": LATERAL},
                )
    finally:
        engine.close()


if __name__ == "__main__":
    main()
