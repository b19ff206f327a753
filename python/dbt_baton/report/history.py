"""The periods of a model, the versions in them, and the segments that are worse than the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from dbt_baton.project.verdicts import SEVERITIES
from dbt_baton.report.content import Period
from dbt_baton.report.read import ModelRows, Row, champions

# a year of weeks, or two months of days
MOST_PERIODS = 60
# as in model_health
_LOSSES = re.compile(
    "log_loss|brier|expected_calibration_error|mae|rmse|mape|smape|rmsle|median_absolute_error|max_error"
    "|pinball_.*"
)
_GAINS = re.compile(
    "accuracy|balanced_accuracy|precision.*|recall.*|specificity|f1.*|mcc|kappa|roc_auc.*|average_precision"
    "|lift_at_10|gain_at_10|top_2_accuracy|r2|mrr|ndcg_at_.*|map_at_.*"
)


def better(history: Sequence[Period]) -> int:
    """Say whether more of the metric is better (1), or less (-1); 0 if it is a metric that nobody knows.

    A period in which performance has dropped shows it for any metric.
    """
    for period in history:
        if period.severity == "error" and period.value is not None and period.expected is not None:
            return 1 if period.value < period.expected else -1
    metric = history[-1].metric
    return 1 if _GAINS.fullmatch(metric) else -1 if _LOSSES.fullmatch(metric) else 0


def periods(rows: ModelRows) -> tuple[list[Period], list[Row]]:
    """Give the newest periods, each by one version, and the verdicts on other versions in the last one."""
    if not rows.health:
        return [], []
    promoted = champions(rows.aliases)
    performance = _by_cell(rows.of("performance"))
    estimated = _by_cell(rows.of("estimated"))
    groups = [list(group) for _, group in groupby(rows.health, key=lambda row: row["period_start"])]
    groups = groups[-MOST_PERIODS:]
    ends = [group[0]["period_start"] for group in groups[1:]] + [datetime.max]
    chosen = [_in_view(group, promoted, end) for group, end in zip(groups, ends, strict=True)]
    found = [_period(row, performance, estimated) for row in chosen]
    others = [row for row in groups[-1] if row is not chosen[-1]]
    return found, sorted(others, key=_worst_first)


def episodes(history: Sequence[Period]) -> list[Period]:
    """Give the newest period of each run of one verdict, the newest first."""
    runs = (list(run) for _, run in groupby(history, key=lambda one: (one.version, one.verdict, one.since)))
    return [run[-1] for run in runs][::-1]


def champion_changes(rows: ModelRows, history: Sequence[Period]) -> list[tuple[datetime, str | None]]:
    """Give when other versions became champion within the history, or else were first scored."""
    if not history:
        return []
    first, last = history[0].start, history[-1].start
    promoted = champions(rows.aliases)
    known = [
        (row["valid_from"], row["model_version"])
        for before, row in pairwise(promoted)
        if first < row["valid_from"] <= last and row["model_version"] != before["model_version"]
    ]
    scored = [(one.start, one.version) for before, one in pairwise(history) if one.version != before.version]
    return known or scored


def worse_segments(rows: ModelRows, history: Sequence[Period]) -> list[Row]:
    """Give the segments whose interval lies beyond that of all rows on the worse side, the worst first.

    They are those of the newest period with a value.
    """
    known = [one for one in history if one.value is not None]
    direction = better(history) if history else 0
    if not known or known[-1].lower is None or known[-1].upper is None or direction == 0:
        return []
    period, lower, upper = known[-1], known[-1].lower, known[-1].upper
    found = [
        row
        for row in rows.of("performance")
        if (row["period_start"], row["model_version"]) == (period.start, period.version)
        and row["segment_name"] != "all"
        and row.get("class") is None
        and row["lower"] is not None
        and row["upper"] is not None
        and (row["upper"] < lower if direction > 0 else row["lower"] > upper)
    ]
    return sorted(
        found, key=lambda row: (direction * row["value"], row["segment_name"], str(row["segment_value"]))
    )


def _in_view(group: Sequence[Row], promoted: Sequence[Row], end: datetime) -> Row:
    """Give the row of the version that was promoted last before the period's end, or else the worst row."""
    order = {row["model_version"]: place for place, row in enumerate(promoted) if row["valid_from"] < end}
    return min(group, key=lambda row: (-order.get(row["model_version"], -1), *_worst_first(row)))


def _worst_first(row: Row) -> tuple[Any, ...]:
    return -SEVERITIES.index(row["severity"]), row["since"], row["model_version"] or ""


def _by_cell(rows: Iterable[Row]) -> dict[tuple[Any, Any], Row]:
    return {
        (row["period_start"], row["model_version"]): row
        for row in rows
        if row["segment_name"] == "all" and row.get("class") is None
    }


def _period(row: Row, performance: dict[Any, Row], estimated: dict[Any, Row]) -> Period:
    cell = row["period_start"], row["model_version"]
    realised, guessed = performance.get(cell, {}), estimated.get(cell, {})
    evidence = json.loads(row["evidence"] or "{}").get("performance") or {}
    return Period(
        start=row["period_start"],
        version=row["model_version"],
        verdict=row["verdict"],
        severity=row["severity"],
        since=row["since"],
        summary=row["summary"],
        metric=row["metric"],
        value=row["value"],
        lower=realised.get("lower"),
        upper=realised.get("upper"),
        expected=row.get("expected_value"),
        min_drop=evidence.get("min_drop"),
        estimated=guessed.get("value"),
        estimated_lower=guessed.get("lower"),
        estimated_upper=guessed.get("upper"),
        n=row.get("n"),
        n_labelled=row.get("n_labelled"),
        undefined_reason=realised.get("undefined_reason"),
    )
