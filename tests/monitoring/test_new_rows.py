"""Rows where the reference has none: significant if they are many, and never by chance more often than the level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_distances import Case, baseline_of, categories, histogram_of, numbers

from bench import Project
from compare import about
from oracles_drift import limit_of_new_rows


def test_the_limit_is_above_the_binomial_tail() -> None:
    for n_new in (1, 2, 5, 21, 300):
        for n_single in (0, 3, 40):
            for n, n_reference in ((100, 100), (500, 5000), (5000, 100)):
                trials, share = n_new + n_single + 1, n / (n + n_reference)
                limit = limit_of_new_rows(n_new, n_single, n_reference, n)
                assert limit >= min(stats.binom.sf(n_new - 1, trials, share), 1)


@pytest.mark.parametrize(
    "weights",
    [
        np.ones(20),
        np.ones(100),
        np.ones(5000),
        np.arange(1, 3001.0) ** -1.5,
        np.array([0.2] * 5 + [0.003] * 10),
        # numbers: what lies beyond the extremes of the reference
        None,
    ],
)
def test_chance_alone_seldom_reaches_it(weights: Any) -> None:
    """Share of draws without drift that are significant by these rows alone."""
    random = np.random.default_rng(3)
    for n, n_reference in ((100, 100), (100, 1000), (500, 500), (1000, 300), (1000, 10_000)):
        p_values = []
        for _ in range(1000):
            if weights is None:
                reference, current = random.random(n_reference), random.random(n)
                n_new, n_single = ((current < reference.min()) | (current > reference.max())).sum(), 0
            else:
                reference = random.multinomial(n_reference, weights / weights.sum())
                current = random.multinomial(n, weights / weights.sum())
                n_new, n_single = current[reference == 0].sum(), (reference == 1).sum()
            p_values.append(limit_of_new_rows(int(n_new), int(n_single), n_reference, n))
        found = np.array(p_values)
        # of 1,000, one in a hundred thousand times more than 0.02 where 0.008 are expected
        assert (found <= 0.05).mean() <= 0.02
        assert (found <= 0.01).mean() <= 0.012


def with_singles(case: Case, n_single: int) -> pd.DataFrame:
    """A baseline whose OTHER is so many categories of one row."""
    rows = baseline_of([case])
    other = rows["bin"] == "OTHER"
    ones = pd.concat([rows[other].assign(n=1, category=f"it's {i}") for i in range(n_single)])
    return pd.concat([rows[~other], ones], ignore_index=True)


def test_what_the_reference_lacks_is_significant_although_as_much_is_gone(project: Project) -> None:
    # a category of 5 % is another one now: what came and what went are the rarest bins
    renamed = categories("it's renamed", [2500, 1500, 750, 250, 0, 0, 0], [250, 150, 79, 0, 0, 21, 0])
    singles = categories("singles", [2500, 1500, 750, 246, 4, 0, 0], [250, 150, 87, 0, 1, 12, 0])
    few = categories("few", [2500, 2500, 0, 0, 0], [250, 249, 0, 1, 0])
    far = numbers("far", [0.0, 10.0, 20.0], [0, 2500, 2500, 0], [0, 240, 240, 20])
    # edges that a call gave leave rows of the reference outside
    outside = numbers("outside", [0.0, 10.0, 20.0], [0, 2400, 2400, 200], [0, 240, 240, 20])
    cases = [renamed, singles, few, far, outside]
    project.put(
        bins=pd.concat(
            [with_singles(singles, 4), baseline_of([renamed, few, far, outside])], ignore_index=True
        ),
        counts=histogram_of(cases),
    )
    call = "{{ baton.drift(source('data', 'counts'), source('data', 'bins'), ['psi', 'hellinger', 'l_infinity']) }}"
    found = project.build(call).pivot(index="feature", columns="metric", values="p_value")
    for case, n_new, n_single in ((renamed, 21, 0), (singles, 12, 4), (far, 20, 0)):
        with about(case=case.name):
            limit = limit_of_new_rows(n_new, n_single, int(case.reference.sum()), int(case.current.sum()))
            assert limit < 1e-6
            assert found.loc[case.name, "psi"] == pytest.approx(limit, rel=1e-9)
            assert found.loc[case.name, "hellinger"] == found.loc[case.name, "psi"]
    assert found.loc["few", "psi"] > 0.05
    assert found.loc["outside", "psi"] > 0.5


def test_a_category_with_many_rare_values_does_not_drift_by_chance(project: Project) -> None:
    """Whatever the reference happens to have of them, other rows have others."""
    random = np.random.default_rng(7)
    weeks = pd.date_range("2024-01-01", periods=30, freq="7D")

    def rows(n: int) -> pd.DataFrame:
        cities = [f"city {i}" for i in random.integers(0, 1000, n)]
        return pd.DataFrame({"city": cities, "page": [f"page {i}" for i in random.zipf(1.7, n)]})

    project.put(many_before=rows(3000), many_now=pd.concat([rows(500).assign(as_of=week) for week in weeks]))
    found = project.build(
        {
            "many_base": "{{ baton.drift_baseline(source('data', 'many_before'), ['city', 'page']) }}",
            "many_counts": "{{ baton.feature_histogram(source('data', 'many_now'), ref('many_base'), period='week') }}",
            "many": "{{ baton.drift(ref('many_counts'), ref('many_base')) }}",
        }
    )
    assert len(found) == 60
    # of 30 periods, once in a thousand times more than six are below 0.05
    assert found["p_value"].le(0.05).groupby(found["feature"]).sum().max() <= 6
    assert found.groupby("feature")["unseen_share"].mean().min() > 0.02
