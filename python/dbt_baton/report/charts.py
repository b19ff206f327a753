"""Coordinates of the charts; a template of the same name as each class draws it.

A chart is as wide as its place: lengths across are in thousandths of it, heights in pixels, all rounded to a
tenth. Axes are text beside the drawing, so that they keep their size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, pairwise
from math import sqrt
from typing import Any

from dbt_baton.report.content import Feature, ModelContent, Period
from dbt_baton.report.drawing import (
    WIDTH,
    Tick,
    bands,
    dot,
    nice_axis,
    path,
    rounded,
    steps,
    tick_text,
    time_scale,
    time_ticks,
    upright,
    within,
)
from dbt_baton.report.formats import moment, number, words
from dbt_baton.report.history import better

HEIGHT = 200
# of a small chart, in hundredths
TREND_HEIGHT = 100
# a distance of this size fills a small chart; larger ones are scaled to fit
FULL_DISTANCE = 0.25
# with more changes of champions than this, their lines have no names
MOST_NAMED_CHAMPIONS = 5


@dataclass(frozen=True)
class Run:
    """Neighbouring periods of one verdict and severity: `left` and `width` in thousandths."""

    verdict: str
    severity: str
    title: str
    left: float
    width: float


@dataclass(frozen=True)
class TimeLine:
    """Performance by period: realised, estimated and expected, and the smallest drop that counts."""

    title: str
    height: int
    bands: list[str]
    estimated_bands: list[str]
    line: str
    points: str
    drops: str
    estimated: str
    expected: str
    threshold: str
    champions: list[Tick]
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    runs: list[Run]


@dataclass(frozen=True)
class Trend:
    """A distance by period, as steps; `alerts` are the periods with an alert."""

    title: str
    height: int
    quiet: str
    alerts: str


@dataclass(frozen=True)
class Interval:
    """A value in its interval beside what is expected, in thousandths."""

    title: str
    value: float
    lower: float | None
    upper: float | None
    expected: float | None


@dataclass(frozen=True)
class Curve:
    """Points in a square of 1000 by 1000, with the line that says nothing."""

    title: str
    line: str
    points: str
    errors: str = ""
    labels: tuple[str, str] = field(default=("", ""))


def verdict_runs(history: Sequence[Period]) -> list[Run]:
    """Place the verdicts; a period that is missing is a gap."""
    place, step = time_scale([one.start for one in history])
    ends = [min(after.start, one.start + step) for one, after in pairwise(history)] + [
        history[-1].start + step
    ]
    found: list[Run] = []
    first = history[0].start
    for one, end in zip(history, ends, strict=True):
        left, verdict = rounded(place(one.start)), words(one.verdict)
        last = found[-1] if found else None
        goes_on = (
            last is not None
            and (last.verdict, last.severity) == (one.verdict, one.state)
            and abs(last.left + last.width - left) < 0.5
        )
        if goes_on:
            left = found.pop().left
        else:
            first = one.start
        until = f" to {moment(one.start)}" if one.start > first else ""
        title = f"{verdict}, {moment(first)}{until}"
        found.append(Run(one.verdict, one.state, title, left, rounded(place(end) - left)))
    return found


def time_line(model: ModelContent) -> TimeLine | None:
    """Place the performance of a model; None if it was never known or estimated."""
    history = model.history
    lines = [(one.value, one.lower, one.upper, one.estimated, one.expected) for one in history]
    values = [value for line in lines for value in line if value is not None]
    if not any(one.value is not None or one.estimated is not None for one in history):
        return None
    low, high, ticks = nice_axis(min(values), max(values))
    place, step = time_scale([one.start for one in history])

    def x(period: Period) -> float:
        return place(period.start + step / 2)

    def y(value: float) -> float:
        return HEIGHT * (high - value) / (high - low)

    def line(attribute: str) -> str:
        found = [(x(one), getattr(one, attribute)) for one in history]
        return path((across, None if value is None else y(value)) for across, value in found)

    def band(lower: str, upper: str) -> list[str]:
        found = [(x(one), getattr(one, lower), getattr(one, upper)) for one in history]
        return bands([(a, None if b is None or c is None else (y(b), y(c))) for a, b, c in found])

    def points(are_shown: Callable[[Period], bool]) -> str:
        shown = ((x(one), one.value) for one in history if are_shown(one))
        return "".join(dot(across, y(value)) for across, value in shown if value is not None)

    def threshold() -> str:
        direction = better(history)
        ends = [
            None if one.expected is None or one.min_drop is None else one.expected - direction * one.min_drop
            for one in history
        ]
        inside = [None if end is None or not direction or not low <= end <= high else y(end) for end in ends]
        return path(zip(map(x, history), inside, strict=True))

    named = len(model.champions) <= MOST_NAMED_CHAMPIONS
    return TimeLine(
        title=_time_line_title(model),
        height=HEIGHT,
        bands=band("lower", "upper"),
        estimated_bands=band("estimated_lower", "estimated_upper"),
        line=line("value"),
        points=points(lambda one: one.severity != "error"),
        drops=points(lambda one: one.severity == "error"),
        estimated=line("estimated"),
        expected=line("expected"),
        threshold=threshold(),
        champions=[
            Tick(rounded(place(at) / 10), f"champion {version}" if named else "")
            for at, version in model.champions
        ],
        y_ticks=[Tick(rounded(100 * (high - tick) / (high - low)), tick_text(tick, ticks)) for tick in ticks],
        x_ticks=time_ticks([(x(one), one.start) for one in history]),
        runs=verdict_runs(history),
    )


def trend(feature: Feature, history: Sequence[Period]) -> Trend | None:
    """Place the trend of a feature on the same axis of time."""
    shown = [row for row in feature.trend if row["value"] is not None]
    if not shown:
        return None
    place, step = time_scale([one.start for one in history])
    full = max(FULL_DISTANCE, *(row["value"] for row in shown))

    def of_rows(rows: Sequence[dict[str, Any]]) -> str:
        # a square root, so that small ones are seen beside one that is large
        heights = [sqrt(max(row["value"], 0) / full) for row in rows]
        return steps(
            [
                (place(row["period_start"]), place(row["period_start"] + step), max(height * TREND_HEIGHT, 3))
                for row, height in zip(rows, heights, strict=True)
            ],
            TREND_HEIGHT,
        )

    newest = feature.drift or shown[-1]
    alert = f", an alert since {moment(newest['alert_since'])}" if newest.get("is_alert") else ""
    said = f"{newest['metric']} {number(newest['value'])}" if newest["value"] is not None else "no distance"
    start = moment(newest["period_start"])
    return Trend(
        title=f"Drift of {feature.name} by period: {said} in that from {start}{alert}.",
        height=TREND_HEIGHT,
        quiet=of_rows([row for row in shown if not row.get("is_alert")]),
        alerts=of_rows([row for row in shown if row.get("is_alert")]),
    )


def interval(period: Period) -> Interval | None:
    """Place the newest known value beside what is expected; the ends of the drawing are those of all."""
    given = [period.value, period.lower, period.upper, period.expected]
    values = [value for value in given if value is not None]
    if period.value is None or min(values) == max(values):
        return None
    low, high = min(values), max(values)

    def x(value: float | None) -> float | None:
        return None if value is None else rounded(60 + 880 * (value - low) / (high - low))

    return Interval(
        title=_value_sentence(period),
        value=x(period.value) or 0.0,
        lower=x(period.lower),
        upper=x(period.upper),
        expected=x(period.expected),
    )


def calibration(rows: Sequence[dict[str, Any]]) -> Curve | None:
    """Place how often the class occurred against the predicted probability, with 95 % intervals."""
    shown = [row for row in rows if row["mean_predicted"] is not None and row["observed_rate"] is not None]
    if not shown:
        return None
    points = [(WIDTH * row["mean_predicted"], WIDTH * (1 - row["observed_rate"])) for row in shown]
    errors = "".join(
        upright(x, within(y - 1960 * row["std_error"]), within(y + 1960 * row["std_error"]))
        for row, (x, y) in zip(shown, points, strict=True)
        if row["std_error"] is not None
    )
    return Curve(
        title="How often the class occurred, by its predicted probability; on the diagonal both are equal.",
        line=path(points),
        points="".join(dot(x, y) for x, y in points),
        errors=errors,
        labels=("mean predicted probability", "observed rate"),
    )


def gain(rows: Sequence[dict[str, Any]]) -> Curve | None:
    """Place the share of positives that is found, by the share of rows that is flagged."""
    kinds = ("true_positives", "false_positives", "false_negatives", "true_negatives")
    totals = [sum(row[kind] or 0 for kind in kinds) for row in rows]
    points = [
        (WIDTH * row["n_flagged"] / total, WIDTH * (1 - row["gain"]))
        for row, total in zip(rows, totals, strict=True)
        if total and row["gain"] is not None
    ]
    if not points:
        return None
    return Curve(
        title="Share of the positives that is found, by the share of rows that is flagged.",
        line=path(sorted([(0.0, float(WIDTH)), *points])),
        points="",
        labels=("share of rows flagged", "share of positives found"),
    )


def _time_line_title(model: ModelContent) -> str:
    known = model.known
    if known is None:
        return f"Performance of {model.name}: no outcomes are known, only the estimate from scores."
    since = (
        ""
        if model.severity in ("none", "unknown")
        else f"; {words(model.state)} since {moment(model.now.since)}"
        if model.now
        else ""
    )
    return f"Performance of {model.name} by period: {_value_sentence(known)[:-1]}{since}."


def _value_sentence(period: Period) -> str:
    """Say the value of a period, its interval and what was expected."""
    between = (
        f", interval {number(period.lower)} to {number(period.upper)}" if period.lower is not None else ""
    )
    expected = f", expected {number(period.expected)}" if period.expected is not None else ""
    start = moment(period.start)
    return f"{period.metric} {number(period.value)} in the period from {start}{between}{expected}."


def named_runs(runs: Sequence[Run]) -> list[Run]:
    """Join neighbours of one verdict, whose name is written once."""
    joined = [list(group) for _, group in groupby(runs, key=lambda run: run.verdict)]
    return [
        replace(group[0], width=rounded(group[-1].left + group[-1].width - group[0].left)) for group in joined
    ]


@dataclass(frozen=True)
class TrendTable:
    """The distance of each feature by period, the newest first; None where a feature has no row."""

    metric: str
    rows: list[tuple[datetime, list[dict[str, Any] | None]]]


def trend_table(features: Sequence[Feature]) -> TrendTable | None:
    """Put the trends of features side by side."""
    trends = [{row["period_start"]: row for row in one.trend} for one in features if one.trend]
    if not trends:
        return None
    starts = sorted({start for trend in trends for start in trend}, reverse=True)
    metric = next(row["metric"] for trend in trends for row in trend.values())
    return TrendTable(metric, [(start, [trend.get(start) for trend in trends]) for start in starts])


def largest_share(bins: Sequence[dict[str, Any]]) -> float:
    """Give the largest share of a bin, which fills the width."""
    return max(max(row["share"] or 0, row["share_reference"] or 0) for row in bins) or 1


def largest_importance(card: Any) -> float:
    """Give the largest importance, which fills the width."""
    return max((value or 0 for _, value in card.importances), default=0) or 1


def metric_names(card: Any) -> list[str]:
    """Give the names of all metrics of a version, in order."""
    return list(dict.fromkeys(name for values in card.metrics.values() for name in values))


def thinned(rows: Sequence[dict[str, Any]], most: int = 10) -> list[dict[str, Any]]:
    """Give some rows of a long curve, evenly."""
    every = max(1, -(-len(rows) // most))
    return list(rows[::every])
