"""A dbt plugin by which an adapter without Python models trains in dbt's own process.

dbt starts the plugins of every module named `dbt_*`. This one gives PostgreSQL's adapter a way to run Python
jobs, and leaves an adapter alone that has one. Nothing of it runs before a model with
`materialized='ml_model'` does.
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
        loaded = sys.modules.get("dbt.adapters.postgres.impl")
        adapter = getattr(loaded, "PostgresAdapter", None)
        if adapter is not None and not _runs_python(adapter):
            adapter.python_submission_helpers = property(lambda _self: {METHOD: LocalJob})
            adapter.default_python_submission_method = property(lambda _self: METHOD)
            adapter.generate_python_submission_response = _response


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
        self.adapter_type = credentials.type

    def submit(self, compiled_code: str) -> None:
        """Run the code."""
        from dbt.adapters.factory import get_adapter_by_type
        from dbt_common.exceptions import DbtRuntimeError

        from dbt_baton.errors import BatonError
        from dbt_baton.training.progress import Progress
        from dbt_baton.warehouse.postgres_session import PostgresSession

        if self.materialized != "ml_model":
            raise DbtRuntimeError(
                f"Python models on {self.adapter_type} are run by baton, only with materialized='ml_model'"
            )
        adapter: Any = get_adapter_by_type(self.adapter_type)  # type: ignore[no-untyped-call]
        connections = adapter.connections
        connection = connections.get_thread_connection()
        if not connection.transaction_open:
            connections.begin()
        Progress(self.name).say("baton's plugin trains in this process, on the model's connection")
        session = PostgresSession(connection.handle)
        module: dict[str, Any] = {"__name__": self.name}
        exec(compile(compiled_code, f"<{self.name}>", "exec"), module)
        try:
            module["run"](session)
        except BatonError as refused:
            raise DbtRuntimeError(str(refused)) from refused


def _response(_self: Any, _result: Any) -> AdapterResponse:
    return AdapterResponse(_message="OK")
