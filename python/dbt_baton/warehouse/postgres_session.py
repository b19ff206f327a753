"""A training's connection to PostgreSQL: rows are copied into DuckDB, version rows written back."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from dbt_baton.errors import EngineRefused
from dbt_baton.warehouse.copies import Copies
from dbt_baton.warehouse.duckdb_session import columns_of, with_inputs
from dbt_baton.warehouse.relations import Relation, literal, quoted

TYPES = {
    pa.string(): "text",
    pa.int64(): "bigint",
    pa.float64(): "double precision",
    pa.binary(): "bytea",
    pa.timestamp("us"): "timestamp",
}
# DuckDB's types by PostgreSQL's type numbers (pg_type.dat)
_BOOLEAN, _BYTEA, _NUMERIC, _TIMESTAMPTZ = 16, 17, 1700, 1184
_DUCKDB_TYPES = {
    _BOOLEAN: "boolean", 20: "bigint", 21: "smallint", 23: "integer", 26: "bigint",
    700: "float", 701: "double",
    18: "varchar", 19: "varchar", 25: "varchar", 1042: "varchar", 1043: "varchar", 2950: "varchar",
    1082: "date", 1114: "timestamp", _TIMESTAMPTZ: "timestamp",
}  # fmt: skip
SCORED = pa.schema(
    [
        ("baton_row", pa.int64()),
        ("predicted_class", pa.string()),
        ("predicted_probability", pa.float64()),
        ("predicted_value", pa.float64()),
    ]
)
COPIED = "baton_rows"
_LONGEST_LINE = 64 * 2**20


class PostgresSession:
    """A connection of dbt-postgres, inside dbt's transaction.

    DuckDB reads the copy with the code that reads its own tables, so that a training has one way to see rows.

    Parameters
    ----------
    connection : psycopg2.extensions.connection
    """

    dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._copies = Copies("PostgreSQL", "postgres")

    def relation(self, query: str) -> Relation:
        """Copy the rows of a query and give the copy."""
        columns = self._columns(query)
        selected = ", ".join(_selected(name, number) for name, number, _ in columns)
        declared = ", ".join(f"{literal(name)}: {literal(kind)}" for name, _, kind in columns)
        # bytes come as hexadecimal digits
        of_bytes = [quoted(name) for name, number, _ in columns if number == _BYTEA]
        loaded = ", ".join(f"unhex({name}) as {name}" for name in of_bytes)
        with tempfile.TemporaryDirectory(prefix="baton_") as directory:
            path = Path(directory) / "rows.csv"
            with self.connection.cursor() as cursor, path.open("wb") as file:
                # the forms of times and floats that DuckDB reads, whatever the session's settings are
                cursor.execute("set local datestyle = 'ISO'; set local extra_float_digits = 1")
                cursor.copy_expert(
                    f"copy (select {selected} from (\n{query}\n) as copied) to stdout with (format csv)",
                    file,
                )
            kept = f"* replace ({loaded})" if loaded else "*"
            # an empty text is quoted and a NULL is not
            return self._copies.add(
                f"select {kept} from read_csv({literal(str(path))}, columns = {{{declared}}}, header = false,"
                " auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '',"
                f" allow_quoted_nulls = false, parallel = false, max_line_size = {_LONGEST_LINE})"
            )

    @contextmanager
    def transaction(self, _database: str, schema: str, lock: str) -> Iterator[None]:
        """Commit what is done within, in a schema that is there, while no other run holds the lock."""
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(f"create schema if not exists {quoted(schema)}")
                cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
            yield
            self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise

    def has_version(self, table: str, model_name: str, version: str) -> bool:
        """Whether a table of version rows has a version."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                f"select 1 from {table} where model_name = %s and model_version = %s limit 1",
                (model_name, version),
            )
            return cursor.fetchone() is not None

    def score(self, features: pa.Table, query: str, nodes: str | None) -> pa.Table:
        """Run a scoring query over rows in memory, which are copied into a temporary table for it.

        Raises
        ------
        EngineRefused
            If the query fails; the transaction goes on as it was before.
        """
        import psycopg2

        with self.connection.cursor() as cursor:
            cursor.execute("savepoint baton_scoring")
            try:
                self._copy_in(cursor, features)
                if nodes is not None:
                    cursor.execute("create temporary table baton_nodes (nodes text) on commit drop")
                    cursor.execute("insert into baton_nodes values (%s)", (nodes,))
                cursor.execute(with_inputs(COPIED, query, "baton_nodes" if nodes is not None else None))
                names = [column.name for column in cursor.description]
                places = [names.index(name) for name in SCORED.names]
                rows = [[row[place] for place in places] for row in cursor]
            except psycopg2.Error as refused:
                cursor.execute("rollback to savepoint baton_scoring")
                raise EngineRefused(str(refused)) from refused
            cursor.execute("rollback to savepoint baton_scoring")
        columns = {name: [row[place] for row in rows] for place, name in enumerate(SCORED.names)}
        return pa.table(columns, schema=SCORED)

    def _copy_in(self, cursor: Any, rows: pa.Table) -> None:
        """Make a temporary table of rows in memory."""
        declared = ", ".join(
            f"{quoted(field.name)} {TYPES.get(field.type, 'timestamp')}" for field in rows.schema
        )
        content = io.BytesIO()
        # a text is quoted and a NULL is not
        csv.write_csv(rows, content, csv.WriteOptions(include_header=False, quoting_style="needed"))
        content.seek(0)
        cursor.execute(f"create temporary table {COPIED} ({declared}) on commit drop")
        cursor.copy_expert(f"copy {COPIED} from stdin with (format csv)", content)

    def append(self, table: str, rows: pa.Table, exists: bool) -> None:
        """Append version rows; the table is made first, or gets the columns that it lacks.

        A version that another run appended in the meantime is not appended again.
        """
        columns = columns_of(rows, TYPES)
        with self.connection.cursor() as cursor:
            if exists:
                for name, kind in columns:
                    cursor.execute(f"alter table {table} add column if not exists {quoted(name)} {kind}")
            else:
                declared = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)
                cursor.execute(f"create table if not exists {table} ({declared})")
            names = ", ".join(quoted(name) for name, _ in columns)
            values = ", ".join(f"cast(%s as {kind})" for _, kind in columns)
            for row in rows.to_pylist():
                key = (row["model_name"], row["model_version"])
                cursor.execute(
                    f"insert into {table} ({names}) select {values} where not exists"
                    f" (select 1 from {table} where model_name = %s and model_version = %s)",
                    (*row.values(), *key),
                )

    def _columns(self, query: str) -> list[tuple[str, int, str]]:
        """Give name, type number and DuckDB type of each column of the query."""
        with self.connection.cursor() as cursor:
            cursor.execute(f"select * from (\n{query}\n) as rows_to_copy limit 0")
            return [
                (
                    column.name,
                    column.type_code,
                    _duckdb_type(column.type_code, column.precision, column.scale),
                )
                for column in cursor.description
            ]


def _selected(name: str, number: int) -> str:
    """Write a column of the copy: times in UTC, and no NaN where DuckDB's type has none."""
    column = quoted(name)
    if number == _TIMESTAMPTZ:
        return f"{column} at time zone 'UTC' as {column}"
    if number == _NUMERIC:
        return f"nullif({column}, 'NaN') as {column}"
    if number == _BYTEA:
        return f"encode({column}, 'hex') as {column}"
    if number not in _DUCKDB_TYPES:
        return f"cast(null as text) as {column}"
    return column


def _duckdb_type(number: int, precision: int | None, scale: int | None) -> str:
    if number == _NUMERIC:
        exact = (
            precision is not None and scale is not None and 0 < precision <= 38 and 0 <= scale <= precision
        )
        return f"decimal({precision}, {scale})" if exact else "double"
    if number == _BYTEA:
        return "varchar"
    # an array, a composite and the like cannot be a feature, and the error that says so names this type
    return _DUCKDB_TYPES.get(number, "blob")
