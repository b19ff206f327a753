"""Run candidates for the same result and compare them, with each run in a separate process.

Seconds depend on the machine, so read the ratio to the first candidate: SQL written by hand or the usual
library. SQL and Python are timed alike, from opening the database to closing it with the result as a table.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import duckdb
import pandas as pd

# the environments of peers have what the peer needs, and this module imports no more than they all have
Query = str | Callable[[duckdb.DuckDBPyConnection], Any]  # a data frame or an Arrow table
Agreement = Callable[[str, Sequence[str]], str]
Models = str | Mapping[str, str]
Tables = dict[str, pd.DataFrame]
Queries = dict[str, str]  # tables that DuckDB makes itself
T = TypeVar("T")

RUNS = 3
SCHEMA = "baton_test"  # where the tests' throw-away project keeps its tables
TOLERANCE = 1e-9
GIGABYTE = 1 << 30
YEAR = 365 * 86_400  # seconds that the generated rows spread over

COMPILED: dict[tuple[str, ...], dict[str, str]] = {}  # by the texts of the models
PARTS: dict[str, float] = {}  # seconds of what `part` has timed in this process


@dataclass(frozen=True)
class Script:
    """A candidate with a separate environment: a script that calls `run_here` with the function to time."""

    python: Path
    script: Path


Candidate = Query | Mapping[str, str] | Script


class Figures(NamedTuple):
    """The cost of a run: seconds, CPU seconds, the peak memory of its process in GB, seconds of its parts."""

    seconds: float
    cpu_seconds: float
    gigabytes: float
    parts: dict[str, float]


class PeerFailed(Exception):
    """A peer failed and has no figures; the message is the peer's error."""


def compare(
    title: str,
    *,
    make_tables: Callable[..., Tables | Queries],
    sizes: Mapping[str, float],
    models: Models,
    peers: Mapping[str, Candidate],
    agreement: Agreement,
    memory_limit: str | None = None,
) -> None:
    """Print a table that compares baton with its peers.

    Parameters
    ----------
    title
        Heading of the table.
    make_tables, sizes
        ``make_tables(**sizes)`` returns the input tables, or the queries that make them; a model reads them
        with ``source('data', name)``.
    models
        Text of the dbt model that calls baton, or of several by name, run one after another; the last gives
        the result.
    peers
        By name, a query or a function from a connection to a frame; ratios are to the first. If one fails,
        its row says so, and the others are still compared.
    agreement
        Compares the results: `same_checksum` or `same_values`.
    memory_limit
        The memory limit of DuckDB, such as ``8GB``; the rest goes to disk.

    Raises
    ------
    SystemExit
        If the candidates disagree.
    """
    with TemporaryDirectory() as root:
        database = str(Path(root) / "benchmark.duckdb")
        steps = {"result": models} if isinstance(models, str) else models
        compiled = prepared(database, make_tables, sizes, steps, build=len(steps) > 1)
        reference, *others = peers.items()
        candidates: dict[str, Candidate] = dict(
            [reference, ("baton", compiled.get("result", compiled)), *others]
        )
        figures = measure(
            {name: (database, candidate) for name, candidate in candidates.items()}, memory_limit, peers
        )
        ran = [name for name in candidates if name in figures]
        agreed = agreement(database, ran) if len(ran) > 1 else "There is nothing to compare the result with."

    rows = []
    for name in candidates:
        if name not in figures:
            rows.append([f"{name}: failed", "", "", "", ""])
            continue
        taken = figures[name]
        to_reference = ratio(taken, figures.get(reference[0]))
        rows.append(
            [name, f"{taken.seconds:.2f}", to_reference, f"{taken.cpu_seconds:.2f}", f"{taken.gigabytes:.2f}"]
        )
        rows += [[f"of that {part}", f"{seconds:.2f}", "", "", ""] for part, seconds in taken.parts.items()]
    print_table(title, ["", "seconds", "ratio", "CPU seconds", "peak GB"], rows)
    print(f"\n{agreed}", flush=True)


def compare_sizes(
    title: str,
    *,
    make_tables: Callable[..., Tables | Queries],
    sizes: Mapping[str, Mapping[str, float]],
    model: str,
) -> None:
    """Print what baton takes for several sizes, by name, as ratios to the first and to the one before."""
    with TemporaryDirectory() as root:
        jobs: dict[str, tuple[str, Candidate]] = {}
        for place, (name, size) in enumerate(sizes.items()):
            directory = Path(root) / str(place)
            directory.mkdir()
            database = str(directory / "benchmark.duckdb")
            compiled = prepared(database, make_tables, size, {"result": model})
            jobs[name] = (database, compiled["result"])
        figures = list(measure(jobs).values())

    rows = []
    for name, before, taken in zip(sizes, [None, *figures], figures, strict=False):
        to_first, to_one_before = ratio(taken, figures[0]), ratio(taken, before)
        rows.append([name, f"{taken.seconds:.2f}", to_first, to_one_before, f"{taken.gigabytes:.2f}"])
    print_table(title, ["baton", "seconds", "ratio to the first", "to the row above", "peak GB"], rows)


def ratio(taken: Figures, to: Figures | None) -> str:
    """Write a ratio of seconds, or nothing if there is nothing to compare with."""
    return f"{taken.seconds / to.seconds:.2f}" if to else ""


def measure(
    jobs: Mapping[str, tuple[str, Candidate]], memory_limit: str | None = None, peers: Container[str] = ()
) -> dict[str, Figures]:
    """Run every job, a database and a candidate, and give medians; each writes a table of its name.

    If one of the `peers` fails, a message says so and it is left out.
    """
    runs: dict[str, list[Figures]] = {name: [] for name in jobs}
    # in turns, so that other load on the machine affects all of them
    for _ in range(RUNS):
        for name in list(runs):
            try:
                runs[name].append(figures_of(name, *jobs[name], memory_limit))
            except PeerFailed as failed:
                if name not in peers:
                    raise SystemExit(f"{name} failed: {failed}") from None
                print(f"\n{name} failed and is left out: {failed}", flush=True)
                del runs[name]
    return {
        name: Figures(
            median(run.seconds for run in taken),
            median(run.cpu_seconds for run in taken),
            median(run.gigabytes for run in taken),
            {part: median(run.parts[part] for run in taken) for part in taken[0].parts},
        )
        for name, taken in runs.items()
    }


def figures_of(name: str, database: str, candidate: Candidate, memory_limit: str | None) -> Figures:
    try:
        if isinstance(candidate, Script):
            command = [str(candidate.python), "-W", "ignore", str(candidate.script), database, name]
            ran = subprocess.run(command, capture_output=True, text=True, check=True)
            return Figures(*json.loads(ran.stdout.splitlines()[-1]))
        return in_own_process(run, database, name, candidate, memory_limit)
    except subprocess.CalledProcessError as failed:
        raise PeerFailed(last_words(failed)) from failed
    except Exception as failed:
        # whatever went wrong in the candidate's process, or that it was killed
        raise PeerFailed(f"{type(failed).__name__}: {failed}".splitlines()[0]) from failed


def last_words(failed: subprocess.CalledProcessError) -> str:
    """Give the line with a command's error: one that is marked as an error, or else the last one."""
    lines = [line for line in f"{failed.stdout or ''}\n{failed.stderr or ''}".splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith("ERROR")]
    return (marked or lines or [f"it ended with code {failed.returncode} and said nothing"])[-1].strip()


def in_own_process(function: Callable[..., T], *arguments: Any) -> T:
    """Call the function in a new process, so that the peak memory is that of the function."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def repeated(database: Path, sql: str) -> tuple[float, float]:
    """Give the seconds and CPU seconds of a query in a connection that is open, as dbt has one.

    The query runs on a copy of the database, which dbt keeps open here, and writes a table.
    """
    copy = database.with_name("copy.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute("checkpoint")
    shutil.copy(database, copy)
    taken: tuple[float, float] = in_own_process(_repeated, str(copy), sql.replace(f'"{database.stem}".', ""))
    return taken


def _repeated(database: str, sql: str) -> tuple[float, float]:
    with duckdb.connect(database) as connection:
        connection.execute("set enable_progress_bar = false")
        taken = []
        for _ in range(1 + RUNS):
            began, began_cpu = time.perf_counter(), time.process_time()
            connection.execute(f"create or replace table {SCHEMA}.repeated as {sql}")
            taken.append((time.perf_counter() - began, time.process_time() - began_cpu))
    seconds, cpu_seconds = zip(*taken[1:], strict=True)
    return median(seconds), median(cpu_seconds)


def print_repeated(title: str, figures: Mapping[str, tuple[float, float]]) -> None:
    """Print what `repeated` gave of several runs, the full one first."""
    full, full_cpu = next(iter(figures.values()))
    table = [
        [name, f"{seconds:.3f}", f"1/{full / seconds:.0f}", f"{cpu:.3f}", f"1/{full_cpu / cpu:.0f}"]
        for name, (seconds, cpu) in figures.items()
    ]
    print_table(title, ["", "seconds", "of a full run", "CPU seconds", "of a full run"], table)


def prepared(
    database: str,
    make_tables: Callable[..., Tables | Queries],
    sizes: Mapping[str, float],
    models: Mapping[str, str],
    build: bool = False,
) -> dict[str, str]:
    """Write the input tables and return the SQL of each model, compiled once: sizes do not change it.

    With `build` the models are built first, for a model that reads the tables of others at compile time.
    """
    texts = tuple(models.values())
    compiled = in_own_process(
        prepare, database, make_tables, sizes, {} if texts in COMPILED else models, build
    )
    return COMPILED.setdefault(texts, compiled)


def prepare(
    database: str,
    make_tables: Callable[..., Tables | Queries],
    sizes: Mapping[str, float],
    models: Mapping[str, str],
    build: bool,
) -> dict[str, str]:
    # imported here, because dbt would add to the memory of every candidate
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
    from bench import DuckDB, Project

    path = Path(database)
    engine = DuckDB(path)
    tables = make_tables(**sizes)
    # dbt prints what it compiles
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        if models:
            project = Project(path.parent, engine)
            project.put(**{name: pd.DataFrame({"to_come": [0]}) for name in tables})
        for name, table in tables.items():
            if isinstance(table, str):
                engine.execute(
                    f'set enable_progress_bar = false; create or replace table {SCHEMA}."{name}" as {table}'
                )
            else:
                engine.write(name, table)
        if not models:
            return {}
        if build:
            project.build(models)
        project.compile(models)
    compiled = path.parent / "target" / "compiled" / "throw_away" / "models"
    return {name: (compiled / f"{name}.sql").read_text() for name in models}


def run(
    database: str, name: str, candidate: Query | Mapping[str, str], memory_limit: str | None = None
) -> Figures:
    """Write the candidate's result as a table."""
    started, started_cpu = time.perf_counter(), time.process_time()
    with duckdb.connect(database) as connection:
        connection.execute(f"use {SCHEMA}")
        connection.execute("set enable_progress_bar = false")
        if memory_limit:
            connection.execute(f"set memory_limit = '{memory_limit}'")
        if isinstance(candidate, str):
            connection.execute(f'create or replace table "{name}" as {candidate}')
        elif isinstance(candidate, Mapping):
            for step, query in candidate.items():
                table = name if step == list(candidate)[-1] else step
                with part(step):
                    connection.execute(f'create or replace table "{table}" as {query}')
        else:
            connection.register("frame", candidate(connection))
            connection.execute(f'create or replace table "{name}" as select * from frame')
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - started_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Figures(seconds, cpu_seconds, peak * (1 if sys.platform == "darwin" else 1024) / GIGABYTE, PARTS)


def run_here(candidate: Query) -> None:
    """Run the candidate in the script of a `Script`, which gets the database and the name as arguments."""
    database, name = sys.argv[1:]
    print(json.dumps(run(database, name, candidate)))


@contextlib.contextmanager
def part(name: str) -> Iterator[None]:
    """Time a part of a run, which gets its own row in the table."""
    started = time.perf_counter()
    yield
    PARTS[name] = time.perf_counter() - started


def same_checksum(expression: str) -> Agreement:
    """Require the same number of rows and the same sum of an SQL expression over them, in any order."""

    def agreement(database: str, names: Sequence[str]) -> str:
        with duckdb.connect(database) as connection:
            sums = {}
            for name in names:
                query = f'select count(*), coalesce(sum({expression}), 0) from {SCHEMA}."{name}"'
                sums[name] = connection.execute(query).fetchall()[0]
        if len(set(sums.values())) > 1:
            raise SystemExit(f"the results differ in rows or checksum: {sums}")
        rows, total = sums[names[0]]
        return f"All agree: {rows:,} rows, checksum {int(total) % 2**64:016x}."

    return agreement


def same_values(key: Sequence[str], but: Sequence[str] = ()) -> Agreement:
    """Require the same values in rows of one key, except in the columns `but`.

    Doubles may differ by a billionth of the larger one, or of 1 where both are smaller.
    """

    def agreement(database: str, names: Sequence[str]) -> str:
        first, *others = names
        with duckdb.connect(database) as connection:
            described = connection.execute(f'describe {SCHEMA}."{first}"').fetchall()
            columns = [(name, kind) for name, kind, *_ in described if name not in but]
            differs = []
            for name, kind in columns:
                one, other = f'one."{name}"', f'other."{name}"'
                differ = f"{one} is distinct from {other}"
                if kind == "DOUBLE":
                    far = f"abs({one} - {other}) > {TOLERANCE} * greatest(1, abs({one}), abs({other}))"
                    differ += f" and coalesce({far} or not isfinite({one} - {other}), true)"
                differs.append(differ)
            counts = ", ".join(f"count(*) filter (where {condition})" for condition in differs)
            for name in others:
                rows, first_rows, its_rows, *different = connection.execute(
                    f'select count(*), (from {SCHEMA}."{first}" select count(*)),'
                    f' (from {SCHEMA}."{name}" select count(*)), {counts}'
                    f' from {SCHEMA}."{first}" as one'
                    f' full join {SCHEMA}."{name}" as other using ({", ".join(key)})'
                ).fetchall()[0]
                wrong = {column[0]: count for column, count in zip(columns, different, strict=True) if count}
                if wrong or not rows == first_rows == its_rows:
                    raise SystemExit(
                        f"{name} ({its_rows:,} rows) differs from {first} ({first_rows:,}) in {wrong}"
                    )
        return f"All agree: {rows:,} rows, {len(columns)} columns."

    return agreement


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"\n**{title}**\n\n| {' | '.join(header)} |\n|---|{'--:|' * (len(header) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def describe_machine() -> None:
    """Print the machine and the library versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE
    print(
        f"{os.cpu_count()} cores, {memory:.0f} GB, load {os.getloadavg()[0]:.1f} at the start; "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, pandas {pd.__version__}; "
        f"median of {RUNS} runs",
        flush=True,
    )
