"""Find the version to score with, in the output of `baton.model_registry` or of `baton.model_aliases`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dbt_baton import artifacts
from dbt_baton.artifacts import Artifact
from dbt_baton.errors import UnknownModel
from dbt_baton.fitted_model import FittedModel
from dbt_baton.warehouse.relations import Relation, find_column, literal, rows
from dbt_baton.warehouse.signature import Feature, from_json

LATEST = "latest"
USED = (
    "model_name", "model_version", "features", "artifact", "artifact_sha256", "artifact_format", "classes",
    "threshold", "task",
)  # fmt: skip


@dataclass(frozen=True)
class Version:
    """The part of a version row that scoring needs."""

    model_name: str
    model_version: str
    alias: str
    task: str
    features: list[Feature]
    artifact: Artifact
    positive_class: str | None
    threshold: float | None


def find_version(
    registry: Relation, model_name: str, alias: str, caller: str = "dbt_baton.predict"
) -> Version:
    """Find the version that an alias points to now, or the latest one of a registry without aliases.

    Parameters
    ----------
    registry : duckdb.DuckDBPyRelation
        The output of `baton.model_aliases`, or of `baton.model_registry` where `alias` is 'latest'.
    model_name, alias : str
        The model, and the alias of its version.
    caller : str, default="dbt_baton.predict"
        The public function, for the message.

    Raises
    ------
    UnknownModel
        If there is none; lists the existing ones.
    """
    of_model = f"model_name = {literal(model_name)}"
    if find_column(registry, "alias"):
        chosen = registry.filter(f"{of_model} and alias = {literal(alias)} and is_current")
    elif alias == LATEST:
        newest = f"select * from registry where {of_model} order by version_number desc limit 1"
        chosen = registry.query("registry", newest)
    else:
        raise UnknownModel(
            f"{caller}: the registry has no alias column, so '{alias}' cannot be looked up: pass"
            " the output of baton.model_aliases, or alias='latest' for the newest version"
        )
    # a registry of an older release has no classes and no threshold
    columns = ", ".join(name if find_column(registry, name) else f"null as {name}" for name in USED)
    for row in rows(chosen.project(columns)):
        if row["artifact"] is None:
            raise UnknownModel(
                f"{caller}: alias '{alias}' of model '{model_name}' points to version"
                f" '{row['model_version']}', which the registry does not have"
            )
        return version_of_row(row, alias)
    raise UnknownModel(
        f"{caller}: there is no '{alias}' of model '{model_name}'; there is {_what_there_is(registry)}"
    )


def version_of_row(row: Mapping[str, Any], alias: str) -> Version:
    """Read what scoring needs from a version row; one of an older release has no classes and no threshold."""
    classes = row.get("classes")
    return Version(
        model_name=row["model_name"],
        model_version=row["model_version"],
        alias=alias,
        task=row["task"],
        features=from_json(row["features"]),
        artifact=Artifact(bytes(row["artifact"]), row["artifact_sha256"], row["artifact_format"]),
        positive_class=json.loads(classes)[-1] if classes else None,
        threshold=row.get("threshold"),
    )


def load_version(version: Version, allow_pickle: bool = False) -> FittedModel:
    """Load the artifact of a version as it scores.

    Raises
    ------
    ArtifactRejected
        If the artifact was altered, contains types that are not allowed, or is a pickle without the opt-in.
    """
    content = artifacts.load(
        version.artifact,
        model_name=version.model_name,
        model_version=version.model_version,
        allow_pickle=allow_pickle,
    )
    return FittedModel.from_content(content, version.positive_class, version.threshold)


def _what_there_is(registry: Relation) -> str:
    if find_column(registry, "alias"):
        names = "model_name || ': ' || alias as name"
        chosen = registry.filter("is_current").project(names)
    else:
        chosen = registry.project("model_name as name")
    found = chosen.query("names", "select distinct name from names order by name").fetchall()
    return ", ".join(f"'{name}'" for (name,) in found) or "no model at all"
