"""A dbt plugin by which an adapter without Python models trains in dbt's own process.

dbt starts the plugins of every module named `dbt_*`. This one gives PostgreSQL's adapter a way to run Python
jobs, and that of Spark with the method `session`, whose own ways are clusters of Databricks; it leaves an
adapter alone that has one. Nothing of it runs before a model with `materialized='ml_model'` does.
"""

from __future__ import annotations

import sys
from typing import Any

from dbt.adapters.contracts.connection import AdapterResponse
from dbt.plugins.manager import dbtPlugin

METHOD = "baton_local"


class BatonPlugin(dbtPlugin):
    """Registers local Python jobs where the adapter has none."""

    def initialize(self) -> None:
        """Look at the adapter that dbt has loaded."""
        adapter = _loaded_adapter("postgres", "PostgresAdapter")
        if adapter is not None and not _runs_python(adapter):
            adapter.python_submission_helpers = property(lambda _self: {METHOD: LocalJob})
            adapter.default_python_submission_method = property(lambda _self: METHOD)
            adapter.generate_python_submission_response = _response
        adapter = _loaded_adapter("spark", "SparkAdapter")
        if adapter is not None:
            _add_to_sessions(adapter)


def _loaded_adapter(kind: str, name: str) -> Any:
    return getattr(sys.modules.get(f"dbt.adapters.{kind}.impl"), name, None)


def _add_to_sessions(adapter: Any) -> None:
    """Let Spark's adapter run jobs here where its method is `session`; elsewhere it keeps its own ways."""
    if hasattr(adapter, "baton_runs_sessions"):
        return
    adapter.baton_runs_sessions = True
    helpers, default = adapter.python_submission_helpers, adapter.default_python_submission_method

    def is_local(self: Any) -> bool:
        return getattr(self.config.credentials, "method", None) == "session"

    adapter.python_submission_helpers = property(
        lambda self: {METHOD: LocalJob} if is_local(self) else helpers.fget(self)
    )
    adapter.default_python_submission_method = property(
        lambda self: METHOD if is_local(self) else default.fget(self)
    )


def _runs_python(adapter: type) -> bool:
    """Whether the adapter, below dbt's base class, defines how it runs Python jobs."""
    return any(
        "python_submission_helpers" in vars(ancestor)
        for ancestor in adapter.__mro__
        if ancestor.__name__ != "BaseAdapter"
    )


class LocalJob:
    """Runs a Python job in this process, on the connection and in the transaction of its model.

    Parameters
    ----------
    parsed_model : dict
        The node.
    credentials : dbt.adapters.contracts.connection.Credentials
    """

    def __init__(self, parsed_model: dict[str, Any], credentials: Any) -> None:
        self.name = parsed_model["name"]
        self.materialized = parsed_model["config"]["materialized"]
        self.file_format = parsed_model["config"].get("file_format") or "parquet"
        self.adapter_type = credentials.type

    def submit(self, compiled_code: str) -> None:
        """Run the code."""
        from dbt.adapters.factory import get_adapter_by_type
        from dbt_common.exceptions import DbtRuntimeError

        from dbt_baton.errors import BatonError
        from dbt_baton.training.progress import Progress

        if self.materialized != "ml_model":
            raise DbtRuntimeError(
                f"Python models on {self.adapter_type} are run by baton, only with materialized='ml_model'"
            )
        adapter: Any = get_adapter_by_type(self.adapter_type)  # type: ignore[no-untyped-call]
        Progress(self.name).say("baton's plugin trains in this process, on the model's connection")
        session = self._session(adapter.connections)
        module: dict[str, Any] = {"__name__": self.name}
        exec(compile(compiled_code, f"<{self.name}>", "exec"), module)
        try:
            module["run"](session)
        except BatonError as refused:
            raise DbtRuntimeError(str(refused)) from refused

    def _session(self, connections: Any) -> Any:
        """Give the training's session on the connection of this thread."""
        if self.adapter_type == "spark":
            from pyspark.sql import SparkSession

            from dbt_baton.warehouse.spark_session import SparkTraining

            return SparkTraining(SparkSession.builder.getOrCreate(), self.file_format)
        from dbt_baton.warehouse.postgres_session import PostgresSession

        connection = connections.get_thread_connection()
        if not connection.transaction_open:
            connections.begin()
        return PostgresSession(connection.handle)


def _response(_self: Any, _result: Any) -> AdapterResponse:
    return AdapterResponse(_message="OK")
