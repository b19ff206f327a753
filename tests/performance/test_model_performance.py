"""Performance of a binary model: every metric of every cell is scikit-learn's, or NULL with a reason."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import oracles_monitoring as oracles
from bench import Project
from oracles import is_missing

CELL = ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
COLUMNS = [*CELL, "metric", "value", "std_error", "lower", "upper", "n", "n_labelled"]
COLUMNS += ["class", "undefined_reason"]
NUMBERS = ["value", "std_error", "instead", "n", "n_labelled"]
DAY = pd.Timestamp("2024-01-31")


def performance(arguments: str = "", entity: str = "'user_id'") -> str:
    return (
        "{{ baton.model_performance(predictions=source('data', 'predictions'),"
        " outcomes=source('data', 'outcomes'),"
        f" entity={entity}, task='binary'{', ' if arguments else ''}{arguments}) }}}}"
    )


def values(report: pd.DataFrame, metric_column: str = "value") -> dict[str, Any]:
    """The metrics of a report on one cell."""
    assert report["metric"].is_unique
    return dict(zip(report["metric"], report[metric_column], strict=True))


@cache
def random_cases() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Models of different kinds: ties, one class, no labels, constant or extreme scores."""
    random = np.random.default_rng(20240131)
    frames = []
    for case in range(40):
        n = int(random.integers(1, 60))
        probability = [
            random.random(n),
            np.round(random.random(n), 1),
            np.full(n, 0.3),
            random.choice([0.0, 1.0, 1.0, 0.92, 1e-200, 1e-17, 1 - 1e-16, 0.5, 0.1], n),
        ][case % 4]
        positive_share = random.choice([0.0, 0.1, 0.5, 0.9, 1.0])
        labelled_share = random.choice([0.0, 0.5, 1.0, 1.0])
        frames.append(
            pd.DataFrame(
                {
                    "case": case,
                    "model_name": f"model {case // 2}",
                    "model_version": f"v{case % 2}",
                    "as_of": DAY + pd.to_timedelta(random.integers(0, 2, n), "D"),
                    "segment": random.choice(np.array(["o'hare", "Ünï", None], dtype=object), n),
                    "probability": np.where(
                        random.random(n) < 0.1, random.choice([np.nan, -0.1, 1.1], n), probability
                    ),
                    "predicted": np.where(
                        random.random(n) < 0.05, np.nan, probability > random.choice([0.0, 0.3, 0.5, 1.0])
                    ),
                    "actual": np.where(
                        random.random(n) < labelled_share, random.random(n) < positive_share, np.nan
                    ),
                    "value": np.where(random.random(n) < 0.2, np.nan, random.random(n) * 100),
                }
            )
        )
    cases = pd.concat(frames, ignore_index=True)
    cases["user_id"] = cases.index
    expected = []
    slices = [("all", pd.Series("all", index=cases.index)), ("Group", cases["segment"])]
    for name, segment in slices:
        by = [
            cases["model_name"],
            cases["model_version"],
            cases["as_of"].dt.to_period("M").dt.to_timestamp(),
            segment,
        ]
        for cell, rows in cases.groupby(by, dropna=False):
            found = oracles.binary_metrics(rows)
            errors = oracles.standard_errors(rows, found)
            instead = oracles.scikit_learn_instead(rows)
            for metric, value in found.items():
                expected.append(
                    (
                        *cell[:3],
                        name,
                        cell[3] if cell[3] == cell[3] else None,
                        metric,
                        value,
                        errors.get(metric),
                        instead.get(metric) if value is None else value,
                        len(rows),
                        rows["actual"].notna().sum(),
                    )
                )
    return cases, pd.DataFrame(expected, columns=[*CELL, "metric", *NUMBERS])


def put_cases(project: Project, cases: pd.DataFrame) -> None:
    """The predictions and outcomes of cases; every third outcome that is missing is a row with a NULL."""
    named = {0: "0", 1: "1"}
    project.put(
        predictions=pd.DataFrame(
            {
                "User": cases["user_id"],
                "as_of": cases["as_of"],
                "model_name": cases["model_name"],
                "model_version": cases["model_version"],
                "Group": cases["segment"],
                # NULL in some rows, NaN in others
                "predicted_probability": pd.Series(
                    [None if math.isnan(p) and i % 2 else p for i, p in enumerate(cases["probability"])],
                    dtype=object,
                ),
                "predicted_class": pd.Series(cases["predicted"].map(named), dtype="str"),
            }
        ),
        outcomes=pd.DataFrame(
            {
                "User": cases["user_id"],
                "actual": cases["actual"].astype("Int64"),
                "Value": pd.Series(
                    [None if math.isnan(v) and i % 2 else v for i, v in enumerate(cases["value"])],
                    dtype=object,
                ),
            }
        )[cases["actual"].notna() | (cases.index % 3 == 0)],
    )


def close(one: Any, other: Any, rtol: float, atol: float) -> bool:
    if is_missing(one) or is_missing(other):
        return is_missing(one) and is_missing(other)
    return math.isclose(float(one), float(other), rel_tol=rtol, abs_tol=atol)


def test_every_metric_is_what_scikit_learn_says(project: Project) -> None:
    cases, expected = random_cases()
    put_cases(project, cases)
    call = "period='month', segments=['Group'], value='Value'"
    report = project.build(performance(call, entity="'User'"))
    assert list(report.columns) == COLUMNS
    assert len(report) == len(expected)

    keys = [*CELL, "metric"]
    both = report.merge(expected, on=keys, how="outer", suffixes=("", "_expected"), indicator=True)
    assert (both["_merge"] == "both").all()
    assert len(both) == len(report)
    assert set(report["segment_value"].dropna()) == {"all", "o'hare", "Ünï"}
    for row in both.to_dict("records"):
        assert close(row["value"], row["value_expected"], rtol=1e-12, atol=1e-13), row
        assert close(row["std_error"], row["std_error_expected"], rtol=1e-6, atol=1e-7), (row["metric"], row)
        assert (row["n"], row["n_labelled"]) == (row["n_expected"], row["n_labelled_expected"]), row
        assert is_missing(row["value"]) == (not is_missing(row["undefined_reason"])), row
        assert is_missing(row["std_error"]) == is_missing(row["lower"]) == is_missing(row["upper"]), row
    # the cases cover what they are made for
    assert report["undefined_reason"].value_counts().index.size >= 9

    # what scikit-learn gives instead, if it is a number; the reason stays
    given = project.build(performance(call + ", undefined='zero_division'", entity="'User'"))
    both = given.merge(expected, on=keys, suffixes=("", "_expected")).merge(
        report, on=keys, suffixes=("", "_null")
    )
    assert len(both) == len(report)
    for row in both.to_dict("records"):
        assert close(row["value"], row["instead"], rtol=1e-12, atol=1e-13), row
        assert is_missing(row["value_null"]) == (not is_missing(row["undefined_reason"])), row

    wide = project.build(performance(call + ", shape='wide'", entity="'User'"))
    assert list(wide.columns) == [*CELL, *oracles.METRICS, "n", "n_labelled"]
    melted = wide.melt(id_vars=CELL, value_vars=oracles.METRICS, var_name="metric")
    both = report.merge(melted, on=keys, how="outer", suffixes=("", "_wide"))
    assert len(both) == len(report) == len(melted)
    assert ((both["value"] == both["value_wide"]) | (both["value"].isna() & both["value_wide"].isna())).all()


def test_the_order_of_rows_changes_no_bit(project: Project) -> None:
    cases, _ = random_cases()
    call = performance("period=none, value='Value'", entity="'User'")
    reports = []
    for seed in range(2):
        put_cases(
            project, cases.assign(model_name="one").sample(frac=1, random_state=seed, ignore_index=True)
        )
        reports.append(
            project.build(call)
            .drop(columns=["period_start"])
            .sort_values(["model_version", "metric"], ignore_index=True)
        )
        assert len(reports[-1]) == 2 * len(oracles.METRICS)
    pd.testing.assert_frame_equal(reports[0], reports[1], check_exact=True)


def test_known_values_and_their_intervals(project: Project) -> None:
    # 8 of 10 right; worked out by hand
    actual = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    predicted = ["1", "1", "1", "0", "1", "0", "0", "0", "0", "0"]
    put_simple(project, actual, predicted, np.linspace(1, 0, 10))
    report = project.build(performance("period=none"))
    assert report["period_start"].isna().all()
    found = values(report)
    assert found["accuracy"] == pytest.approx(0.8, rel=1e-12)
    assert found["roc_auc"] == 1.0
    assert found["f1"] == pytest.approx(0.75, rel=1e-12)
    lower, upper = values(report, "lower"), values(report, "upper")
    for name, right, of in [
        ("accuracy", 8, 10),
        ("precision", 3, 4),
        ("recall", 3, 4),
        ("specificity", 5, 6),
    ]:
        wilson = stats.binomtest(right, of).proportion_ci(method="wilson")
        assert (lower[name], upper[name]) == (pytest.approx(wilson.low), pytest.approx(wilson.high)), name
    # the odds of f1 / (2 - f1) = 3 / 5, a share of those rows that are positive in any way
    jaccard = stats.binomtest(3, 5).proportion_ci(method="wilson")
    assert lower["f1"] == pytest.approx(2 * jaccard.low / (1 + jaccard.low))
    assert upper["f1"] == pytest.approx(2 * jaccard.high / (1 + jaccard.high))
    # Newcombe's interval of the mean of two rates
    recall, specificity = ((lower[name], found[name], upper[name]) for name in ("recall", "specificity"))
    below = math.hypot(recall[1] - recall[0], specificity[1] - specificity[0]) / 2
    above = math.hypot(recall[2] - recall[1], specificity[2] - specificity[1]) / 2
    assert lower["balanced_accuracy"] == pytest.approx(found["balanced_accuracy"] - below)
    assert upper["balanced_accuracy"] == pytest.approx(found["balanced_accuracy"] + above)
    # on the scale of the inverse hyperbolic tangent, which is Fisher's for a correlation
    half = 1.959963984540054 * values(report, "std_error")["mcc"] / (1 - found["mcc"] ** 2)
    assert lower["mcc"] == pytest.approx(math.tanh(math.atanh(found["mcc"]) - half))
    assert upper["mcc"] == pytest.approx(math.tanh(math.atanh(found["mcc"]) + half))
    # where nothing varies, the interval is that of a share of four positives
    assert [values(report, bound)["roc_auc"] for bound in ("std_error", "upper")] == [0.0, 1.0]
    assert lower["roc_auc"] == pytest.approx(stats.binomtest(4, 4).proportion_ci(method="wilson").low)
    assert "recovered_value" not in found

    # a score of 1 shares the last bin: |1 + 0.92 - 1| / 2
    put_simple(project, [0, 1], ["1", "1"], [1.0, 0.92])
    found = values(project.build(performance()))
    assert found["expected_calibration_error"] == pytest.approx(0.46, rel=1e-12)


def put_simple(
    project: Project, actual: list[Any], predicted: list[Any], probability: Any = 0.5, **outcomes: Any
) -> None:
    """One model, a user for each prediction."""
    users = [f"u{i}" for i in range(len(actual))]
    project.put(
        predictions=pd.DataFrame(
            {
                "user_id": users,
                "as_of": DAY,
                "model_name": "m",
                "model_version": "v",
                "predicted_class": predicted,
                "predicted_probability": probability,
            }
        ),
        outcomes=pd.DataFrame({"user_id": users, "actual": actual, **outcomes}),
    )


@pytest.mark.parametrize(
    "actual, predicted, positive_class",
    [
        ([1, 0, 1], ["1", "0", "0"], "'1'"),
        ([1, 0, 1], ["1", "0", "0"], "1"),
        ([True, False, True], ["True", "False", "False"], "true"),
        ([True, False, True], ["1", "0", "0"], "'1'"),
        ([1.0, 0.0, 1.0], ["1.0", "0.0", "0.0"], "'1'"),
        (["it's late", "on time", "it's late"], ["it's late", "on time", "on time"], '"it\'s late"'),
    ],
)
def test_a_class_may_be_a_number_a_boolean_or_a_text(
    project: Project, actual: list[Any], predicted: list[Any], positive_class: str
) -> None:
    put_simple(project, actual, predicted)
    found = values(project.build(performance(f"positive_class={positive_class}")))
    counts = [
        found[name] for name in ("true_positives", "false_positives", "false_negatives", "true_negatives")
    ]
    assert counts == [1, 0, 1, 1]


def test_the_newest_outcome_of_a_key_counts(project: Project) -> None:
    put_simple(project, [0, 0, 0, 0], ["1", "1", "1", "1"])
    day = pd.Timedelta("1D")
    project.put(
        outcomes=pd.DataFrame(
            {
                "user_id": ["u0", "u0", "u1", "u1", "u2", "u2", "u2", "u2", None, "u9", "u9"],
                "actual": pd.array([0, 1, 1, None, 0, 1, 1, 0, 1, 1, 0], dtype="Int64"),
                "money": [1.0, 2.0, 4.0, 4.0, 7.0, 9.0, 9.0, 99.0, 16.0, 16.0, 16.0],
                "seen_at": [DAY, DAY + day, DAY, DAY + day, DAY, DAY + day, DAY + day, None, DAY, DAY, DAY],
            }
        )
    )
    # u0 was revised, u1's outcome was taken back, u2's is there twice, u3 has none; the ambiguous u9 was not predicted
    revised = project.build(performance("outcome_time='seen_at', value='money'"))
    assert set(revised["n"]) == {4}
    assert set(revised["n_labelled"]) == {2}
    assert values(revised)["true_positives"] == 2
    assert values(revised)["recovered_value"] == 2 + 9
    # as it was known on the first day
    known = project.build(performance(f"outcome_time='seen_at', value='money', known_at='{DAY}'"))
    assert set(known["n_labelled"]) == {3}
    assert [values(known)[name] for name in ("true_positives", "false_positives")] == [1, 2]


def test_a_null_key_has_no_outcome_and_keys_may_be_several(project: Project) -> None:
    project.put(
        predictions=pd.DataFrame(
            {
                "user_id": ["a", "a", "b", None],
                "Order": [1, 2, 1, 1],
                "as_of": [DAY, DAY, DAY, DAY],
                "model_name": "m",
                "model_version": "v",
                "predicted_class": "1",
                "predicted_probability": 0.5,
            }
        ),
        outcomes=pd.DataFrame(
            {"user_id": ["a", "a", "b", None], "Order": [1, 2, 2, 1], "actual": [1, 0, 1, 1]}
        ),
    )
    report = project.build(performance(entity="['user_id', 'Order']"))
    assert set(report["n"]) == {4}
    assert set(report["n_labelled"]) == {2}


def test_outcomes_may_belong_to_a_moment(project: Project) -> None:
    later = DAY + pd.Timedelta("1D")
    project.put(
        predictions=pd.DataFrame(
            {
                "user_id": "a",
                "scored_for": [DAY, later],
                "model_name": "m",
                "model_version": "v",
                "predicted_class": "1",
                "predicted_probability": [0.9, 0.8],
            }
        ),
        outcomes=pd.DataFrame({"user_id": "a", "happened": [1, 0], "Day": [DAY.date(), later.date()]}),
    )
    report = project.build(performance("as_of='scored_for', outcome_as_of='Day', actual='happened'"))
    found = report[report["metric"] == "true_positives"].set_index("period_start")["value"]
    assert found.to_dict() == {DAY: 1, later: 0}


@pytest.mark.parametrize(
    "period, start",
    [
        ("hour", "2024-05-15 13:00"),
        ("day", "2024-05-15"),
        ("week", "2024-05-13"),
        ("month", "2024-05-01"),
        ("quarter", "2024-04-01"),
        ("year", "2024-01-01"),
    ],
)
def test_a_period_starts_where_the_calendar_says(project: Project, period: str, start: str) -> None:
    put_simple(project, [1], ["1"])
    project.put(
        predictions=pd.DataFrame(
            {
                "user_id": ["u0"],
                "as_of": pd.Timestamp("2024-05-15 22:47:11.5", tz="Asia/Tokyo"),
                "model_name": "m",
                "model_version": "v",
                "predicted_class": "1",
                "predicted_probability": 0.5,
            }
        )
    )
    assert set(project.build(performance(f"period='{period}'"))["period_start"]) == {pd.Timestamp(start)}


def test_nothing_in_gives_nothing_out_and_no_label_gives_reasons(project: Project) -> None:
    put_simple(project, [1], ["1"])
    project.execute("delete from {schema}.outcomes")
    report = project.build(performance("value='actual'"))
    assert set(report["n"]) == {1} and set(report["n_labelled"]) == {0}
    assert report.loc[report["metric"] == "predictions", "value"].tolist() == [1.0]
    rest = report[report["metric"] != "predictions"]
    assert rest["value"].isna().all()
    assert set(rest["undefined_reason"]) == {"no labelled predictions"}
    project.execute("delete from {schema}.predictions")
    for shape in ("long", "wide"):
        assert len(project.build(performance(f"shape='{shape}', segments='user_id'"))) == 0


def test_all_slips_are_named_at_once(project: Project) -> None:
    put_simple(project, [1], ["1"])
    message = project.error(
        "{{ baton.model_performance(predictions=source('data', 'predictions'),"
        " outcomes=source('data', 'outcomes'), entity='customer', task='regress', period='fortnight',"
        " segments=['plan', 'all'], known_at='2024-01-01', positive_class=none, shape='tall') }}"
    )
    assert "baton.model_performance: " in message
    for part in [
        'task is "regress", expected one of binary, multiclass, regression, ranking',
        'period is "fortnight", expected one of hour, day',
        'segments contains "all"',
        "positive_class is missing",
        "known_at needs outcome_time",
        'shape is "tall", expected one of long, wide',
    ]:
        assert part in message
    message = project.error(performance("segments=['plan'], value='money'"))
    assert 'predictions has no column "plan"' in message
    assert 'outcomes has no column "money"' in message
    message = project.error(performance("segments=[['plan', 'city'], 'user_id']"))
    assert 'no column "plan"' in message and 'no column "city"' in message
    message = project.error(
        performance("segments=['city', ['plan', 'city'], [], ['plan', 'city'], 7, 'city']")
    )
    for part in ["segments[2] is empty", "segments contains 7", 'segments names "city" 2 times']:
        assert part in message
    assert 'segments names "plan,city" 2 times' in project.error(
        performance("segments=[['plan', 'city'], ['plan', 'city']]")
    )


def test_standard_errors_do_not_cancel(project: Project) -> None:
    n = 1000
    for scores in [np.full(n, 0.5), 0.1 + np.arange(n) * 1e-12]:
        put_simple(
            project, [1] * n, ["1"] * n, scores, worth=1e6 + (np.arange(n) % 2) * 1e-4 * (scores[0] < 0.5)
        )
        errors = values(project.build(performance("period=none, value='worth'")), "std_error")
        for name, losses in {"log_loss": -np.log(scores), "brier": (1 - scores) ** 2}.items():
            wanted = (losses - losses.mean()).std(ddof=1) / math.sqrt(n)
            assert errors[name] == pytest.approx(wanted, rel=1e-3, abs=0), name
        varies = scores[0] < 0.5
        assert errors["total_value"] == pytest.approx(0.5e-4 * math.sqrt(n) if varies else 0, rel=1e-2)


def test_values_of_any_size_are_summed(project: Project) -> None:
    put_simple(project, [1] * 5, ["1", "1", "1", "0", "0"], worth=[1e23, 1.0, -1e23, 1e-9, 2.5])
    report = project.build(performance("value='worth'"))
    assert values(report)["total_value"] == pytest.approx(3.5 + 1e-9, rel=1e-15)
    assert values(report)["recovered_value"] == 1.0
