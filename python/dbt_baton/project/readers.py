"""Run queries on a read-only connection, and give their rows as Arrow tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dbt_baton.errors import ProjectError

if TYPE_CHECKING:
    import pyarrow as pa


def reader_of(engine: str, connection: Any) -> Callable[[str], pa.Table]:
    """Give the function that runs a query of an engine.

    It raises ProjectError if a query fails, and says so if its table is not built yet.

    Parameters
    ----------
    engine : str
        duckdb or postgres.
    connection : duckdb.DuckDBPyConnection or psycopg2.extensions.connection
    """
    return _duckdb_reader(connection) if engine == "duckdb" else _postgres_reader(connection)


def _duckdb_reader(connection: Any) -> Callable[[str], pa.Table]:
    import duckdb

    # times with a zone are read in UTC, as everywhere in baton
    connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")

    def read(query: str) -> pa.Table:
        try:
            return connection.query(query).to_arrow_table()
        except duckdb.CatalogException as missing:
            raise ProjectError(f"run dbt build first ({_first_line(missing)})") from None
        except duckdb.Error as failed:
            raise ProjectError(_first_line(failed)) from None

    return read


def _postgres_reader(connection: Any) -> Callable[[str], pa.Table]:
    import psycopg2
    from psycopg2.errors import InvalidSchemaName, UndefinedTable

    from dbt_baton.warehouse.postgres_session import PostgresSession

    session = PostgresSession(connection)

    def read(query: str) -> pa.Table:
        try:
            found: Any = session.relation(query)
            return found.to_arrow_table()
        except (UndefinedTable, InvalidSchemaName) as missing:
            connection.rollback()
            raise ProjectError(f"run dbt build first ({_first_line(missing)})") from None
        except psycopg2.Error as failed:
            connection.rollback()
            raise ProjectError(_first_line(failed)) from None

    return read


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
