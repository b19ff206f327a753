"""Choose what the report says of each model, from the rows of its tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dbt_baton.errors import ProjectError
from dbt_baton.project.card import Card
from dbt_baton.project.model import find_models
from dbt_baton.report.advice import advice
from dbt_baton.report.content import ModelContent, Period, Report
from dbt_baton.report.features import ranked_features
from dbt_baton.report.history import champion_changes, episodes, periods, worse_segments
from dbt_baton.report.read import ModelRows, Row, champions, feature_names, read_model

if TYPE_CHECKING:
    from dbt_baton.project.project import Project

# what each section is read from, in the order of the page
MACROS = {
    "performance": "model_performance",
    "estimated": "estimated_performance",
    "drift": "drift_alerts",
    "contributions": "drift_contributions",
    "skew": "training_serving_skew",
    "comparison": "compare_models",
    "calibration": "calibration_curve",
    "thresholds": "threshold_curve",
    "catalogue": "feature_catalogue",
}
_SEVERITY_ORDER = ("error", "warning", "unknown", "none")


def build_report(
    project: Project,
    names: Sequence[str] = (),
    *,
    until: datetime | None = None,
    written_at: datetime | None = None,
) -> Report:
    """Read what the report says.

    Parameters
    ----------
    project : Project
    names : sequence of str
        The models; by default all that have version rows or verdicts.
    until : datetime.datetime, optional
        Leave out periods that begin later.
    written_at : datetime.datetime, optional
        A time for the head of the page. There is none by default, so that the same rows give the same page.

    Raises
    ------
    UnknownModel
        If a model has neither version rows nor verdicts; names all such models.
    ProjectError
        If there is no model at all, or a table cannot be read.
    """
    models = find_models(project, list(dict.fromkeys(names)))
    if not models:
        raise ProjectError("no model has version rows or verdicts yet: run dbt build")
    contents = [model_content(read_model(model, until)) for model in models]
    newest = [content.now.start for content in contents if content.now]
    return Report(
        project=project.name,
        models=sorted(contents, key=_worst_first),
        data_until=max(newest, default=None),
        written_at=written_at,
    )


def model_content(rows: ModelRows) -> ModelContent:
    """Choose what the report says of one model."""
    history, others = periods(rows)
    now = history[-1] if history else None
    version = _version(rows, now)
    features = ranked_features(rows, history, version)
    verdict = _row_of(rows, now)
    return ModelContent(
        name=rows.model.name,
        owner=(verdict or version or {}).get("owner"),
        history=history,
        others=others,
        episodes=episodes(history),
        features=features,
        upstream=_loaded(verdict, "upstream"),
        advice=advice(rows, history, features),
        segments=worse_segments(rows, history),
        comparison=sorted(rows.of("comparison"), key=lambda row: (row["challenger_version"], row["metric"])),
        card=None if version is None else Card.of(version, _promotions(rows, version)),
        calibration=_newest_curve(rows.of("calibration"), now, "bin"),
        thresholds=_newest_curve(rows.of("thresholds"), now, "threshold"),
        catalogue=_catalogue(rows, version),
        champions=champion_changes(rows, history),
        sources={
            **{kind: node["name"] for kind, node in rows.nodes.items()},
            **({"health": rows.model.health_node["name"]} if rows.model.health_node else {}),
            **({"versions": rows.model.registry["name"]} if rows.model.registry else {}),
        },
        missing=_missing(rows),
    )


def _missing(rows: ModelRows) -> dict[str, str]:
    """Say which macro would give a section, or why it has no rows."""
    if not rows.health:
        node = rows.model.health_node
        needed = "a model that calls baton.model_health gives the verdict"
        return {"health": f"{node['name']} has no rows until then" if node else needed}
    return {
        kind: rows.missing.get(kind, f"a model that calls baton.{macro} gives this")
        for kind, macro in MACROS.items()
        if not rows.of(kind)
    }


def _version(rows: ModelRows, now: Period | None) -> Row | None:
    """Give the version row of the newest verdict, else of the champion, else the newest one."""
    wanted = [now.version] if now else []
    wanted += [row["model_version"] for row in reversed(champions(rows.aliases))]
    for version in wanted:
        for row in rows.versions:
            if row["model_version"] == version:
                return row
    return rows.versions[-1] if rows.versions and now is None else None


def _promotions(rows: ModelRows, version: Row) -> list[Row]:
    return [row for row in rows.aliases if row["model_version"] == version["model_version"]]


def _row_of(rows: ModelRows, now: Period | None) -> Row | None:
    cell = (now.start, now.version) if now else None
    return next((row for row in rows.health if (row["period_start"], row["model_version"]) == cell), None)


def _loaded(row: Row | None, column: str) -> list[Row]:
    found: list[Row] = json.loads((row or {}).get(column) or "[]")
    return found


def _newest_curve(rows: Sequence[Row], now: Period | None, order: str) -> list[Row]:
    """Give the curve of the version in the newest period that has one, or the one over all time."""
    of_version = [row for row in rows if now and row["model_version"] == now.version]
    starts = [row["period_start"] for row in of_version if row["period_start"] is not None]
    newest = max(starts, default=None)
    return sorted((row for row in of_version if row["period_start"] == newest), key=lambda row: row[order])


def _catalogue(rows: ModelRows, version: Row | None) -> list[Row]:
    """Give each feature of the version once, in the table where it first appears."""
    away = rows.inputs.ancestors
    found: dict[str, Row] = {}
    for row in sorted(rows.of("catalogue"), key=lambda row: (-away[row["model_unique_id"]], row["model"])):
        found.setdefault(row["feature"], row)
    names = feature_names(version) if version else []
    return [found[name] for name in names if name in found]


def _worst_first(content: ModelContent) -> tuple[Any, ...]:
    since = content.now.since if content.now else datetime.max
    return content.now is None, _SEVERITY_ORDER.index(content.severity), since, content.name
