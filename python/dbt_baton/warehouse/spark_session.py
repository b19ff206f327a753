"""A training's session of Spark: rows come to the driver in columns, version rows are written by Spark."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from dbt_baton.errors import EngineRefused
from dbt_baton.warehouse.copies import Copies
from dbt_baton.warehouse.duckdb_session import columns_of, with_inputs
from dbt_baton.warehouse.relations import Relation

TYPES = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.binary(): "binary",
    pa.timestamp("us"): "timestamp",
}


class SparkTraining:
    """The session of dbt-spark's method `session`, which is in UTC.

    DuckDB reads the rows in the driver with the code that reads its own tables, so that a training has one
    way to see rows.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
    file_format : str
        Of a table of version rows.
    """

    dialect = "spark"

    def __init__(self, session: Any, file_format: str) -> None:
        self.session = session
        self.file_format = file_format
        self._copies = Copies("Spark", "duckdb")

    def relation(self, query: str) -> Relation:
        """Bring the rows of a query to the driver, in columns, and give them."""
        copies = self._copies.connection
        copies.register("arrived", self._rows(query))
        try:
            return self._copies.add("select * from arrived")
        finally:
            copies.unregister("arrived")

    def _rows(self, query: str) -> pa.Table:
        """Read Arrow batches of the tasks; a moment of Spark has the zone of the session, UTC."""
        found = self.session.sql(query)
        batches = found._collect_as_arrow()
        table = pa.Table.from_batches(batches) if batches else _no_rows(found)
        for place, field in enumerate(table.schema):
            if pa.types.is_timestamp(field.type):
                moments = table.column(place).cast(pa.timestamp("us"))
                table = table.set_column(place, field.name, moments)
            elif pa.types.is_null(field.type):
                table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
        return table

    def has_version(self, table: str, model_name: str, version: str) -> bool:
        """Whether a table of version rows has a version."""
        found = self.session.sql(
            f"select 1 from {table} where model_name = :name and model_version = :version limit 1",
            args={"name": model_name, "version": version},
        )
        return bool(found.collect())

    def score(self, features: pa.Table, query: str, _nodes: str | None) -> pa.Table:
        """Run a scoring query over rows of the driver.

        Raises
        ------
        EngineRefused
            If the query fails.
        """
        self._view("baton_rows", features)
        try:
            return self._rows(with_inputs("baton_rows", query, None))
        except Exception as refused:
            # of the analysis, of the code that Spark makes, or of Java's limits
            raise EngineRefused(str(refused)) from refused
        finally:
            self.session.catalog.dropTempView("baton_rows")

    def append(self, table: str, rows: pa.Table, exists: bool) -> None:
        """Append version rows; the table is made first, or gets the columns that it lacks.

        Spark has no transaction: of two runs that train the same version at once, both may append it.
        """
        columns = columns_of(rows, TYPES)
        if not exists:
            declared = ", ".join(f"{name} {kind}" for name, kind in columns)
            self.session.sql(f"create table if not exists {table} ({declared}) using {self.file_format}")
        else:
            there = {name.lower() for name in self.session.table(table).columns}
            added = ", ".join(f"{name} {kind}" for name, kind in columns if name.lower() not in there)
            if added:
                self.session.sql(f"alter table {table} add columns ({added})")
        if not rows.num_rows:
            return
        self._view("baton_version_rows", rows)
        try:
            self.session.sql(f"insert into {table} by name select * from baton_version_rows")
        finally:
            self.session.catalog.dropTempView("baton_version_rows")

    def _view(self, name: str, rows: pa.Table) -> None:
        """Make a temporary view of rows of the driver."""
        declared = ", ".join(
            f"`{field.name.replace('`', '``')}` {_type(field.type)}" for field in rows.schema
        )
        for place, field in enumerate(rows.schema):
            if pa.types.is_timestamp(field.type):
                # Python takes a moment without zone for one of the machine's
                moments = rows.column(place).cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
                rows = rows.set_column(place, field.name, moments)
        lines = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
        self.session.createDataFrame(lines, declared).createOrReplaceTempView(name)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_null(kind):
        return "string"
    if pa.types.is_boolean(kind):
        return "boolean"
    return TYPES.get(kind, "double")


def _no_rows(found: Any) -> pa.Table:
    """Give the columns of a result without rows."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(found.schema).empty_table()
