"""Two versions of a model side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# as the macro compare_versions names them
_PLAIN = {
    "version": (
        "trained_at",
        "task",
        "estimator",
        "label",
        "classes",
        "threshold",
        "owner",
        "run_id",
        "git_sha",
    ),
    "training set": ("training_relation", "training_rows", "training_set_hash", "split"),
    "parameter": ("random_state",),
}
_DOCUMENTS = {
    "parameter": "params",
    "configuration": "configuration",
    "metric": "metrics",
    "feature importance": "feature_importances",
    "library": "library_versions",
}


def compared(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Compare two version rows.

    Returns
    -------
    list of dict
        `section, name, one, other, is_different`, for each thing that at least one of the versions has.
    """
    facts = [dict(_facts(row)) for row in (one, other)]
    return [
        {
            "section": section,
            "name": name,
            "one": facts[0].get((section, name)),
            "other": facts[1].get((section, name)),
            "is_different": facts[0].get((section, name)) != facts[1].get((section, name)),
        }
        for section, name in dict.fromkeys([*facts[0], *facts[1]])
    ]


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Any]]:
    for section, columns in _PLAIN.items():
        for column in columns:
            if row.get(column) is not None:
                yield (section, column), row[column]
    for section, column in _DOCUMENTS.items():
        for name, value in _leaves(json.loads(row.get(column) or "{}")):
            yield (section, name), value
    for feature in json.loads(row.get("features") or "[]"):
        yield ("feature", feature["name"]), feature["type"]


def _leaves(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(document, Mapping):
        yield path, document if isinstance(document, (int, float, str)) else json.dumps(document)
        return
    for name, value in document.items():
        yield from _leaves(value, f"{path}.{name}" if path else name)
