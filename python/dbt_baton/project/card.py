"""The card of a version: what it is, what it learnt from, how good it is and whose it is, on one page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dbt_baton.project.markdown import markdown_table, markdown_text

MOST_FEATURES = 10


@dataclass(frozen=True)
class Card:
    """A version in words; `str` and a notebook give Markdown.

    Attributes
    ----------
    title : str
    facts : dict of str to str
        By what they are called.
    metrics : dict of str to dict of str to float
        By part of the training set, then by metric.
    importances : list of tuple of str and float
        Features by permutation importance, the most important first.
    promotions : list of dict
        The rows of `baton.model_aliases` for the version.
    """

    title: str
    facts: dict[str, str]
    metrics: dict[str, dict[str, float]]
    importances: list[tuple[str, float]]
    promotions: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, row: Mapping[str, Any], promotions: Sequence[Mapping[str, Any]]) -> Card:
        """Read a version row."""
        features = _loaded(row, "features") or []
        facts = {
            "task": row["task"],
            "estimator": row["estimator"],
            "parameters": _written(_loaded(row, "params") or {}),
            "label": row["label"],
            "classes": ", ".join(_loaded(row, "classes") or []),
            "threshold": "" if row.get("threshold") is None else f"{row['threshold']:g}",
            "trained": f"{row['trained_at']:%Y-%m-%d %H:%M} UTC",
            "training rows": f"{row['training_rows']:,}",
            "training relation": row.get("training_relation"),
            "training set hash": row["training_set_hash"],
            "features": f"{len(features)}: {', '.join(each['name'] for each in features)}",
            "scored in SQL": _scored_in_sql(row),
            "libraries": _written(_loaded(row, "library_versions") or {}),
            "owner": row.get("owner"),
            "git commit": row.get("git_sha"),
        }
        importances = _loaded(row, "feature_importances") or {}
        return cls(
            title=f"{row['model_name']}, version {row['model_version']} (number {row['version_number']})",
            facts={name: str(value) for name, value in facts.items() if value not in (None, "")},
            metrics={
                part: {name: value for name, value in values.items() if isinstance(value, (int, float))}
                for part, values in (_loaded(row, "metrics") or {}).items()
                if isinstance(values, Mapping)
            },
            importances=sorted(importances.items(), key=lambda entry: (-(entry[1] or 0), entry[0])),
            promotions=promotions,
        )

    def __str__(self) -> str:
        lines = [f"# {markdown_text(self.title)}", "", *markdown_table(("", ""), self.facts.items())]
        if self.metrics:
            names = list(dict.fromkeys(name for values in self.metrics.values() for name in values))
            rows = [
                [name, *(_number(values.get(name)) for values in self.metrics.values())] for name in names
            ]
            lines += ["", "## Metrics", "", *markdown_table(("metric", *self.metrics), rows)]
        if self.importances:
            rows = [[name, _number(value)] for name, value in self.importances[:MOST_FEATURES]]
            lines += ["", "## Most important features", "", *markdown_table(("feature", "importance"), rows)]
        if self.promotions:
            names = ["alias", "valid_from", "valid_to", "promoted_by", "reason"]
            rows = [[_cell(row[name]) for name in names] for row in self.promotions]
            lines += ["", "## Aliases", "", *markdown_table(("alias", "from", "until", "by", "reason"), rows)]
        return "\n".join(lines) + "\n"

    def _repr_markdown_(self) -> str:
        return str(self)


def _loaded(row: Mapping[str, Any], column: str) -> Any:
    text = row.get(column)
    return json.loads(text) if text else None


def _written(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items() if value is not None)


def _scored_in_sql(row: Mapping[str, Any]) -> str:
    if not row.get("scoring_sql"):
        return "no: dbt_baton.predict scores it"
    error = row["scoring_sql_max_abs_error"]
    return f"yes, within {error:.1g} of scikit-learn" if error else "yes, the same as scikit-learn"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 1000 else f"{value:.4g}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
