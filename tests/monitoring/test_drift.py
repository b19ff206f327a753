"""Drift: bins come from the reference alone, counts add up, PSI and its p-value equal those of numpy and scipy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import oracles_monitoring as oracles
from bench import Project
from oracles import is_missing
from rendering import errors, make_tables

DAY = pd.Timestamp("2024-01-31")
Built = tuple[Project, pd.DataFrame, pd.DataFrame]
KINDS = {
    "Age": "numeric",
    "order": "numeric",
    "constant": "numeric",
    "spiky": "numeric",
    "missing": "numeric",
    "extreme": "numeric",
    "plan": "categorical",
    "city": "categorical",
    "flag": "categorical",
    "few": "categorical",
}


def baseline_call(features: Any, options: str = "", relation: str = "source('data', 'reference')") -> str:
    return f"{{{{ baton.drift_baseline(relation={relation}, features={features}{options}) }}}}"


def histogram_call(baseline: str, options: str = "", relation: str = "source('data', 'current')") -> str:
    return f"{{{{ baton.feature_histogram(relation={relation}, baseline={baseline}{options}) }}}}"


def drift_call(histogram: str, baseline: str, options: str = "") -> str:
    return f"{{{{ baton.drift(histogram={histogram}, baseline={baseline}{options}) }}}}"


BASELINE = baseline_call(list(KINDS), ", bins=4, max_categories=3")
HISTOGRAM = histogram_call("ref('baseline')", ", period='day', segments=['Group']")
DRIFT = drift_call("ref('histogram')", "ref('baseline')")


def rows(n: int, seed: int, moved: bool = False) -> pd.DataFrame:
    """Features of different kinds; with `moved`, also values that the reference does not have."""
    random = np.random.default_rng(seed)
    holes = random.random(n) < 0.1
    age = random.normal(40 + 30 * moved, 10, n)
    unseen = ["Ünï'x", ""] if moved else []
    return pd.DataFrame(
        {
            "as_of": DAY + pd.to_timedelta(random.integers(0, 2, n), "D"),
            "Group": pd.Series(random.choice(np.array(["o'hare", None], dtype=object), n), dtype="str"),
            # NULL and NaN both
            "Age": pd.Series(
                [
                    (None if i % 2 else math.nan) if hole else a
                    for i, (a, hole) in enumerate(zip(age, holes, strict=True))
                ],
                dtype=object,
            ),
            "order": random.integers(0, 3 + moved, n),
            "constant": np.full(n, 5 + moved),
            "spiky": np.where(random.random(n) < 0.6, 0.0, random.random(n)),
            "missing": pd.Series(None, index=range(n), dtype=float) if not moved else random.random(n),
            "extreme": random.choice([-math.inf, 0.0, 1.0, math.inf], n),
            "plan": pd.Series(
                random.choice(np.array(["basic", "it's pro", None, *unseen], dtype=object), n), dtype="str"
            ),
            "city": pd.Series(random.choice([f"city {i}" for i in range(6 + moved)], n), dtype="str"),
            "flag": random.random(n) < 0.3,
            "few": pd.Series(
                random.choice(np.array(["NULL", "OTHER", "UNSEEN", "1"], dtype=object), n), dtype="str"
            ),
        }
    )


def as_text(value: Any) -> Any:
    """A category as the engines write it."""
    return str(value).lower() if isinstance(value, bool | np.bool_) else value


def of(frame: pd.DataFrame, feature: str) -> list[Any]:
    return [as_text(value) for value in frame[feature]]


@pytest.fixture(scope="module")
def built(project: Project) -> Built:
    """Baseline, histogram and drift, built in one run in an empty warehouse."""
    for name in ("drift", "histogram", "baseline"):
        project.execute(f"drop table if exists {{schema}}.{name}")
    reference, current = rows(203, 1), pd.concat([rows(90, 2), rows(60, 3, moved=True)], ignore_index=True)
    project.put(reference=reference, current=current)
    project.build({"drift": DRIFT, "histogram": HISTOGRAM, "baseline": BASELINE})
    return project, reference, current


def test_a_baseline_holds_every_bin_and_every_row_of_the_reference(built: Built) -> None:
    project, reference, _ = built
    baseline = project.read("baseline")
    assert list(baseline.columns) == [
        *["baseline", "model_name", "model_version", "feature", "kind"],
        *["bin", "lower", "upper", "category", "n", "share", "mean"],
        *["n_placeholders", "bins_hash"],
    ]
    assert dict(zip(baseline["feature"], baseline["kind"], strict=True)) == KINDS
    for feature in KINDS:
        found = baseline[baseline["feature"] == feature]
        expected = oracles.Baseline(of(reference, feature), KINDS[feature], bins=4, max_categories=3)
        counts = found.groupby("bin")["n"].sum().to_dict()
        assert {name: n for name, n in counts.items() if n} == expected.counts
        waiting = {"below", "above", "NULL"} if KINDS[feature] == "numeric" else {"UNSEEN", "NULL"}
        assert waiting <= set(counts)
        assert found["share"].tolist() == pytest.approx((found["n"] / len(reference)).tolist(), rel=1e-12)
        assert len(found) == len(found[["bin", "category"]].drop_duplicates())
        if KINDS[feature] == "numeric":
            ranges = found[found["lower"].notna()].sort_values("lower")
            assert ranges["lower"].tolist() == expected.edges
            assert ranges["upper"].tolist() == [*expected.edges[1:], expected.highest][: len(expected.edges)]
        else:
            members = found[found["category"].notna()]
            assert dict(zip(members["category"], members["bin"], strict=True)) == expected.bin_of


def test_a_histogram_counts_what_row_by_row_counting_counts(built: Built) -> None:
    project, reference, current = built
    histogram = project.read("histogram")
    assert list(histogram.columns) == [
        *["baseline", "model_name", "model_version", "period_start", "segment_name", "segment_value"],
        *["feature", "bin", "n", "lowest", "highest", "mean"],
        *["n_placeholders", "counted_until", "bins_hash"],
    ]
    expected: dict[tuple[Any, ...], int] = {}
    for feature in KINDS:
        baseline = oracles.Baseline(of(reference, feature), KINDS[feature], bins=4, max_categories=3)
        for row in current.to_dict("records"):
            group = None if is_missing(row["Group"]) else row["Group"]
            for name, value in (("all", "all"), ("Group", group)):
                key = (row["as_of"], name, value, feature, baseline.place(as_text(row[feature])))
                expected[key] = expected.get(key, 0) + 1
    found = {
        (
            row.period_start,
            row.segment_name,
            None if is_missing(row.segment_value) else row.segment_value,
            row.feature,
            row.bin,
        ): row.n
        for row in histogram.itertuples()
    }
    assert len(found) == len(histogram)
    assert found == expected
    assert {"below", "above", "NULL", "OTHER", "UNSEEN"} <= set(histogram["bin"])


def test_the_days_of_a_histogram_sum_to_the_whole(built: Built) -> None:
    project, _, _ = built
    keys = ["segment_name", "segment_value", "feature", "bin"]
    whole = project.build({"baseline": BASELINE, "whole": HISTOGRAM.replace("'day'", "none")})
    assert whole["period_start"].isna().all()
    summed = project.read("histogram").groupby(keys, dropna=False)["n"].sum()
    pd.testing.assert_series_equal(
        whole.set_index(keys)["n"].sort_index(), summed.sort_index(), check_dtype=False
    )


def test_psi_and_its_p_value_are_what_numpy_and_scipy_say(built: Built) -> None:
    project, reference, current = built
    drift = project.read("drift")
    assert list(drift.columns) == [
        "baseline",
        "model_name",
        "model_version",
        "period_start",
        "segment_name",
        "segment_value",
        "feature",
        "kind",
        "metric",
        "value",
        "p_value",
        "n_reference",
        "n",
        "null_share_reference",
        "null_share",
        "unseen_share",
        "vanished_share",
        "largest_share",
        "placeholder_share",
        "undefined_reason",
    ]
    assert (
        len(drift)
        == 2 * (1 + 2) * len(KINDS)
        == len(drift.drop_duplicates(["period_start", "segment_name", "segment_value", "feature"]))
    )
    for row in drift.itertuples():
        feature = str(row.feature)
        part = current[current["as_of"] == row.period_start]
        if row.segment_name == "Group":
            missing = is_missing(row.segment_value)
            part = part[part["Group"].isna() if missing else part["Group"] == row.segment_value]
        baseline = oracles.Baseline(of(reference, feature), KINDS[feature], bins=4, max_categories=3)
        counts = baseline.histogram(of(part, feature))
        value, p_value, degrees = oracles.psi(baseline.counts, counts, baseline.n_single)
        assert row.value == pytest.approx(value, rel=1e-12, abs=1e-15)
        assert row.p_value == pytest.approx(p_value, rel=0, abs=1e-6 if degrees < 2 else 0.002)
        assert (row.n_reference, row.n, row.metric) == (len(reference), len(part), "psi")
        assert row.kind == KINDS[feature]
        assert row.null_share_reference == pytest.approx(
            baseline.counts.get("NULL", 0) / len(reference), rel=1e-12
        )
        assert row.null_share == pytest.approx(counts.get("NULL", 0) / len(part), rel=1e-12)
        unseen = sum(counts.get(name, 0) for name in ("below", "above", "UNSEEN"))
        assert row.unseen_share == pytest.approx(unseen / len(part), rel=1e-12)
        assert is_missing(row.undefined_reason)
    assert drift["value"].max() > 1 and drift["p_value"].min() < 1e-9


def test_the_order_of_rows_changes_no_bit(built: Built) -> None:
    project, reference, current = built
    before = [project.read(name) for name in ("baseline", "histogram", "drift")]
    project.put(
        reference=reference.sample(frac=1, random_state=1, ignore_index=True),
        current=current.sample(frac=1, random_state=2, ignore_index=True),
    )
    project.build({"drift": DRIFT, "histogram": HISTOGRAM, "baseline": BASELINE})
    for name, old in zip(("baseline", "histogram", "drift"), before, strict=True):
        new = project.read(name)
        keys = [
            column
            for column in old.columns
            if column in ("period_start", "segment_name", "segment_value", "feature", "bin", "category")
        ]
        pd.testing.assert_frame_equal(
            new.sort_values(keys, ignore_index=True),
            old.sort_values(keys, ignore_index=True),
            check_exact=True,
        )


def test_without_drift_the_five_percent_rule_fires_in_five_percent_of_draws(project: Project) -> None:
    # 400 draws: a share outside of these bounds has a chance of about 1 in 10,000 at either end
    random = np.random.default_rng(5)
    names = [f"f{i}" for i in range(10)]
    draws = pd.DataFrame(random.integers(0, 10, (20_000, 10)), columns=names)
    project.put(
        reference=pd.DataFrame(random.integers(0, 10, (1000, 10)), columns=names),
        current=draws.assign(draw=np.repeat(range(40), 500), as_of=DAY),
    )
    drift = project.build(
        {
            "base_rate": baseline_call(names),
            "draws": histogram_call("ref('base_rate')", ", segments='draw'"),
            "rate": drift_call("ref('draws')", "ref('base_rate')"),
        }
    )
    fired = drift.loc[drift["segment_name"] == "draw", "p_value"] < 0.05
    assert len(fired) == 400
    assert 0.015 < fired.mean() < 0.1


def test_the_normal_distribution_is_scipys(project: Project) -> None:
    z = [-60.0, -8.0, -3.0, -1.96, -1e-9, 0.0, 0.5, 1.0, 2.5, 6.0, 40.0]
    project.put(points=pd.DataFrame({"z": z}))
    found = project.build(
        "select z, {{ baton.normal_cdf('z') }} as p from {{ source('data', 'points') }}"
    ).sort_values("z")["p"]
    assert len(found) == len(z)
    np.testing.assert_allclose(found, stats.norm.cdf(z), rtol=0, atol=1e-7)
    np.testing.assert_allclose(found.iloc[1:4], stats.norm.cdf(z[1:4]), rtol=0.02, atol=0)
    assert 0 < found.iloc[0] < 1e-290


def test_an_empty_side_is_null_with_a_reason(project: Project) -> None:
    frame = rows(20, 9)
    project.put(reference=frame, current=frame)
    models = {
        "no_baseline": baseline_call(["order", "plan"], ", where='1 = 0'"),
        "no_histogram": histogram_call("ref('no_baseline')", ", period=none"),
        "no_drift": drift_call("ref('no_histogram')", "ref('no_baseline')"),
    }
    drift = project.build(models)
    assert sorted(drift["feature"]) == ["order", "plan"]
    assert drift[["value", "p_value", "null_share_reference"]].isna().all().all()
    assert set(drift["undefined_reason"]) == {"empty reference"}
    assert set(drift["n"]) == {20} and set(drift["n_reference"]) == {0}
    assert set(project.read("no_baseline")["n"]) == {0}

    # bins that are counted and hold nothing
    columns = "baseline, model_name, model_version, bins_hash, period_start, segment_name, segment_value, feature, bin"
    models = {
        "no_baseline": baseline_call(["order", "plan"]),
        "no_histogram": models["no_histogram"],
        "zeros": f"select {columns}, 0 as n from {{{{ ref('no_histogram') }}}}",
        "no_drift": drift_call("ref('zeros')", "ref('no_baseline')"),
    }
    drift = project.build(models)
    assert set(drift["undefined_reason"]) == {"empty period"}
    assert drift["value"].isna().all()

    # no rows at all
    project.execute("delete from {schema}.current")
    assert len(project.build(models)) == 0


def test_one_row_and_one_bin_say_that_nothing_moved(project: Project) -> None:
    frame = rows(1, 9)
    project.put(reference=frame, current=frame)
    features = [{"column": "order", "kind": "categorical"}, "spiky", {"column": "Age", "kind": "numeric"}]
    drift = project.build(
        {
            "one": baseline_call(features, ", bins=1"),
            "one_histogram": histogram_call("ref('one')"),
            "one_drift": drift_call("ref('one_histogram')", "ref('one')", ", metrics='psi'"),
        }
    )
    assert drift["value"].tolist() == [0.0] * 3
    assert drift["p_value"].tolist() == [1.0] * 3


def test_a_project_compiles_before_anything_is_built(project: Project) -> None:
    project.put(reference=rows(5, 9), current=rows(5, 9))
    models = {
        "later_baseline": BASELINE,
        "later_histogram": histogram_call("ref('later_baseline')"),
        "later_drift": drift_call("ref('later_histogram')", "ref('later_baseline')"),
    }
    assert "where 1 = 0" in project.compile(
        {name: models[name] for name in ("later_baseline", "later_histogram")}
    )
    assert set(project.build(models)["feature"]) == set(KINDS)


def test_features_may_be_some_of_the_baseline_and_relations_may_be_ctes(project: Project) -> None:
    frame = rows(20, 9)
    project.put(reference=frame, current=frame)
    features = [{"column": "plan", "kind": "categorical"}]
    drift = project.build(
        {
            "all_features": baseline_call(["order", "plan"]),
            "some": histogram_call("ref('all_features')", ", features=['plan'], period=none"),
            "by_cte": f"""
                with reference as (select * from {{{{ source('data', 'reference') }}}}),
                frozen as ({baseline_call(features, relation="'reference'")}),
                counted as ({histogram_call("'frozen'", f", features={features}", relation="'reference'")})
                select * from ({drift_call("'counted'", "'frozen'")}) as found
            """,
        }
    )
    assert set(project.read("some")["feature"]) == {"plan"}
    assert len(drift) == frame["as_of"].nunique()


def test_all_slips_are_named_at_once(project: Project) -> None:
    project.put(reference=rows(5, 9))
    make_tables(
        project,
        {"clock": "select cast('10:00:00' as time) as face", "slip_baseline": baseline_call(["order"])},
    )
    features = ["order", "order", {"column": "plan", "kind": "text"}, {"kind": "numeric"}]
    cte = baseline_call(["x"], relation="'r'")
    messages = errors(
        project,
        {
            "values": baseline_call(features, ", bins=0, max_categories='x'"),
            "columns": baseline_call(["face", "nowhere"], relation="source('data', 'clock')"),
            "cte": f"with r as (select 1 as x) select * from ({cte}) as b",
            "counts": histogram_call(
                "source('data', 'slip_baseline')",
                ", features=['plan'], time='when'",
                "source('data', 'reference')",
            ),
        },
    )
    for name, part in [
        ("values", 'features names "order" 2 times'),
        ("values", 'features[2].kind is "text", expected one of numeric, categorical'),
        ("values", "features[3] has no 'column'"),
        ("values", "bins is 0, expected a whole number from 1"),
        ("values", 'max_categories is "x"'),
        ("columns", 'features[0] is "face" of type time'),
        ("columns", 'relation has no column "nowhere"'),
        ("cte", 'features[0] is "x" of an unknown type'),
        ("counts", 'features[0] is "plan", which the baseline does not have, it has order'),
        ("counts", 'no column "when"'),
    ]:
        assert part in messages[name]
