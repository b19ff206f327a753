"""A training's connection to DuckDB: it reads and writes where the data are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from dbt_baton.errors import EngineRefused
from dbt_baton.warehouse.relations import Relation, literal, quoted

SCORED = ("baton_row", "predicted_class", "predicted_probability", "predicted_value")
TYPES = {
    pa.string(): "varchar",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.binary(): "blob",
    pa.timestamp("us"): "timestamp",
}


class DuckDBSession:
    """A connection of dbt-duckdb.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The second argument of a dbt Python model.
    """

    dialect = "duckdb"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def relation(self, query: str) -> Relation:
        """Give the rows of a query, which are read when they are needed."""
        found: Relation = self.connection.query(query)
        return found

    @contextmanager
    def transaction(self, database: str, schema: str, _lock: str) -> Iterator[None]:
        """Make the schema of a model; one process writes at a time, and `append` is a transaction."""
        self.connection.execute(f"create schema if not exists {quoted(database)}.{quoted(schema)}")
        yield

    def has_version(self, table: str, model_name: str, version: str) -> bool:
        """Whether a table of version rows has a version."""
        found = self.connection.execute(
            f"select 1 from {table}"
            f" where model_name = {literal(model_name)} and model_version = {literal(version)} limit 1"
        )
        return bool(found.fetchall())

    def score(self, features: pa.Table, query: str, nodes: str | None) -> pa.Table:
        """Run a scoring query over rows in memory, on a database of its own.

        Raises
        ------
        EngineRefused
            If the query fails.
        """
        import duckdb

        with duckdb.connect() as connection:
            # it would break the lines of dbt's log
            connection.execute("set enable_progress_bar = false")
            connection.register("baton_rows", features)
            if nodes is not None:
                # a table: DuckDB would keep arrays out of a literal as a constant of each expression
                connection.register("baton_nodes", pa.table({"nodes": [nodes]}))
                connection.execute("create table scored_nodes as select nodes from baton_nodes")
            try:
                scored: pa.Table = connection.query(
                    with_inputs("baton_rows", query, "scored_nodes" if nodes else None)
                ).to_arrow_table()
            except duckdb.Error as refused:
                raise EngineRefused(str(refused)) from refused
        return scored

    def append(self, table: str, rows: pa.Table, exists: bool) -> None:
        """Append version rows in one transaction; the table is made first, or gets the columns that it lacks.

        A version that another run appended in the meantime is not appended again.
        """
        self.connection.execute("begin transaction")
        try:
            self.connection.register("baton_version_rows", rows)
            if exists:
                for name, kind in columns_of(rows, TYPES):
                    self.connection.execute(
                        f"alter table {table} add column if not exists {quoted(name)} {kind}"
                    )
            else:
                declared = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns_of(rows, TYPES))
                self.connection.execute(f"create table if not exists {table} ({declared})")
            self.connection.execute(
                f"insert into {table} by name select * from baton_version_rows as added where not exists ("
                f" select 1 from {table} as kept where kept.model_name = added.model_name"
                " and kept.model_version = added.model_version)"
            )
            self.connection.execute("commit")
        except BaseException:
            self.connection.execute("rollback")
            raise
        finally:
            self.connection.unregister("baton_version_rows")


def with_inputs(table: str, query: str, nodes: str | None) -> str:
    """Write the statement that runs a scoring query over a table, and over the table of its nodes if any.

    Columns are named, since the query also passes on those of its steps, such as the arrays of all trees.
    """
    inputs = [f"features as (select * from {table})"]
    if nodes is not None:
        inputs.append(f"scoring_nodes as (select nodes from {nodes})")
    return f"with {', '.join(inputs)}\nselect {', '.join(SCORED)} from (\n{query}\n) as scored"


def columns_of(rows: pa.Table, types: dict[pa.DataType, str]) -> list[tuple[str, str]]:
    """Give name and type of each column of version rows in an engine's types."""
    return [(field.name, types[field.type]) for field in rows.schema]
