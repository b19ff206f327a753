"""Data frames into DuckDB or PostgreSQL: all in one transaction, typed as the frames are."""

import io
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psycopg2
import pyarrow as pa
import pyarrow.csv

SQL_TYPES = {
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float64(): "double precision",
    pa.string(): "text",
    pa.large_string(): "text",
    pa.timestamp("us"): "timestamp",
    pa.decimal128(10, 2): "decimal(10, 2)",
}


class Warehouse(ABC):
    """What the two engines do differently, over a connection that commits each statement by itself."""

    @abstractmethod
    def execute(self, sql: str) -> None:
        """Run a statement."""

    @abstractmethod
    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""

    @abstractmethod
    def append(self, relation: str, rows: pa.Table) -> None:
        """Add rows to an existing relation of the same columns."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything within, or nothing."""
        self.execute("begin")
        try:
            yield
        except BaseException:
            self.execute("rollback")
            raise
        self.execute("commit")


class DuckDB(Warehouse):
    """A DuckDB file."""

    def __init__(self, database: str | Path) -> None:
        self._connection = duckdb.connect(str(database))

    def execute(self, sql: str) -> None:
        """Run a statement."""
        self._connection.execute(sql)

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return list(self._connection.execute(sql).fetchall())

    def append(self, relation: str, rows: pa.Table) -> None:
        """Add rows to an existing relation of the same columns."""
        self._connection.register("rows_to_append", rows)
        self._connection.execute(f"insert into {relation} select * from rows_to_append")
        self._connection.unregister("rows_to_append")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Postgres(Warehouse):
    """The PostgreSQL database that PGHOST, PGPORT, PGUSER and PGDATABASE name."""

    def __init__(self) -> None:
        self._connection = psycopg2.connect(
            host=os.environ.get("PGHOST", "127.0.0.1"),
            port=os.environ.get("PGPORT", "5432"),
            user=os.environ.get("PGUSER", "root"),
            dbname=os.environ.get("PGDATABASE", "test"),
        )
        self._connection.autocommit = True

    def execute(self, sql: str) -> None:
        """Run a statement."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql)

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def append(self, relation: str, rows: pa.Table) -> None:
        """Add rows to an existing relation of the same columns."""
        # Arrow quotes every text and leaves NULL bare, which is how COPY tells '' from NULL
        buffer = io.BytesIO()
        pa.csv.write_csv(rows, buffer, pa.csv.WriteOptions(include_header=False))
        buffer.seek(0)
        with self._connection.cursor() as cursor:
            cursor.copy_expert(f"copy {relation} from stdin with (format csv)", buffer)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def write(frames: dict[str, pd.DataFrame], schema: str, warehouse: Warehouse) -> dict[str, float]:
    """Replace tables of a schema, all or none.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Tables by name. NaN, NaT and NA become NULL.
    schema : str
        Made if it is missing; its other tables stay.
    warehouse : Warehouse
        Where to.

    Returns
    -------
    dict of str to float
        Seconds that each table took.

    Raises
    ------
    TypeError
        If a column has a type that `SQL_TYPES` does not know.
    """
    seconds = {}
    with warehouse.transaction():
        warehouse.execute(f'create schema if not exists "{schema}"')
        for table, frame in frames.items():
            started = time.perf_counter()
            relation = f'"{schema}"."{table}"'
            rows = pa.Table.from_pandas(frame, preserve_index=False)
            columns = ", ".join(f'"{field.name}" {_sql_type(table, field)}' for field in rows.schema)
            # views that stand on a raw table go with it on PostgreSQL; the next dbt build makes them again
            warehouse.execute(f"drop table if exists {relation} cascade")
            warehouse.execute(f"create table {relation} ({columns})")
            warehouse.append(relation, rows)
            seconds[table] = time.perf_counter() - started
    return seconds


def _sql_type(table: str, field: pa.Field) -> str:
    if field.type not in SQL_TYPES:
        known = ", ".join(str(arrow_type) for arrow_type in SQL_TYPES)
        raise TypeError(f"{table}.{field.name} is {field.type}, expected one of {known}")
    return SQL_TYPES[field.type]
