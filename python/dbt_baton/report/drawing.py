"""Scales, ticks and paths: numbers as places in a drawing that is 1000 wide, rounded to a tenth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import floor, log10

from dbt_baton.report.formats import moment

WIDTH = 1000

Point = tuple[float, float]


@dataclass(frozen=True)
class Tick:
    """A text beside an axis: `place` in percent of its length."""

    place: float
    text: str


def typical_step(starts: Sequence[datetime]) -> timedelta:
    """Give the median distance of periods, a day for a single one: how wide a period is drawn."""
    steps = sorted(after - before for before, after in pairwise(starts))
    return steps[len(steps) // 2] if steps else timedelta(days=1)


def time_scale(starts: Sequence[datetime]) -> tuple[Callable[[datetime], float], timedelta]:
    """Give the place of a time from the first start to the end of the last period, and a period's length."""
    step = typical_step(starts)
    first, length = starts[0], starts[-1] + step - starts[0]
    return lambda at: WIDTH * ((at - first) / length), step


def time_ticks(places: Sequence[tuple[float, datetime]], most: int = 6) -> list[Tick]:
    """Name some periods, evenly, and the last one always."""
    every = max(1, -(-len(places) // most))
    chosen = places[::-1][::every][::-1]
    return [Tick(rounded(x / 10), moment(at)) for x, at in chosen]


def nice_axis(low: float, high: float, about: int = 4) -> tuple[float, float, list[float]]:
    """Give the ends of an axis and ticks of 1, 2 or 5 times a power of ten."""
    if high == low:
        low, high = low - abs(low) / 10 - 0.01, high + abs(high) / 10 + 0.01
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = power * next(each for each in (1, 2, 5, 10) if each * power >= rough)
    margin = (high - low) * 0.06
    low, high = low - margin, high + margin
    first = floor(low / step) + 1
    return low, high, [place * step for place in range(first, floor(high / step) + 1)]


def tick_text(tick: float, ticks: Sequence[float]) -> str:
    """Write a tick with as many digits as its step has."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(tick) or 1
    return f"{tick:,.{max(0, min(6, -floor(log10(step) + 1e-9)))}f}"


def path(points: Iterable[tuple[float, float | None]]) -> str:
    """Draw a line through points, with a gap where there is none; a lone point is a short dash."""
    parts: list[list[Point]] = [[]]
    for x, y in points:
        if y is None:
            parts.append([])
        else:
            parts[-1].append((rounded(x), rounded(y)))
    drawn = []
    for part in filter(None, parts):
        if len(part) == 1:
            part = [(part[0][0] - 4, part[0][1]), (part[0][0] + 4, part[0][1])]
        drawn.append("M" + "L".join(f"{rounded(x)} {rounded(y)}" for x, y in part))
    return "".join(drawn)


def bands(points: Sequence[tuple[float, tuple[float, float] | None]]) -> list[str]:
    """Draw areas between two ends, with a gap where there are none."""
    parts: list[list[tuple[float, float, float]]] = [[]]
    for x, ends in points:
        if ends is None:
            parts.append([])
        else:
            parts[-1].append((x, *ends))
    drawn = []
    for part in filter(None, parts):
        if len(part) == 1:
            ((x, low, high),) = part
            part = [(x - 4, low, high), (x + 4, low, high)]
        there = "L".join(f"{rounded(x)} {rounded(high)}" for x, _, high in part)
        back = "L".join(f"{rounded(x)} {rounded(low)}" for x, low, _ in reversed(part))
        drawn.append(f"M{there}L{back}Z")
    return drawn


def steps(bars: Sequence[tuple[float, float, float]], base: float) -> str:
    """Draw bars from start to end with a height above the base; neighbours touch, and have one outline.

    For small charts: places are whole thousandths and hundredths, which are less than half a pixel.
    """
    drawn, last = "", None
    for start, end, height in bars:
        left, right = round(start), round(end)
        if left != last:
            drawn += f"V{base}" if drawn else ""
            drawn += f"M{left} {base}"
        drawn += f"V{round(base - height)}H{right}"
        last = right
    return drawn and f"{drawn}V{base}"


def dot(x: float, y: float) -> str:
    """Draw a point: a line of no length with round ends, which stays round however wide the drawing is."""
    return f"M{rounded(x)} {rounded(y)}h0"


def upright(x: float, start: float, end: float) -> str:
    """Draw an upright line."""
    return f"M{rounded(x)} {rounded(start)}V{rounded(end)}"


def within(value: float) -> float:
    """Keep a place in a square."""
    return min(max(value, 0.0), float(WIDTH))


def rounded(value: float) -> float | int:
    """Round to a tenth; a whole number has no point."""
    tenth = round(value, 1)
    return int(tenth) if tenth == int(tenth) else tenth
