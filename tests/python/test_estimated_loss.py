"""`dbt_baton.estimated_loss`: the errors of a regression model before outcomes are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dbt_baton import EstimationInputError, estimated_loss
from python_bench import PythonModel

COLUMNS = [
    "model_name", "model_version", "period_start", "segment_name", "segment_value", "metric", "value",
    "std_error", "lower", "upper", "n", "n_labelled", "class", "undefined_reason",
]  # fmt: skip
FEATURES = ["distance", "plan", "is_new"]
MONDAY = pd.Timestamp("2024-01-01")


@pytest.fixture
def model() -> PythonModel:
    return PythonModel()


def rows(random: np.random.Generator, n: int, farthest: float = 10, **columns: Any) -> pd.DataFrame:
    """Predictions whose errors are normal, with a spread that grows with the distance and is larger for new ones."""
    distance = random.uniform(0, farthest, n)
    is_new = random.random(n) < 0.3
    spread = (1 + distance) * np.where(is_new, 2, 1)
    prediction = 5 * distance
    given: dict[str, Any] = {"model_name": "m", "model_version": "v", "as_of": MONDAY} | columns
    return pd.DataFrame(
        {
            "predicted_value": prediction,
            "actual": prediction + spread * random.normal(size=n),
            "distance": distance,
            "plan": random.choice(np.array(["a", "b, c", None], dtype=object), n),
            "is_new": is_new,
            "spread": spread,
        }
        | given
    )


def estimate(model: PythonModel, now: pd.DataFrame, then: pd.DataFrame, **options: Any) -> pd.DataFrame:
    found = estimated_loss(
        model,
        model.put("predictions", now.drop(columns=["actual", "spread"])),
        model.put("reference", then.drop(columns="spread")),
        **{"features": FEATURES, **options},
    )
    assert list(found.columns) == COLUMNS
    return found


def test_the_estimate_follows_the_rows_to_where_errors_are_larger(model: PythonModel) -> None:
    random = np.random.default_rng(1)
    then = rows(random, 20_000)
    near, far = rows(random, 3000, 3), rows(random, 3000, 10, as_of=MONDAY + pd.Timedelta("8D"))
    far = far[far["distance"] > 7]
    now = pd.concat([near, far], ignore_index=True)
    found = estimate(model, now, then, period="week", segments=["is_new"])
    values = found.set_index(["period_start", "segment_value", "metric"])["value"]
    for week, part in [(MONDAY, near), (MONDAY + pd.Timedelta("7D"), far)]:
        for value, inside in [
            ("all", part),
            ("true", part[part["is_new"]]),
            ("false", part[~part["is_new"]]),
        ]:
            # of a normal error the mean size is its spread times the square root of 2 / pi
            expected = {
                "mae": (inside["spread"] * np.sqrt(2 / np.pi)).mean(),
                "rmse": np.sqrt((inside["spread"] ** 2).mean()),
            }
            for metric, wanted in expected.items():
                assert values[week, value, metric] == pytest.approx(wanted, rel=0.08), (week, value, metric)
    # twice as far off as the reference, which a mean of its errors would not tell
    usual = (then["actual"] - then["predicted_value"]).abs().mean()
    assert (
        values[MONDAY + pd.Timedelta("7D"), "all", "mae"]
        > 1.4 * usual
        > 1.4 * 1.4 * values[MONDAY, "all", "mae"]
    )


def test_realised_errors_are_within_the_interval_as_often_as_it_says(model: PythonModel) -> None:
    random = np.random.default_rng(2)
    days = 200
    now = pd.concat(
        [rows(random, 100, as_of=MONDAY + pd.Timedelta(day, "D")) for day in range(days)], ignore_index=True
    )
    found = estimate(model, now, rows(random, 6000))
    error = now["actual"] - now["predicted_value"]
    realised = {
        "mae": error.abs().groupby(now["as_of"]).mean(),
        "rmse": (error**2).groupby(now["as_of"]).mean() ** 0.5,
    }
    for metric, values in realised.items():
        report = found[found["metric"] == metric].set_index("period_start")
        assert len(report) == days
        covered = values.between(report["lower"], report["upper"]).mean()
        # two standard errors of a share of 200 are 3 %
        assert 0.91 <= covered <= 0.99, (metric, covered)


def test_cells_are_those_of_the_macros_and_what_has_no_estimate_says_why(model: PythonModel) -> None:
    random = np.random.default_rng(3)
    then = pd.concat([rows(random, 150), rows(random, 99, model_version="few")], ignore_index=True)
    then.loc[:2, "actual"] = [np.nan, np.inf, 1e3]
    now = pd.concat(
        [rows(random, 40), rows(random, 5, model_version="few"), rows(random, 5, model_version=None)],
        ignore_index=True,
    )
    now.loc[0, ["predicted_value", "plan"]] = [np.nan, "never seen"]
    now.loc[1, "distance"] = np.inf
    found = estimate(model, now, then, period=None, segments=["plan", ["plan", "is_new"]])
    assert (
        found["period_start"].isna().all()
        and found["n_labelled"].isna().all()
        and found["class"].isna().all()
    )
    first = found[(found["model_version"] == "v") & (found["metric"] == "mae")]
    counts = first.set_index(["segment_name", "segment_value"])["n"]
    own = now[now["model_version"] == "v"]
    assert counts["all", "all"] == 40
    assert sorted(counts["plan"]) == sorted(own["plan"].value_counts(dropna=False))
    assert set(counts["plan"].index.dropna()) == {"a", "b, c", "never seen"}
    crossed = set(first.loc[first["segment_name"] == "plan,is_new", "segment_value"])
    assert {'"b, c",true', '"b, c",false', ",true", "a,false"} <= crossed
    alone = first[(first["segment_name"] == "plan") & (first["segment_value"] == "never seen")]
    assert set(alone["undefined_reason"]) == {"no predicted values"}
    few = found[found["model_version"] == "few"]
    assert few["value"].isna().all()
    assert set(few["undefined_reason"]) == {"fewer than 100 labelled reference rows of this version"}
    assert set(found.loc[found["model_version"].isna(), "undefined_reason"]) == set(few["undefined_reason"])
    # the same rows, the same numbers
    again = estimate(model, now, then, period=None, segments=["plan", ["plan", "is_new"]])
    pd.testing.assert_frame_equal(found, again, check_exact=True)


def test_nothing_in_gives_the_columns(model: PythonModel) -> None:
    random = np.random.default_rng(4)
    empty = rows(random, 1).iloc[:0].astype({"plan": "str"})
    found = estimate(model, empty, rows(random, 120))
    assert found.empty and found["period_start"].dtype == "datetime64[us]"


def test_a_perfect_model_has_no_error(model: PythonModel) -> None:
    random = np.random.default_rng(5)
    then, now = rows(random, 120), rows(random, 10)
    then["actual"] = then["predicted_value"]
    found = estimate(model, now, then)
    assert (found[["value", "std_error", "lower", "upper"]] == 0).all(axis=None)


def test_all_slips_are_named_at_once(model: PythonModel) -> None:
    random = np.random.default_rng(6)
    now = model.put("now", rows(random, 3).assign(day=MONDAY))
    with pytest.raises(EstimationInputError) as raised:
        estimated_loss(
            model,
            now,
            "reference",
            features=["distance", "day", "colour"],
            period="fortnight",
            segments=["all", "plan", "plan"],
        )
    message = str(raised.value)
    for part in [
        "dbt_baton.estimated_loss in model 'churn_model': 6 problems",
        "period is 'fortnight', expected one of hour, day",
        "segments contains 'all'",
        "predictions has no 'colour', 'all', it has",
        "segments names 'plan' 2 times",
        "predictions.day is TIMESTAMP",
        "reference is str, expected dbt.ref(...)",
    ]:
        assert part in message
