"""How the report writes a cell: few digits, a percentage for a share, words for what is not known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

# no line ends between a number and its unit
_SPACE = "\u00a0"
_LONG_NUMBER = re.compile(r"-?\d+\.\d{4,}(e[-+]?\d+)?")


def number(value: Any) -> str:
    """Write a metric, a distance or a parameter."""
    if value is None:
        return ""
    if isinstance(value, (bool, str)):
        return str(value)
    size = abs(value)
    if isinstance(value, int) or (size >= 1000 and float(value).is_integer()):
        return f"{value:,.0f}"
    if 0 < size < 0.0005 or size >= 1e15:
        return f"{value:.1e}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:.1f}" if size >= 100 else f"{value:.3f}"


def count(value: Any) -> str:
    """Write a number of rows."""
    return "" if value is None else f"{value:,.0f}"


def share(value: Any) -> str:
    """Write a share of rows as a percentage."""
    if value is None:
        return ""
    if value == 0:
        return f"0{_SPACE}%"
    return f"<{_SPACE}0.1{_SPACE}%" if 0 < value < 0.0005 else f"{100 * value:.1f}{_SPACE}%"


def p_value(value: Any) -> str:
    """Write a p-value."""
    return "" if value is None else f"<{_SPACE}0.001" if value < 0.001 else f"{value:.3f}"


def moment(value: Any) -> str:
    """Write a time; one at midnight as its day."""
    if value is None:
        return ""
    if value.time() == datetime.min.time():
        return f"{value:%Y-%m-%d}"
    return f"{value:%Y-%m-%d %H:%M}"


def short(value: Any) -> str:
    """Write an age or an axis, with no more digits than it has."""
    return "" if value is None else f"{value:.4g}"


def words(name: str) -> str:
    """Write a verdict, or the name of a metric, with spaces."""
    return name.replace("_", " ")


def label(text: Any) -> str:
    """Write the name of a bin, with few digits."""
    return _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.4g}", str(text))


def anchor(*names: str) -> str:
    """Give the id of a model, or of a feature of it, such as `churn_model/channel`."""
    return "/".join(quote(name, safe="") for name in names)


FILTERS: Mapping[str, Any] = {
    "number": number,
    "count": count,
    "share": share,
    "p_value": p_value,
    "moment": moment,
    "short": short,
    "words": words,
    "label": label,
}
