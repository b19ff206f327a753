"""Renders hundreds of macro calls in one dbt command, without a model and a file for each of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cache, partial
from typing import Any, TypeVar
from unittest.mock import patch

import pandas as pd
from dbt.adapters.factory import get_adapter_by_type
from dbt.clients import jinja

from bench import Project

Key = TypeVar("Key", bound=Hashable)
Ran = TypeVar("Ran")


def rendered(
    project: Project,
    calls: Mapping[Key, str],
    *,
    config: str = "",
    name: str = "calls",
    command: str = "compile",
) -> dict[Key, str | Exception]:
    """Render each call, a text in Jinja, in a model of that name and config, and return its SQL or its error.

    dbt compiles one model, and every call is rendered in that model's context. Columns are queried once.
    """
    given: dict[Key, str | Exception] = {}
    render = jinja.get_rendered

    def render_calls(text: str, context: dict[str, Any], node: Any = None, *args: Any, **options: Any) -> Any:
        if getattr(node, "name", None) != name or not context.get("execute"):
            return render(text, context, node, *args, **options)
        adapter = get_adapter_by_type(context["target"]["type"])  # type: ignore[no-untyped-call]
        columns = cache(adapter.get_columns_in_relation)
        with patch.object(adapter, "get_columns_in_relation", columns):
            for key, call in calls.items():
                try:
                    given[key] = render(call, context, node)
                except Exception as raised:
                    given[key] = raised
        return render(text, context, node, *args, **options)

    with (
        project.files({name: f"{config}select 1 as one"}, None),
        patch.object(jinja, "get_rendered", render_calls),
    ):
        project.dbt(command, "--select", name)
    return given


def answers(
    project: Project, calls: Mapping[Key, str], *, built: Key | None = None
) -> dict[Key, pd.DataFrame]:
    """The rows that each call selects, like those of a model at a tenth of the cost; the call `built` is built as a real model."""
    found = {key: _run(project.query, key, sql) for key, sql in rendered(project, calls).items()}
    if built is not None:
        found[built] = project.build(calls[built])
    return found


def errors(project: Project, calls: Mapping[Key, str], **options: str) -> dict[Key, str]:
    """The message of each call, and every one of them must have one; the options are those of `rendered`."""
    found = rendered(project, calls, **options)
    passed = [key for key, answer in found.items() if not isinstance(answer, Exception)]
    assert not passed, f"expected errors, but these calls have none: {passed}"
    return {key: str(answer) for key, answer in found.items()}


def make_tables(project: Project, calls: Mapping[str, str]) -> None:
    """Write each call to a table of that name, to read with `{{ source('data', name) }}`."""
    for name, sql in rendered(project, calls).items():
        _run(partial(_create, project, name), name, sql)
    project.use_tables(*calls)


def _create(project: Project, name: str, sql: str) -> None:
    project.execute(f"create table {{schema}}.{name} as {sql}")


def _run(run: Callable[[str], Ran], key: Hashable, sql: str | Exception) -> Ran:
    """Run a call's SQL; an error names the call."""
    try:
        if isinstance(sql, Exception):
            raise sql
        return run(sql)
    except Exception as failed:
        failed.add_note(f"in the call {key!r}: {sql}")
        raise
