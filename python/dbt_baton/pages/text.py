"""How data and text are written into a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

# nothing is loaded from anywhere, and only what is in the file runs
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def templates(folder: Path) -> Environment:
    """Give the templates of a folder, in which every value is text and not HTML."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def style() -> Markup:
    """Give the style that all pages share."""
    return file(Path(__file__).parent / "style.css")


def file(path: Path) -> Markup:
    """Give a script or a style of this package as it is."""
    return Markup(path.read_text(encoding="utf-8"))


def script_json(value: Any) -> Markup:
    """Write data for a script such that no text in them can end it.

    Raises
    ------
    ValueError
        If there is a number that JSON has not.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
