"""Threshold and calibration curves: scikit-learn's, in every cell."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from bench import Project
from rendering import answers
from strategies import drawn

CELL = ["model_name", "model_version", "period_start", "segment_name", "segment_value"]
COUNTS = ["n_flagged", "true_positives", "false_positives", "false_negatives", "true_negatives"]
THRESHOLDS = [
    *CELL,
    "threshold",
    *COUNTS,
    "precision",
    "recall",
    "false_positive_rate",
    "lift",
    "gain",
    "cost",
]
BINS = [*CELL, "bin", "lower", "upper", "n", "mean_predicted", "observed_rate", "std_error"]
DAY = pd.Timestamp("2024-01-31")


def curve(macro: str, arguments: str = "") -> str:
    return (
        f"{{{{ baton.{macro}(predictions=source('data', 'predictions'), outcomes=source('data', 'outcomes'),"
        f" entity='Key'{', ' if arguments else ''}{arguments}) }}}}"
    )


@cache
def random_cases() -> pd.DataFrame:
    """Models with ties, one class, few rows and many; some rows without a label or a probability."""
    frames = []
    for number, case in enumerate(
        drawn(
            3,
            seed=st.integers(0, 2**32 - 1),
            n=st.integers(1, 120),
            places=st.sampled_from([1, 2, 15]),
            share=st.sampled_from([0.3, 0.05, 0.0, 1.0]),
        )
    ):
        random = np.random.default_rng(case["seed"])
        n = case["n"]
        scores = np.round(random.random(n), case["places"])
        frames.append(
            pd.DataFrame(
                {
                    "model_name": f"model {number}",
                    "score": np.where(random.random(n) < 0.1, random.choice([np.nan, -0.5, 1.5], n), scores),
                    "actual": np.where(random.random(n) < 0.1, np.nan, random.random(n) < case["share"]),
                    "Group": random.choice(np.array(["o'hare", "Ünï, here", None], dtype=object), n),
                }
            )
        )
    return pd.concat(frames, ignore_index=True).astype({"Group": "str"})


def put(project: Project, rows: pd.DataFrame, **columns: Any) -> None:
    given: dict[str, Any] = {"as_of": DAY, "model_version": "v", "predicted_class": "0"} | columns
    project.put(
        predictions=rows.drop(columns=["score", "actual"]).assign(
            Key=rows.index, predicted_probability=rows["score"], **given
        ),
        outcomes=pd.DataFrame({"Key": rows.index, "actual": rows["actual"].astype("Int64")}),
    )


def cells(rows: pd.DataFrame) -> list[tuple[tuple[Any, ...], np.ndarray, np.ndarray]]:
    """The labelled rows with a probability of each cell: its key, labels and scores."""
    usable = rows[rows["actual"].notna() & rows["score"].between(0, 1)]
    found = []
    for name, segment in [("all", pd.Series("all", index=usable.index)), ("Group", usable["Group"])]:
        for (model, value), part in usable.groupby([usable["model_name"], segment], dropna=False):
            key = (model, name, None if pd.isna(value) else value)
            found.append((key, part["actual"].to_numpy(int), part["score"].to_numpy(float)))
    return found


def in_cell(report: pd.DataFrame, key: tuple[Any, ...], order: str) -> pd.DataFrame:
    model, name, value = key
    is_value = report["segment_value"].isna() if value is None else report["segment_value"] == value
    rows = report[(report["model_name"] == model) & (report["segment_name"] == name) & is_value]
    return rows.sort_values(order, ignore_index=True)


def test_every_threshold_is_what_scikit_learn_says(project: Project) -> None:
    rows = random_cases()
    put(project, rows)
    costs = "costs={'false_positive': 1, 'false_negative': 5.5, 'true_positive': -2}"
    found = answers(
        project,
        {
            "every": curve("threshold_curve", f"segments=['Group'], thresholds=none, {costs}"),
            "few": curve("threshold_curve", "segments='Group', thresholds=7"),
            "listed": curve(
                "threshold_curve", "segments=['Group'], thresholds=[0, 0.25, 0.5, 1], period='month'"
            ),
        },
        built="every",
    )
    every, few, listed = found["every"], found["few"], found["listed"]
    assert list(every.columns) == list(few.columns) == THRESHOLDS
    assert every["period_start"].isna().all() and few["cost"].isna().all()
    assert set(listed["period_start"]) == {pd.Timestamp("2024-01-01")}
    number = 0
    for key, actual, scores in cells(rows):
        report = in_cell(every, key, "threshold")[::-1].reset_index(drop=True)
        number += len(report)
        positives, negatives = actual.sum(), (1 - actual).sum()
        false_positives, true_positives, thresholds = _counts(actual, scores)
        assert report["threshold"].tolist() == thresholds.tolist()
        assert report["true_positives"].tolist() == true_positives.tolist()
        assert report["false_positives"].tolist() == false_positives.tolist()
        assert (report["true_positives"] + report["false_negatives"] == positives).all()
        assert (report["false_positives"] + report["true_negatives"] == negatives).all()
        assert (report["n_flagged"] == report["true_positives"] + report["false_positives"]).all()
        if positives and negatives:
            rates, recalls, edges = metrics.roc_curve(actual, scores, drop_intermediate=False)
            assert edges[1:].tolist() == report["threshold"].tolist()
            np.testing.assert_allclose(report["false_positive_rate"].astype(float), rates[1:], rtol=1e-12)
            np.testing.assert_allclose(report["recall"].astype(float), recalls[1:], rtol=1e-12)
            precisions, recalls, _ = metrics.precision_recall_curve(actual, scores)
            # scikit-learn's last point is without a threshold
            np.testing.assert_allclose(report["precision"].astype(float), precisions[-2::-1], rtol=1e-12)
            np.testing.assert_allclose(report["gain"].astype(float), recalls[-2::-1], rtol=1e-12)
            np.testing.assert_allclose(
                report["lift"].astype(float), report["precision"].astype(float) / actual.mean(), rtol=1e-12
            )
        else:
            absent = ["recall", "gain", "lift"] if not positives else ["false_positive_rate"]
            assert report[absent].isna().all(axis=None)
        cost = report["false_positives"] + 5.5 * report["false_negatives"] - 2 * report["true_positives"]
        np.testing.assert_allclose(report["cost"].astype(float), cost, rtol=1e-12)

        # a number of thresholds: some of these, at most so many, down to the lowest
        some = in_cell(few, key, "threshold")[::-1].reset_index(drop=True)
        assert len(some) == min(len(report), len(some)) and len(some) <= 7
        assert len(report) > 7 or len(some) == len(report)
        same = some.merge(report, on="threshold", suffixes=("", "_every"))
        assert len(same) == len(some)
        assert (same["true_positives"] == same["true_positives_every"]).all()
        assert some["threshold"].iloc[-1] == report["threshold"].iloc[-1]

        fixed = in_cell(listed, key, "threshold")
        assert fixed["threshold"].tolist() == [0, 0.25, 0.5, 1]
        assert fixed["n_flagged"].tolist() == [
            (scores >= threshold).sum() for threshold in fixed["threshold"]
        ]
        assert fixed["true_positives"].tolist() == [actual[scores >= t].sum() for t in fixed["threshold"]]
        assert (fixed["precision"].isna() == (fixed["n_flagged"] == 0)).all()
    assert number == len(every)


def _counts(actual: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False and true positives from each distinct score on, from the highest."""
    thresholds = np.unique(scores)[::-1]
    flagged = scores[None, :] >= thresholds[:, None]
    return (flagged & (actual == 0)).sum(axis=1), (flagged & (actual == 1)).sum(axis=1), thresholds


def test_every_bin_is_what_scikit_learn_says(project: Project) -> None:
    rows = random_cases()
    put(project, rows)
    found = answers(
        project,
        {
            "uniform": curve("calibration_curve", "segments=['Group']"),
            "fine": curve("calibration_curve", "segments=['Group'], bins=100"),
            "quantile": curve("calibration_curve", "segments=['Group'], strategy='quantile', bins=4"),
        },
        built="quantile",
    )
    assert all(list(report.columns) == BINS for report in found.values())
    number = 0
    for key, actual, scores in cells(rows):
        for name, bins in [("uniform", 10), ("fine", 100)]:
            report = in_cell(found[name], key, "bin")
            edges = np.arange(bins + 1) / bins
            # scikit-learn puts a score that is an edge into the bin below it, baton into the one above
            place = np.minimum(np.searchsorted(edges, scores, side="right") - 1, bins - 1)
            assert (report["bin"] - 1).tolist() == sorted(set(place))
            assert report["lower"].tolist() == edges[report["bin"] - 1].tolist()
            assert report["upper"].tolist() == edges[report["bin"]].tolist()
            assert report["n"].tolist() == [(place == bin_).sum() for bin_ in sorted(set(place))]
            if not np.isin(scores, edges).any():
                rates, means = calibration_curve(actual, scores, n_bins=bins)
                np.testing.assert_allclose(report["observed_rate"].astype(float), rates, rtol=1e-12)
                np.testing.assert_allclose(report["mean_predicted"].astype(float), means, rtol=1e-12)
                number += 1
        report = in_cell(found["quantile"], key, "bin")
        ordered = np.sort(scores)
        # equal scores share the bin of the last of them
        shares = np.floor(4 * (np.searchsorted(ordered, scores, side="right") - 1) / len(scores))
        assert report["bin"].tolist() == list(range(1, len(set(shares)) + 1))
        for row, share in zip(report.to_dict("records"), sorted(set(shares)), strict=True):
            inside = shares == share
            rate = actual[inside].mean()
            assert row["n"] == inside.sum()
            assert row["lower"] == scores[inside].min()
            assert row["upper"] == min(scores[scores > scores[inside].max()], default=scores.max())
            assert row["mean_predicted"] == pytest.approx(scores[inside].mean(), rel=1e-12)
            assert row["observed_rate"] == pytest.approx(rate, rel=1e-12)
            assert row["std_error"] == pytest.approx(np.sqrt(rate * (1 - rate) / inside.sum()), abs=1e-12)
    # the cases include some without an edge among their scores
    assert number > 10


def test_a_model_of_another_task_has_no_curve(project: Project) -> None:
    rows = pd.DataFrame({"score": [0.2, 0.8, 0.1, 0.3, 0.9], "actual": [0, 1, 0, 1, 1]})
    rows["model_name"] = ["b", "b", "k", "k", "k"]
    put(project, rows, predicted_class=["0", "1", "early", "late", "1"])
    found = answers(project, {name: curve(name) for name in ("threshold_curve", "calibration_curve")})
    for report in found.values():
        assert set(report["model_name"]) == {"b"}
    project.execute("delete from {schema}.predictions")
    for report in answers(project, {"t": curve("threshold_curve"), "c": curve("calibration_curve")}).values():
        assert len(report) == 0


def test_all_slips_are_named_at_once(project: Project) -> None:
    put(project, pd.DataFrame({"score": [0.2], "actual": [0], "model_name": ["m"]}))
    message = project.error(
        curve(
            "threshold_curve",
            "thresholds=[0.5, 2, 'x'], costs={'false_alarm': 1, 'false_negative': 'two'}, period='fortnight'",
        )
    )
    assert "baton.threshold_curve: 5 problems" in message
    for part in [
        "thresholds contains 2, expected numbers from 0 to 1",
        'thresholds contains "x"',
        "costs has an unknown key 'false_alarm'",
        'costs.false_negative is "two", expected a number',
        'period is "fortnight"',
    ]:
        assert part in message
    assert "thresholds is 0, expected a whole number from 1" in project.error(
        curve("threshold_curve", "thresholds=0")
    )
    message = project.error(curve("calibration_curve", "bins=0, strategy='kmeans'"))
    assert 'strategy is "kmeans", expected one of uniform, quantile' in message
    assert "bins is 0" in message
