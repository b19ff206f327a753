"""Performance before outcomes are known: isotonic calibration on a reference, and metrics of expected counts."""

from __future__ import annotations

import itertools
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

import oracles_estimated as oracles
from bench import Project
from oracles import is_missing
from rendering import answers
from strategies import drawn

CELL = ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
COLUMNS = [
    *CELL,
    "metric",
    "value",
    "std_error",
    "lower",
    "upper",
    "n",
    "n_labelled",
    "class",
    "undefined_reason",
]
METRICS = ["predictions", *oracles.OF_CLASSES, *oracles.OF_SCORES]
DAY = pd.Timestamp("2024-01-31")


def estimated(arguments: str = "", entity: str = "'id'") -> str:
    return (
        "{{ baton.estimated_performance(predictions=source('data', 'predictions'),"
        " reference_predictions=source('data', 'reference_predictions'),"
        " reference_outcomes=source('data', 'reference_outcomes'),"
        f" entity={entity}{', ' if arguments else ''}{arguments}) }}}}"
    )


def predictions(score: Any, called: Any, **columns: Any) -> pd.DataFrame:
    """Predictions of one model on one day, with an id each, unless the columns say otherwise."""
    given: dict[str, Any] = {"as_of": DAY, "model_name": "m", "model_version": "v"} | columns
    frame = pd.DataFrame({"id": np.arange(len(score)), "predicted_probability": score} | given)
    frame["predicted_class"] = pd.Series(pd.Series(called).map({0: "0", 1: "1"}), dtype="str")
    return frame


@cache
def random_cases() -> list[dict[str, Any]]:
    """Scores on a grid and free ones, rare and frequent positives, tiny and large references."""
    cases = []
    for case in drawn(
        4,
        seed=st.integers(0, 2**32 - 1),
        n=st.integers(1, 40),
        reference=st.sampled_from([700, 60, 5, 2]),
        places=st.sampled_from([15, 2, 1]),
        shift=st.sampled_from([-3.0, 0.0, 2.0]),
        threshold=st.sampled_from([0.0, 0.3, 0.5, 1.1]),
    ):
        random = np.random.default_rng(case["seed"])
        draws = {}
        for name, n in (("now", case["n"]), ("then", case["reference"])):
            logit = random.normal(case["shift"], 1.5, n)
            scores = np.round(1 / (1 + np.exp(-1.3 * logit - 0.4)), case["places"])
            happened = (random.random(n) < 1 / (1 + np.exp(-logit))).astype(float)
            called = (scores >= case["threshold"]).astype(float)
            called[random.random(n) < 0.1] = np.nan
            draws[name] = (scores, happened, called)
        # a reference has both classes
        draws["then"][1][:2] = [0, 1]
        cases.append(case | draws)
    return cases


def put_cases(project: Project) -> None:
    frames: dict[str, list[pd.DataFrame]] = {"now": [], "then": []}
    for number, case in enumerate(random_cases()):
        for name, into in frames.items():
            scores, happened, called = case[name]
            into.append(
                pd.DataFrame(
                    {
                        "score": scores,
                        "happened": happened,
                        "called": called,
                        "model_name": f"model {number // 2}",
                        "model_version": f"v{number % 2}",
                        "Group": np.where(np.arange(len(scores)) % 3 == 0, "o'hare", "Ünï"),
                    }
                )
            )
    now, then = (pd.concat(frames[name], ignore_index=True) for name in ("now", "then"))
    project.put(
        predictions=predictions(**now.drop(columns="happened").to_dict("series")),
        reference_predictions=predictions(**then.drop(columns="happened").to_dict("series")),
        reference_outcomes=pd.DataFrame({"id": then.index, "actual": then["happened"].astype(int)}),
        outcomes=pd.DataFrame({"id": now.index, "actual": now["happened"].astype(int)}),
    )


def expected_rows() -> pd.DataFrame:
    rows = []
    for number, case in enumerate(random_cases()):
        scores, _, called = case["now"]
        reference, outcomes, _ = case["then"]
        groups = np.where(np.arange(len(scores)) % 3 == 0, "o'hare", "Ünï")
        for name, value, inside in [
            ("all", "all", np.ones(len(scores), dtype=bool)),
            *(("Group", group, groups == group) for group in np.unique(groups)),
        ]:
            calibration = oracles.calibrated(scores[inside], reference, outcomes)
            found = oracles.estimates(scores[inside], called[inside], calibration)
            for metric, (estimate, error) in found.items():
                rows.append(
                    (
                        f"model {number // 2}",
                        f"v{number % 2}",
                        name,
                        value,
                        metric,
                        estimate,
                        error,
                        inside.sum(),
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            "model_name",
            "model_version",
            "segment_name",
            "segment_value",
            "metric",
            "value",
            "std_error",
            "n",
        ],
    )


def close(one: Any, other: Any, rtol: float, atol: float) -> bool:
    if is_missing(one) or is_missing(other):
        return is_missing(one) and is_missing(other)
    return math.isclose(float(one), float(other), rel_tol=rtol, abs_tol=atol)


def test_every_estimate_is_the_metric_of_expected_counts(project: Project) -> None:
    put_cases(project)
    call = "period='month', segments=['Group']"
    performance = (
        "{{ baton.model_performance(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),"
        f" entity='id', task='binary', {call}) }}}}"
    )
    found = answers(
        project,
        {
            "alone": estimated(call),
            "beside": estimated(call + ", outcomes=source('data', 'outcomes')"),
            "realised": performance,
        },
        built="alone",
    )
    report = found["alone"]
    assert list(report.columns) == COLUMNS
    assert set(report["metric"]) == set(METRICS)
    assert report["class"].isna().all() and report["n_labelled"].isna().all()
    rest = report[report["metric"] != "predictions"]
    both = rest.merge(
        expected_rows(),
        on=["model_name", "model_version", "segment_name", "segment_value", "metric"],
        how="outer",
        suffixes=("", "_expected"),
        indicator=True,
    )
    assert (both["_merge"] == "both").all()
    assert len(both) == len(rest)
    for row in both.to_dict("records"):
        assert close(row["value"], row["value_expected"], rtol=1e-10, atol=1e-11), row
        assert close(row["std_error"], row["std_error_expected"], rtol=1e-5, atol=1e-6), row
        assert row["n"] == row["n_expected"]
        assert is_missing(row["value"]) == (not is_missing(row["undefined_reason"])), row
        if not is_missing(row["value"]):
            assert 0 <= row["lower"] <= row["value"] + 1e-12 and row["value"] <= row["upper"] + 1e-12, row
    # the cases cover what they are made for
    assert any(len(np.unique(case["then"][0])) > oracles.MOST_BINS for case in random_cases())
    assert set(report["undefined_reason"].dropna()) == {
        "no predicted classes",
        "no positive predictions",
        "one class only",
        "no expected positives",
        "no expected negatives",
        "no positives, expected or predicted",
    }

    # the realised value beside it is that of model_performance
    beside = found["beside"]
    assert list(beside.columns) == [*COLUMNS[:10], "realized_value", *COLUMNS[10:]]
    keys = [*CELL, "metric"]
    assert len(beside) == len(report)
    same = beside.merge(report, on=keys, suffixes=("", "_alone")).merge(
        found["realised"], on=keys, suffixes=("", "_realised")
    )
    assert len(same) == len(report)
    for one, other in [
        ("value", "value_alone"),
        ("realized_value", "value_realised"),
        ("upper", "upper_alone"),
    ]:
        assert ((same[one] == same[other]) | (same[one].isna() & same[other].isna())).all(), one
    assert (same["n_labelled"] == same["n_labelled_realised"]).all()


def test_estimates_are_those_that_nannyml_publishes(project: Project) -> None:
    """The table of tests/performance_estimation/CBPE/test_cbpe_metrics.py, chunk_number 4, of NannyML 0.13.1 (Apache-2.0).

    The rows are the counts of its data set synthetic_sample, whose scores have two digits; chunk 0 is the reference. NannyML
    compares each row with itself too, which moves an AUC of 12,500 rows by 7e-6, and cuts ties at random.
    """
    published = {
        "accuracy": [0.9475319773956268, 0.9483565214666658, 0.9194997180834459, 0.920199809204049],
        "precision": [0.9432817252782693, 0.9446550044048795, 0.9145613073300847, 0.915231419744167],
        "recall": [0.9524063553647716, 0.9521109162736728, 0.9327863750020324, 0.932843314818147],
        "specificity": [0.9426505776503413, 0.9446298328855539, 0.9050174893945843, 0.9065202406788675],
        "f1": [0.9478220802546018, 0.9483683062849226, 0.9235839411719146, 0.9239534478264141],
        "true_positives": [5956.8240951322705, 5928.6548076450235, 6080.918132437733, 6059.74723012613],
        "false_positives": [358.1759048677297, 347.3451923549768, 568.0818675622668, 561.2527698738705],
        "false_negatives": [297.6743776869358, 298.19828931170053, 438.1716563946605, 436.2496150755182],
        "true_negatives": [5887.325622313064, 5925.8017106883, 5412.82834360534, 5442.750384924482],
        "roc_auc": [0.9710577647083807, 0.9711638319733471, 0.9614012753095441, 0.9617878072895653],
        "average_precision": [0.9630540175544957, 0.9630490923729641, 0.9559875174554471, 0.9560973858800224],
    }
    counts = pd.read_csv(Path(__file__).with_name("nannyml_work_from_home.csv"))
    rows = counts.loc[counts.index.repeat(counts["n"])].reset_index(drop=True)
    log = predictions(rows["score"] / 100, rows["predicted"], as_of=DAY + pd.to_timedelta(rows["chunk"], "D"))
    is_reference = rows["chunk"] == 0
    project.put(
        predictions=log[~is_reference],
        reference_predictions=log[is_reference],
        reference_outcomes=pd.DataFrame({"id": log["id"], "actual": rows["actual"]})[is_reference].astype(
            "int64"
        ),
    )
    report = answers(project, {"call": estimated()})["call"]
    for metric, values in published.items():
        found = report[report["metric"] == metric].sort_values("period_start")["value"].tolist()
        tolerance = {"roc_auc": 1e-5, "average_precision": 1e-3}.get(metric, 0)
        assert found == pytest.approx(values, rel=1e-12, abs=tolerance), metric


def draw(random: np.random.Generator, n: int, shift: float) -> tuple[Any, Any]:
    """Scores of a model that is overconfident, and what happens."""
    logit = random.normal(shift, 1.5, n)
    return 1 / (1 + np.exp(-1.3 * logit - 0.4)), (random.random(n) < 1 / (1 + np.exp(-logit))).astype(int)


def test_the_realised_value_is_within_the_interval_as_often_as_it_says(duckdb_project: Project) -> None:
    random = np.random.default_rng(12)
    models, rows = 60, 400
    frames = []
    for model in range(models):
        for role, n in (("then", 4000), ("now", 10 * rows)):
            score, happened = draw(random, n, -1)
            day = pd.to_timedelta(np.arange(n) // rows if role == "now" else np.zeros(n, dtype=int), "D")
            frames.append(
                pd.DataFrame(
                    {
                        "score": score,
                        "happened": happened,
                        "model_name": f"m{model}",
                        "as_of": DAY + day,
                        "role": role,
                    }
                )
            )
    everything = pd.concat(frames, ignore_index=True)
    log = predictions(
        everything["score"],
        (everything["score"] >= 0.5).astype(int),
        as_of=everything["as_of"],
        model_name=everything["model_name"],
    )
    is_reference = everything["role"] == "then"
    outcomes = pd.DataFrame({"id": log["id"], "actual": everything["happened"]})
    duckdb_project.put(
        predictions=log[~is_reference],
        reference_predictions=log[is_reference],
        reference_outcomes=outcomes[is_reference],
        outcomes=outcomes[~is_reference],
    )
    report = answers(duckdb_project, {"call": estimated("outcomes=source('data', 'outcomes')")})["call"]
    covered = (
        report["realized_value"].between(report["lower"], report["upper"]).groupby(report["metric"]).mean()
    )
    # 600 cells, ten to a reference: two standard errors of such a share are 2 %
    for metric in [
        "accuracy",
        "precision",
        "recall",
        "specificity",
        "f1",
        "roc_auc",
        "average_precision",
        "brier",
    ]:
        assert 0.925 <= covered[metric] <= 0.975, (metric, covered[metric])


def test_two_hundred_bins_cost_a_fifth_of_the_standard_error_at_most(duckdb_project: Project) -> None:
    random = np.random.default_rng(3)
    frames, exact = [], {}
    for shift in (0.0, -2.0, -4.0):
        reference, outcomes = draw(random, 40_000, shift)
        scores, _ = draw(random, 2_000, shift)
        fitted = IsotonicRegression(out_of_bounds="clip").fit(reference, outcomes)
        exact[f"m{shift}"] = oracles.values(scores, (scores >= 0.5).astype(float), fitted.predict(scores))
        frames.append(pd.DataFrame({"score": reference, "happened": outcomes, "model_name": f"m{shift}"}))
        frames.append(pd.DataFrame({"score": scores, "happened": -1, "model_name": f"m{shift}"}))
    rows = pd.concat(frames, ignore_index=True)
    log = predictions(rows["score"], (rows["score"] >= 0.5).astype(int), model_name=rows["model_name"])
    is_reference = rows["happened"] >= 0
    duckdb_project.put(
        predictions=log[~is_reference],
        reference_predictions=log[is_reference],
        reference_outcomes=pd.DataFrame({"id": log["id"], "actual": rows["happened"]})[is_reference],
    )
    report = answers(duckdb_project, {"call": estimated()})["call"]
    rest = report[report["metric"] != "predictions"]
    errors = [
        abs(row["value"] - exact[row["model_name"]][row["metric"]]) / row["std_error"]
        for row in rest.to_dict("records")
    ]
    assert len(errors) == 3 * (len(METRICS) - 1)
    assert max(errors) < 0.2


def test_auc_and_average_precision_are_expected_over_all_outcomes(project: Project) -> None:
    # expected wins over expected pairs, and expected precisions over expected positives, from every outcome there can be
    scores = np.array([0.1, 0.1, 0.3, 0.5, 0.5, 0.5, 0.8, 1.0])
    wins = np.zeros(4)
    for outcome in itertools.product([0, 1], repeat=len(scores)):
        y = np.array(outcome)
        chance = np.prod(np.where(y == 1, scores, 1 - scores))
        positives, negatives = scores[y == 1], scores[y == 0]
        won = (positives[:, None] > negatives).sum() + 0.5 * (positives[:, None] == negatives).sum()
        precisions = sum(y[scores >= score].mean() for score in positives)
        wins += chance * np.array([won, len(positives) * len(negatives), precisions, len(positives)])
    project.put(predictions=predictions(scores, (scores >= 0.5).astype(int)))
    call = (
        "{{ baton.estimated_performance(predictions=source('data', 'predictions'), reference_predictions=none,"
        " reference_outcomes=none, entity='id', calibrate=false) }}"
    )
    report = answers(project, {"call": call})["call"].set_index("metric")["value"]
    assert report["roc_auc"] == pytest.approx(wins[0] / wins[1], rel=1e-12)
    assert report["average_precision"] == pytest.approx(wins[2] / wins[3], rel=1e-12)
    assert report["brier"] == pytest.approx((scores * (1 - scores)).mean(), rel=1e-12)


def test_what_has_no_estimate_says_why(project: Project) -> None:
    nan = math.nan
    cases = {
        # a version without a reference, one whose reference has one class, and one whose reference is of another task
        "no reference": ([0.2, 0.8], [0, 1], None, "no labelled reference of this version with both classes"),
        "one class": (
            [0.2, 0.8],
            [0, 1],
            ([0.2, 0.8], [0, 0]),
            "no labelled reference of this version with both classes",
        ),
        "no labels": (
            [0.2, 0.8],
            [0, 1],
            ([0.2, 0.8], [nan, nan]),
            "no labelled reference of this version with both classes",
        ),
        "no probabilities": ([nan, -0.1, 1.1], [0, 1, 1], ([0.2, 0.8], [0, 1]), "no probabilities"),
        "two rows": ([0.0, 1.0], [0, 1], ([0.2, 0.8], [0, 1]), None),
        "extremes": ([1e-200, 1 - 1e-16, 0.5], [0, 1, 1], ([1e-200, 1e-17, 0.5, 1.0], [0, 1, 0, 1]), None),
    }
    now, then = [], []
    for name, (scores, called, reference, _) in cases.items():
        now.append(pd.DataFrame({"score": scores, "called": called, "model_name": name}))
        if reference is not None:
            then.append(
                pd.DataFrame(
                    {"score": reference[0], "called": 0, "happened": reference[1], "model_name": name}
                )
            )
    rows = pd.concat(then, ignore_index=True)
    project.put(
        predictions=predictions(**pd.concat(now, ignore_index=True).to_dict("series")),
        reference_predictions=predictions(**rows.drop(columns="happened").to_dict("series")),
        reference_outcomes=pd.DataFrame({"id": rows.index, "actual": rows["happened"].astype("Int64")}),
    )
    found = answers(project, {"some": estimated()})
    report = found["some"]
    for name, (scores, _, _, reason) in cases.items():
        rest = report[(report["model_name"] == name) & (report["metric"] != "predictions")]
        assert len(rest) == len(METRICS) - 1
        assert set(rest["n"]) == {len(scores)}
        if reason is None:
            assert rest["value"].notna().all() and rest["std_error"].notna().all(), rest
        else:
            assert rest[["value", "std_error", "lower", "upper"]].isna().all(axis=None)
            assert set(rest["undefined_reason"]) == {reason}
    counts = report[report["metric"] == "predictions"]
    assert (counts["value"] == counts["n"]).all()
    # a reference that separates the classes: every prediction is right for sure
    sure = report[report["model_name"] == "two rows"].set_index("metric")
    assert (sure.loc[["accuracy", "roc_auc", "f1", "average_precision"], "value"] == 1).all()
    assert (sure.loc[["accuracy", "roc_auc", "f1", "average_precision"], "std_error"] == 0).all()

    project.execute("delete from {schema}.predictions")
    assert len(answers(project, {"empty": estimated("segments=['id']")})["empty"]) == 0


def test_an_incremental_model_may_hold_estimates(duckdb_project: Project) -> None:
    log = predictions([0.2, 0.8, 0.3, 0.9], [0, 1, 0, 1])
    outcomes = pd.DataFrame({"id": log["id"], "actual": [0, 1, 1, 1]})
    duckdb_project.put(
        predictions=log, reference_predictions=log, reference_outcomes=outcomes, outcomes=outcomes[:2]
    )
    model = (
        "{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=['period_start', 'metric']) }}"
        + estimated("outcomes=source('data', 'outcomes')")
    )
    for full_refresh in (True, False):
        report = duckdb_project.build(model, full_refresh=full_refresh).set_index("metric")
        assert len(report) == len(METRICS)
        assert report["realized_value"].notna().all()
        assert set(report["n_labelled"]) == {2}


def test_a_model_of_another_task_is_named(project: Project) -> None:
    log = predictions([0.2, 0.8, 0.3, 0.9, 0.4], [0, 1, 0, 1, 1], model_name=["b", "b", "k", "k", "k"])
    log.loc[[2, 3, 4], "predicted_class"] = ["early", "late", "1"]
    project.put(
        predictions=log,
        reference_predictions=log,
        reference_outcomes=pd.DataFrame({"id": log["id"], "actual": [0, 1, 0, 1, 1]}),
    )
    report = answers(project, {"call": estimated()})["call"]
    assert report.loc[report["model_name"] == "b", "value"].notna().all()
    other = report[report["model_name"] == "k"]
    assert other["value"].isna().all()
    assert set(other["undefined_reason"]) == {"a multiclass model"}


def test_keys_times_and_segments_are_those_of_model_performance(project: Project) -> None:
    # a composite key in upper case, a time of another name, classes in words, revised outcomes, crossed segments
    random = np.random.default_rng(9)
    n = 300
    scores = np.round(random.random(n), 2)
    log = pd.DataFrame(
        {
            "User": np.arange(n) % 50,
            "Order": np.arange(n) // 50,
            "scored_for": DAY + pd.to_timedelta(np.arange(n) % 3, "D"),
            "model_name": "m",
            "model_version": "v",
            "predicted_probability": scores,
            "predicted_class": np.where(scores >= 0.5, "it's late", "on time"),
            "plan": random.choice(["a", "b, c"], n),
            "Select": random.choice(["x", "y"], n),
        }
    )
    outcomes = log[["User", "Order", "scored_for"]].assign(
        happened=np.where(random.random(n) < scores, "it's late", "on time"), seen=DAY
    )
    # later all turn out on time, which is not known yet
    revised = outcomes.assign(happened="on time", seen=DAY + pd.Timedelta("9D"))
    project.put(predictions=log, outcomes=pd.concat([outcomes, revised], ignore_index=True))
    shared = (
        "entity=['User', 'Order'], as_of='scored_for', outcome_as_of='scored_for', actual='happened', outcome_time='seen',"
        " positive_class=\"it's late\", known_at='2024-02-01', period='week', segments=['plan', ['plan', 'Select']]"
    )
    both = "predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes')"
    reference = (
        "reference_predictions=source('data', 'predictions'), reference_outcomes=source('data', 'outcomes')"
    )
    calls = {
        "realised": f"{{{{ baton.model_performance({both}, task='binary', {shared}) }}}}",
        "estimated": f"{{{{ baton.estimated_performance({both}, {reference}, {shared}) }}}}",
        "thresholds": f"{{{{ baton.threshold_curve({both}, thresholds=[0.5], {shared}) }}}}",
        "bins": f"{{{{ baton.calibration_curve({both}, bins=1, {shared}) }}}}",
    }
    found = answers(project, calls)
    realised = found["realised"].pivot(index=CELL, columns="metric", values="value")
    assert len(realised) == 7 and {'"b, c",x', "a,y"} <= set(realised.index.get_level_values("segment_value"))
    estimates = found["estimated"].pivot(index=CELL, columns="metric", values="value")
    assert set(estimates.index) == set(realised.index)
    # calibrated on the same outcomes, the expected positives of all are the actual ones
    of_all = realised.index.get_level_values("segment_name") == "all"
    for table in (estimates, realised):
        table["positives"] = table["true_positives"] + table["false_negatives"]
    assert realised.loc[of_all, "positives"].item() > 100
    assert estimates.loc[of_all, "positives"].item() == pytest.approx(
        realised.loc[of_all, "positives"].item()
    )
    curve = found["thresholds"].set_index(CELL)
    for metric in ("true_positives", "false_positives", "false_negatives", "true_negatives"):
        assert curve[metric].to_dict() == realised[metric].to_dict()
    bins = found["bins"].set_index(CELL)
    assert bins["n"].to_dict() == realised["predictions"].to_dict()
    assert (bins["n"] * bins["observed_rate"]).round(6).to_dict() == realised["positives"].to_dict()


def test_the_order_of_rows_changes_no_bit(project: Project) -> None:
    random = np.random.default_rng(5)
    reports = []
    scores, happened = draw(random, 3000, -1)
    log = predictions(scores, (scores >= 0.5).astype(int))
    log["plan"] = random.choice(["a", "b", "c"], len(log))
    for seed in range(2):
        shuffled = log.sample(frac=1, random_state=seed, ignore_index=True)
        project.put(
            predictions=shuffled[shuffled["id"] < 1500],
            reference_predictions=shuffled[shuffled["id"] >= 1500],
            reference_outcomes=pd.DataFrame({"id": shuffled["id"], "actual": happened[shuffled["id"]]}),
        )
        report = answers(project, {"call": estimated("segments=['plan'], period='year'")})["call"]
        reports.append(report.sort_values(["segment_value", "metric"], ignore_index=True))
        assert len(report) == 4 * len(METRICS)
    pd.testing.assert_frame_equal(*reports, check_exact=True)


def test_all_slips_are_named_at_once(project: Project) -> None:
    project.put(predictions=predictions([0.5], [1]))
    message = project.error(
        "{{ baton.estimated_performance(predictions=source('data', 'predictions'), reference_predictions=none,"
        " reference_outcomes=source('data', 'predictions'), entity=[], calibrate='yes', outcomes=1, period='fortnight') }}"
    )
    assert "baton.estimated_performance: 6 problems" in message
    for part in [
        'calibrate is "yes", expected true or false',
        "reference_predictions is missing",
        "entity is empty",
        "outcomes is 1, expected ref(...)",
        'reference_outcomes has no column "actual"',
        'period is "fortnight"',
    ]:
        assert part in message
    project.put(labels=pd.DataFrame({"user_id": [1], "happened": [1]}))
    message = project.error(
        "{{ baton.estimated_performance(predictions=source('data', 'predictions'), entity='customer',"
        " reference_predictions=source('data', 'labels'), reference_outcomes=source('data', 'labels')) }}"
    )
    for part in [
        'predictions has no column "customer"',
        'reference_predictions has no columns "customer", "as_of"',
        'reference_outcomes has no column "customer"',
        'reference_outcomes has no column "actual"',
    ]:
        assert part in message
