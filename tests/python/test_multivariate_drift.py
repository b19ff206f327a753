"""`dbt_baton.multivariate_drift`: changes that no single feature shows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import ks_2samp, mannwhitneyu, norm
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier

from dbt_baton import DriftInputError, UnknownModel, multivariate_drift
from dbt_baton.drift import classifier
from dbt_baton.drift.reconstruction import Reconstruction
from dbt_baton.drift.rows import period_of, read_periods
from python_bench import PythonModel, customers

COLUMNS = [
    "model_name", "model_version", "period_start", "segment_name", "segment_value", "method", "value",
    "value_reference", "p_value", "n_reference", "n", "features", "undefined_reason",
]  # fmt: skip
MONDAY = pd.Timestamp("2024-01-01")
WEEK = pd.Timedelta("7D")
PAIR = ["one", "other", "noise"]


@pytest.fixture
def model() -> PythonModel:
    return PythonModel()


def rows(random: np.random.Generator, n: int, correlation: float, as_of: Any = MONDAY) -> pd.DataFrame:
    """Three standard normal features, two of them correlated."""
    one, other, noise = random.normal(size=(3, n))
    other = correlation * one + np.sqrt(1 - correlation**2) * other
    return pd.DataFrame({"one": one, "other": other, "noise": noise, "as_of": as_of})


def compare(
    model: PythonModel, then: pd.DataFrame | pa.Table, now: pd.DataFrame | pa.Table, **options: Any
) -> pd.DataFrame:
    found = multivariate_drift(
        model, model.put("reference", then), model.put("now", now), **{"features": PAIR, **options}
    )
    assert list(found.columns) == COLUMNS
    assert set(found["segment_name"]) | set(found["segment_value"]) <= {"all"}
    # undefined is NULL with a reason, and nothing else has one
    assert (found["value"].isna() == found["undefined_reason"].notna()).all()
    assert (found["p_value"].isna() == found["value"].isna()).all()
    assert (found["features"].isna() == found["value"].isna()).all()
    return found


def by_method(found: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    assert found["method"].is_unique
    return {str(row["method"]): row for row in found.to_dict("records")}


def importances(row: dict[Any, Any]) -> dict[str, float]:
    return {entry["feature"]: entry["importance"] for entry in json.loads(row["features"])}


def psi(then: pd.Series[float], now: pd.Series[float]) -> float:
    edges = np.quantile(then, np.arange(0.1, 1, 0.1))
    one, two = (np.bincount(np.searchsorted(edges, side), minlength=10) / len(side) for side in (then, now))
    return float(((two - one) * np.log(two / one)).sum())


def test_a_change_of_correlation_that_no_feature_shows_is_found(model: PythonModel) -> None:
    random = np.random.default_rng(1)
    then = rows(random, 3000, 0.8)
    weeks = [
        rows(random, 1500, correlation, MONDAY + place * WEEK) for place, correlation in enumerate([0.8, 0])
    ]
    found = compare(model, then, pd.concat(weeks), model_name="it's", model_version="v")
    assert len(found) == 4
    assert set(found["model_name"]) == {"it's"} and set(found["model_version"]) == {"v"}
    assert found["period_start"].tolist() == [MONDAY, MONDAY, MONDAY + WEEK, MONDAY + WEEK]
    assert (found["n_reference"] == 3000).all() and (found["n"] == 1500).all()
    # each feature by itself is as before
    for week in weeks:
        for feature in PAIR:
            assert psi(then[feature], week[feature]) < 0.02
            assert ks_2samp(then[feature], week[feature]).pvalue > 0.01
    usual, changed = by_method(found[:2]), by_method(found[2:])
    for method in ("classifier", "pca_reconstruction"):
        assert usual[method]["p_value"] > 0.05
        assert usual[method]["value"] == pytest.approx(usual[method]["value_reference"], abs=0.03)
        assert changed[method]["p_value"] < 1e-12
        ranked = list(importances(changed[method]))
        assert set(ranked[:2]) == {"one", "other"} and ranked[2] == "noise"
    assert changed["classifier"]["value"] > 0.6
    assert changed["pca_reconstruction"]["value"] > 1.1 * changed["pca_reconstruction"]["value_reference"]


def test_the_classifier_s_figures_are_those_of_its_blocks_by_hand() -> None:
    random = np.random.default_rng(2)
    then, now = rows(random, 400, 0.9)[PAIR], rows(random, 203, 0.2)[PAIR]
    then["noise"] = then["noise"].where(then["noise"] > -1)
    found = classifier.compare(then, now, 7)
    wins = pairs = 0.0
    surpluses, variances = [], []
    for number in range(1, 5):
        before = [side[np.arange(len(side)) * 5 // len(side) < number] for side in (then, now)]
        block = [side[np.arange(len(side)) * 5 // len(side) == number] for side in (then, now)]
        fitted = HistGradientBoostingClassifier(max_iter=30, early_stopping=False, random_state=7).fit(
            pd.concat(before).to_numpy(), np.repeat([0, 1], [len(side) for side in before])
        )
        scores = [fitted.decision_function(side.to_numpy()) for side in block]
        product = len(scores[0]) * len(scores[1])
        test = mannwhitneyu(
            scores[1], scores[0], method="asymptotic", use_continuity=False, alternative="two-sided"
        )
        wins, pairs = wins + test.statistic, pairs + product
        surpluses.append(test.statistic - product / 2)
        # scipy's statistic and p-value give its standard error, with ties
        _, counts = np.unique(np.concatenate(scores), return_counts=True)
        n = int(counts.sum())
        variances.append(product / 12 * (n + 1 - (counts**3 - counts).sum() / (n * (n - 1))))
        z = abs(surpluses[-1]) / np.sqrt(variances[-1])
        assert test.pvalue == pytest.approx(2 * normal_above(z), rel=1e-9)
    assert found.value == pytest.approx(wins / pairs, abs=1e-12)
    assert found.p_value == pytest.approx(normal_above(sum(surpluses) / np.sqrt(sum(variances))), rel=1e-9)


def normal_above(z: float) -> float:
    return float(norm.sf(z))


def test_the_distances_are_those_of_scikit_learn_s_pca() -> None:
    random = np.random.default_rng(3)
    then, now = rows(random, 501, 0.7)[PAIR], rows(random, 120, -0.7)[PAIR]
    then["scaled"], now["scaled"] = 1e6 + 300 * then["one"] + 40 * then["noise"], 1e6 + 300 * now["one"]
    half, rest = then[:250], then[250:]
    scaled = [(side - half.mean()) / half.std(ddof=0) for side in (half, rest, now)]
    pca = PCA(0.9).fit(scaled[0])
    assert pca.n_components_ == 2
    residuals = [side - pca.inverse_transform(pca.transform(side)) for side in scaled]
    distances = [np.sqrt((side**2).sum(axis=1)) for side in residuals]
    found = Reconstruction(then, 0.9).compare(now)
    assert found.value == pytest.approx(distances[2].mean(), rel=1e-9)
    assert found.value_reference == pytest.approx(distances[1].mean(), rel=1e-9)
    assert found.p_value == pytest.approx(
        ks_2samp(distances[1], distances[2], method="asymp").pvalue, rel=1e-6
    )
    expected = (residuals[2] ** 2).mean() - (residuals[1] ** 2).mean()
    assert dict(found.importances) == pytest.approx(expected.to_dict(), rel=1e-9)


def test_small_p_values_are_as_rare_as_they_say_without_drift() -> None:
    random = np.random.default_rng(4)
    p_values = []
    for _ in range(70):
        then, now = rows(random, 120, 0.5)[PAIR], rows(random, 60, 0.5)[PAIR]
        then["count"], now["count"] = random.poisson(1, 120), random.poisson(1, 60)
        findings = [classifier.compare(then, now, 42), Reconstruction(then, 0.65).compare(now)]
        p_values.append([finding.p_value for finding in findings])
    # of 70 draws 14 are expected below 0.2, and more than 25 in one case of 1,000
    below = (np.array(p_values) < 0.2).sum(axis=0)
    assert (below <= 25).all() and (below >= 4).all(), below


def test_the_order_of_rows_changes_nothing(model: PythonModel) -> None:
    random = np.random.default_rng(5)
    then, now = rows(random, 600, 0.5), rows(random, 300, 0.2)
    for side in (then, now):
        # duplicates, and texts of which some are missing
        side["plan"] = random.choice(np.array(["a", "b", "it's", None], dtype=object), len(side))
        side[PAIR] = side[PAIR].round(1)
    options: dict[str, Any] = {"features": [*PAIR, "plan"]}
    found = compare(model, then, now, **options)
    shuffle = {"frac": 1, "random_state": 1, "ignore_index": True}
    again = compare(model, then.sample(**shuffle), now.sample(**shuffle), **options)
    pd.testing.assert_frame_equal(found, again, check_exact=True)
    fewer = compare(model, then, now, max_rows=100, **options)
    assert (fewer[["n_reference", "n"]] == 100).all(axis=None)
    again = compare(model, then.sample(**shuffle), now.sample(**shuffle), max_rows=100, **options)
    pd.testing.assert_frame_equal(fewer, again, check_exact=True)


def test_values_of_every_type_and_of_none(model: PythonModel) -> None:
    random = np.random.default_rng(6)

    def odd(n: int, plans: list[Any], is_new: Any) -> pa.Table:
        number = random.normal(size=n)
        number[:9] = [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0, -0.0, 1.0]
        of_types = {
            "Select": pa.array(number),
            "it's": pa.array(random.choice(np.array(plans, dtype=object), n).tolist(), pa.string()),
            "is_new": pa.array(is_new.tolist()),
            "paid": pa.array([Decimal(int(cents)).scaleb(-2) for cents in random.integers(0, 999, n)]),
            "day": pa.array((MONDAY + pd.to_timedelta(random.integers(0, 90, n), "D")).date),
            "all_null": pa.nulls(n, pa.float64()),
            "no_text": pa.nulls(n, pa.string()),
            "same": pa.array(["x"] * n),
            "id": pa.array([f"{place}" for place in range(n)]),
            "as_of": pa.array([None] * (n // 2) + [MONDAY] * (n - n // 2), pa.timestamp("us")),
        }
        return pa.table(of_types)

    features = ["Select", "it's", "is_new", "paid", "day", "all_null", "no_text", "same"]
    then = odd(400, ["a", "b", None], random.random(400) < 0.5)
    found = compare(model, then, odd(240, ["a", 'ü"; drop'], np.full(240, True)), features=features)
    # rows without a time are a period of their own, at the end
    assert found["period_start"].isna().tolist() == [False, False, True, True]
    assert (found["n"] == 120).all() and (found["p_value"] < 1e-3).all()
    for row in found.to_dict("records"):
        ranked = importances(row)
        assert set(ranked) == set(features)
        assert ranked["all_null"] == ranked["no_text"] == ranked["same"] == 0
    assert all(next(iter(importances(row))) in ("it's", "is_new") for row in found[:1].to_dict("records"))
    # more texts than a boosting model takes as categories
    many = compare(
        model, then, odd(240, ["a", "b", None], random.random(240) < 0.5), features=["id", "Select"]
    )
    assert many["value"].notna().all()


def test_a_period_is_read_at_once_and_in_the_order_of_its_values(model: PythonModel) -> None:
    # more rows than a batch of DuckDB has, and times that are infinite or missing
    relation = model.session.sql(
        "select (7919 * i) % 10007 as value, case when i % 3 = 0 then 'it''s' when i % 3 = 1 then 'b' end as plan,"
        " case when i < 5 then timestamp 'infinity' when i < 9 then null"
        " else timestamp '2024-01-03' + to_days(cast(i % 21 as integer)) end as time"
        " from range(10007) as numbers (i)"
    )
    found = list(read_periods(relation, ["VALUE", "plan"], period_of(relation, "Time", "week")))
    whole = relation.df()
    whole["time"] = pd.to_datetime(whole["time"].where(whole.index >= 9))
    weeks = whole["time"].dt.to_period("W-SUN").dt.start_time
    assert [start for start, _ in found[:-1]] == sorted(weeks.dropna().unique())
    assert pd.isna(found[-1][0])
    for start, rows_of in found:
        expected = whole[weeks.isna() if pd.isna(start) else weeks == start].sort_values("value")
        assert rows_of["VALUE"].tolist() == expected["value"].tolist()
        assert (
            rows_of["plan"].astype(object).fillna("").tolist()
            == expected["plan"].astype(object).fillna("").tolist()
        )


def test_a_lost_dependence_shows_even_where_the_reference_has_no_error(model: PythonModel) -> None:
    random = np.random.default_rng(7)
    then, now = rows(random, 200, 0), rows(random, 200, 0)
    then["other"] = 3 * then["one"]
    row = by_method(compare(model, then, now, features=["one", "other"], methods="pca_reconstruction"))
    assert row["pca_reconstruction"]["value_reference"] == 0
    assert row["pca_reconstruction"]["value"] > 0.3
    same = by_method(compare(model, then, then, features=["one", "other"], methods="pca_reconstruction"))
    assert same["pca_reconstruction"]["value"] == 0 and same["pca_reconstruction"]["p_value"] == 1


def test_what_cannot_be_compared_says_why(model: PythonModel) -> None:
    random = np.random.default_rng(8)
    usual, constant = rows(random, 60, 0), rows(random, 60, 0).assign(one=1.0, other=np.nan, noise=2.0)
    cases = [
        (usual[:0], usual, PAIR, ["no reference rows"] * 2),
        (usual[:49], usual, PAIR, ["fewer than 50 reference rows"] * 2),
        (usual, usual[:1], PAIR, ["fewer than 50 rows"] * 2),
        (constant, constant, PAIR, ["no feature varies", "fewer than two features of the reference vary"]),
        (constant, usual, PAIR, [None, "fewer than two features of the reference vary"]),
        (usual, usual, ["one"], [None, "fewer than two features of the reference vary"]),
    ]
    for then, now, features, reasons in cases:
        found = compare(model, then, now, features=features, period=None)
        assert found["period_start"].isna().all()
        assert [None if pd.isna(reason) else reason for reason in found["undefined_reason"]] == reasons
        assert set(found["n_reference"]) == {len(then)} and set(found["n"]) == {len(now)}
    empty = compare(model, usual, usual[:0])
    assert empty.empty and empty["period_start"].dtype == "datetime64[us]"


def test_the_champion_s_features_and_version_come_from_the_registry(model: PythonModel) -> None:
    frame = customers(300)
    version = model.train(frame, HistGradientBoostingClassifier(max_iter=3))
    registry = model.put("registry", pa.Table.from_pylist([version | {"version_number": 1}]))
    then, now = model.put("reference", frame), model.put("now", customers(100, seed=1))
    options: dict[str, Any] = {"registry": registry, "alias": "latest"}
    found = multivariate_drift(model, then, now, model_name="churn_model", period="year", **options)
    assert set(found["model_name"]) == {"churn_model"}
    assert set(found["model_version"]) == {version["model_version"]}
    assert set(importances(found.iloc[0].to_dict())) == {"Age", "order", "plan", "is_new"}
    with pytest.raises(
        UnknownModel, match=r"dbt_baton.multivariate_drift: there is no 'latest' of model 'x'"
    ):
        multivariate_drift(model, then, now, model_name="x", **options)


def test_all_slips_are_named_at_once(model: PythonModel) -> None:
    usual = rows(np.random.default_rng(9), 3, 0)
    then = model.put("reference", usual.assign(noise="a", list=[[1]] * 3))
    now = model.put("now", usual.assign(as_of="today", list=[[1]] * 3))
    with pytest.raises(DriftInputError) as raised:
        multivariate_drift(
            model,
            then,
            now,
            features=["one", "noise", "list", "colour"],
            period="fortnight",
            methods=["classifier", "magic"],
            explained_variance=1,
            max_rows=0,
        )
    message = str(raised.value)
    for part in [
        "dbt_baton.multivariate_drift in model 'churn_model': 10 problems",
        "period is 'fortnight', expected one of hour, day",
        "methods is ['classifier', 'magic'], expected one or both of classifier, pca_reconstruction",
        "explained_variance is 1, expected a number between 0 and 1",
        "max_rows is 0, expected a number above 0, or None",
        "reference has no 'colour', it has one, other",
        "relation has no 'colour', it has one, other",
        "reference.list is BIGINT[], expected a number, boolean, text, date or timestamp",
        "relation.list is BIGINT[]",
        "relation.as_of is VARCHAR, expected a date or timestamp",
        "feature 'noise' is a text in reference and a number in relation",
    ]:
        assert part in message, message
    with pytest.raises(DriftInputError) as raised:
        multivariate_drift(model, "reference", now, registry=3, model_version="v")
    message = str(raised.value)
    for part in [
        "5 problems",
        "registry is int, expected dbt.ref(...)",
        "model_name is missing",
        "model_version and registry are both given",
        "reference is str, expected dbt.ref(...)",
    ]:
        assert part in message, message
    with pytest.raises(DriftInputError, match="features is missing: name columns, or give registry"):
        multivariate_drift(model, then, now)
