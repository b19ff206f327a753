"""PSI of many features by period and segment, beside SQL by hand; of halves, beside Evidently; a new day.

python benchmarks/drift.py --rows 1_000_000
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from environments import environment
from harness import (
    SCHEMA,
    Candidate,
    Queries,
    Script,
    compare,
    describe_machine,
    print_repeated,
    repeated,
    same_values,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

NUMBERS = [f"number_{place}" for place in range(12)]
CATEGORIES = [f"category_{place}" for place in range(8)]
FIRST_MONDAY = "timestamp '2024-01-01'"
METRICS = ["psi", "js_distance"]
CELL = ["period_start", "segment_name", "segment_value", "feature"]


def uniform(*salts: int) -> str:
    """Write a number between 0 and 1."""
    return f"((hash(i, {', '.join(map(str, salts))}) % 1_000_000 + 0.5) / 1e6)"


def rows(start: int, end: int, seconds: str, values: int, shift: str = "0") -> str:
    """Make normal, skewed, whole and mostly zero numbers, and categories of few and of many values."""
    normal = "sqrt(-2 * ln({0})) * cos(2 * pi() * {1})"
    columns = []
    for place, name in enumerate(NUMBERS):
        one, two = uniform(place, 1), uniform(place, 2)
        value = [
            f"{normal.format(one, two)} + {shift}",
            f"-ln({one}) * {place + 1}",
            f"floor(50 * {one})",
            f"case when {one} < 0.6 then 0 else {two} end",
        ][place % 4]
        columns.append(f"case when {uniform(place, 3)} >= 0.02 then {value} end as {name}")
    for place, name in enumerate(CATEGORIES):
        columns.append(
            f"'value ' || cast(floor({(5, 30)[place % 2]} * {uniform(place, 4)} ** 2) as integer) as {name}"
        )
    return f"""
        select
            {FIRST_MONDAY} + to_seconds({seconds}) as as_of,
            'value ' || hash(i, 5) % {values} as segment,
            {", ".join(columns)}
        from range({start}, {end}) as numbers (i)"""


def segment_tables(rows_: int, periods: int, values: int) -> Queries:
    seconds = f"hash(i, 6) % {periods * 7 * 86_400}"
    return {
        "reference": rows(0, rows_ // 5, seconds, values),
        "current": rows(rows_, 2 * rows_, seconds, values, "0.1"),
    }


def half_tables(rows_: int) -> Queries:
    return {
        "reference": rows(0, rows_ // 2, "0", 1),
        "current": rows(rows_ // 2, rows_, "0", 1, "0.1"),
    }


def models(period: str, segments: str, columns: str, metrics: Sequence[str] = ("psi",)) -> dict[str, str]:
    """Return the models of a drift report, of which the last keeps some columns."""
    features = NUMBERS + CATEGORIES
    return {
        "baseline": f"""{{{{ baton.drift_baseline(
            relation=source('data', 'reference'), features={features}
        ) }}}}""",
        "histogram": f"""{{{{ baton.feature_histogram(
            relation=source('data', 'current'), baseline=ref('baseline'), period={period}, segments={segments}
        ) }}}}""",
        "drift": f"""
            select {columns} from (
                {{{{ baton.drift(
                    histogram=ref('histogram'), baseline=ref('baseline'), metrics={list(metrics)}
                ) }}}}
            ) as drift""",
    }


def by_hand() -> dict[str, str]:
    """PSI as one writes it for these columns: edges in one row, a case for each number, one scan."""
    shares = ", ".join(f"{share / 10 + 1e-12:.12f}" for share in range(10))

    def position(name: str) -> str:
        whens = " ".join(f"when {name} < e_{name}[{edge + 1}] then {edge}" for edge in range(1, 10))
        return (
            f"case when {name} is null then -1 when {name} < e_{name}[1] then 0 {whens}"
            f" when {name} <= e_{name}[11] then 10 else 11 end"
        )

    edges = ", ".join(f"quantile_disc({name}, [{shares}, 1]) as e_{name}" for name in NUMBERS)

    def placed(table: str) -> str:
        numbers = ", ".join(f"{position(name)} as {name}" for name in NUMBERS)
        return f"select as_of, segment, {numbers}, {', '.join(CATEGORIES)} from {table} cross join edges"

    def counts(table: str, cell: Sequence[str]) -> str:
        return " union all ".join(
            f"select {''.join(f'{name}, ' for name in cell)}'{name}' as feature,"
            f" cast({name} as text) as bin, count(*) as n from {table} group by all"
            for name in NUMBERS + CATEGORIES
        )

    return {
        "edges": f"select {edges} from reference",
        "reference_counts": f"""
            with placed as ({placed("reference")}),
            counted as ({counts("placed", [])})
            select
                *,
                feature like 'category%'
                    and row_number() over (partition by feature order by n desc, bin) > 20
                    as is_other
            from counted""",
        "counts by hand": f"""
            with placed as (select *, date_trunc('week', as_of) as week from ({placed("current")})),
            counted as ({counts("placed", ["week", "segment"])}),
            named as (
                select week, segment, feature, sum(counted.n) as n,
                    case
                        when is_other then 'other'
                        when feature like 'category%' and is_other is null then 'unseen'
                        else bin
                    end as bin
                from counted
                left join reference_counts using (feature, bin)
                group by all
            )
            select week, case when grouping(segment) = 1 then 'all' else 'segment' end as segment_name,
                coalesce(segment, 'all') as segment_value, feature, bin, sum(n) as n
            from named
            group by grouping sets ((week, segment, feature, bin), (week, feature, bin))""",
        "result": """
            with reference_bins as (
                select feature, case when is_other then 'other' else bin end as bin, sum(n) as n
                from reference_counts group by all
            ),
            cells as (select distinct week, segment_name, segment_value, feature from "counts by hand"),
            expected as (
                select week, segment_name, segment_value, feature, bin, n
                from cells join reference_bins using (feature)
            ),
            both_sides as (
                select week, segment_name, segment_value, feature, bin,
                    coalesce(expected.n, 0) as r, coalesce(histogram.n, 0) as c
                from expected
                full join "counts by hand" as histogram
                    using (week, segment_name, segment_value, feature, bin)
            ),
            shares as (
                select *,
                    (r + 0.5) / (sum(r) over w + 0.5 * count(*) over w) as p,
                    (c + 0.5) / (sum(c) over w + 0.5 * count(*) over w) as q
                from both_sides
                window w as (partition by week, segment_name, segment_value, feature)
            )
            select week as period_start, segment_name, segment_value, feature,
                sum((p - q) * ln(p / q)) as value
            from shares group by all""",
    }


def same_features(database: str, names: Sequence[str]) -> str:
    """Require the same features: Evidently bins the numbers of both sides, and leaves out NULL."""
    with duckdb.connect(database) as connection:
        first, *others = (
            connection.execute(
                f'select feature, metric, value from {SCHEMA}."{name}" order by 1, 2'
            ).fetchall()
            for name in names
        )
    for other in others:
        if [row[:2] for row in other] != [row[:2] for row in first]:
            raise SystemExit("the results have other features")
    return f"All have the same {len(first)} values, whose bins differ."


def a_day_more(days: int, rows_a_day: int) -> None:
    """Print what an incremental run of the counts takes beside a full one."""
    from bench import DuckDB, Project

    seconds = f"i * 86_400 // {rows_a_day}"
    day = "select *, as_of + interval 1 hour as created_at from ({})"
    call = """{{ config(materialized='incremental', incremental_strategy='append') }}
        {{ baton.feature_histogram(
            relation=source('data', 'current'),
            baseline=ref('baseline'),
            segments=['segment'],
            created_at='created_at'
        ) }}"""
    steps = {"baseline": models("none", "[]", "*")["baseline"], "result": call}
    figures = {}
    with TemporaryDirectory() as root:
        database = Path(root) / "benchmark.duckdb"
        project = Project(Path(root), DuckDB(database))
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            first, last = days * rows_a_day, (days + 1) * rows_a_day
            project.execute("set enable_progress_bar = false")
            project.execute(f"create table {{schema}}.reference as {rows(0, first // 10, seconds, 5)}")
            project.execute(f"create table {{schema}}.current as {day.format(rows(0, first, seconds, 5))}")
            project.use_tables("reference", "current")
            project.build({"baseline": steps["baseline"]})
            figures["a full run"] = repeated(database, project.compile(steps))
            project.build(steps)
            new = day.format(rows(first, last, seconds, 5))
            project.execute(f"insert into {{schema}}.current {new}")
            figures["a day more"] = repeated(database, project.compile(steps))
            project.build(steps)
            figures["nothing new"] = repeated(database, project.compile(steps))
    title = f"Counts of {days} days of {rows_a_day:,} rows, 20 features, 6 slices, as an incremental model"
    print_repeated(title, figures)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--periods", type=int, default=10, help="weeks")
    parser.add_argument("--values", type=int, default=50, help="of the segment")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rows-a-day", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", choices=["segments", "halves", "incremental"])
    arguments = parser.parse_args()
    wanted = arguments.only or ["segments", "halves", "incremental"]

    describe_machine()
    if "segments" in wanted:
        compare(
            f"PSI: {arguments.rows:,} rows, 20 features, {arguments.periods} weeks, "
            f"{arguments.values + 1} slices",
            make_tables=segment_tables,
            sizes={"rows_": arguments.rows, "periods": arguments.periods, "values": arguments.values},
            models=models("'week'", "['segment']", f"{', '.join(CELL)}, value", ["psi"]),
            peers={"by hand": by_hand()},
            agreement=same_values(CELL),
        )
    if "halves" in wanted:
        python = environment("evidently")
        peers: dict[str, Candidate] = {}
        if python:
            peers["Evidently"] = Script(python, Path(__file__).with_name("with_evidently.py"))
        compare(
            f"{' and '.join(METRICS)}: {arguments.rows:,} rows, half of them the reference, 20 features",
            make_tables=half_tables,
            sizes={"rows_": arguments.rows},
            models=models("none", "[]", "feature, metric, value", METRICS),
            peers=peers,
            agreement=same_features,
        )
    if "incremental" in wanted:
        a_day_more(arguments.days, arguments.rows_a_day)


if __name__ == "__main__":
    main()
