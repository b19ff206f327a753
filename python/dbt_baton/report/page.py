"""Write the report as HTML, Markdown or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dbt_baton.errors import ProjectError
from dbt_baton.project.markdown import markdown_text
from dbt_baton.report import charts, formats
from dbt_baton.report.content import Report

HERE = Path(__file__).parent
# the rest is folded
MOST_SHOWN = 5
MOST_IMPORTANT = 10
SHAPES: Mapping[str, str] = {"error": "◆", "warning": "▲", "none": "●", "unknown": "○"}
FORMATS = ("html", "md", "json")
NOTEBOOK_HEIGHT = 720


class _Markup(str):
    """Text that is Markdown already."""


def html_page(report: Report) -> str:
    """Write one HTML file that needs nothing else: no network, no server, and no script to be read."""
    return _html().get_template("report.html.j2").render(report=report)


def markdown_page(report: Report) -> str:
    """Write what a pull request or a chat needs: verdicts, where to look and what to do."""
    text = _markdown().get_template("report.md.j2").render(report=report)
    return re.sub(r"\n{3,}", "\n\n", text)


def json_page(report: Report) -> str:
    """Write all cells with all their digits; times are in UTC."""
    return json.dumps(asdict(report), default=str, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def page(report: Report, form: str = "html") -> str:
    """Write the report in a format: html, md or json."""
    return {"html": html_page, "md": markdown_page, "json": json_page}[form](report)


def write_page(report: Report, path: Path, form: str | None = None) -> Path:
    """Write a file, by default in the format that its name ends with.

    Raises
    ------
    ProjectError
        If the name has another ending, or the file cannot be written.
    """
    form = form or path.suffix[1:].lower()
    if form not in FORMATS:
        raise ProjectError(
            f"{path.name} ends with none of .{', .'.join(FORMATS)}, so its format is not known"
        )
    try:
        path.write_text(page(report, form), encoding="utf-8")
    except OSError as failed:
        raise ProjectError(f"{path} cannot be written: {failed.strerror}") from None
    return path


def notebook_frame(report: Report) -> str:
    """Write the page for a notebook, whose own style it leaves alone."""
    return (
        f'<iframe title="Health of models" sandbox="allow-scripts" srcdoc="{escape(html_page(report))}"'
        f' style="width:100%;height:{NOTEBOOK_HEIGHT}px;border:0"></iframe>'
    )


@cache
def _html() -> Environment:
    environment = _environment(autoescape=True, finalize=lambda value: "" if value is None else value)
    style = [HERE.parent / "pages" / "style.css", HERE / "templates" / "report.css"]
    environment.globals |= {
        "style": "\n".join(file.read_text(encoding="utf-8") for file in style),
        "script": (HERE / "templates" / "report.js").read_text(encoding="utf-8"),
        "charts": charts,
        "anchor": formats.anchor,
        "MOST_IMPORTANT": MOST_IMPORTANT,
    }
    return environment


@cache
def _markdown() -> Environment:
    environment = _environment(autoescape=False, finalize=_escaped)
    environment.filters["fenced"] = _fenced
    environment.globals["SHAPES"] = SHAPES
    return environment


def _environment(**options: Any) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    environment.filters |= formats.FILTERS
    environment.globals["MOST_SHOWN"] = MOST_SHOWN
    return environment


def _escaped(value: Any) -> str:
    return value if isinstance(value, _Markup) else "" if value is None else markdown_text(value)


def _fenced(text: str, language: str) -> _Markup:
    """Write a block of code, in a fence that is longer than any in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return _Markup(f"{fence}{language}\n{text}\n{fence}")
