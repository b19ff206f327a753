"""The demo: flights and churn from raw data to drift, through `dbt build` on DuckDB, with a summary.

python integration_tests/demo.py [--database FILE] [--events N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import shorten

import duckdb

HERE = Path(__file__).parent

STAGES = {
    "flights": [
        ("raw flights", "raw_flights.flights"),
        ("questions asked", "flight_spine"),
        ("features known then", "flight_features"),
        ("training set", "flight_training_set"),
        ("model versions", "flight_model_registry"),
        ("scores", "flight_scores"),
        ("prediction log", "flight_predictions"),
        ("outcomes", "flight_outcomes"),
        ("weekly performance", "flight_performance"),
        ("estimated from scores", "flight_estimated_performance"),
        ("weekly drift", "flight_drift"),
        ("weekly verdicts", "flight_health"),
    ],
    "churn": [
        ("raw events", "raw_shop.events"),
        ("users by week", "user_features"),
        ("feature versions", "user_features_scd2"),
        ("training set", "churn_training_set"),
        ("model versions", "churn_registry"),
        ("scores", "churn_scores"),
        ("prediction log", "model_predictions"),
        ("outcomes", "actual_outcomes"),
        ("weekly performance", "model_performance"),
        ("estimated beforehand", "churn_estimated_performance"),
        ("weekly drift", "churn_drift"),
        ("weekly skew", "churn_skew"),
        ("weekly verdicts", "churn_health"),
    ],
}


def main() -> None:
    """Load, build, and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", type=Path, default=HERE / "baton.duckdb")
    parser.add_argument("--events", type=int, default=1_000_000, help="size of the churn shop")
    options = parser.parse_args()
    database = options.database.resolve()

    began = time.monotonic()
    say("Loading raw data: 336,776 flights of 2013, and a generated shop")
    load = [sys.executable, str(HERE / "raw_data" / "load.py"), "--subject", "all", "--target", "duckdb"]
    run([*load, "--database", str(database), "--events", str(options.events)])
    dbt = [str(Path(sys.executable).with_name("dbt")), "--quiet"]
    where = ["--project-dir", str(HERE), "--profiles-dir", str(HERE), "--target", "duckdb"]
    say("Installing baton into the project (dbt deps)")
    run([*dbt, "deps", *where], database)
    say("Building every node from raw data to drift (dbt build)")
    building = time.monotonic()
    run([*dbt, "build", *where], database)
    say(f"Built in {time.monotonic() - building:.0f} s")
    summary(database)
    say(f"The whole demo took {time.monotonic() - began:.0f} s")
    print(f"  The tables lie in {os.path.relpath(database)}, schemas main_flights and main_churn:")
    query = f"import duckdb; duckdb.connect('{os.path.relpath(database)}').sql('show all tables').show()"
    print(f'  {os.path.relpath(sys.executable)} -c "{query}"')
    say("The health of the models on one page (dbt-baton report)")
    page = os.path.relpath(database.with_name("baton_report.html"))
    baton = str(Path(sys.executable).with_name("dbt-baton"))
    run([baton, "report", "-o", page, *where[:4]], database, folder=Path())


def summary(database: Path) -> None:
    """Print rows at each stage, the versions, and flights week by week."""
    with duckdb.connect(str(database), read_only=True) as connection:
        for subject, stages in STAGES.items():
            say(f"{subject}: rows at each stage")
            for title, table in stages:
                relation = table if "." in table else f"main_{subject}.{table}"
                rows = connection.execute(f"select count(*) from {relation}").fetchall()[0][0]
                print(f"  {title:<22}{rows:>10,}   {relation}")

        say("Model versions")
        for registry in ("main_flights.flight_model_registry", "main_churn.churn_registry"):
            versions = connection.execute(
                "select model_name, model_version, version_number, training_rows, metrics "
                f"from {registry} order by 1, 3"
            ).fetchall()
            for name, version, number, rows, metrics in versions:
                validation = json.loads(metrics)["validation"]
                scores = f"AUC {validation['roc_auc']:.4f}   log loss {validation['log_loss']:.4f}"
                print(f"  {name:<22}v{number} {version}  {rows:>8,} rows   validation {scores}")

        say("flights week by week: how good the champion was, and how good by its scores alone")
        print(
            f"  {'week':<12}{'outcomes':>8}{'late':>8}{'AUC':>7}{'95 %':>15}{'by scores':>11}"
            f"  {'verdict':<17}{'severity':<10}{'PSI':<7}feature"
        )
        for week, n, late, auc, ends, estimate, verdict, severity, psi, feature in connection.execute(
            FLIGHT_WEEKS
        ).fetchall():
            print(
                f"  {week:%Y-%m-%d}  {n:>8,}{late:>8}{auc or '':>7}{ends or '':>15}{estimate or '':>11}"
                f"  {verdict:<17}{severity:<10}{psi or '':<7}{feature or ''}"
            )
        print("  Watched is what differs from flight to flight; docs/flights_in_autumn.md says why.")

        say("churn week by week, where the verdict changed")
        print(f"  {'week':<12}{'AUC':>5}{'expected':>10}  {'verdict':<23}summary")
        for week, auc, expected, verdict, summary in connection.execute(CHURN_CHANGES).fetchall():
            shortened = shorten(summary, 90, placeholder=" ...")
            print(f"  {week:%Y-%m-%d}  {auc or '':>5}{expected or '':>10}  {verdict:<23}{shortened}")


FLIGHT_WEEKS = """
with late as (
    select date_trunc('week', predictions.as_of) as period_start, avg(outcomes.is_late) as late_share
    from main_flights.flight_predictions as predictions
    inner join main_flights.flight_outcomes as outcomes using (flight_id)
    group by all
),
-- of the drifts that are more than chance, in weeks that are not passed over
most_moved as (
    select period_start, value, feature
    from main_flights.flight_drift_alerts
    where metric = 'psi' and segment_name = 'all' and is_significant
    qualify row_number() over (partition by period_start order by value desc, feature) = 1
),
estimated as (
    select model_version, period_start, value
    from main_flights.flight_estimated_performance
    where metric = 'roc_auc' and segment_name = 'all'
)
select
    period_start,
    cast(health.n_labelled as bigint),
    printf('%.1f %%', 100 * late.late_share),
    printf('%.3f', health.value),
    printf('%.3f-%.3f', performance.lower, performance.upper),
    printf('%.3f', estimated.value),
    health.verdict,
    health.severity,
    printf('%.3f', most_moved.value),
    most_moved.feature
from main_flights.flight_health as health
inner join main_flights.flight_performance as performance
    using (model_version, period_start, metric, segment_name)
left join late using (period_start)
left join estimated using (model_version, period_start)
left join most_moved using (period_start)
order by period_start
"""

CHURN_CHANGES = """
select period_start, printf('%.3f', value), printf('%.3f', expected_value), verdict, summary
from main_churn.churn_health
qualify verdict is distinct from lag(verdict) over (order by period_start)
order by period_start
"""


def run(command: list[str], database: Path | None = None, folder: Path = HERE) -> None:
    """Run a command as a user would type it, and stop where it fails."""
    environment = {**os.environ, "BATON_DUCKDB": str(database)} if database else None
    finished = subprocess.run(command, cwd=folder, env=environment, check=False)
    if finished.returncode != 0:
        sys.exit(finished.returncode)


def say(text: str) -> None:
    """Print a heading at once, so that a long step says what it is doing."""
    print(f"\n== {text}", flush=True)


if __name__ == "__main__":
    main()
