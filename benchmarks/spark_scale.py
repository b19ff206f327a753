"""point_in_time_join on Apache Spark beside DuckDB in a stated memory, and what a cluster would take.

.venv-spark/bin/python benchmarks/spark_scale.py --features 10_000_000 100_000_000 --memory 8
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
from harness import GIGABYTE, SCHEMA, YEAR, in_own_process, print_table

SPINE_SHARE = 10  # feature rows to a row of the spine
ROWS_PER_ENTITY = 100
BEGIN = 1_704_067_200_000_000  # 2024-01-01 in microseconds
PRIMES = (982_451_653, 961_748_941, 941_083_987, 920_419_823)
PARTITIONS = 200  # Spark's default

MODEL = """
{{ baton.point_in_time_join(
    spine=source('data', 'spine'),
    entity='entity_id',
    feature_views=[
        {
            'relation': source('data', 'history'),
            'event_time': 'valid_from',
            'features': ['revenue', 'orders', 'plan']
        }
    ]
) }}
"""

# rows, features that were found, and sums that change where a row gets the features of another one
CHECKS = (
    "count(*)",
    "count(history_feature_time)",
    "sum(cast({feature_time} % 1000003 as bigint) * ({as_of} % 1009))",
    "sum(cast(round(revenue * 100) as bigint) * (entity_id % 1013))",
    "sum(orders * ({as_of} % 1019))",
    "count(case when plan = 'team' then 1 end)",
)


class Figures(NamedTuple):
    """What a run took and found, and the metrics of each of Spark's stages, summed over its tasks."""

    seconds: float
    cpu_seconds: float
    gigabytes: float
    spilled: float
    checks: list[int]
    stages: list[dict[str, float]]


class Engine(NamedTuple):
    """How an engine writes what the queries below need."""

    numbers: str
    timestamp: str
    microseconds: str


ENGINES = {
    "duckdb": Engine("range({}) as numbers (i)", "make_timestamp({})", "epoch_us({})"),
    "spark": Engine("(select id as i from range({}))", "timestamp_micros({})", "unix_micros({})"),
}


def tables(engine: Engine, features: int, skewed: bool) -> dict[str, str]:
    """Make the input by the same whole numbers on both engines.

    No two rows of an entity have the same time. With `skewed` a fifth of all rows have one entity.
    """
    entities = features // ROWS_PER_ENTITY

    def rows(number: int, prime: int, time: str, *more: str) -> str:
        entity = f"i * {prime} % {2**31 - 1} % {entities}"
        microseconds = f"{BEGIN} + (i * {PRIMES[0]} % {number}) * {YEAR * 1_000_000 // number}"
        columns = [
            f"{f'case when i % 5 = 0 then 0 else {entity} end' if skewed else entity} as entity_id",
            f"{engine.timestamp.format(microseconds)} as {time}",
            *more,
        ]
        return f"select {', '.join(columns)} from {engine.numbers.format(number)}"

    return {
        "history": rows(
            features,
            PRIMES[1],
            "valid_from",
            f"cast(i * {PRIMES[2]} % 10000000 as double) / 100 as revenue",
            f"i * {PRIMES[3]} % 100 as orders",
            "case i % 3 when 0 then 'free' when 1 then 'team' else 'business' end as plan",
        ),
        "spine": rows(features // SPINE_SHARE, PRIMES[2], "as_of"),
    }


def checks(engine: Engine) -> str:
    """Write what is compared between the engines."""
    times = {
        name: engine.microseconds.format(column)
        for name, column in {"feature_time": "history_feature_time", "as_of": "as_of"}.items()
    }
    return ", ".join(check.format(**times) for check in CHECKS)


def compiled(engine: str) -> str:
    """Compile the model with dbt on that engine."""
    sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / name) for name in ("support", "oracles")]
    import pandas as pd

    from bench import DuckDB, Project
    from spark import Spark

    # dbt prints what it compiles
    with (
        TemporaryDirectory() as root,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        database = Spark(Path(root)) if engine == "spark" else DuckDB(Path(root) / "benchmark.duckdb")
        project = Project(Path(root), database)
        time = pd.Timestamp("2024-01-01")
        columns = {"valid_from": [time], "revenue": [1.5], "orders": [1], "plan": ["free"]}
        project.put(spine=pd.DataFrame({"entity_id": [1], "as_of": [time]}))
        project.put(history=pd.DataFrame({"entity_id": [1], **columns}))
        return project.compile(MODEL)


def on_duckdb(directory: Path, sql: str, features: int, skewed: bool, cores: int, memory: int) -> Figures:
    """Run on DuckDB with that many threads and gigabytes."""
    with duckdb.connect(str(directory / "benchmark.duckdb")) as connection:
        for setting in ("enable_progress_bar = false", f"threads = {cores}", f"memory_limit = '{memory}GB'"):
            connection.execute(f"set {setting}")
        connection.execute(f"create schema {SCHEMA}; use {SCHEMA}")
        for name, query in tables(ENGINES["duckdb"], features, skewed).items():
            connection.execute(f"create table {name} as {query}")
        connection.execute("checkpoint")
        began, cpu = time.perf_counter(), time.process_time()
        connection.execute(f"create table result as {sql}")
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        found = connection.execute(f"select {checks(ENGINES['duckdb'])} from result").fetchall()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIGABYTE
    return Figures(seconds, cpu, peak, float("nan"), [int(number) for number in found], [])


def on_spark(directory: Path, sql: str, features: int, skewed: bool, cores: int, memory: int) -> Figures:
    """Run on Spark with that many cores, and gigabytes for the one Java process, driver and executor."""
    from pyspark.sql import SparkSession

    events = directory / "events"
    events.mkdir()
    settings = {
        "spark.master": f"local[{cores}]",
        "spark.driver.memory": f"{memory}g",
        "spark.local.dir": str(directory / "local"),
        "spark.sql.warehouse.dir": str(directory / "warehouse"),
        "spark.sql.shuffle.partitions": str(PARTITIONS),
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file://{events}",
    }
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    process = Path(f"/proc/{session.sparkContext._gateway.proc.pid}")

    def cpu_seconds() -> float:
        user, system = (process / "stat").read_text().rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    session.sql(f"create database {SCHEMA}")
    session.sql(f"use {SCHEMA}")
    for name, query in tables(ENGINES["spark"], features, skewed).items():
        session.sql(f"create table {name} using parquet as {query}")
    began, cpu = time.perf_counter(), cpu_seconds()
    moment = time.time()
    session.sql(f"create table result using parquet as {sql}")
    seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
    found = session.sql(f"select {checks(ENGINES['spark'])} from result").collect()[0]
    (peak,) = (
        int(line.split()[1])
        for line in (process / "status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    session.stop()
    (log,) = events.iterdir()
    stages = stages_of(log, 1000 * moment, 1000 * (moment + seconds))
    spilled = sum(stage["Disk Bytes Spilled"] for stage in stages) / GIGABYTE
    return Figures(seconds, cpu, peak * 1024 / GIGABYTE, spilled, [int(number) for number in found], stages)


def stages_of(log: Path, since: float, until: float) -> list[dict[str, float]]:
    """Sum the metrics of the tasks of each stage in between (milliseconds), from Spark's event log."""
    stages: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in log.read_text().splitlines():
        event = json.loads(line)
        if (
            event["Event"] != "SparkListenerTaskEnd"
            or not since <= event["Task Info"]["Launch Time"] <= until
        ):
            continue
        metrics, sums = event["Task Metrics"], stages[event["Stage ID"]]
        sums["tasks"] += 1
        sums["longest"] = max(sums["longest"], metrics["Executor Run Time"] / 1000)
        for name in ("Memory Bytes Spilled", "Disk Bytes Spilled"):
            sums[name] += metrics[name]
        sums["CPU seconds"] += metrics["Executor CPU Time"] / 1e9
        sums["seconds"] += metrics["Executor Run Time"] / 1000
        sums["exchanged bytes"] += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
        sums["exchanged rows"] += metrics["Shuffle Write Metrics"]["Shuffle Records Written"]
    return [dict(stages[number]) for number in sorted(stages)]


def print_estimate(features: int, taken: Figures, cluster: argparse.Namespace) -> None:
    """Print what the same plan would take on a cluster, by the rates of a run and by what is assumed."""
    rows, wanted = (number + number / SPINE_SHARE for number in (features, cluster.cluster_features))
    times, cores = wanted / rows, cluster.executors * cluster.executor_cores
    moved = sum(stage["exchanged bytes"] for stage in taken.stages) / GIGABYTE
    cpu_seconds, all_moved, spilled = (
        times * figure for figure in (taken.cpu_seconds, moved, taken.spilled / cluster.executors)
    )
    network = cluster.executors * cluster.gigabits * 1e9 / 8 / GIGABYTE  # GB a second
    lines = {
        "rows through the one exchange": f"{wanted:.3g}, {times:,.0f} times the {rows:,.0f} of the run",
        "rows per CPU second": f"{rows / taken.cpu_seconds:,.0f} in the run, with garbage collection",
        "CPU seconds": f"{cpu_seconds:,.0f} = {times:,.0f} x {taken.cpu_seconds:,.0f}",
        "clock to compute": f"{cpu_seconds / cores / 60:.1f} min on {cores} cores of this speed, always busy",
        "bytes exchanged per row": f"{moved * GIGABYTE / rows:.1f} in the run, compressed",
        "GB exchanged": f"{all_moved:,.0f} = {times:,.0f} x {moved:.2f}",
        "clock to exchange": f"{all_moved / network / 60:.1f} min at {cluster.gigabits} Gbit/s per executor",
        "shuffle partitions": f"{PARTITIONS * times:,.0f} of {rows / PARTITIONS:,.0f} rows, as in the run",
        "GB spilled per executor": f"{spilled:.1f}, with as much memory per core",
    }
    print_table(
        f"Estimate for {cluster.cluster_features:.0e} feature rows on {cluster.executors} executors of"
        f" {cluster.executor_cores} cores",
        ["", "from the largest run above"],
        [[name, text] for name, text in lines.items()],
    )


RUNS: dict[str, Callable[..., Figures]] = {"duckdb": on_duckdb, "spark": on_spark}


def measured(engine: str, sql: str, root: str, *arguments: Any) -> Figures:
    """Run in a process and a directory of its own, which is deleted afterwards."""
    directory = Path(root) / engine
    directory.mkdir()
    try:
        return in_own_process(RUNS[engine], directory, sql, *arguments)
    finally:
        shutil.rmtree(directory)


def row_of(name: str, taken: Figures) -> list[str]:
    """Give a run's row of the table."""
    own = [f"{taken.cpu_seconds:.1f}", f"{taken.seconds:.1f}", f"{taken.gigabytes:.1f}"]
    if not taken.stages:
        return [name, *own, "", "", ""]
    moved = sum(stage["exchanged bytes"] for stage in taken.stages) / GIGABYTE
    longest = max(stage["longest"] for stage in taken.stages)
    return [name, *own, f"{moved:.2f}", f"{taken.spilled:.2f}", f"{longest:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--features", type=int, nargs="+", default=[1_000_000, 10_000_000], help="each in turn"
    )
    parser.add_argument("--skewed", action="store_true", help="a fifth of all rows have one entity")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--memory", type=int, default=8, help="GB for DuckDB, and for Spark's Java process")
    parser.add_argument("--cluster-features", type=float, default=1e10, help="feature rows of the estimate")
    parser.add_argument("--executors", type=int, default=100)
    parser.add_argument("--executor-cores", type=int, default=4)
    parser.add_argument("--gigabits", type=int, default=10, help="network of an executor, Gbit/s")
    arguments = parser.parse_args()

    sql = {engine: in_own_process(compiled, engine) for engine in ENGINES}
    sizes = (arguments.skewed, arguments.cores, arguments.memory)
    table = []
    for features in arguments.features:
        with TemporaryDirectory() as root:
            taken = {engine: measured(engine, sql[engine], root, features, *sizes) for engine in ENGINES}
        if taken["duckdb"].checks != taken["spark"].checks:
            raise SystemExit(f"the results differ: {[figures.checks for figures in taken.values()]}")
        print(f"{features:,} feature rows: both found {taken['spark'].checks}", flush=True)
        for engine, figures in taken.items():
            table.append(row_of(f"{engine}: {features:,} by {features // SPINE_SHARE:,}", figures))
            print(" | ".join(table[-1]), flush=True)
    print_table(
        f"{arguments.cores} cores, {arguments.memory} GB{', skewed' if arguments.skewed else ''}",
        ["", "CPU s", "clock s", "peak GB", "exchanged GB", "spilled GB", "longest task s"],
        table,
    )
    print_estimate(features, taken["spark"], arguments)


if __name__ == "__main__":
    main()
