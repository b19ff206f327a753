"""A dbt Python model with `materialized='ml_model'`: its version row is appended as that of a query is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dbt_baton.errors import TrainingInputError
from dbt_baton.registry.provenance import Provenance
from dbt_baton.registry.version_row import VERSION_SCHEMA
from dbt_baton.warehouse.duckdb_session import DuckDBSession


@dataclass(frozen=True)
class VersionTable:
    """The model's table of version rows, which `train` asks whether it has a version.

    Attributes
    ----------
    session : DuckDBSession or PostgresSession
    name : str
        As SQL writes it.
    exists : bool
    owner : str or None
        Of the dbt model.
    origin : Provenance or None
        None for that of the current run.
    """

    session: Any
    name: str
    exists: bool
    owner: str | None = None
    origin: Provenance | None = None

    def has(self, model_name: str, version: str) -> bool:
        """Whether the version is there."""
        return self.exists and bool(self.session.has_version(self.name, model_name, version))


def for_table(
    table: str,
    exists: bool,
    owner: str | None,
    module: dict[str, Any],
    origin: Provenance | None = None,
) -> tuple[Callable[[Any, Any], pa.Table], Callable[[pa.Table, Any], None], Callable[[Any], None]]:
    """Give the three functions that end the job's code.

    Parameters
    ----------
    table : str
        Of version rows, as SQL writes it.
    exists : bool
        Whether the table is there.
    owner : str or None
        Of the dbt model.
    module : dict
        The globals of the model's code, with dbt's `dbtObj` and the user's `model`.
    origin : Provenance, optional
        By default that of the current run.

    Returns
    -------
    model : callable
        The user's, with dbt's object and dbt-duckdb's connection.
    materialize : callable
        Takes what `model` returned and dbt-duckdb's connection.
    run : callable
        Takes the session of an engine whose adapter has no Python models.
    """
    users_model = module["model"]

    def model(dbt: Any, connection: Any) -> pa.Table:
        dbt.version_table = VersionTable(DuckDBSession(connection), table, exists, owner, origin)
        return users_model(dbt, connection)

    def materialize(rows: pa.Table, connection: Any) -> None:
        DuckDBSession(connection).append(table, _checked(rows), exists)

    def run(session: Any) -> None:
        dbt = module["dbtObj"](lambda name: session.relation(f"select * from {name}"))
        dbt.version_table = VersionTable(session, table, exists, owner, origin)
        session.append(table, _checked(users_model(dbt, session)), exists)

    return model, materialize, run


def _checked(rows: Any) -> pa.Table:
    if not isinstance(rows, pa.Table) or rows.schema != VERSION_SCHEMA:
        raise TrainingInputError(
            f"the model returns a {type(rows).__name__}, expected what dbt_baton.train returns: with"
            " materialized='ml_model' a table holds version rows"
        )
    return rows
