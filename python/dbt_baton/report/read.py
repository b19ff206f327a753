"""Read the rows of a model that the report shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from dbt_baton.errors import ProjectError
from dbt_baton.project.model import CHAMPION
from dbt_baton.report.inputs import BESIDE_HEALTH, OF_HEALTH, Inputs, Node
from dbt_baton.warehouse.relations import literal, quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from dbt_baton.project.model import Model

Row = dict[str, Any]
Read = Callable[[str], "pa.Table"]

# of the model, or of all models
_OF_MODEL = "(model_name = {name} or model_name is null)"
_CONDITIONS = {
    "performance": _OF_MODEL + " and metric = {metric}",
    "estimated": _OF_MODEL + " and metric = {metric} and segment_name = 'all'",
    "drift": _OF_MODEL + " and segment_name = 'all'",
    "skew": _OF_MODEL + " and segment_name = 'all'",
    "contributions": _OF_MODEL + " and segment_name = 'all'",
    "calibration": "model_name = {name} and segment_name = 'all'",
    "thresholds": "model_name = {name} and segment_name = 'all'",
    # a comparison may call both versions by one name
    "comparison": "(model_name = {name} or champion_version in ({versions})"
    " or challenger_version in ({versions})) and segment_name = 'all'",
    "catalogue": "feature in ({features})",
}


@dataclass
class ModelRows:
    """Rows of the tables of one model, as they are.

    Attributes
    ----------
    model : Model
    health : list of dict
        Of `baton.model_health`, by period.
    aliases, versions : list of dict
        Of `baton.model_aliases` and of its version rows.
    tables : dict of str to list of dict
        By kind, as in `Inputs`.
    nodes : dict of str to mapping
        The node that the rows of a kind are from.
    missing : dict of str to str
        Why a kind has no rows.
    columns : dict of str to list of str
        The columns of what the model is scored from and judged by, by unique id.
    """

    model: Model
    health: list[Row]
    aliases: list[Row]
    versions: list[Row]
    inputs: Inputs
    tables: dict[str, list[Row]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    def of(self, kind: str) -> list[Row]:
        """Give the rows of a kind; none if it is missing."""
        return self.tables.get(kind, [])


def read_model(model: Model, until: datetime | None = None) -> ModelRows:
    """Read all that the report shows of a model.

    Parameters
    ----------
    model : Model
    until : datetime.datetime, optional
        Leave out periods that begin later.

    Raises
    ------
    ProjectError
        If the verdicts or the version rows cannot be read.
    """
    manifest = model.project.manifest
    inputs = Inputs.of(manifest, model.health_node, model.registry)
    with model.project.reader() as read:
        health = []
        if model.health_node is not None:
            health = _rows(read, model.health_node, f"model_name = {literal(model.name)}", until)
        health.sort(key=lambda row: (row["period_start"], row["model_version"] or ""))
        found = ModelRows(
            model,
            health,
            [_plain(row) for row in model.alias_rows()],
            [_plain(row) for row in model.version_rows(with_sql=True)],
            inputs,
        )
        for kind in (*OF_HEALTH, *BESIDE_HEALTH):
            _read_kind(found, read, kind, until)
        _read_columns(found, read)
    return found


def _read_kind(found: ModelRows, read: Read, kind: str, until: datetime | None) -> None:
    """Read the first table of a kind that has rows of the model, or say why there is none."""
    condition = _condition(found, kind)
    if condition is None:
        return
    failures = []
    for node in found.inputs.candidates[kind]:
        try:
            rows = _rows(read, node, condition, until)
        except ProjectError as failed:
            failures.append(f"{node['name']} cannot be read: {failed}")
            continue
        rows = [row for row in rows if _is_of_model(found, node, row)]
        if rows:
            found.tables[kind], found.nodes[kind] = rows, node
            found.missing.pop(kind, None)
            return
        found.missing.setdefault(kind, f"{node['name']} has no rows of {found.model.name}")
    if failures:
        found.missing[kind] = failures[0]


def _condition(found: ModelRows, kind: str) -> str | None:
    """Give the condition of the rows to read, or None if nothing can be of the model."""
    versions = {row["model_version"] for row in [*found.versions, *found.health] if row["model_version"]}
    features = {feature for row in found.versions for feature in feature_names(row)}
    if not found.health and kind != "catalogue":
        return None
    if (kind == "comparison" and not versions) or (kind == "catalogue" and not features):
        return None
    return _CONDITIONS[kind].format(
        name=literal(found.model.name),
        metric=literal(found.health[-1]["metric"]) if found.health else "null",
        versions=", ".join(map(literal, sorted(versions))),
        features=", ".join(map(literal, sorted(features))),
    )


def _is_of_model(found: ModelRows, node: Node, row: Row) -> bool:
    """Whether a row about all models, such as one of drift, is about this one."""
    if "model_unique_id" in row:
        return row["model_unique_id"] in found.inputs.ancestors
    if row.get("model_name") is not None:
        return True
    return found.inputs.shares_lineage(found.model.project.manifest, node)


def _read_columns(found: ModelRows, read: Read) -> None:
    """Read the columns of what the model is scored from and judged by, for the queries that list rows."""
    manifest = found.model.project.manifest
    wanted: dict[str, Node] = {}
    for kind in ("performance", "skew"):
        if kind in found.nodes:
            wanted |= {parent["unique_id"]: parent for parent in manifest.parents(found.nodes[kind])}
    if found.model.health_node is not None:
        wanted |= {parent["unique_id"]: parent for parent in manifest.parents(found.model.health_node)}
    for name, node in wanted.items():
        try:
            found.columns[name] = read(f"select * from {node['relation_name']} limit 0").column_names
        except ProjectError:
            continue  # not built: no query names it


def _rows(read: Read, node: Node, condition: str, until: datetime | None) -> list[Row]:
    relation = node["relation_name"]
    names = read(f"select * from {relation} limit 0").column_names
    if until is not None and "period_start" in names:
        moment = literal(until.strftime("%Y-%m-%d %H:%M:%S.%f"))
        condition += f" and (period_start is null or period_start <= timestamp {moment})"
    listed = ", ".join(map(quoted, names))
    rows = read(f"select {listed} from {relation} where {condition}").to_pylist()
    return [_plain(row) for row in rows]


def _plain(row: Mapping[str, Any]) -> Row:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def feature_names(version: Mapping[str, Any]) -> Sequence[str]:
    """Give the names of the features of a version row."""
    return [str(feature["name"]) for feature in json.loads(version.get("features") or "[]")]


def champions(aliases: Sequence[Row]) -> list[Row]:
    """Give the promotions to champion, by time."""
    return sorted((row for row in aliases if row["alias"] == CHAMPION), key=lambda row: row["valid_from"])
