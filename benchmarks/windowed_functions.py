r"""Each function of windowed_features alone, and all of them in one call, over three windows.

Each is compared with the one way to write them all by hand: frames that slide over the events and the spine.

python benchmarks/windowed_functions.py --events 10_000_000 --entities 100_000 --spine 1_000_000 \
    --functions sum all
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import windowed_features
from harness import Candidate, Tables, describe_machine, measure, prepared, print_table, ratio, same_values
from windowed_features import WINDOWS, entities_title

CATEGORIES = 12
ALL = "all"

# the column, and what one writes by hand; {} stands for the frame; DuckDB's entropy of nothing is 0
FUNCTIONS = {
    "sum": ("amount", "coalesce(sum(amount) over {}, 0)"),
    "count": (None, "count(event_at) over {}"),
    "avg": ("amount", "avg(amount) over {}"),
    "variance": ("amount", "var_samp(amount) over {}"),
    "stddev": ("amount", "stddev_samp(amount) over {}"),
    "recency": (None, "(epoch_us(as_of) - epoch_us(max(event_at) over {})) / 86_400_000_000"),
    "tenure": (None, "(epoch_us(as_of) - epoch_us(min(event_at) over {})) / 86_400_000_000"),
    "first": ("amount", "arg_min(amount, (event_at, amount)) over {}"),
    "last": ("amount", "arg_max(amount, (event_at, amount)) over {}"),
    "min": ("amount", "min(amount) over {}"),
    "max": ("amount", "max(amount) over {}"),
    "median": ("amount", "median(amount) over {}"),
    "count_distinct": ("category", "count(distinct category) over {}"),
    "entropy": (
        "category",
        "case when count(category) over {0} > 0 then entropy(category) over {0} * ln(2) end",
    ),
    "mode": ("category", "mode(category) over {}"),
}
# of categories that stand equally often DuckDB takes any one, baton the smallest
NOT_COMPARED = [f"mode_{days}d" for days in WINDOWS]


def baton(functions: list[str]) -> str:
    """Return a model with a feature of each function for each window, named <function>_<days>d."""
    aggregates = []
    for function in functions:
        column, _ = FUNCTIONS[function]
        aggregates.append(
            {"function": function, "name": function, "windows": [f"{days}d" for days in WINDOWS]}
        )
        if column:
            aggregates[-1]["column"] = column
    return f"""
{{{{ baton.windowed_features(
    spine=source('data', 'spine'),
    entity='entity_id',
    sources=[{{'relation': source('data', 'events'), 'event_time': 'event_at', 'aggregates': {aggregates}}}]
) }}}}
"""


def by_hand(functions: list[str]) -> str:
    features = [
        f"{FUNCTIONS[function][1].format(f'last_{days}d')} as {function}_{days}d"
        for function in functions
        for days in WINDOWS
    ]
    frames = [
        f"last_{days}d as (partition by entity_id order by moment"
        f" range between interval {days} days preceding and interval 1 microsecond preceding)"
        for days in WINDOWS
    ]
    return f"""
with timeline as (
    select *, event_at as moment from events
    union all by name
    select *, as_of as moment from spine
)
select * from (
    select entity_id, as_of, {", ".join(features)}
    from timeline
    window {", ".join(frames)}
) as slid
where as_of is not null
"""


def make_tables(events: int, entities: int, spine: int, skew: float) -> Tables:
    """Make the tables of windowed_features.py, with a category for each event."""
    tables = windowed_features.make_tables(events, entities, spine, skew)
    names = np.array([f"category {number:02}" for number in range(CATEGORIES)], dtype=object)
    tables["events"]["category"] = np.random.default_rng(1).choice(names, events)
    return tables


def benchmark(events: int, spine: int, entities: int, skew: float, chosen: list[str]) -> None:
    sizes = {"events": events, "spine": spine, "entities": entities, "skew": skew}
    functions = {name: list(FUNCTIONS) if name == ALL else [name] for name in chosen}
    with TemporaryDirectory() as root:
        database = str(Path(root) / "benchmark.duckdb")
        models = {name: baton(each) for name, each in functions.items()}
        compiled = prepared(database, make_tables, sizes, models)
        jobs: dict[str, tuple[str, Candidate]] = {}
        for name, each in functions.items():
            jobs[name] = (database, compiled[name])
            jobs[f"{name} by hand"] = (database, by_hand(each))
        figures = measure(jobs, peers=[f"{name} by hand" for name in functions])
        same = same_values(["entity_id", "as_of"], but=NOT_COMPARED)
        for name in functions:
            if f"{name} by hand" in figures:
                same(database, [name, f"{name} by hand"])

    rows = []
    for name in functions:
        taken, its_peer = figures[name], figures.get(f"{name} by hand")
        rows.append(
            [
                name,
                f"{taken.seconds:.2f}",
                ratio(taken, figures[chosen[0]]),
                f"{its_peer.seconds:.2f}" if its_peer else "failed",
                ratio(taken, its_peer),
                f"{taken.gigabytes:.2f}",
                f"{its_peer.gigabytes:.2f}" if its_peer else "",
            ]
        )
    print_table(
        f"{events:,} events of {entities_title(entities, skew)}, {spine:,} spine rows",
        [
            "function",
            "seconds",
            f"ratio to {chosen[0]}",
            "by hand: seconds",
            "ratio to it",
            "peak GB",
            "by hand: GB",
        ],
        rows,
    )
    print(f"\nAll agree, but for {', '.join(NOT_COMPARED)}, which were not compared.", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--spine", type=int, default=20_000)
    parser.add_argument("--entities", type=int, default=2_000, help="entities in the runs with many")
    parser.add_argument("--few", type=int, default=100, help="entities in the runs with few")
    parser.add_argument("--skew", type=float, default=3, help="of the few entities; 1 is uniform")
    parser.add_argument(
        "--functions",
        nargs="+",
        choices=[*FUNCTIONS, ALL],
        default=[*FUNCTIONS, ALL],
        help="functions to run; ratios are to the first",
    )
    arguments = parser.parse_args()

    describe_machine()
    for entities, skew in ((arguments.entities, 1), (arguments.few, arguments.skew)):
        benchmark(arguments.events, arguments.spine, entities, skew, arguments.functions)


if __name__ == "__main__":
    main()
