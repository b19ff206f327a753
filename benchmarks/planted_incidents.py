"""What model_health says of the shop's planted incidents, over other seeds and strengths; no seconds.

python benchmarks/planted_incidents.py --seeds 10 --events 600000
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
from harness import print_table

PROJECT = Path(__file__).parents[1] / "integration_tests"
sys.path.insert(0, str(PROJECT / "raw_data"))

import behaviour  # noqa: E402
import churn  # noqa: E402
from timeline import INCIDENTS  # noqa: E402
from warehouse import DuckDB, write  # noqa: E402

WEEK = pd.Timedelta(weeks=1)
# shares of lost durations, of campaign users, of loyal users who leave in a day; the age of stale features
STRENGTHS = {
    "weak": (0.5, 0.05, 1 / 40, pd.Timedelta(weeks=1)),
    "as in the demo": (0.8, 0.08, 1 / 28, pd.Timedelta(weeks=2)),
    "strong": (0.95, 0.12, 1 / 18, pd.Timedelta(weeks=3)),
}


def truth(week: pd.Timestamp) -> str | None:
    """Name what is planted in the scores of a week; None for the weeks between incidents."""
    for incident in INCIDENTS:
        starts, ends = pd.Timestamp(incident.starts_at), pd.Timestamp(incident.ends_at)
        if incident.kind in ("data_quality", "covariate_drift"):
            # features look back, so the first week that sees it is the next one
            starts, ends = starts + WEEK, ends + WEEK
        if starts <= week < ends:
            return incident.kind
    return None


def health(seed: int, events: int, strength: str) -> pd.DataFrame:
    """Build the shop and what model_health needs, in a database of its own."""
    names = ("NULL_SHARE", "CAMPAIGN_SHARE", "LOYAL_LEAVE", "STALE_BY")
    for name, module, value in zip(
        names, (churn, behaviour, behaviour, churn), STRENGTHS[strength], strict=True
    ):
        setattr(module, name, value)
    with TemporaryDirectory() as folder:
        database = Path(folder) / "shop.duckdb"
        with closing(DuckDB(database)) as warehouse:
            write(churn.generate(events, seed), "raw_shop", warehouse)
        dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet"]
        where = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target", "duckdb"]
        paths = ["--target-path", f"{folder}/target", "--log-path", f"{folder}/logs"]
        environment = {**os.environ, "BATON_DUCKDB": str(database)}
        subprocess.run([*dbt, "deps", *where], env=environment, check=True)
        subprocess.run(
            [*dbt, "run", "--select", "+churn_health", *where, *paths], env=environment, check=True
        )
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(
                "select period_start, verdict, severity, summary from main_churn.churn_health order by 1"
            ).df()


def main() -> None:
    """Print the confusion table of weeks, and how soon each incident was named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=600_000)
    options = parser.parse_args()

    weeks: Counter[tuple[str, str]] = Counter()
    late: list[list[str]] = []
    stretches = within_two = 0
    for number in range(options.seeds):
        seed, strength = options.first_seed + number, list(STRENGTHS)[number % len(STRENGTHS)]
        found = health(seed, options.events, strength)
        found["truth"] = found["period_start"].map(truth)
        for planted, verdict in zip(found["truth"], found["verdict"], strict=True):
            if pd.notna(planted):
                weeks[planted, verdict] += 1
        for incident in INCIDENTS:
            stretch = found[found["truth"] == incident.kind].reset_index(drop=True)
            named = stretch.index[stretch["verdict"] == incident.kind]
            is_right = (
                (stretch["verdict"] == "healthy").all()
                if incident.kind == "healthy"
                else len(named) > 0 and named[0] < 2
            )
            stretches += 1
            within_two += bool(is_right)
            if not is_right:
                for row in stretch.head(4).to_dict("records"):
                    late.append(
                        [
                            str(seed),
                            strength,
                            incident.incident,
                            f"{row['period_start']:%Y-%m-%d}",
                            row["verdict"],
                            row["summary"],
                        ]
                    )
        print(f"seed {seed}, {strength}: {within_two} of {stretches} stretches right", flush=True)

    verdicts = sorted({verdict for _, verdict in weeks})
    print_table(
        "Weeks by what was planted and what model_health says",
        ["planted", *verdicts],
        [
            [incident.kind, *(str(weeks[incident.kind, verdict]) for verdict in verdicts)]
            for incident in INCIDENTS
        ],
    )
    right = sum(count for (planted, verdict), count in weeks.items() if planted == verdict)
    print(f"\n{right} of {sum(weeks.values())} weeks and {within_two} of {stretches} stretches are right")
    if late:
        print_table(
            "Stretches that were not named within two weeks",
            ["seed", "strength", "incident", "week", "verdict", "summary"],
            late,
        )


if __name__ == "__main__":
    main()
