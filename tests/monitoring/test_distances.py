"""Distances and their contributions: values of scipy and numpy, p-values that permutations confirm."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import oracles_drift as oracles
from bench import Project
from compare import about
from oracles import is_missing
from oracles_drift import METRICS, OF_NUMBERS, Place
from rendering import errors, make_tables

DAY = pd.Timestamp("2024-01-31")
ADDITIVE = ["psi", "js_distance", "hellinger", "total_variation", "chi_square"]
UNDEFINED = {
    ("nulls_only", "ks"): "no numbers in the period",
    ("nulls_only", "wasserstein"): "no numbers in the period",
    ("nulls_before", "ks"): "no numbers in the reference",
    ("nulls_before", "wasserstein"): "no numbers in the reference",
    **{("empty", metric): "empty reference" for metric in (*OF_NUMBERS, "all")},
    **{("empty_period", metric): "empty period" for metric in (*OF_NUMBERS, "all")},
}


@dataclass(frozen=True)
class Case:
    """The counts of a feature in a reference and in a period."""

    name: str
    kind: str
    places: list[Place]
    reference: Any
    current: Any

    def lows(self) -> list[float]:
        return sorted(place.low for place in self.places if place.low is not None)


def numbers(
    name: str,
    edges: list[float],
    reference: list[int],
    current: list[int],
    nulls: tuple[int, int] = (0, 0),
    kind: str = "numeric",
) -> Case:
    """A feature with rows in its bins; the first counts are below the first edge, and the last above the last."""
    ends = [edges[0] - 4, *edges, edges[-1] + 6]
    names = ["below", *(str(i + 1) for i in range(len(edges) - 1)), "above"]
    # which side is further up in a bin changes
    places = [
        Place(name, low, (low + (0.3 + 0.2 * (i % 2)) * (high - low), low + 0.4 * (high - low)))
        for i, (name, low, high) in enumerate(zip(names, ends[:-1], ends[1:], strict=True))
    ]
    return Case(
        name, kind, [*places, Place("NULL")], np.array([*reference, nulls[0]]), np.array([*current, nulls[1]])
    )


def categories(name: str, reference: list[int], current: list[int]) -> Case:
    """Categories, the last three counts are OTHER, UNSEEN and NULL."""
    places = [Place(str(i + 1)) for i in range(len(reference) - 3)] + [
        Place("OTHER"),
        Place("UNSEEN"),
        Place("NULL"),
    ]
    return Case(name, "categorical", places, np.array(reference), np.array(current))


@cache
def drawn_cases() -> list[Case]:
    """Without drift and with some, by sizes and shapes."""
    random = np.random.default_rng(4)
    found = []
    for size in (30, 100, 1000):
        for reference_size in (size, 10_000):
            for drift in (0.0, 0.15, 0.4):
                shares = random.dirichlet(np.full(12, 3.0))
                moved = shares * np.exp(drift * random.normal(size=12))
                a, b = (
                    random.multinomial(n, s / s.sum()) for n, s in ((reference_size, shares), (size, moved))
                )
                # what a reference has is in its bins
                a[[1, -2]] += a[[0, -1]]
                a[[0, -1]] = 0
                found.append(
                    numbers(f"n{len(found)}", [*range(0, 110, 10)], a[:12].tolist(), b[:12].tolist(), (5, 3))
                )
                shares = 1 / np.arange(1, 13)
                moved = shares * np.exp(drift * random.normal(size=12))
                a, b = (
                    random.multinomial(n, s / s.sum()) for n, s in ((reference_size, shares), (size, moved))
                )
                found.append(categories(f"n{len(found)}", a.tolist(), b.tolist()))
    return found


EDGES = [0.0, 10.0, 20.0, 30.0]
CASES = [
    numbers("same", EDGES, [0, 5, 5, 5, 0], [0, 5, 5, 5, 0]),
    numbers("far", EDGES, [0, 5, 5, 5, 0], [0, 0, 0, 0, 9], (1, 0)),
    numbers("both_ends", EDGES, [0, 5, 5, 5, 0], [4, 0, 3, 0, 4], (0, 2)),
    numbers("crossing", EDGES, [0, 20, 10, 20, 0], [0, 10, 30, 10, 0]),
    numbers("one_bin", [5.0, 5.0], [0, 7, 0], [0, 9, 0]),
    numbers("constant", [5.0, 5.0], [0, 7, 0], [0, 0, 9]),
    numbers("one_row_each", EDGES, [0, 1, 0, 0, 0], [0, 0, 0, 1, 0]),
    numbers("three_rows", EDGES, [0, 1, 1, 0, 0], [0, 0, 0, 1, 0]),
    numbers("nulls_only", EDGES, [0, 5, 5, 5, 0], [0, 0, 0, 0, 0], (0, 4)),
    numbers("nulls_before", EDGES, [0, 0, 0, 0, 0], [5, 0, 0, 0, 0], (3, 0)),
    numbers("wide", [-1e12, 0.0, 1e12], [0, 50, 50, 0], [1, 30, 70, 2]),
    numbers("day", [19_000.0, 19_010.0, 19_020.5], [0, 30, 30, 0], [0, 10, 50, 5], kind="date"),
    numbers("empty", EDGES, [0, 0, 0, 0, 0], [0, 5, 5, 5, 0]),
    numbers("empty_period", EDGES, [0, 5, 5, 5, 0], [0, 0, 0, 0, 0]),
    numbers("infinite", [-math.inf, 0.0, math.inf], [0, 5, 5, 0], [0, 6, 3, 0]),
    # edges that a user gave leave rows of the reference outside
    numbers("outside", EDGES, [3, 5, 5, 5, 2], [1, 5, 5, 2, 0]),
    categories("one", [9, 0, 0, 0], [4, 0, 0, 0]),
    categories("unseen", [5, 5, 0, 0, 0], [5, 0, 0, 7, 1]),
    categories("two", [60, 40, 0, 0, 0], [40, 60, 0, 0, 0]),
    categories("disjoint", [60, 0, 0, 0], [0, 0, 60, 0]),
    categories("many_rows", [600_000, 399_999, 1, 0, 0], [599_000, 401_000, 0, 0, 0]),
]


def baseline_of(cases: list[Case]) -> pd.DataFrame:
    rows = []
    for case in cases:
        for place, n in zip(case.places, case.reference, strict=True):
            is_range = place.low is not None and place.name not in ("below", "above")
            uppers = [
                other.low
                for other in case.places
                if is_range and other.low is not None and other.low > place.low  # type: ignore[operator]
            ]
            rows.append(
                {
                    "baseline": "b",
                    "bins_hash": "h",
                    "feature": case.name,
                    "kind": case.kind,
                    "bin": place.name,
                    "lower": place.low if is_range else math.nan,
                    # the last one ends where above begins
                    "upper": min(uppers, default=place.low) if is_range else math.nan,
                    "category": f"it's {place.name}"
                    if case.kind == "categorical" and place.name.isdigit()
                    else None,
                    "n": int(n),
                    # what lies outside of given edges has no mean in a baseline
                    "mean": place.means[0] if is_range and n else math.nan,
                }
            )
    return texts(pd.DataFrame(rows))


def histogram_of(cases: list[Case]) -> pd.DataFrame:
    rows = []
    for case in cases:
        for place, n in zip(case.places, case.current, strict=True):
            # the rows of a bin may be counted in several runs
            parts = [int(n) - int(n) // 3, int(n) // 3]
            for part, off in zip(parts, (-0.5, 1.0), strict=True):
                if part:
                    mean = place.means[1] + (off * parts[1] / parts[0] * 2 if off < 0 else off) * (
                        parts[1] > 0
                    )
                    rows.append(
                        {
                            "baseline": "b",
                            "bins_hash": "h",
                            "model_name": "m",
                            "model_version": None,
                            "period_start": DAY,
                            "segment_name": "all",
                            "segment_value": "all",
                            "feature": case.name,
                            "bin": place.name,
                            "n": part,
                            "mean": math.nan if place.low is None else mean,
                        }
                    )
    return texts(pd.DataFrame(rows))


def texts(frame: pd.DataFrame) -> pd.DataFrame:
    for column in ("category", "model_name", "model_version", "segment_value"):
        if column in frame:
            frame[column] = frame[column].astype("str").where(frame[column].notna())
    return frame


def drift(
    options: str = "", histogram: str = "source('data', 'counts')", baseline: str = "source('data', 'bins')"
) -> str:
    return (
        f"{{{{ baton.drift(histogram={histogram}, baseline={baseline}, metrics={list(METRICS)}{options}) }}}}"
    )


def contributions(metric: str, options: str = "") -> str:
    return f"{{{{ baton.drift_contributions(histogram=source('data', 'counts'), baseline=source('data', 'bins'), metric='{metric}'{options}) }}}}"


@pytest.fixture(scope="module")
def measured(project: Project) -> Project:
    """All cases in one build; counts of zero, and counts against other bins, are among them."""
    cases = CASES + drawn_cases()
    counts = histogram_of(cases)
    same = counts[counts["feature"] == "same"]
    project.put(
        bins=baseline_of(cases),
        counts=pd.concat(
            [counts, same.assign(feature="empty_period", n=0), same.assign(bins_hash="other bins")],
            ignore_index=True,
        ),
    )
    project.build({"distances": drift()})
    make_tables(project, {f"parts_{metric}": contributions(metric) for metric in ADDITIVE})
    return project


def test_every_distance_is_that_of_scipy_and_numpy(measured: Project) -> None:
    drift = measured.read("distances")
    assert len(drift) == len(METRICS) * len(CASES + drawn_cases())
    found = {(str(row.feature), row.metric): row for row in drift.itertuples()}
    assert len(found) == len(drift)
    for case in CASES + drawn_cases():
        expected = oracles.distances(case.places, case.reference, case.current)
        for metric in METRICS:
            row, value = found[case.name, metric], expected[metric]
            reason = UNDEFINED.get((case.name, metric if metric in OF_NUMBERS else "all"))
            if case.kind == "categorical" and metric in OF_NUMBERS:
                reason = "categories have no order"
            if metric == "wasserstein" and case.name in ("infinite", "outside"):
                reason = "numbers without a finite mean"
            with about(case=case.name, metric=metric):
                assert (row.n_reference, row.n) == (case.reference.sum(), case.current.sum())
                if reason:
                    assert row.undefined_reason == reason
                    assert is_missing(row.value) and is_missing(row.p_value)
                    continue
                assert is_missing(row.undefined_reason) and value is not None
                assert row.value == pytest.approx(value, rel=1e-9, abs=1e-13)
                assert 0 < row.p_value <= 1


def test_shares_are_those_of_the_counts(measured: Project) -> None:
    drift = measured.read("distances").query("metric == 'psi'").set_index("feature")
    for case in CASES + drawn_cases():
        names = [place.name for place in case.places]
        outside = [name in ("below", "above", "UNSEEN") for name in names]
        is_value = ~np.isin(names, ["NULL", "below", "above", "UNSEEN"])
        for column, count, total in (
            ("null_share_reference", case.reference[-1], case.reference.sum()),
            ("null_share", case.current[-1], case.current.sum()),
            ("unseen_share", case.current[outside].sum(), case.current.sum()),
            ("vanished_share", case.reference[is_value & (case.current == 0)].sum(), case.reference.sum()),
            ("largest_share", case.current[:-1].max(), case.current.sum()),
        ):
            with about(case=case.name, column=column):
                share = drift.loc[case.name, column]
                assert is_missing(share) if not total else share == pytest.approx(count / total, rel=1e-12)


@cache
def permuted() -> dict[str, dict[str, float]]:
    return {
        case.name: oracles.by_permutation(case.places, case.reference, case.current, draws=5000, seed=1)
        for case in CASES + drawn_cases()
        if case.reference.sum() and case.current.sum() > 1
    }


def test_p_values_are_those_of_permutations(measured: Project) -> None:
    # 5,000 permutations are off by 0.009 at 0.1, once in 10,000 times 0.017
    drift = measured.read("distances")
    p_values = {(str(row.feature), str(row.metric)): row.p_value for row in drift.itertuples()}
    compared = 0
    for name, expected in permuted().items():
        for metric, p_value in expected.items():
            found = p_values[name, metric]
            if is_missing(found):
                continue
            compared += p_value < 0.2
            with about(case=name, metric=metric):
                if p_value < 0.2:
                    # a sum of tails is an upper bound, and larger where bins depend on each other
                    above = 0.16 if metric in ("ks", "l_infinity") else 0.06
                    assert -0.035 < found - p_value < above
                elif name != "three_rows":
                    assert found > 0.15
    assert compared > 100
    for metric in ("js_distance", "hellinger", "psi"):
        same = drift[drift["metric"] == metric].set_index("feature")["p_value"]
        pd.testing.assert_series_equal(
            same, drift[drift["metric"] == "chi_square"].set_index("feature")["p_value"], check_names=False
        )


def test_p_values_of_large_counts_are_scipys(measured: Project) -> None:
    """With two bins the normal distribution's, with many rows that of chi-squared."""
    drift = measured.read("distances").set_index(["feature", "metric"])["p_value"]
    for case in CASES + drawn_cases():
        here = (case.reference + case.current) > 0
        rows = case.reference.sum() + case.current.sum()
        table = [case.reference[here], case.current[here]]
        is_large = rows > 10_000 and (case.reference + case.current)[here].min() > 50
        if not case.reference.any() or not case.current.any() or here.sum() < 2:
            continue
        rare = oracles.is_rare([place.name for place, one in zip(case.places, here, strict=True) if one])
        groups = oracles.sparse_together(
            (case.reference + case.current)[here], int(case.reference.sum()), rare
        )
        if len(groups) == here.sum() and (len(groups) == 2 or is_large):
            expected = stats.chi2_contingency(table, correction=False).pvalue
            with about(case=case.name):
                assert drift[case.name, "chi_square"] == pytest.approx(
                    expected, rel=0.02 if here.sum() == 2 else 0.1, abs=0.01 if is_large else 1e-7
                )


@pytest.mark.parametrize("metric", ADDITIVE)
def test_contributions_sum_to_the_distance(measured: Project, metric: str) -> None:
    parts = measured.read(f"parts_{metric}")
    drift = measured.read("distances").query("metric == @metric").set_index("feature")["value"]
    sums = parts.groupby("feature")["contribution"].apply(
        lambda part: math.fsum(part) if part.notna().all() else math.nan
    )
    assert set(sums.index) == set(drift.index)
    for feature, value in drift.items():
        expected = value**2 if metric in ("js_distance", "hellinger") else value
        assert sums[feature] == pytest.approx(expected, rel=1e-12, abs=1e-15, nan_ok=True)
    for case in CASES + drawn_cases():
        here = {
            place.name: (
                int(one) / case.reference.sum() if case.reference.any() else None,
                int(other) / case.current.sum() if case.current.any() else None,
            )
            for place, one, other in zip(case.places, case.reference, case.current, strict=True)
            if one + other
        }
        rows = parts[parts["feature"] == case.name]
        assert len(rows) == len(here)
        for row in rows.itertuples():
            for share, expected in zip((row.share_reference, row.share), here[str(row.bin)], strict=True):
                assert is_missing(share) if expected is None else share == pytest.approx(expected, rel=1e-12)


def test_labels_are_readable(measured: Project) -> None:
    parts = measured.read("parts_psi")
    labels: dict[Any, dict[Any, Any]] = {
        feature: dict(zip(rows["bin"], rows["label"], strict=True))
        for feature, rows in parts.groupby("feature")
    }
    assert labels["both_ends"] == {
        "below": "below 0",
        "1": "[0, 10)",
        "2": "[10, 20)",
        "3": "[20, 30]",
        "above": "above 30",
        "NULL": "NULL",
    }
    assert labels["constant"] == {"1": "[5, 5]", "above": "above 5"}
    assert labels["day"] == {
        "1": "[2022-01-08, 2022-01-18)",
        "2": "[2022-01-18, 2022-01-28 12:00:00]",
        "above": "above 2022-01-28 12:00:00",
    }
    assert labels["unseen"] == {"1": "it's 1", "2": "it's 2", "UNSEEN": "UNSEEN", "NULL": "NULL"}
    assert labels["nulls_before"] == {"below": "below 0", "NULL": "NULL"}
    assert {text.lower() for text in labels["infinite"].values()} == {"[-infinity, 0)", "[0, infinity]"} or {
        text.lower() for text in labels["infinite"].values()
    } == {"[-inf, 0)", "[0, inf]"}


def test_the_order_of_rows_changes_no_bit(measured: Project) -> None:
    keys = ["feature", "metric"]
    before = measured.read("distances").sort_values(keys, ignore_index=True)
    for table in ("bins", "counts"):
        shuffled = measured.read(table).sample(frac=1, random_state=1, ignore_index=True)
        measured.put(**{table: texts(shuffled)})
    after = measured.build({"distances": drift()}).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(after, before, check_exact=True)


def test_binning_costs_wasserstein_and_ks_what_the_docs_say(project: Project) -> None:
    """Ten bins of equal share, or one for each whole number, against scipy on the rows."""
    random = np.random.default_rng(8)
    exact, bins, counts = {}, [], []
    for name, of in (
        ("normal", random.normal),
        ("exponential", random.exponential),
        ("lognormal", random.lognormal),
        ("whole", lambda size: random.poisson(3, size).astype(float)),
    ):
        reference = of(size=20_000)
        edges = np.unique(
            np.quantile(reference, np.linspace(0, 1, 11 if name != "whole" else 101), method="lower")
        )
        if name == "whole":
            edges = np.unique([*reference, reference.max()])
        for change, current in (
            ("shifted by 0.1", of(size=20_000) + 0.1 * reference.std()),
            ("shifted by 0.5", of(size=20_000) + 0.5 * reference.std()),
            ("shifted by 1", of(size=20_000) + 1.0 * reference.std()),
            ("wider by half", 1.5 * of(size=20_000)),
        ):
            current = np.round(current) if name == "whole" else current
            feature = f"{name} {change}"
            exact[feature] = (
                stats.wasserstein_distance(reference, current),
                stats.ks_2samp(reference, current).statistic,
            )
            last = edges if name == "whole" else edges[:-1]
            for side, values in ((bins, reference), (counts, current)):
                at = np.searchsorted(last, values, "right") + (values > edges[-1])
                for i in range(len(last) + 2):
                    is_range = 1 <= i <= len(last)
                    inside = values[at == i]
                    if len(inside) or side is bins:
                        side.append(
                            {
                                "baseline": "b",
                                "bins_hash": "h",
                                "feature": feature,
                                "kind": "numeric",
                                "bin": str(i) if is_range else "below" if i == 0 else "above",
                                "lower": last[i - 1] if is_range else math.nan,
                                "n": len(inside),
                                "mean": inside.mean() if len(inside) else math.nan,
                            }
                        )
    empty = {
        "model_name": "m",
        "model_version": "v",
        "period_start": DAY,
        "segment_name": "all",
        "segment_value": "all",
    }
    project.put(
        bins=pd.DataFrame(bins), counts=pd.DataFrame(counts).drop(columns=["kind", "lower"]).assign(**empty)
    )
    drift = project.build(
        "{{ baton.drift(source('data', 'counts'), source('data', 'bins'), ['ks', 'wasserstein']) }}"
    )
    found = drift.pivot(index="feature", columns="metric", values="value")
    for feature, (wasserstein, ks) in exact.items():
        with about(feature=feature):
            cost = found.loc[feature, "wasserstein"] / wasserstein - 1
            assert abs(cost) < (1e-9 if "whole" in feature else 0.015 if "normal s" in feature[:8] else 0.09)
            assert -0.04 < found.loc[feature, "ks"] - ks < 1e-12


def test_wasserstein_of_a_histogram_is_that_of_its_rows(project: Project) -> None:
    """From rows to the distance; a segment whose numbers are partly infinite has none."""
    random = np.random.default_rng(6)
    reference, current = random.normal(50, 10, 900), random.normal(54, 12, 600)
    plan = np.where(np.arange(600) < 400, "pro", "basic")
    put = {
        "reference": pd.DataFrame({"x": reference, "huge": reference * 1e20}),
        "rows": pd.DataFrame(
            {"x": np.where(np.arange(600) == 599, math.inf, current), "huge": current * 1e20}
        ).assign(plan=plan, as_of=DAY),
    }
    project.put(**{f"{name}_table": frame for name, frame in put.items()})
    found = project.build(
        {
            "base": "{{ baton.drift_baseline(source('data', 'reference_table'), ['x', 'huge']) }}",
            "hist": "{{ baton.feature_histogram(source('data', 'rows_table'), ref('base'), segments='plan', means=true) }}",
            "moved": "{{ baton.drift(ref('hist'), ref('base'), ['ks', 'wasserstein']) }}",
        }
    ).set_index(["feature", "segment_value", "metric"])
    for name, scale in (("x", 1.0), ("huge", 1e20)):
        exact = stats.wasserstein_distance(reference, current[:400])
        assert found.loc[(name, "pro", "wasserstein"), "value"] == pytest.approx(exact * scale, rel=0.01)
        exact = stats.ks_2samp(reference, current[:400]).statistic
        assert found.loc[(name, "pro", "ks"), "value"] == pytest.approx(exact, abs=0.03)
    assert found.loc[("x", "basic", "wasserstein"), "undefined_reason"] == "numbers without a finite mean"
    assert found.loc[("x", "basic", "ks"), "value"] > 0
    base, hist = (
        project.read("base"),
        project.read("hist").query("feature == 'huge' and segment_value == 'all'"),
    )
    edges = base.query("feature == 'huge'").dropna(subset="lower").sort_values("lower")
    for values, bins in ((reference * 1e20, base.query("feature == 'huge'")), (current * 1e20, hist)):
        place = np.searchsorted(edges["lower"], values, "right")
        place[values > edges["upper"].max()] = 11
        expected = {{0: "below", 11: "above"}.get(i, str(i)): values[place == i].mean() for i in set(place)}
        means = bins.dropna(subset="mean").set_index("bin")["mean"].to_dict()
        assert means == pytest.approx(expected, rel=1e-12)


def test_a_period_is_compared_with_the_one_before_it(project: Project) -> None:
    """Of the same segment, whatever periods others have; a period without a time has none before it."""
    random = np.random.default_rng(11)
    frozen = numbers("x", EDGES, [0, 10, 10, 10, 0], [0, 0, 0, 0, 0])
    counts: dict[Any, Any] = {}
    for value in ("a", None):
        for day in (0, 1, 4, None) if value == "a" else (1, 3):
            period = pd.NaT if day is None else DAY + pd.Timedelta(days=day)
            counts[value, period] = random.integers(0, 9, 6)
    frames = [
        histogram_of([replace(frozen, current=drawn)]).assign(
            period_start=period, segment_name="s", segment_value=value
        )
        for (value, period), drawn in counts.items()
    ]
    whole = pd.concat(frames, ignore_index=True).astype({"period_start": "datetime64[us]"})
    whole["segment_value"] = whole["segment_value"].astype("str").where(whole["segment_value"].notna())
    project.put(bins=baseline_of([frozen]), counts=whole)
    found = project.build(
        {
            "previous": drift(", compare='previous_period'"),
            "parts": contributions("psi", ", compare='previous_period'"),
        }
    )
    parts = found
    found = project.read("previous")
    assert len(found) == len(counts) * len(METRICS)
    for (value, period), drawn in counts.items():
        is_here = found["segment_value"].isna() if value is None else found["segment_value"] == value
        is_here &= found["period_start"].isna() if period is pd.NaT else found["period_start"] == period
        rows = found[is_here].set_index("metric")
        earlier = [other for key, other in counts if key == value and period is not pd.NaT and other < period]
        if not earlier:
            assert rows["value"].isna().all() and rows["p_value"].isna().all()
            assert set(rows["undefined_reason"]) == {"no earlier period"}
            continue
        before = counts[value, max(earlier)]
        places = [Place(place.name, place.low, (place.means[1],) * 2) for place in frozen.places]
        expected = oracles.distances(places, before, drawn)
        for metric in METRICS:
            with about(segment=value, period=period, metric=metric):
                assert rows.loc[metric, "value"] == pytest.approx(expected[metric], rel=1e-9, abs=1e-12)
                assert rows.loc[metric, "n_reference"] == before.sum()
        of_cell = parts[
            (parts["segment_value"].isna() if value is None else parts["segment_value"] == value)
            & (parts["period_start"] == period)
        ]
        assert of_cell["contribution"].sum() == pytest.approx(expected["psi"], rel=1e-12)


def test_all_slips_are_named_at_once(project: Project) -> None:
    cases = CASES[:1]
    project.put(
        bins=baseline_of(cases).drop(columns="lower"), counts=histogram_of(cases).drop(columns="mean")
    )
    messages = errors(
        project,
        {
            "names": "{{ baton.drift(source('data', 'counts'), 'b', ['wasserstein', 'magic', 'wasserstein'], compare='week') }}",
            "columns": "{{ baton.drift(source('data', 'counts'), source('data', 'bins'), 'wasserstein') }}",
            "metric": contributions("ks"),
            "parts": contributions("psi"),
        },
    )
    for part in [
        'metrics[1] is "magic", expected one of psi, js_distance, hellinger',
        'metrics names "wasserstein" 2 times',
        'compare is "week", expected one of baseline, previous_period',
    ]:
        assert part in messages["names"]
    assert 'histogram has no column "mean"' in messages["columns"]
    assert 'baseline has no column "lower"' in messages["columns"]
    assert (
        'metric is "ks", expected one of psi, js_distance, hellinger, total_variation, chi_square'
        in messages["metric"]
    )
    assert 'baseline has no column "lower"' in messages["parts"]
