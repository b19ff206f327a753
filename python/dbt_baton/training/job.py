"""The Python code behind `materialized='ml_model'`: dbt runs it as it runs a Python model."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dbt_baton.errors import BatonError, TrainingInputError, raise_problems
from dbt_baton.registry import provenance, version_row
from dbt_baton.training.estimators import build_estimator
from dbt_baton.training.options import Options, expect_keys
from dbt_baton.training.progress import Progress
from dbt_baton.training.run import Training
from dbt_baton.warehouse.duckdb_session import DuckDBSession
from dbt_baton.warehouse.relations import literal

PROBLEM = "baton_problem"
_OF_JOB = ("estimator", "params", "owner")
_OF_OPTIONS = tuple(Options.__dataclass_fields__)


@dataclass
class TrainingJob:
    """A training as the materialization describes it.

    Attributes
    ----------
    model_name : str
    table : str
        Of version rows, as SQL writes it.
    exists : bool
        Whether the table is there.
    query : str
        The training query.
    config : dict
        The keys of `meta.ml_model`.
    owner, training_relation : str or None
    estimators : list of str
        Import paths that the project allows.
    origin : Provenance or None
        None for that of the current run.
    """

    model_name: str
    table: str
    exists: bool
    query: str
    config: dict[str, Any]
    owner: str | None = None
    training_relation: str | None = None
    estimators: list[str] = field(default_factory=list)
    origin: provenance.Provenance | None = None

    @property
    def where(self) -> str:
        """Name the model in errors."""
        return f"baton.ml_model in model '{self.model_name}'"

    def run(self, session: Any) -> None:
        """Train on the session's connection and append the version row.

        Raises
        ------
        BatonError
            With a message of one line for the user, whatever went wrong.
        """
        session.append(self.table, self.version_rows(session), self.exists)

    def version_rows(self, session: Any) -> pa.Table:
        """Train, and give the version row, or none."""
        if provenance.reads_no_rows():
            return version_row.no_rows()
        training = self._training(session)
        try:
            return training.run(session.relation(self.query))
        except BatonError:
            raise
        except Exception as failed:
            Progress(self.model_name).debug(traceback.format_exc())
            first = (str(failed).strip().splitlines() or [""])[0]
            raise TrainingInputError(f"{self.where}: {type(failed).__name__}: {first}") from failed

    def _training(self, session: Any) -> Training:
        config = dict(self.config)
        problems = expect_keys("meta.ml_model", config, (*_OF_JOB, *_OF_OPTIONS))
        problems += [
            f"meta.ml_model.{name} is missing"
            for name in ("estimator", "label", "entity")
            if not config.get(name)
        ]
        raise_problems(TrainingInputError, self.where, problems)
        estimator = build_estimator(
            self.where, config.pop("estimator"), config.pop("params", None) or {}, self.estimators
        )
        owner = config.pop("owner", None) or self.owner
        for name in ("entity", "features"):
            if isinstance(config.get(name), str):
                config[name] = [config[name]]
        for name, empty in (("search", {}), ("preprocessing", ())):
            config[name] = config.get(name) or empty
        return Training(
            where=self.where,
            model_name=self.model_name,
            estimator=estimator,
            options=Options(**config),
            is_known=lambda version: (
                self.exists and session.has_version(self.table, self.model_name, version)
            ),
            owner=owner,
            training_relation=self.training_relation,
            origin=self.origin,
            session=session,
        )


class DuckDBJob:
    """A job as dbt-duckdb runs a Python model: it makes a `dbtObj`, calls `model`, then `materialize`.

    dbt-duckdb puts a traceback before every message of a Python model. So the job does not raise: it leaves
    the message in a variable of the connection, and the materialization raises it.
    """

    def __init__(self, job: TrainingJob) -> None:
        self.job = job

    def dbtObj(self, _load: Any) -> None:
        """Give what `model` gets as its first argument, which a job does not use."""

    def model(self, _dbt: Any, connection: Any) -> None:
        """Train and write."""
        connection.execute(f"set variable {PROBLEM} = null")
        try:
            self.job.run(DuckDBSession(connection))
        except BatonError as refused:
            connection.execute(f"set variable {PROBLEM} = {literal(str(refused))}")

    def materialize(self, _nothing: None, _connection: Any) -> None:
        """Do nothing: the row is written already."""
