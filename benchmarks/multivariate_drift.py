"""Multivariate drift of four weeks against a reference, beside NannyML's two methods.

python benchmarks/multivariate_drift.py --rows 1_000_000 --runs 3 --leave-out nannyml_classifier
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import duckdb
import harness
import pandas as pd
from environments import environment
from harness import SCHEMA, Candidate, Queries, Script, describe_machine, in_own_process, measure, print_table

from dbt_baton import multivariate_drift

NUMBERS, TEXTS, WEEKS = 12, 8, 4
FEATURES = [f"n{place}" for place in range(NUMBERS)] + [f"t{place}" for place in range(TEXTS)]
METHODS = ("classifier", "pca_reconstruction")


def make_tables(rows: int) -> Queries:
    """Make a reference, and as many rows in four weeks, in the last two of which n1 no longer follows n0."""

    def half(salt: int) -> str:
        def uniform(*salts: int) -> str:
            return f"((hash(i, {', '.join(map(str, (salt, *salts)))}) % 1000000 + 0.5) / 1000000)"

        def normal(place: int) -> str:
            return f"(sqrt(-2 * ln({uniform(place, 1)})) * cos(2 * pi() * {uniform(place, 2)}))"

        numbers = [f"{normal(place)} as n{place}" for place in range(NUMBERS) if place != 1]
        kept = "0.8" if salt == 1 else f"case when i < {rows // 4} then 0.8 else 0.6 end"
        numbers.append(f"{kept} * n0 + sqrt(1 - ({kept}) ** 2) * {normal(1)} as n1")
        texts = [
            f"'text ' || cast(floor(10 * {uniform(50 + place)} ** 2) as integer) as t{place}"
            for place in range(TEXTS)
        ]
        week = f"timestamp '2024-01-01' + to_seconds(i * 604800 * {WEEKS} // {rows // 2})"
        return (
            f"select {week} as as_of, {', '.join([*numbers, *texts])} from range({rows // 2}) as numbers (i)"
        )

    return {"reference": half(1), "current_rows": half(2)}


def baton(connection: duckdb.DuckDBPyConnection, method: str) -> pd.DataFrame:
    """Call the function as a dbt Python model does."""
    dbt = SimpleNamespace(this=SimpleNamespace(identifier="benchmark"))
    return multivariate_drift(
        dbt,
        connection.table(f"{SCHEMA}.reference"),
        connection.table(f"{SCHEMA}.current_rows"),
        features=FEATURES,
        methods=method,
    )


def main() -> None:
    """Print seconds and memory of each method, and what it finds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="of both sides together")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--leave-out", nargs="*", default=[], help="names of candidates")
    options = parser.parse_args()
    harness.RUNS = options.runs
    describe_machine()
    python = environment("nannyml")
    with TemporaryDirectory() as root:
        database = str(Path(root) / "benchmark.duckdb")
        in_own_process(harness.prepare, database, make_tables, {"rows": options.rows}, {}, False)
        jobs: dict[str, tuple[str, Candidate]] = {
            f"baton_{method}": (database, partial(baton, method=method)) for method in METHODS
        }
        if python:
            for method in METHODS:
                script = Path(__file__).with_name(f"with_nannyml_{method}.py")
                jobs[f"nannyml_{method}"] = (database, Script(python, script))
        jobs = {name: job for name, job in jobs.items() if name not in options.leave_out}
        figures = measure(jobs, peers=[name for name in jobs if name.startswith("nannyml")])
        table = []
        with duckdb.connect(database) as connection:
            for name, taken in figures.items():
                found = connection.execute(
                    f'select value from {SCHEMA}."{name}" order by period_start'
                ).fetchall()
                values = " ".join(f"{value:.3f}" for (value,) in found)
                table.append([name, f"{taken.seconds:.1f}", f"{taken.gigabytes:.2f}", values])
                table += [
                    [f"of that {part}", f"{seconds:.1f}", "", ""] for part, seconds in taken.parts.items()
                ]
    title = f"{options.rows:,} rows of {len(FEATURES)} features, half of them the reference, {WEEKS} weeks"
    print_table(title, ["", "seconds", "peak GB", "values"], table)


if __name__ == "__main__":
    main()
