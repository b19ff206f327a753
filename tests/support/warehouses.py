"""The adapters of warehouses without a connection: what they would ask the warehouse, a DuckDB file answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import agate
import duckdb
import pandas as pd
from dbt.adapters.contracts.connection import AdapterResponse, ConnectionState
from dbt.clients.jinja import MacroGenerator
from dbt.task.compile import CompileTask

from bench import SCHEMA, Engine

PROFILES: dict[str, dict[str, Any]] = {
    "snowflake": {
        "account": "none",
        "user": "none",
        "password": "none",
        "database": "db",
        "warehouse": "none",
    },
    "bigquery": {"method": "oauth-secrets", "token": "none", "project": "db"},
    "redshift": {"host": "none", "user": "none", "password": "none", "dbname": "db", "port": 5439},
    "databricks": {"host": "none", "http_path": "/sql/1.0/warehouses/none", "token": "none", "catalog": "db"},
    "trino": {"method": "none", "host": "none", "port": 8080, "database": "db", "user": "none"},
}
DIALECTS = tuple(PROFILES)

# what the warehouse calls the types of DuckDB
_SQL_TYPES = {"HUGEINT": "decimal(38,0)", "TIMESTAMP_NS": "timestamp", "BLOB": "varbinary"}
TYPES: dict[str, dict[str, str]] = {
    "snowflake": {
        "VARCHAR": "VARCHAR",
        "DOUBLE": "FLOAT",
        "INTEGER": "NUMBER(38,0)",
        "BIGINT": "NUMBER(38,0)",
        "HUGEINT": "NUMBER(38,0)",
        "TIMESTAMP": "TIMESTAMP_NTZ",
        "TIMESTAMP_NS": "TIMESTAMP_NTZ",
        "JSON": "VARIANT",
        "BLOB": "BINARY",
    },
    "bigquery": {
        "VARCHAR": "STRING",
        "DOUBLE": "FLOAT64",
        "INTEGER": "INT64",
        "BIGINT": "INT64",
        "HUGEINT": "BIGNUMERIC",
        "BOOLEAN": "BOOL",
        "TIMESTAMP_NS": "TIMESTAMP",
        "BLOB": "BYTES",
    },
    "redshift": {
        **_SQL_TYPES,
        "VARCHAR": "character varying(256)",
        "DOUBLE": "double precision",
        "HUGEINT": "numeric(38,0)",
        "TIMESTAMP": "timestamp without time zone",
        "TIMESTAMP_NS": "timestamp without time zone",
        "JSON": "super",
    },
    "databricks": {**_SQL_TYPES, "VARCHAR": "string", "INTEGER": "int", "JSON": "string", "BLOB": "binary"},
    "trino": {**_SQL_TYPES, "TIMESTAMP": "timestamp(6)", "TIMESTAMP_NS": "timestamp(6)"},
}


def missing_warehouses() -> str | None:
    """Why the adapters are not available, or None if they are."""
    for name in DIALECTS:
        if find_spec(f"dbt.adapters.{name}") is None:
            return f"there is no dbt-{name}; make rendered renders in an environment of its own"
    return None


class Rendered(Engine):
    """A warehouse by its adapter alone: models are compiled, and never run."""

    def __init__(self, name: str) -> None:
        self.name = name

    def profile(self) -> dict[str, Any]:
        place = "dataset" if self.name == "bigquery" else "schema"
        return {"type": self.name, **PROFILES[self.name], place: SCHEMA, "threads": 1}

    def clear(self) -> None:
        pass


class NoHandle:
    """A connection to nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


@contextmanager
def answered_by(name: str, tables: Path, zone: str = "UTC") -> Iterator[list[str]]:
    """The adapter answers from the tables of a DuckDB file, and with the session's zone; the queries that it was asked are listed."""
    module = import_module(f"dbt.adapters.{name}")
    adapter = module.Plugin.adapter
    asked: list[str] = []
    with duckdb.connect(str(tables)) as connection:
        known = {
            table: found.to_records(index=False).tolist()
            for table, found in connection.execute(
                f"select table_name, column_name, data_type from information_schema.columns where table_schema = '{SCHEMA}' order by ordinal_position"
            )
            .df()
            .groupby("table_name")[["column_name", "data_type"]]
        }

        def columns(self: Any, relation: Any) -> list[Any]:
            return [column_of(name, self.Column, *column) for column in known.get(relation.identifier, [])]

        def relation(self: Any, database: str, schema: str, identifier: str, *_: Any, **__: Any) -> Any:
            if identifier not in known:
                return None
            return self.Relation.create(database=database, schema=schema, identifier=identifier, type="table")

        def execute(_: Any, sql: str, *__: Any, **___: Any) -> tuple[AdapterResponse, agate.Table]:
            asked.append(sql)
            return AdapterResponse("OK"), answer(connection, name, sql, zone)

        def nothing(*_: Any, **__: Any) -> list[Any]:
            return []

        def opened(_: Any, handle: Any) -> Any:
            handle.handle, handle.state = NoHandle(), ConnectionState.OPEN
            return handle

        with (
            patch.multiple(
                adapter,
                get_columns_in_relation=adapter_method(adapter, "get_columns_in_relation", columns),
                get_relation=adapter_method(adapter, "get_relation", relation),
                execute=adapter_method(adapter, "execute", execute),
                list_relations_without_caching=adapter_method(
                    adapter, "list_relations_without_caching", nothing
                ),
            ),
            patch.object(adapter, "compare_dbr_version", lambda *_: 1, create=True),
            patch.object(adapter.ConnectionManager, "open", classmethod(opened)),
            patch.object(
                # a model that does not render hides no other one
                CompileTask,
                "raise_on_first_error",
                lambda _: False,
            ),
            patch.object(CompileTask, "_mark_dependent_errors", lambda *_: None),
        ):
            yield asked


@contextmanager
def macros_called() -> Iterator[set[str]]:
    """The names of all macros that are called inside of the block."""
    called: set[str] = set()
    track_call = MacroGenerator.track_call

    def tracked(self: MacroGenerator) -> Any:
        called.add(self.macro.name)
        return track_call(self)

    with patch.object(MacroGenerator, "track_call", tracked):
        yield called


def adapter_method(adapter: type, name: str, method: Any) -> Any:
    """A method in place of the adapter's, as available to macros as that is."""
    if hasattr(getattr(adapter, name), "_is_available_"):
        method._is_available_ = True
    return method


def column_of(name: str, kind: Any, column: str, data_type: str) -> Any:
    """dbt's column of that warehouse."""
    base = data_type.split("(")[0]
    here = (
        TYPES[name].get(base, data_type).lower()
        if name not in ("snowflake", "bigquery")
        else TYPES[name].get(base, data_type)
    )
    if name == "databricks":
        return kind(column=column, dtype=here)
    if name in ("bigquery", "trino"):
        return kind(column, here)
    return kind.from_description(column, here)


def answer(connection: duckdb.DuckDBPyConnection, dialect: str, sql: str, zone: str) -> agate.Table:
    """What DuckDB answers to a query of that dialect."""
    # every environment of the tests loads this module, and only some have sqlglot
    import sqlglot

    if re.search("show|current_timezone", sql):
        return agate.Table([("TIMEZONE", zone)], ["name", "value"]).select(
            ["name", "value"] if dialect == "snowflake" else ["value"]
        )
    tree: Any = sqlglot.parse_one(re.sub(r"/\*.*?\*/", "", sql, flags=re.DOTALL), read=dialect)
    for table in tree.find_all(sqlglot.exp.Table):
        if table.args.get("db"):
            table.set("catalog", None)
    try:
        found = connection.execute(tree.sql(dialect="duckdb"))
    except duckdb.Error:
        # functions of the warehouse that DuckDB does not have: as if there were no rows
        names = tree.named_selects
        return agate.Table([], names, [agate.Text()] * len(names))
    names = [description[0] for description in found.description]
    rows = found.fetchall()
    return agate.Table(rows, names, [agate_type([row[place] for row in rows]) for place in range(len(names))])


def agate_type(values: Sequence[Any]) -> Any:
    """The type of a column's values."""
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return agate.Boolean()
    if known and all(pd.api.types.is_number(value) for value in known):
        return agate.Number()
    if known and all(isinstance(value, pd.Timestamp) or hasattr(value, "year") for value in known):
        return agate.DateTime()
    return agate.Text()
