"""The nodes of a project in `target/manifest.json`, which every dbt command writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dbt_baton.errors import ProjectError


@dataclass(frozen=True)
class Manifest:
    """What dbt knew when it last parsed or compiled the project.

    Attributes
    ----------
    content : mapping
        As dbt writes it.
    """

    content: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read the file.

        Raises
        ------
        ProjectError
            If it is not there.
        """
        if not path.exists():
            raise ProjectError(f"{path} is missing: run dbt build first")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ProjectError(f"{path} is no JSON: run dbt parse, which writes it anew") from None
        return cls(content)

    def models(self, materialized: str) -> dict[str, Mapping[str, Any]]:
        """Give the nodes of the models with a materialization, by name, in the order of names."""
        found = {
            node["name"]: node
            for node in self.content["nodes"].values()
            if node["resource_type"] == "model" and node["config"]["materialized"] == materialized
        }
        return dict(sorted(found.items()))

    @cached_property
    def tables(self) -> dict[str, Mapping[str, Any]]:
        """The nodes and sources that are, or will be, tables or views, by unique id."""
        every = {**self.content["sources"], **self.content["nodes"]}
        return {name: node for name, node in every.items() if node.get("relation_name")}

    def inputs(self, node: Mapping[str, Any]) -> list[str]:
        """Give the tables that a node reads, as SQL writes them."""
        return [parent["relation_name"] for parent in self.parents(node)]

    def parents(self, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Give the nodes and sources that a node reads, in the order in which it names them."""
        read = node.get("depends_on", {}).get("nodes", [])
        return [self.tables[name] for name in read if name in self.tables]

    def calling(self, macro: str) -> list[Mapping[str, Any]]:
        """Give the models that call a macro of baton, directly or in a macro of the project, by name.

        A model also counts if it calls the macro of another package that calls it.
        """
        macros = self.content["macros"]
        wrappers = {f"macro.baton.{macro}"}
        # baton's own macros call each other: a drift of scores is no call of drift
        others = {
            name: _macros_of(found) for name, found in macros.items() if found["package_name"] != "baton"
        }
        while more := {name for name, calls in others.items() if calls & wrappers} - wrappers:
            wrappers |= more
        found = [
            node
            for node in self.content["nodes"].values()
            if node["resource_type"] == "model" and wrappers & _macros_of(node)
        ]
        return sorted(found, key=lambda node: str(node["name"]))

    def owner(self, node: Mapping[str, Any]) -> str | None:
        """Give the owner of a node as the macro `_owner_of` does: of its group, else of its meta."""
        group = node.get("group") or node["config"].get("group")
        of_group = self.content.get("groups", {}).get(f"group.{node['package_name']}.{group}", {})
        meta = meta_of(node)
        owner = of_group.get("owner") or {}
        named = [owner.get("name"), _listed(owner.get("email"))]
        named += [_owner(meta.get("owner")), _owner((meta.get("baton") or {}).get("owner"))]
        return next((name for name in named if name), None)


def _macros_of(node: Mapping[str, Any]) -> set[str]:
    return set(node.get("depends_on", {}).get("macros", []))


def meta_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Give a node's meta, from its config or from its yml."""
    return {**(node.get("meta") or {}), **(node["config"].get("meta") or {})}


def _owner(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return value.get("name") or value.get("email")
    return _listed(value)


def _listed(values: Any) -> str | None:
    several = values if isinstance(values, (list, tuple)) else [] if values is None else [values]
    return ", ".join(sorted({str(value) for value in several})) or None
