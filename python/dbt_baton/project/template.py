"""The Jinja of a query outside dbt: `ref` and `source`, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from dbt_baton.errors import ProjectError


def rendered(text: str, *, ref: Callable[..., str], source: Callable[..., str]) -> str:
    """Put tables in the place of `{{ ref(...) }}` and `{{ source(...) }}`.

    Raises
    ------
    ProjectError
        If the text has other Jinja.
    """
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.globals = {"ref": ref, "source": source}
    try:
        return environment.from_string(text).render()
    except TemplateError as wrong:
        raise ProjectError(f"in a query only ref and source are rendered: {wrong}") from None
