"""Rows that a training has brought out of its engine, in DuckDB, which reads them as its own tables."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from dbt_baton.errors import BatonError
from dbt_baton.warehouse.relations import Relation


class Copies:
    """Tables of a DuckDB database in memory.

    Parameters
    ----------
    engine : str
        Where the rows come from, for a message.
    extra : str
        The extra of the package that installs DuckDB there.
    """

    def __init__(self, engine: str, extra: str) -> None:
        self.engine = engine
        self.extra = extra

    @cached_property
    def connection(self) -> Any:
        """The database; it is opened when the first rows come."""
        try:
            import duckdb
        except ImportError as missing:
            raise BatonError(
                f"training on {self.engine} reads rows through DuckDB: pip install 'dbt-baton[{self.extra}]'"
            ) from missing
        return duckdb.connect()

    def add(self, query: str) -> Relation:
        """Keep the rows of a query on DuckDB, and give them."""
        place = len(self.connection.execute("show tables").fetchall())
        self.connection.execute(f"create table rows_{place} as {query}")
        # not as plain as a read of dbt's table, whose name a version row takes over
        found: Relation = self.connection.query(f"select * from rows_{place} where true")
        return found
