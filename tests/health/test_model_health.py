"""model_health: its verdicts are those of the written rules, and the parts of a change sum to the whole."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench import Project
from oracles_health import Cell, Options, _reference, health

WEEKS = pd.date_range("2024-01-01", periods=8, freq="7D")
FEATURES = {"Amount": "numeric", "o'plan": "categorical", "Ünits": "numeric"}
OCCUR = {
    "everything": {
        "healthy",
        "data_quality",
        "training_serving_skew",
        "covariate_drift",
        "concept_drift",
        "performance_drop_unexplained",
        "not_enough_labels",
    },
    "losses": {"healthy", "data_quality", "covariate_drift", "concept_drift", "not_enough_labels"},
    "segments": {"healthy", "covariate_drift", "performance_drop_unexplained", "not_enough_labels"},
    "alone": {"healthy", "performance_drop_unexplained", "not_enough_labels"},
}


def history(random: np.random.Generator) -> list[Cell]:
    """A model's weeks, in which anything may happen from some week on."""
    begins = int(random.integers(2, 8))
    trouble = random.choice(
        ["nothing", "nulls", "filled", "replaced", "skew", "mix", "rate", "drift", "labels", "new values"]
    )
    base, estimated = random.uniform(0.6, 0.9), random.random() < 0.7
    cells = []
    for position, week in enumerate(WEEKS):
        is_on = position >= begins
        shares = {"a": 0.5, "b": 0.3, None: 0.2}
        accuracy = {"a": base + 0.08, "b": base - 0.1, None: base, "new": base - 0.3}
        if is_on and trouble == "mix":
            shares = {"a": 0.1, "b": 0.7, "new": 0.2}
        if is_on and trouble == "rate":
            accuracy = {name: value - 0.15 for name, value in accuracy.items()}
        n = int(random.choice([60, 600, 3000]))
        counts = dict(zip(shares, random.multinomial(n, list(shares.values())), strict=True))
        right = {name: int(random.binomial(count, accuracy[name])) for name, count in counts.items()}
        n_labelled = n
        if (position > 5 and random.random() < 0.4) or (is_on and trouble == "labels"):
            n_labelled, right = 0, dict.fromkeys(right, 0)
            counts = dict.fromkeys(counts, 0)
        value = sum(right.values()) / n_labelled if n_labelled else None
        segments = {
            name: (count, right[name] / count if count > 7 else None)
            for name, count in counts.items()
            if count
        }
        # two segments with the same rows under another name must not change the split's size
        of_all = {"plan": segments, "one": {"x": (n_labelled, value)}} if segments else {}
        cells.append(
            Cell(
                period=week,
                n=n,
                n_labelled=n_labelled,
                value=value,
                std_error=math.sqrt(value * (1 - value) / n_labelled) if value is not None else None,
                segments=of_all,
                estimate=base + random.normal(0, 0.02) - (0.1 if random.random() < 0.2 else 0)
                if estimated
                else None,
                drift={
                    name: drifted(random, kind, n, trouble if is_on else "nothing")
                    for name, kind in FEATURES.items()
                },
                skew={name: skewed(random, n, is_on and trouble == "skew") for name in list(FEATURES)[:2]},
            )
        )
    return cells


def drifted(random: np.random.Generator, kind: str, n: int, trouble: str) -> dict[str, Any]:
    before = float(random.choice([0.0, 0.01, 0.4]))
    after = before + random.normal(0, 0.003)
    if trouble in ("nulls", "skew") and random.random() < 0.6:
        after = before + random.uniform(0.0, 0.3)
    if trouble in ("filled", "skew") and random.random() < 0.6:
        after = before * random.uniform(0.0, 0.3)
    replaced = trouble == "replaced" and random.random() < 0.6
    is_drift = trouble in ("nulls", "drift", "mix", "new values") and random.random() < 0.7
    after_share = min(max(after, 0.0), 1.0)
    return {
        "kind": kind,
        "n": n,
        "n_reference": int(random.choice([900, 20000])),
        "null_share": after_share,
        "null_share_reference": before,
        "unseen_share": random.uniform(0, 0.5) if replaced or (is_drift and trouble == "new values") else 0.0,
        "vanished_share": random.uniform(0, 1) if replaced else random.choice([0.0, 0.1]),
        "largest_share": random.choice([0.3, 1.0 - after_share]) if replaced else 0.3,
        "placeholder_share": random.uniform(0, 0.3)
        if trouble in ("filled", "skew") and random.random() < 0.6
        else 0.0,
        "p_value": random.choice([0.0, 0.03, 0.5]) if replaced else 0.5,
        "value": random.uniform(0.1, 1.5) if is_drift else random.uniform(0, 0.1),
        "is_alert": is_drift,
    }


def skewed(random: np.random.Generator, n: int, is_skewed: bool) -> dict[str, Any]:
    mismatch = random.uniform(0, 0.6) if is_skewed or random.random() < 0.05 else random.uniform(0, 0.04)
    return {"n": n, "mismatch_share": mismatch, "missing_served_share": mismatch * random.random()}


def tables(models: dict[str, list[Cell]]) -> dict[str, pd.DataFrame]:
    """The inputs as tables, in random order."""
    performance, drift, skew, estimates = [], [], [], []
    for name, cells in models.items():
        for cell in cells:
            key = {"model_name": name, "model_version": "v'1", "period_start": cell.period}
            whole = {"segment_name": "all", "segment_value": "all", "metric": "accuracy"}
            counts = {"n": cell.n, "n_labelled": cell.n_labelled, "undefined_reason": None, "class": None}
            performance.append(key | whole | counts | {"value": cell.value, "std_error": cell.std_error})
            for segment_name, segments in cell.segments.items():
                for segment_value, (n, value) in segments.items():
                    performance.append(
                        key
                        | whole
                        | counts
                        | {"segment_name": segment_name, "segment_value": segment_value}
                        | {"n": n, "n_labelled": n, "value": value, "std_error": 0.1}
                    )
            if cell.estimate is not None:
                estimates.append(key | whole | {"value": cell.estimate, "lower": 0.0, "upper": 1.0})
            for feature, state in cell.drift.items():
                row = key | whole | state | {"feature": feature, "metric": "psi", "alert_since": cell.period}
                drift.append(row)
                # of another metric, and of a segment: neither may count twice
                drift.append(row | {"metric": "wasserstein", "value": 1000.0})
                drift.append(
                    row | {"segment_name": "plan", "segment_value": "a", "null_share": 1.0, "is_alert": True}
                )
            for feature, state in cell.skew.items():
                served = state | {"n_missing_served": state["missing_served_share"] * state["n"]}
                skew.append(
                    key
                    | whole
                    | served
                    | {"feature": feature, "stale_share": 0.1, "median_staleness_days": 14.0}
                )
    # the same as a loss
    performance += [
        row | {"metric": "error_rate", "value": None if row["value"] is None else 1 - row["value"]}
        for row in performance
    ]
    random = np.random.default_rng(0)
    return {
        name: pd.DataFrame(rows).sample(frac=1, random_state=random.integers(99)).reset_index(drop=True)
        for name, rows in {
            "performance": performance,
            "drift": drift,
            "skew": skew,
            "estimates": estimates,
        }.items()
    }


def as_losses(cell: Cell) -> Cell:
    """The cell with the share of errors in place of the accuracy, and neither estimate nor skew."""
    segments = {
        name: {key: (n, None if value is None else 1 - value) for key, (n, value) in of.items()}
        for name, of in cell.segments.items()
    }
    value = None if cell.value is None else 1 - cell.value
    return Cell(cell.period, cell.n, cell.n_labelled, value, cell.std_error, segments, None, cell.drift)


CALLS = {
    "everything": (
        "metric='accuracy', drift_alerts=source('data', 'drift'), estimated_performance=source('data', 'estimates'), skew=source('data', 'skew')",
        Options(),
    ),
    "losses": (
        "metric='error_rate', drift_alerts=source('data', 'drift'), greater_is_better=false, min_drop=0.01, alpha=0.01, reference={'first': 2}",
        Options(is_gain=False, min_drop=0.01, alpha=0.01, first=2),
    ),
    "alone": (
        "metric='accuracy', reference=0.8, minimum_rows=500",
        Options(expected_value=0.8, minimum_rows=500, has_drift=False),
    ),
}


@pytest.fixture(scope="module")
def models() -> dict[str, list[Cell]]:
    random = np.random.default_rng(12)
    return {f"model {number}": history(random) for number in range(60)}


@pytest.fixture(scope="module")
def found(project: Project, models: dict[str, list[Cell]]) -> dict[str, pd.DataFrame]:
    project.put(**tables(models))
    calls = {
        name: f"{{{{ baton.model_health(performance=source('data', 'performance'), {options}) }}}}"
        for name, (options, _) in CALLS.items()
    }
    project.build(calls)
    return {name: project.read(name) for name in calls}


@pytest.mark.parametrize("name", CALLS)
def test_verdicts_are_those_of_the_rules(
    name: str, found: dict[str, pd.DataFrame], models: dict[str, list[Cell]]
) -> None:
    _, options = CALLS[name]
    rows = found[name].sort_values(["model_name", "period_start"])
    assert len(rows) == len(models) * len(WEEKS)
    seen = set()
    for model, cells in models.items():
        if name == "losses":
            cells = [as_losses(cell) for cell in cells]
        if name == "segments":
            cells = [
                Cell(cell.period, cell.n, cell.n_labelled, cell.value, cell.std_error, cell.segments)
                for cell in cells
            ]
        if name == "alone":
            cells = [Cell(cell.period, cell.n, cell.n_labelled, cell.value, cell.std_error) for cell in cells]
        expected = health(cells, options)
        got = rows[rows["model_name"] == model].to_dict("records")
        for want, row in zip(expected, got, strict=True):
            where = (model, row["period_start"], row["summary"])
            assert row["verdict"] == want["verdict"], where
            assert row["severity"] == want["severity"], where
            assert row["since"] == want["since"], where
            assert [entry["feature"] for entry in json.loads(row["features"])] == want["features"], where
            for column in ("value", "expected_value", "difference", "mix_effect", "rate_effect"):
                number = None if pd.isna(row[column]) else row[column]
                assert (number is None) == (want[column] is None), (column, *where)
                if number is not None:
                    assert number == pytest.approx(want[column], rel=1e-9, abs=1e-12), (column, *where)
            seen.add(want["verdict"])
    assert seen == OCCUR[name]


def test_mix_and_rate_are_kitagawa_s_parts_and_sum_to_the_difference(
    found: dict[str, pd.DataFrame], models: dict[str, list[Cell]]
) -> None:
    rows = found["everything"].set_index(["model_name", "period_start"])
    compared = 0
    for model, cells in models.items():
        labelled = [cell for cell in cells if cell.value is not None and cell.n_labelled >= 100]
        reference = _reference(labelled[:4], Options())
        for cell in cells:
            row = rows.loc[(model, cell.period)]
            if pd.isna(row["mix_effect"]):
                continue
            assert row["mix_effect"] + row["rate_effect"] == pytest.approx(row["difference"], abs=1e-9)
            split_by = json.loads(row["evidence"])["performance"]["split_by"]
            now = dict(cell.segments[split_by].items())
            before: dict[Any, list[float]] = {}
            for one in reference:
                for value, (n, mean) in one.segments[split_by].items():
                    if mean is None:
                        break
                    counts = before.setdefault(value, [0.0, 0.0])
                    counts[0] += n
                    counts[1] += n * mean
            has_all = all(mean is not None for _, mean in now.values()) and all(
                mean is not None for one in reference for _, mean in one.segments[split_by].values()
            )
            if not has_all or now.keys() != before.keys():
                continue
            total, total_before = sum(n for n, _ in now.values()), sum(n for n, _ in before.values())
            mix = sum(
                (now[value][0] / total - n / total_before) * (now[value][1] + right / n) / 2
                for value, (n, right) in before.items()
            )
            assert row["mix_effect"] == pytest.approx(mix, abs=1e-9)
            compared += 1
    assert compared > 100


@pytest.mark.parametrize("name", ["drift_alerts", "skew", "estimated_performance"])
def test_an_input_by_other_periods_is_refused(
    project: Project, models: dict[str, list[Cell]], name: str
) -> None:
    table = {"drift_alerts": "drift", "skew": "skew", "estimated_performance": "estimates"}[name]
    frame = tables({"model 1": models["model 1"]})[table]
    days = frame.assign(period_start=frame["period_start"] + pd.Timedelta(days=1))
    project.put(by_day=days, by_nobody=frame.assign(model_name="another"))
    for source in ("by_day", "by_nobody"):
        message = project.error(
            f"{{{{ baton.model_health(performance=source('data', 'performance'), metric='accuracy', {name}=source('data', '{source}')) }}}}"
        )
        rows = int((frame["metric"] == "accuracy").sum()) if name == "estimated_performance" else len(frame)
        assert f"none of the {rows} rows of {name} is of a model version and period of performance" in message
    # an empty one is not wrong
    project.put(by_day=days.iloc[:0])
    found = project.build(
        f"{{{{ baton.model_health(performance=source('data', 'performance'), metric='accuracy', {name}=source('data', 'by_day')) }}}}"
    )
    assert len(found) == len(models) * len(WEEKS)
