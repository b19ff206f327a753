"""A table, a view or a query of a project, read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dbt_baton.warehouse.relations import quoted

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True)
class Relation:
    """Rows in the warehouse.

    Attributes
    ----------
    name : str
        What it is called in the project, such as `churn_scores`.
    sql : str
        The query that gives its rows; a relation is written in an f-string as this query in parentheses.
    """

    name: str
    sql: str
    _read: Callable[[Relation, str], pa.Table] = field(repr=False)

    def __format__(self, _spec: str) -> str:
        return f"({self.sql})"

    def arrow(
        self, columns: Sequence[str] | None = None, where: str | None = None, limit: int | None = None
    ) -> pa.Table:
        """Read the rows as an Arrow table.

        Parameters
        ----------
        columns : sequence of str, optional
            By default all.
        where : str, optional
            A condition in the warehouse's SQL.
        limit : int, optional
            The largest number of rows.

        Returns
        -------
        pyarrow.Table, shape (n_rows, n_columns)
            Times with a zone are in UTC.

        Raises
        ------
        ProjectError
            If the relation is not built, or the query fails.
        """
        names = "*" if columns is None else ", ".join(map(quoted, columns))
        query = f"select {names} from (\n{self.sql}\n) as read_rows"
        query += f"\nwhere {where}" if where else ""
        query += f"\nlimit {int(limit)}" if limit is not None else ""
        return self._read(self, query)

    def df(
        self, columns: Sequence[str] | None = None, where: str | None = None, limit: int | None = None
    ) -> pd.DataFrame:
        """Read the rows as a pandas data frame; the arguments are those of `arrow`."""
        return as_pandas(self.arrow(columns, where, limit))

    def pl(
        self, columns: Sequence[str] | None = None, where: str | None = None, limit: int | None = None
    ) -> pl.DataFrame:
        """Read the rows as a polars data frame; the arguments are those of `arrow`."""
        import polars as pl

        found: Any = pl.from_arrow(self.arrow(columns, where, limit))
        return found  # type: ignore[no-any-return]


def as_pandas(table: pa.Table) -> pd.DataFrame:
    """Give a table as a data frame, with times in microseconds: the last valid_to may be the year 9999."""
    found: pd.DataFrame = table.to_pandas(coerce_temporal_nanoseconds=False)
    return found
