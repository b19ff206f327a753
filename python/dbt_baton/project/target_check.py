"""Whether a manifest was written for the target that is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dbt_baton.errors import ProjectError
from dbt_baton.project.manifest import Manifest


def check_target(manifest: Manifest, settings: Mapping[str, Any]) -> None:
    """Refuse a manifest of another target, whose tables would be read in place of those that were asked for.

    Where the project has its own `generate_schema_name` or `generate_database_name`, only the project knows
    where its tables belong, and nothing is said.

    Raises
    ------
    ProjectError
        If the engine, the schema or the database is another one.
    """
    engine = manifest.content["metadata"].get("adapter_type", settings["type"])
    found = [] if engine == settings["type"] else [(engine, settings["type"])]
    for part, expected in (("schema", settings.get("schema") or "main"), ("database", _database(settings))):
        if expected and not found and not _is_own(manifest, f"generate_{part}_name"):
            others = {node[part] for node in _plain_models(manifest, part)} - {None}
            found += [
                (f"{part} {other}", f"{part} {expected}")
                for other in sorted(others)
                if other.lower() != str(expected).lower()
            ]
    if found:
        raise ProjectError(
            f"target/manifest.json was written for another target: its models are in {found[0][0]}, and the"
            f" target has {found[0][1]}; run dbt parse with the same --target"
        )


def _database(settings: Mapping[str, Any]) -> str | None:
    """Give the name of the target's database, or None where it is not in the profile."""
    named = settings.get("database") or settings.get("dbname")
    path = str(settings.get("path") or "")
    if named or not path or path.startswith((":memory:", "md:")):
        return named
    return Path(path).stem


def _is_own(manifest: Manifest, macro: str) -> bool:
    return any(
        unique_id.rsplit(".", 1)[-1] == macro and found["package_name"] != "dbt"
        for unique_id, found in manifest.content["macros"].items()
    )


def _plain_models(manifest: Manifest, part: str) -> list[Mapping[str, Any]]:
    """Give the models that are where the target says."""
    return [
        node
        for node in manifest.content["nodes"].values()
        if node["resource_type"] == "model" and not node["config"].get(part)
    ]
