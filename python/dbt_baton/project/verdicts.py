"""The newest verdicts of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dbt_baton.errors import ProjectError, UnknownModel
from dbt_baton.project.names import near_names

if TYPE_CHECKING:
    from dbt_baton.project.project import Project

SEVERITIES = ("none", "warning", "error")


def newest_verdicts(project: Project, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Give the rows of `baton.model_health` of each model's newest period, the worst first.

    Parameters
    ----------
    project : Project
    names : sequence of str
        The models; by default all that have verdicts.

    Returns
    -------
    list of dict
        The rows as they are, by severity, then since when, then by name.

    Raises
    ------
    ProjectError
        If no model of the project calls `baton.model_health`, one is not built, or none has rows.
    UnknownModel
        If a model has no verdicts; names all such models.
    """
    nodes = project.manifest.calling("model_health")
    if not nodes:
        raise ProjectError("no model of the project calls baton.model_health, so there are no verdicts")
    rows = []
    with project.reader() as read:
        for node in nodes:
            try:
                rows += read(_newest(node["relation_name"])).to_pylist()
            except ProjectError as failed:
                raise ProjectError(f"{node['name']} cannot be read: {failed}") from None
    known = {row["model_name"] for row in rows}
    unknown = [f"{name!r} (did you mean {near_names(name, known)}?)" for name in names if name not in known]
    if unknown:
        raise UnknownModel(f"no verdicts of {', '.join(unknown)}")
    if not rows:
        tables = ", ".join(node["name"] for node in nodes)
        raise ProjectError(f"{tables} has no rows, so there are no verdicts: no prediction was judged yet")
    chosen = [row for row in rows if not names or row["model_name"] in names]
    return sorted(chosen, key=_worst_first)


def _newest(table: str) -> str:
    return (
        f"select health.* from {table} as health inner join ("
        f" select model_name, max(period_start) as period_start from {table} group by model_name"
        " ) as newest on health.model_name = newest.model_name and health.period_start = newest.period_start"
    )


def _worst_first(row: dict[str, Any]) -> tuple[Any, ...]:
    return -SEVERITIES.index(row["severity"]), row["since"], row["model_name"], row["model_version"] or ""
