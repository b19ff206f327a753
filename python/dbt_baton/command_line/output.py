"""Write a few rows as text, Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dbt_baton.project.markdown import markdown_table
from dbt_baton.report.formats import moment

Row = Mapping[str, Any]


def written(rows: Sequence[Row], columns: Sequence[str], form: str) -> str:
    """Write rows.

    Parameters
    ----------
    rows : sequence of mapping
    columns : sequence of str
        Those to write as text or Markdown; JSON has all.
    form : str
        text, md or json.
    """
    if form == "json":
        return as_json(rows)
    cells = [[as_text(row.get(column)) for column in columns] for row in rows]
    if form == "md":
        return "\n".join(markdown_table(columns, cells))
    lines = [[column.replace("_", " ") for column in columns], *cells]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    aligned = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
    return "\n".join(line.rstrip() for line in aligned)


def as_json(document: object) -> str:
    """Write rows, or a document of rows, as JSON; times are in UTC."""
    return json.dumps(document, default=_member, ensure_ascii=False, indent=2, allow_nan=False)


def as_text(value: Any) -> str:
    """Write a value for a person: few digits, a day without its time of zero, NULL as nothing."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, datetime):
        return moment(value)
    # a name must not break the line, or move the cursor
    return "".join(character if character.isprintable() else " " for character in str(value))


def _member(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)
