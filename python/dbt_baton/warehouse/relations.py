"""How this package uses a DuckDB relation, which `dbt.ref()` returns in a dbt-duckdb Python model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pyarrow as pa


class Relation(Protocol):
    """The part of `duckdb.DuckDBPyRelation` that is used here."""

    @property
    def columns(self) -> list[str]: ...  # noqa: D102

    @property
    def types(self) -> list[Any]: ...  # noqa: D102

    def project(self, expressions: str) -> Relation: ...  # noqa: D102

    def filter(self, condition: str) -> Relation: ...  # noqa: D102

    def query(self, virtual_table_name: str, sql_query: str) -> Relation: ...  # noqa: D102

    def fetchall(self) -> list[Any]: ...  # noqa: D102

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def is_relation(value: object) -> bool:
    """Whether the value is a relation, and not, for example, a data frame."""
    return all(
        hasattr(value, name) for name in ("columns", "types", "project", "query", "__arrow_c_stream__")
    )


def quoted(name: str) -> str:
    """Write a column name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text value in SQL."""
    return "'" + text.replace("'", "''") + "'"


def find_column(relation: Relation, name: str) -> str | None:
    """Find the column of that name, ignoring case, and give its spelling in the relation."""
    for column in relation.columns:
        if column.lower() == name.lower():
            return column
    return None


def column_types(relation: Relation) -> dict[str, Any]:
    """Give the DuckDB type of each column."""
    return dict(zip(relation.columns, relation.types, strict=True))


def read_batches(relation: Relation) -> pa.RecordBatchReader:
    """Stream the rows in Arrow batches, with only one batch in memory."""
    return pa.RecordBatchReader.from_stream(relation)


def rows(relation: Relation) -> Iterator[dict[str, Any]]:
    """Yield the rows as dictionaries, for the few rows of a registry."""
    for row in relation.fetchall():
        yield dict(zip(relation.columns, row, strict=True))


def table_query(database: object, schema: object, name: object) -> str:
    """Write a query that gives a row if there is a table or view of that name."""
    names = {"catalog": database, "schema": schema, "name": name}
    conditions = " and ".join(f"table_{part} = {literal(str(value))}" for part, value in names.items())
    return f"select table_name from information_schema.tables where {conditions}"


def utc_timestamp(column: str, duckdb_type: Any) -> str:
    """Write SQL for a date or timestamp as a timestamp without zone, in UTC, of whole microseconds."""
    if duckdb_type.id == "timestamp with time zone":
        return f"{quoted(column)} at time zone 'UTC'"
    if duckdb_type.id in ("timestamp_ns", "timestamptz_ns"):
        # a cast rounds nanoseconds, which could move a time into the future
        nanoseconds = f"epoch_ns({quoted(column)})"
        return f"make_timestamp({nanoseconds} // 1000 - cast({nanoseconds} % 1000 < 0 as bigint))"
    return f"cast({quoted(column)} as timestamp)"


def value_text(column: str, duckdb_type: Any) -> str:
    """Write SQL for a value as text, equal to the macro `baton.value_text`: equal numbers are equal text."""
    name = quoted(column)
    if duckdb_type.id in ("double", "float"):
        whole = f"{name} = trunc({name}) and abs({name}) < 1e38"
        return (
            f"case when {whole} then cast(cast({name} as hugeint) as varchar)"
            f" else cast(cast({name} as double) as varchar) end"
        )
    if duckdb_type.id == "decimal":
        return _decimal_text(name, dict(duckdb_type.children)["scale"])
    if duckdb_type.id in ("timestamp with time zone", "timestamptz_ns"):
        name = utc_timestamp(column, duckdb_type)
    return f"cast({name} as varchar)"


def _decimal_text(name: str, scale: int) -> str:
    """Write SQL for a decimal without trailing zeros; a tiny one is written like a double."""
    if scale == 0:
        return f"cast({name} as varchar)"
    text = f"rtrim(rtrim(cast({name} as varchar), '0'), '.')"
    if scale <= 4:
        return text
    # such a double has an exponent; a decimal with more digits than a double keeps them all
    digits = f"length(ltrim(rtrim(cast({name} as varchar), '0'), '-0.'))"
    tiny = f"{name} <> 0 and abs(cast({name} as double)) < 0.0001 and {digits} <= 15"
    return f"case when {tiny} then cast(cast({name} as double) as varchar) else {text} end"
