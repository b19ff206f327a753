"""Load the raw data of the integration project into DuckDB or PostgreSQL.

    python integration_tests/raw_data/load.py --subject all --target duckdb --database shop.duckdb

What was loaded, and by which code, is kept in `raw_loads` of each schema: a second call with the same
parameters returns at once.
"""

import argparse
import hashlib
import json
import time
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import churn
import flights
import pandas as pd
from truncation import truncate
from warehouse import DuckDB, Postgres, Warehouse, write

SCHEMAS = {"churn": "raw_shop", "flights": "raw_flights"}


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and load what it asks for."""
    options = _options(arguments)
    with closing(DuckDB(options.database) if options.target == "duckdb" else Postgres()) as warehouse:
        for subject in SCHEMAS if options.subject == "all" else [options.subject]:
            load(subject, warehouse, events=options.events, seed=options.seed, until=options.until)


def load(
    subject: str,
    warehouse: Warehouse,
    *,
    events: int = 1_000_000,
    seed: int = 42,
    until: datetime | None = None,
) -> None:
    """Make and write the tables of one subject, unless they are there already.

    Parameters
    ----------
    subject : {"churn", "flights"}
        Which tables.
    warehouse : Warehouse
        Where to.
    events, seed : int
        Size and seed of churn; flights are what they are.
    until : datetime, optional
        Drop what happened from this moment on, UTC without zone.
    """
    schema = SCHEMAS[subject]
    drawn = {"events": events, "seed": seed} if subject == "churn" else {}
    parameters = json.dumps({**drawn, "until": until and until.isoformat(), "code": _code_hash()})
    if _loaded_parameters(warehouse, schema) == parameters:
        print(f"{schema}: already loaded with these parameters")
        return

    started = time.perf_counter()
    frames = churn.generate(events, seed) if subject == "churn" else flights.read()
    if until is not None:
        frames = truncate(frames, until)
    print(f"{schema}: made in {time.perf_counter() - started:.1f} s", flush=True)

    record = pd.DataFrame({"parameters": [parameters]})
    seconds = write({**frames, "raw_loads": record}, schema, warehouse)
    for table, frame in frames.items():
        print(f"{schema + '.' + table:<24} {len(frame):>11,} rows {seconds[table]:>6.1f} s")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Load the raw data of the integration project.")
    parser.add_argument("--subject", choices=[*SCHEMAS, "all"], default="all")
    parser.add_argument("--target", choices=["duckdb", "postgres"], default="duckdb")
    parser.add_argument(
        "--database", type=Path, help="the DuckDB file; PostgreSQL is found by PGHOST and so on"
    )
    parser.add_argument("--events", type=int, default=1_000_000, help="about how many events the shop has")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument(
        "--until", type=_moment, metavar="TIMESTAMP", help="drop what happened from this moment on, UTC"
    )
    options = parser.parse_args(arguments)
    if options.target == "duckdb" and options.database is None:
        parser.error("--target duckdb needs --database path/to/file.duckdb")
    return options


def _moment(text: str) -> datetime:
    """Parse a timestamp; one with a zone is turned into UTC without zone."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def _loaded_parameters(warehouse: Warehouse, schema: str) -> str | None:
    tables = warehouse.fetch(
        f"select table_name from information_schema.tables where table_schema = '{schema}'"
    )
    if ("raw_loads",) not in tables:
        return None
    return str(warehouse.fetch(f"select parameters from {schema}.raw_loads")[0][0])


def _code_hash() -> str:
    """Other code may make other tables from the same parameters."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    main()
