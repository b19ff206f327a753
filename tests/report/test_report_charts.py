"""Charts are where their cells say: computed here by hand for a few periods, without a database."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dbt_baton.report import charts
from dbt_baton.report.content import Feature, ModelContent, Period
from dbt_baton.report.drawing import nice_axis, tick_text
from dbt_baton.report.formats import anchor, label, number, p_value, share
from dbt_baton.report.history import better

FIRST = datetime(2024, 1, 1)


def period(week: int, value: float | None = 0.8, **others: object) -> Period:
    given = {
        "start": FIRST + timedelta(weeks=week), "version": "a", "verdict": "healthy", "severity": "none", "since": FIRST,
        "summary": "", "metric": "roc_auc", "value": value, "lower": None, "upper": None, "expected": 0.8, "min_drop": 0.024,
        "estimated": None, "estimated_lower": None, "estimated_upper": None, "n": 10.0, "n_labelled": 10.0, "undefined_reason": None,
    }  # fmt: skip
    return Period(**{**given, **others})  # type: ignore[arg-type]


def drawn(history: list[Period], **others: object) -> charts.TimeLine:
    chart = charts.time_line(ModelContent("m", None, history=history, **others))  # type: ignore[arg-type]
    assert chart is not None
    return chart


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.]+) (-?[\d.]+)", path)]


def test_a_line_has_a_gap_where_nothing_is_known():
    chart = drawn([period(0, 0.7), period(1, 0.9), period(2, None), period(3, 0.8), period(4, None)])
    assert chart.line.count("M") == 2
    # five weeks share the width, each drawn in its middle; the last point is alone, so it is a dash
    assert [x for x, _ in points(chart.line)] == [100, 300, 696, 704]
    heights = [y for _, y in points(chart.line)]
    assert heights[0] > heights[2] == heights[3] > heights[1]
    # the axis is straight: 0.8 lies in the middle of 0.7 and 0.9
    assert heights[2] == pytest.approx((heights[0] + heights[1]) / 2, abs=0.1)


def test_a_band_is_as_high_as_its_ends():
    chart = drawn([period(0, 0.8, lower=0.7, upper=0.9), period(1, 0.8, lower=0.75, upper=0.85)])
    (band,) = chart.bands
    ends = [y for _, y in points(band)]
    line = [y for _, y in points(chart.line)]
    assert ends[0] < ends[1] < line[0] == line[1] < ends[2] < ends[3]


@pytest.mark.parametrize(
    ("metric", "severity", "value", "direction"),
    [
        ("roc_auc", "none", 0.8, 1),
        ("precision_at_10", "none", 0.8, 1),
        ("rmse", "none", 0.8, -1),
        ("pinball_0_9", "none", 0.8, -1),
        ("profit", "none", 0.8, 0),
        # a drop shows which way is worse
        ("profit", "error", 0.7, 1),
        ("cost_of_errors", "error", 0.9, -1),
    ],
)
def test_the_smallest_drop_that_counts_is_on_the_worse_side(metric, severity, value, direction):
    history = [
        period(0, value, metric=metric, severity=severity),
        period(1, 0.9, metric=metric),
        period(2, 0.7),
    ]
    history[2] = replace(history[2], metric=metric)
    assert better(history) == direction
    chart = drawn(history)
    expected = points(chart.expected)[0][1]
    threshold = [y for _, y in points(chart.threshold)]
    assert bool(threshold) == (direction != 0)
    assert all((y > expected) == (direction > 0) for y in threshold)


def test_a_new_champion_is_marked_at_its_time():
    history = [period(week) for week in range(4)]
    chart = drawn(history, champions=[(FIRST + timedelta(days=7), "b" * 12)])
    assert [(mark.place, mark.text) for mark in chart.champions] == [(25, "champion bbbbbbbbbbbb")]
    many = [(FIRST + timedelta(days=day), "b") for day in range(1, 8)]
    assert {mark.text for mark in drawn(history, champions=many).champions} == {""}


def test_a_missing_week_is_a_gap_between_verdicts():
    wrong = {"verdict": "data_quality", "severity": "warning"}
    runs = charts.verdict_runs([period(0), period(1), period(3), period(4, **wrong), period(5, **wrong)])
    assert [(run.left, run.width, run.verdict) for run in runs] == [
        (0, 333.3, "healthy"),
        (500, 166.7, "healthy"),
        (666.7, 333.3, "data_quality"),
    ]
    assert [run.title for run in runs] == [
        "healthy, 2024-01-01 to 2024-01-08",
        "healthy, 2024-01-22",
        "data quality, 2024-01-29 to 2024-02-05",
    ]


def test_one_period_and_one_value():
    chart = drawn([period(0, 0.8)])
    assert [x for x, _ in points(chart.line)] == [496, 504]
    assert 0 < points(chart.line)[0][1] < chart.height
    assert charts.time_line(ModelContent("m", None, history=[period(0, None)])) is None
    assert charts.interval(period(0, 0.8)) is None
    assert charts.interval(period(0, None)) is None


def test_a_trend_draws_alerts_apart_and_leaves_out_what_is_undefined():
    history = [period(week) for week in range(4)]
    values = [(0.0, False), (0.25, False), (None, False), (1.0, True)]
    trend = [
        {
            "period_start": one.start,
            "value": value,
            "metric": "psi",
            "is_alert": alert,
            "alert_since": one.start,
        }
        for one, (value, alert) in zip(history, values, strict=True)
    ]
    chart = charts.trend(Feature("f", None, None, None, trend[-1], None, trend, []), history)
    assert chart is not None
    # of no distance a line is left, and a quarter is half as high as one: heights are square roots
    assert (chart.quiet, chart.alerts) == ("M0 100V97H250V50H500V100", "M750 100V0H1000V100")
    assert (
        chart.title == "Drift of f by period: psi 1.000 in that from 2024-01-22, an alert since 2024-01-22."
    )
    assert charts.trend(Feature("f", None, None, None, None, None, [], []), history) is None


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (0.7312, 0.7319), (-3e6, 8e6), (5.0, 5.0), (0.0, 0.0), (1e-9, 3e-9)]
)
def test_an_axis_has_a_few_round_ticks_inside_of_its_ends(low, high):
    start, end, ticks = nice_axis(low, high)
    assert start < low <= high < end
    assert 1 <= len(ticks) <= 8
    assert all(start <= tick <= end for tick in ticks)
    assert all(tick_text(tick, ticks) for tick in ticks)


def test_cells_are_written_with_few_digits():
    assert [number(value) for value in (0.12345, 12, 12345.0, 0.0, 1e-7, 1.5, 150.27, None)] == [
        "0.123", "12", "12,345", "0.000", "1.0e-07", "1.500", "150.3", "",
    ]  # fmt: skip
    assert [share(value).replace("\u00a0", " ") for value in (0, 0.0004, 0.0017, 1.0)] == [
        "0 %", "< 0.1 %", "0.2 %", "100.0 %",
    ]  # fmt: skip
    assert [p_value(value).replace("\u00a0", " ") for value in (0.0, 0.04251)] == ["< 0.001", "0.043"]
    assert label("[0.020497685185185185, 0.45689814814814816)") == "[0.0205, 0.4569)"
    assert anchor("churn_model", "channel") == "churn_model/channel"
    assert anchor("a b", "<c>/d") == "a%20b/%3Cc%3E%2Fd"
