"""What model_health must say, worked out cell by cell in plain Python."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scipy import stats


@dataclass
class Cell:
    """A model version in one period, with everything that is known of it."""

    period: Any
    n: int
    n_labelled: int
    value: float | None
    std_error: float | None
    # by segment name and value: (n_labelled, value)
    segments: Mapping[str, Mapping[Any, tuple[int, float | None]]] = field(default_factory=dict)
    estimate: float | None = None
    # by feature
    drift: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    skew: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass
class Options:
    """The arguments of the call."""

    is_gain: bool = True
    first: int = 4
    expected_value: float | None = None
    min_drop: float | None = None
    alpha: float = 0.05
    minimum_rows: int = 100
    min_mismatch: float = 0.05
    min_nulls: float = 0.01
    has_drift: bool = True


def health(cells: Sequence[Cell], options: Options) -> list[dict[str, Any]]:
    """One row per cell of a model version, in order of time."""
    labelled = [cell for cell in cells if cell.value is not None and cell.n_labelled >= options.minimum_rows]
    reference = [] if options.expected_value is not None else _reference(labelled[: options.first], options)
    rows: list[dict[str, Any]] = []
    newest: str | None = None
    for cell in cells:
        row = _changed(cell, reference, options)
        causes = _causes(cell, options)
        verdict = _verdict(cell, row, causes, options)
        row["is_carried"] = False
        if row["is_judged"]:
            newest = verdict
        elif verdict in ("covariate_drift", "not_enough_labels") and newest in (
            "concept_drift",
            "performance_drop_unexplained",
        ):
            verdict, row["is_carried"] = newest, True
        row |= {
            "period_start": cell.period,
            "verdict": verdict,
            "features": [name for name, _ in sorted(causes.get(verdict, {}).items(), key=_strongest)],
        }
        row["since"] = rows[-1]["since"] if rows and rows[-1]["verdict"] == verdict else cell.period
        row["severity"] = (
            "error"
            if row["has_dropped"] or row["is_carried"]
            else "none"
            if verdict in ("healthy", "not_enough_labels")
            else "warning"
        )
        rows.append(row)
    return rows


def _reference(first: Sequence[Cell], options: Options) -> Sequence[Cell]:
    """Return the first periods up to a drop among them."""
    for position, cell in enumerate(first):
        before = first[:position]
        if not before or cell.value is None:
            continue
        total = sum(one.n_labelled for one in before)
        mean = sum(one.n_labelled * (one.value or 0.0) for one in before) / total
        variance = sum((one.n_labelled * (one.std_error or 0.0)) ** 2 for one in before) / total**2
        loss = (mean - cell.value) if options.is_gain else (cell.value - mean)
        error = math.sqrt((cell.std_error or 0.0) ** 2 + variance)
        least = options.min_drop if options.min_drop is not None else 0.03 * abs(mean)
        if loss > 0 and loss >= least and error > 0 and stats.norm.sf(loss / error) <= options.alpha / 10:
            return before
    return first


def _strongest(item: tuple[str, float]) -> tuple[float, str]:
    return -item[1], item[0]


def _changed(cell: Cell, reference: Sequence[Cell], options: Options) -> dict[str, Any]:
    expected, variance, labelled_share = options.expected_value, 0.0, None
    if reference:
        weights = [one.n_labelled / sum(other.n_labelled for other in reference) for one in reference]
        values = [one.value or 0.0 for one in reference]
        expected = math.fsum(w * v for w, v in zip(weights, values, strict=True))
        errors = [one.std_error or 0.0 for one in reference]
        variance = math.fsum((w * e) ** 2 for w, e in zip(weights, errors, strict=True))
        if len(reference) > 1:
            spread = math.fsum((v - expected) ** 2 for v in values) / (len(values) - 1)
            variance += max(spread - math.fsum(e**2 for e in errors) / len(errors), 0.0)
        labelled_share = sum(one.n_labelled for one in reference) / sum(one.n for one in reference)
    is_judged = (
        expected is not None
        and cell.value is not None
        and cell.n_labelled >= options.minimum_rows
        and (labelled_share is None or cell.n_labelled / cell.n >= labelled_share / 2)
    )
    difference = None if cell.value is None or expected is None else cell.value - expected
    mix, rate, split_by = _split(cell, reference, difference, options)
    has_dropped = False
    loss = 0.0
    if difference is not None and is_judged:
        loss = -difference if options.is_gain else difference
        least = options.min_drop if options.min_drop is not None else 0.03 * abs(expected or 0.0)
        error = math.sqrt((cell.std_error or 0.0) ** 2 + variance)
        has_dropped = (
            loss > 0 and loss >= least and (error == 0 or stats.norm.sf(loss / error) <= options.alpha)
        )
    return {
        "value": cell.value,
        "expected_value": expected,
        "difference": difference,
        "mix_effect": mix,
        "rate_effect": rate,
        "split_by": split_by,
        "loss": loss,
        "is_judged": is_judged,
        "has_dropped": has_dropped,
    }


def _split(
    cell: Cell, reference: Sequence[Cell], difference: float | None, options: Options
) -> tuple[float | None, float | None, str | None]:
    found = []
    for name, now in cell.segments.items():
        before: dict[Any, list[tuple[int, float | None]]] = {}
        for one in reference:
            for value, counted in one.segments.get(name, {}).items():
                before.setdefault(value, []).append(counted)
        total_now = sum(n for n, _ in now.values())
        total_before = sum(n for counted in before.values() for n, _ in counted)
        rate = both = comparable = 0.0
        for value in now.keys() & before.keys():
            defined = [(n, v) for n, v in before[value] if v is not None]
            weight = now[value][0] / total_now + sum(n for n, _ in before[value]) / total_before
            both += weight
            if defined and now[value][1] is not None:
                mean = sum(n * v for n, v in defined) / sum(n for n, _ in defined)
                rate += weight / 2 * ((now[value][1] or 0.0) - mean)
                comparable += weight
        if comparable and difference is not None:
            rate *= both / comparable
            found.append(
                ((difference - rate) * (1 if options.is_gain else -1), name, difference - rate, rate)
            )
    if not found:
        return None, None, None
    _, name, mix, rate = min(found)
    return mix, rate, name


def _causes(cell: Cell, options: Options) -> dict[str, dict[str, float]]:
    causes: dict[str, dict[str, float]] = {}
    judged = {
        feature: state
        for feature, state in cell.drift.items()
        if state["n"] >= options.minimum_rows and state["n_reference"] > 0
    }
    found = {
        feature: _broken(state, cell.skew.get(feature, {}), len(judged), options)
        for feature, state in judged.items()
    }
    has_many_nulls = {
        feature: rise >= 0.2 and beyond
        for feature, (rise, beyond) in (
            (name, _rise(state, cell.skew.get(name, {}), len(judged), options))
            for name, state in judged.items()
        )
    }
    is_ordinary = any(
        state["is_alert"] and found[feature] is None and not has_many_nulls[feature]
        for feature, state in judged.items()
    )
    for feature, broken in found.items():
        if broken is not None:
            causes.setdefault("data_quality", {})[feature] = broken
        elif has_many_nulls[feature] and not is_ordinary:
            rise, _ = _rise(judged[feature], cell.skew.get(feature, {}), len(judged), options)
            causes.setdefault("data_quality", {})[feature] = rise
    for feature, state in cell.drift.items():
        if state["is_alert"]:
            causes.setdefault("covariate_drift", {})[feature] = state["value"]
    for feature, state in cell.skew.items():
        if state["n"] >= options.minimum_rows and state["mismatch_share"] >= options.min_mismatch:
            causes.setdefault("training_serving_skew", {})[feature] = state["mismatch_share"]
    return causes


def _broken(
    state: Mapping[str, Any], skew: Mapping[str, Any], n_features: int, options: Options
) -> float | None:
    """How much of a feature is broken whatever other features do, None if nothing is."""
    n, unseen, vanished = state["n"], state["unseen_share"], state["vanished_share"]
    placeholders = state["placeholder_share"]
    rise, is_beyond_chance = _rise(state, skew, n_features, options)
    before = state["null_share_reference"]
    odds, odds_before = (
        (size * share + 0.5) / (size * (1 - share) + 0.5)
        for share, size in ((before + rise, n), (before, state["n_reference"]))
    )
    if is_beyond_chance and rise >= options.min_nulls and odds / odds_before >= 5:
        return rise
    mismatched = skew.get("mismatch_share", 0.0)
    if mismatched >= options.min_mismatch and mismatched >= max(unseen, vanished, placeholders, -rise) / 2:
        return None
    if is_beyond_chance and rise <= -0.05 and odds_before / odds >= 5:
        return -rise
    if placeholders >= 0.05 and placeholders * n >= 10:
        return float(placeholders)
    is_stuck = state["largest_share"] + state["null_share"] >= 1 - 1e-9 and state["null_share"] < 0.5
    if state["kind"] == "categorical":
        is_replaced = min(unseen, vanished) >= 0.03 and n_features * state["p_value"] <= options.alpha
    else:
        is_replaced = min(unseen, vanished) >= 0.25 or vanished >= 0.8
    return float(vanished) if (is_stuck and vanished >= 0.2) or is_replaced else None


def _rise(
    state: Mapping[str, Any], skew: Mapping[str, Any], n_features: int, options: Options
) -> tuple[float, bool]:
    """How much more is NULL than in the reference, and whether chance explains it; what was only not served is skew."""
    n, n_reference = state["n"], state["n_reference"]
    share, before = state["null_share"], state["null_share_reference"]
    if share > before:
        share = max(share - skew.get("missing_served_share", 0.0), before)
    pooled = (n * share + n_reference * before) / (n + n_reference)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / n_reference))
    rise = float(share - before)
    return rise, error > 0 and n_features * stats.norm.sf(abs(rise) / error) <= options.alpha


def _verdict(
    cell: Cell, row: Mapping[str, Any], causes: Mapping[str, Mapping[str, float]], options: Options
) -> str:
    drifted = causes.get("covariate_drift", {})
    for cause in ("data_quality", "training_serving_skew"):
        if cause in causes:
            return cause
    if row["has_dropped"]:
        sign = -1 if options.is_gain else 1
        by_mix = None if row["mix_effect"] is None else sign * row["mix_effect"]
        by_estimate = (
            None
            if cell.estimate is None or row["expected_value"] is None
            else sign * (cell.estimate - row["expected_value"])
        )
        unseen = max(
            (cell.drift[name]["unseen_share"] for name in drifted if name != row["split_by"]), default=0.0
        )
        half = row["loss"] / 2
        if by_mix is not None and by_mix >= half:
            return "covariate_drift"
        if by_estimate is not None and by_estimate >= half:
            is_of_features = drifted or not options.has_drift
            return "covariate_drift" if is_of_features else "performance_drop_unexplained"
        if drifted and (unseen >= 0.05 or (by_mix is None and by_estimate is None)):
            return "covariate_drift"
        is_known = options.has_drift or by_estimate is not None
        return "concept_drift" if is_known else "performance_drop_unexplained"
    if drifted:
        return "covariate_drift"
    return "healthy" if row["is_judged"] else "not_enough_labels"
