"""Any counts: distances, shares and contributions are those of scipy and numpy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_distances import (
    ADDITIVE,
    CASES,
    Case,
    baseline_of,
    categories,
    contributions,
    drift,
    histogram_of,
    numbers,
)

import oracles_drift as oracles
from bench import Project
from compare import about
from oracles import is_missing
from oracles_drift import METRICS, OF_NUMBERS

COUNTS = st.integers(0, 30) | st.sampled_from([0, 0, 1, 5_000])
EDGES = st.lists(st.integers(-1_000, 1_000), min_size=2, max_size=8, unique=True).map(sorted)


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """Draw a feature whose reference and period have any counts in any bins."""
    if draw(st.booleans()):
        size = draw(st.integers(4, 9))
        before = [draw(COUNTS) for _ in range(size)]
        # UNSEEN is what the reference does not have
        before[-2] = 0
        return categories("?", before, [draw(COUNTS) for _ in range(size)])
    edges = [edge / 8 for edge in draw(EDGES)]
    inside = [draw(COUNTS) for _ in edges[1:]]
    kind = draw(st.sampled_from(["numeric", "date", "text_length"]))
    here = [draw(COUNTS) for _ in range(len(edges) + 1)]
    return numbers("?", edges, [0, *inside, 0], here, (draw(COUNTS), draw(COUNTS)), kind)


@settings(max_examples=settings().max_examples // 5)
@given(cases=st.lists(any_case(), min_size=40, max_size=40))
def test_any_counts_have_the_distances_of_scipy_and_numpy(project: Project, cases: list[Case]) -> None:
    # tables without a row have no columns in pandas
    cases = [
        Case(f"f{i}", case.kind, case.places, case.reference, case.current)
        for i, case in enumerate([CASES[0], *cases])
    ]
    counted = [case for case in cases if case.current.sum()]
    project.put(bins=baseline_of(cases), counts=histogram_of(cases))
    project.build({"distances": drift(), **{f"parts_{metric}": contributions(metric) for metric in ADDITIVE}})
    found = {(row.feature, row.metric): row for row in project.read("distances").itertuples()}
    assert len(found) == len(counted) * len(METRICS)
    parts = {
        metric: project.read(f"parts_{metric}").groupby("feature")["contribution"].apply(list)
        for metric in ADDITIVE
    }
    for case in counted:
        expected = oracles.distances(case.places, case.reference, case.current)
        for metric in METRICS:
            row, value = found[case.name, metric], expected[metric]
            with about(case=case, metric=metric):
                if not case.reference.sum():
                    assert row.undefined_reason == "empty reference"
                elif metric in OF_NUMBERS and case.kind == "categorical":
                    assert row.undefined_reason == "categories have no order"
                elif metric in OF_NUMBERS and value is None:
                    assert row.undefined_reason.startswith("no numbers in the ")
                else:
                    assert is_missing(row.undefined_reason)
                    assert row.value == pytest.approx(value, rel=1e-9, abs=1e-13)
                    assert 0 < row.p_value <= 1
                    if metric in ADDITIVE:
                        root = metric in ("js_distance", "hellinger")
                        total = math.fsum(parts[metric][case.name])
                        assert total == pytest.approx(
                            row.value**2 if root else row.value, rel=1e-9, abs=1e-12
                        )
                    continue
                assert is_missing(row.value) and is_missing(row.p_value)
