"""The tables of a model that the report reads, found in dbt's graph from its verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dbt_baton.project.manifest import Manifest

Node = Mapping[str, Any]

# the inputs of model_health, each with the macros that make it, the one with most columns first
OF_HEALTH = {
    "performance": ("model_performance",),
    "drift": ("drift_alerts", "drift"),
    "estimated": ("estimated_performance",),
    "skew": ("training_serving_skew",),
}
BESIDE_HEALTH = {
    "contributions": "drift_contributions",
    "calibration": "calibration_curve",
    "thresholds": "threshold_curve",
    "comparison": "compare_models",
    "catalogue": "feature_catalogue",
}


@dataclass(frozen=True)
class Inputs:
    """The nodes that may have rows of a model.

    Attributes
    ----------
    candidates : dict of str to list of mapping
        By kind, such as `performance` or `contributions`, the likeliest first.
    ancestors : dict of str to int
        The unique ids of all that the verdicts are made from, and how many steps each is away.
    lineage : set of str
        The unique ids of what the inputs of the verdicts read: a table about all models is about this one if
        it reads one of these.
    """

    candidates: dict[str, list[Node]]
    ancestors: dict[str, int] = field(default_factory=dict)
    lineage: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, manifest: Manifest, health: Node | None, registry: Node | None) -> Inputs:
        """Find the nodes of a model by those of its verdicts and its versions."""
        start = health or registry
        levels = list(_levels(manifest, start)) if start else []
        ancestors = {node["unique_id"]: away for away, level in enumerate(levels, 1) for node in level}
        candidates = {
            kind: [node for macro in macros for node in _nearest(levels if health else [], manifest, macro)]
            for kind, macros in OF_HEALTH.items()
        }
        chosen = [node for nodes in candidates.values() for node in nodes]
        candidates |= {kind: manifest.calling(macro) for kind, macro in BESIDE_HEALTH.items()}
        lineage = {parent["unique_id"] for node in chosen for parent in manifest.parents(node)}
        # what drift_alerts reads is a drift, whose own inputs say which histogram is the model's
        drifts = {node["unique_id"] for node in manifest.calling("drift")}
        lineage |= {
            parent["unique_id"]
            for name in lineage & drifts
            for parent in manifest.parents(manifest.tables[name])
        }
        return cls(candidates, ancestors, lineage | {node["unique_id"] for node in chosen})

    def shares_lineage(self, manifest: Manifest, node: Node) -> bool:
        """Whether a node reads what an input of the verdicts reads."""
        return any(parent["unique_id"] in self.lineage for parent in manifest.parents(node))


def _levels(manifest: Manifest, node: Node) -> Iterator[list[Node]]:
    """Yield what a node reads, then what that reads, and so on, each node once."""
    seen = {node["unique_id"]}
    level = [node]
    while level:
        parents = {parent["unique_id"]: parent for each in level for parent in manifest.parents(each)}
        level = [parent for name, parent in parents.items() if name not in seen]
        seen |= parents.keys()
        if level:
            yield level


def _nearest(levels: list[list[Node]], manifest: Manifest, macro: str) -> list[Node]:
    calling = {node["unique_id"] for node in manifest.calling(macro)}
    found = ([node for node in level if node["unique_id"] in calling] for level in levels)
    return next((nodes for nodes in found if nodes), [])
