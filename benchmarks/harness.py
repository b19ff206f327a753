"""Run candidates for the same result side by side, each run in a process of its own.

Seconds depend on the machine, so read the ratio to the first candidate, which is SQL written by hand. SQL and
pandas are timed alike, from opening the database to closing it with the result written as a table.
"""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import duckdb
import pandas as pd

Candidate = str | Callable[[duckdb.DuckDBPyConnection], pd.DataFrame]
Tables = dict[str, pd.DataFrame]
T = TypeVar("T")

RUNS = 3
SCHEMA = "baton_test"  # where the tests' throw-away project keeps its tables
GIGABYTE = 1 << 30
YEAR = 365 * 86_400  # seconds that the generated rows spread over


def compare(
    title: str,
    *,
    make_tables: Callable[..., Tables],
    sizes: Mapping[str, int],
    model: str,
    peers: Mapping[str, Candidate],
    checksum: str,
) -> None:
    """Print a table that compares baton with its peers.

    Parameters
    ----------
    title
        Heading of the table.
    make_tables, sizes
        ``make_tables(**sizes)`` returns the input tables; the model reads them with ``source('data', name)``.
    model
        Text of the dbt model that calls baton.
    peers
        By name, a query or a function from a connection to a frame; ratios are to the first.
    checksum
        SQL expression over one row of a result; its sum must be the same for all.

    Raises
    ------
    SystemExit
        If the candidates disagree.
    """
    with TemporaryDirectory() as root:
        database = str(Path(root) / "benchmark.duckdb")
        compiled = in_own_process(prepare, database, make_tables, sizes, model)
        by_hand, *others = peers.items()
        candidates = dict([by_hand, ("baton", compiled), *others])

        # in turns, so that what else the machine does meets all of them
        runs = [
            {name: in_own_process(run, database, name, candidate) for name, candidate in candidates.items()}
            for _ in range(RUNS)
        ]
        sums = {name: in_own_process(summary, database, name, checksum) for name in candidates}

    seconds = {name: median(of[name][0] for of in runs) for name in candidates}
    gigabytes = {name: median(of[name][1] for of in runs) for name in candidates}
    if len(set(sums.values())) > 1:
        raise SystemExit(f"{title}: the results differ in rows or checksum: {sums}")

    print(f"\n{title}\n\n| | seconds | ratio | peak GB |\n|---|--:|--:|--:|")
    for name in candidates:
        ratio = seconds[name] / seconds[by_hand[0]]
        print(f"| {name} | {seconds[name]:.2f} | {ratio:.2f} | {gigabytes[name]:.2f} |")
    rows, total = sums["baton"]
    print(f"\nAll agree: {rows:,} rows, checksum {total % 2**64:016x}.", flush=True)


def in_own_process(function: Callable[..., T], *arguments: Any) -> T:
    """Call the function in a process that starts empty, so that its peak memory is its own."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def prepare(database: str, make_tables: Callable[..., Tables], sizes: Mapping[str, int], model: str) -> str:
    """Write the input tables and return the SQL that dbt compiles from the model."""
    # imported here because dbt would count in the memory of every candidate
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from bench import DuckDB, Project

    path = Path(database)
    # dbt prints what it compiles
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        project = Project(path.parent, DuckDB(path))
        project.put(**make_tables(**sizes))
        return project.compile(model)


def run(database: str, name: str, candidate: Candidate) -> tuple[float, float]:
    """Write the candidate's result as a table: seconds, and the peak memory of this process in GB."""
    started = time.perf_counter()
    with duckdb.connect(database) as connection:
        connection.execute(f"use {SCHEMA}")
        connection.execute("set enable_progress_bar = false")
        if isinstance(candidate, str):
            connection.execute(f'create or replace table "{name}" as {candidate}')
        else:
            connection.register("frame", candidate(connection))
            connection.execute(f'create or replace table "{name}" as select * from frame')
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, peak * (1 if sys.platform == "darwin" else 1024) / GIGABYTE


def summary(database: str, name: str, checksum: str) -> tuple[int, int]:
    """Rows of a result and the sum of their checksums, which does not depend on the order of the rows."""
    with duckdb.connect(database) as connection:
        query = f'select count(*), coalesce(sum({checksum}), 0) from {SCHEMA}."{name}"'
        rows, total = connection.execute(query).fetchall()[0]
    return rows, int(total)


def describe_machine() -> None:
    """Print what the seconds depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE
    print(
        f"{os.cpu_count()} cores, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} at the start; "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, pandas {pd.__version__}; "
        f"median of {RUNS} runs",
        flush=True,
    )
