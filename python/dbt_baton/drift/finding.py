"""What a method finds when it compares rows with a reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FEWEST_ROWS = 50


@dataclass(frozen=True)
class Finding:
    """The result of one method for one period.

    Attributes
    ----------
    value : float or None
    value_reference : float or None
        What the value would be without drift.
    p_value : float or None
        How probable such a value is without drift.
    importances : dict of str to float
        By feature.
    undefined_reason : str or None
    """

    value: float | None = None
    value_reference: float | None = None
    p_value: float | None = None
    importances: Mapping[str, float] = field(default_factory=dict)
    undefined_reason: str | None = None


def too_few(n_reference: int, n: int) -> str | None:
    """Say which side has too few rows."""
    if n_reference == 0:
        return "no reference rows"
    if n_reference < FEWEST_ROWS:
        return f"fewer than {FEWEST_ROWS} reference rows"
    return f"fewer than {FEWEST_ROWS} rows" if n < FEWEST_ROWS else None
