"""Names that are not there, answered with those that are near."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_NAMES = 8


def near_names(name: str, known: Iterable[str]) -> str:
    """List the known names that look like `name`, or the first ones if none does; 'none' if there is none."""
    names = sorted(set(known))
    by_lower = {one.lower(): one for one in names}
    near = [by_lower[found] for found in get_close_matches(name.lower(), by_lower, n=3, cutoff=0.5)]
    if near:
        return " or ".join(near)
    listed = ", ".join(names[:MOST_NAMES])
    return f"{listed}, ..." if len(names) > MOST_NAMES else listed or "none"
