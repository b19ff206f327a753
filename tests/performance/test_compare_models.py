"""Champion against challenger: every number is scipy's or brute force's, and every verdict follows from them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st
from scipy import stats

import oracles_comparison as oracles
from bench import Project
from compare import about
from rendering import answers
from strategies import drawn, keys, maybe_keys, stacked, tables

DAY = pd.Timestamp("2024-01-31")
CELL = ["model_name", "segment_name", "segment_value", "champion_version", "challenger_version", "metric"]
NUMBERS = [
    *("champion_value", "challenger_value", "difference", "std_error", "lower", "upper"),
    *("p_value", "p_value_adjusted", "n_pairs"),
]
COLUMNS = [*CELL, *NUMBERS, "verdict", "reason"]
BINARY = ["roc_auc", "log_loss", "brier", "precision", "recall", "f1", "accuracy"]
REGRESSION = ["mae", "mse", "rmse"]


def comparison(arguments: str = "", entity: str = "'user_id'", name: str = "") -> str:
    return (
        f"{{{{ baton.compare_models(predictions=source('data', '{name}predictions'),"
        f" outcomes=source('data', '{name}outcomes'),"
        f" entity={entity}{', ' if arguments else ''}{arguments}) }}}}"
    )


@cache
def cases() -> pd.DataFrame:
    """Pairs of predictions of many models: ties, extreme and equal scores, few positives, clusters."""
    random = np.random.default_rng(12)
    frames = []
    for case in range(24):
        n = int(random.choice([2, 5, 30, 60, 150])) if case % 8 != 6 else 200
        truth = random.random(n)
        noise = random.choice([0.1, 0.5, 1.0])
        a, b = (np.clip(truth + random.normal(0, scale, n), 0, 1) for scale in (noise, noise * 0.7))
        if case % 4 == 1:
            a, b = np.round(a, 1), np.round(b, 1)
        if case % 4 == 2:
            b = a.copy()
            b[: n // 3] = random.choice([0.0, 1.0, 1e-200, 1 - 1e-16], n // 3)
        if case == 3:
            b = a.copy()
        if case % 8 == 6:
            a, b = random.random(n), truth
        y = (random.random(n) < random.choice([0.1, 0.5])).astype(int) | (truth > 0.7)
        y[:2] = [0, 1]
        frames.append(
            pd.DataFrame(
                {
                    "model_name": f"model {case}",
                    "y": y,
                    "champion": a,
                    "challenger": b,
                    "cluster": random.integers(0, max(n // 3, 2), n),
                    "segment": random.choice(np.array(["o'hare", "Ünï", None], dtype=object), n),
                }
            )
        )
    found = pd.concat(frames, ignore_index=True)
    return found.assign(user_id=found.index)


def log_of(pairs: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """The log of both models' predictions."""
    sides = []
    for side in ("champion", "challenger"):
        sides.append(
            pd.DataFrame(
                {
                    "User": pairs["user_id"],
                    "as_of": DAY,
                    "model_name": pairs["model_name"],
                    "model_version": f"{side} 1",
                    "role": side,
                    "Cluster": pairs["cluster"],
                    "Segment": pairs["segment"],
                    "predicted_probability": pairs[side],
                    "predicted_class": np.where(pairs[side] > 0.5, "1", "0"),
                    "predicted_value": pairs[side] * 1.3,
                    "class_probabilities": None,
                }
            ).assign(**columns)
        )
    return pd.concat(sides, ignore_index=True)


@cache
def expected_rows(metrics: tuple[str, ...], minimum_pairs: int, clustered: bool) -> list[dict[str, Any]]:
    rows = []
    for name, case in cases().groupby("model_name"):
        y = case["y"].to_numpy()
        for metric in metrics:
            a, b = case["champion"].to_numpy(), case["challenger"].to_numpy()
            if metric in ("precision", "recall", "f1", "accuracy"):
                a, b = (a > 0.5).astype(int), (b > 0.5).astype(int)
            if metric in REGRESSION:
                a, b = a * 1.3, b * 1.3
            if metric == "precision" and not (a.any() and b.any()):
                continue
            clusters = case["cluster"].to_numpy() if clustered else None
            with np.errstate(all="ignore"):
                found = oracles.comparison(metric, y, a, b, minimum_pairs, cluster=clusters)
            rows.append({"model_name": name, "metric": metric, **found})
    return rows


@pytest.fixture(scope="module")
def reports(project: Project) -> dict[str, pd.DataFrame]:
    random = np.random.default_rng(1)
    project.put(
        predictions=log_of(cases()).sample(frac=1, random_state=1),
        outcomes=pd.DataFrame({"User": cases()["user_id"], "actual": cases()["y"]}).iloc[
            random.permutation(len(cases()))
        ],
    )
    calls = {
        "binary": f"metric={BINARY}, minimum_pairs=30, segments=['Segment']",
        "regression": f"metric={REGRESSION}, minimum_pairs=30",
        "clustered": f"metric={BINARY}, minimum_pairs=30, cluster='Cluster'",
        "clustered regression": f"metric={REGRESSION}, minimum_pairs=30, cluster='Cluster'",
    }
    return answers(
        project, {name: comparison(call, entity="'User'") for name, call in calls.items()}, built="binary"
    )


@pytest.mark.parametrize("call", ["binary", "regression", "clustered", "clustered regression"])
def test_every_number_is_scipy_s_or_brute_force_s(reports: dict[str, pd.DataFrame], call: str):
    report = reports[call]
    assert list(report.columns) == COLUMNS
    metrics = REGRESSION if "regression" in call else BINARY
    expected = expected_rows(tuple(metrics), 30, "clustered" in call)
    overall = report[report["segment_name"] == "all"]
    assert len(overall) == 24 * len(metrics)
    merged = overall.merge(pd.DataFrame(expected), on=["model_name", "metric"], suffixes=("", "_expected"))
    assert len(merged) == len(expected)
    for row in merged.to_dict("records"):
        with about(row=row):
            for name in NUMBERS:
                if name == "p_value_adjusted":
                    assert row[name] == row["p_value"] or np.isnan(row["p_value"])
                    continue
                one, other = row[name], row[f"{name}_expected"]
                if np.isnan(other):
                    assert np.isnan(one), name
                    continue
                if name == "p_value" and row["n_pairs"] < 20:
                    continue
                tolerance = 3e-6 if name == "p_value" else 1e-6
                assert one == pytest.approx(other, rel=1e-6, abs=tolerance), name
            assert row["verdict"] == row["verdict_expected"]
            assert row["reason"]


def test_the_t_of_a_loss_is_scipy_s_and_the_cases_cover_the_verdicts(reports: dict[str, pd.DataFrame]):
    case = cases()[cases()["model_name"] == "model 4"]
    y, a, b = (case[name].to_numpy() for name in ("y", "champion", "challenger"))
    overall = reports["binary"].query("segment_name == 'all'").set_index(["model_name", "metric"])
    report = overall.loc["model 4"]
    for metric in ("log_loss", "brier"):
        losses = [oracles.ROW_LOSSES[metric](y, scores) for scores in (b, a)]
        truth = stats.ttest_rel(*losses)
        assert report.loc[metric, "p_value"] == pytest.approx(truth.pvalue, abs=3e-6)
    checked = 0
    for model, rows in cases().groupby("model_name"):
        right = [((rows[side] > 0.5) == (rows["y"] == 1)).to_numpy() for side in ("challenger", "champion")]
        wins, losses = int(np.sum(right[0] & ~right[1])), int(np.sum(right[1] & ~right[0]))
        if wins + losses < 10:
            continue
        p_value = overall.loc[(model, "accuracy"), "p_value"]
        chi2 = (wins - losses) ** 2 / (wins + losses)
        assert p_value == pytest.approx(stats.chi2.sf(chi2, 1), abs=1e-6)
        # below the exact test, by about the probability of the outcome itself
        exact = stats.binomtest(wins, wins + losses).pvalue
        assert exact - stats.binom.pmf(wins, wins + losses, 0.5) - 0.05 <= p_value <= exact + 1e-6
        checked += 1
    assert checked > 5
    for name in ("binary", "regression"):
        assert set(reports[name]["verdict"]) == {"promote", "hold", "not_enough_data"}


def test_segments_control_the_false_discovery_rate(reports: dict[str, pd.DataFrame]):
    report = reports["binary"]
    segments = report[report["segment_name"] == "Segment"]
    assert (
        set(segments["segment_value"].dropna()) == {"o'hare", "Ünï"}
        and segments["segment_value"].isna().any()
    )
    checked = 0
    for (model, metric), family in segments.groupby(["model_name", "metric"]):
        case = cases()[cases()["model_name"] == model]
        assert len(family) == case["segment"].nunique(dropna=False)
        known = family.dropna(subset="p_value")
        assert known["p_value_adjusted"].to_numpy() == pytest.approx(
            stats.false_discovery_control(known["p_value"]) if len(known) else [], abs=1e-12
        )
        for row in family.to_dict("records"):
            rows = case[
                case["segment"].isna()
                if pd.isna(row["segment_value"])
                else case["segment"] == row["segment_value"]
            ]
            assert row["n_pairs"] == len(rows)
            y = rows["y"].to_numpy()
            if metric == "roc_auc" and min(y.sum(), (1 - y).sum()) >= 2:
                found = oracles.comparison(
                    metric, y, rows["champion"].to_numpy(), rows["challenger"].to_numpy(), 30
                )
                wanted = found["verdict"]
                if wanted == "promote" and row["p_value_adjusted"] > 0.05:
                    wanted = "hold"
                assert row["difference"] == pytest.approx(found["difference"], abs=1e-9)
                assert row["std_error"] == pytest.approx(found["std_error"], abs=1e-9)
                assert row["verdict"] == wanted
                checked += 1
    assert checked > 20


def test_the_order_of_rows_changes_no_bit(project: Project):
    calls = {
        "binary": f"metric={BINARY}, minimum_pairs=30, segments=['Segment'], cluster='Cluster'",
        "regression": f"metric={REGRESSION}, minimum_pairs=30",
    }
    found = []
    for seed in (1, 2):
        project.put(
            predictions=log_of(cases()).sample(frac=1, random_state=seed),
            outcomes=pd.DataFrame({"User": cases()["user_id"], "actual": cases()["y"]}).sample(
                frac=1, random_state=seed
            ),
        )
        of_seed = answers(project, {name: comparison(call, entity="'User'") for name, call in calls.items()})
        found.append({name: frame.sort_values(CELL, ignore_index=True) for name, frame in of_seed.items()})
    for name in calls:
        pd.testing.assert_frame_equal(found[0][name], found[1][name], check_exact=True)


def predictions(*rows: tuple[Any, ...], **columns: Any) -> pd.DataFrame:
    """A log of (user_id, days after the first, version, role, probability)."""
    names = ["user_id", "days", "model_version", "role", "predicted_probability"]
    found = pd.DataFrame(
        {name: pd.Series([row[i] for row in rows], dtype=object) for i, name in enumerate(names)}
    )
    known = found["predicted_probability"].astype(float)
    return found.assign(
        as_of=pd.to_datetime(
            [None if day is None else DAY + pd.Timedelta(days=day) for day in found.pop("days")]
        ),
        model_name="m",
        predicted_class=np.where(known.isna(), None, np.where(known > 0.5, "1", "0")),
        predicted_value=known,
        class_probabilities=None,
        predicted_probability=known,
        **columns,
    )


def both(
    user: Any, day: int | None, one: Any, other: Any, versions: tuple[str, str] = ("v1", "v2")
) -> list[tuple[Any, ...]]:
    return [(user, day, versions[0], "champion", one), (user, day, versions[1], "challenger", other)]


def test_a_role_stands_for_its_newest_version(project: Project):
    log = predictions(
        # v1 was champion, then v2, which had been a challenger before
        *[(user, 0, "v1", "champion", 0.6) for user in "abc"],
        *[(user, 0, "v2", "challenger", 0.7) for user in "abc"],
        *[(user, 1, "v2", "champion", 0.8) for user in "abc"],
        *[(user, 1, "v3", "challenger", 0.4) for user in "ab"],
        *[(user, 1, "s1", "shadow", 0.5) for user in "a"],
        *[(user, 1, "s2", "shadow", 0.5) for user in "abc"],
        *[(user, 0, "s3", "shadow", 0.5) for user in "abc"],
        ("a", None, "v9", "champion", 0.5),
    )
    old = log[(log["as_of"] == DAY) | (log["role"] == "champion")].assign(model_name="promoted")
    regression = log.assign(model_name="other task", predicted_class=None, predicted_probability=np.nan)
    project.put(
        predictions=pd.concat([log, old, regression], ignore_index=True),
        outcomes=pd.DataFrame({"user_id": ["a", "b", "c"], "actual": [1, 0, 1]}),
    )
    found = answers(
        project,
        {
            "roles": comparison("metric=['accuracy', 'brier']"),
            "shadows": comparison("metric='brier', challenger='shadow'"),
            "versions": comparison("metric='brier', champion='v1', challenger='v2'"),
            "typo": comparison("metric='brier', challenger='v7'"),
            "nobody": comparison("metric='brier', champion='v8', challenger='v7'"),
        },
    )

    def pairs(name: str, model: str = "m") -> list[tuple[Any, ...]]:
        rows = found[name][(found[name]["model_name"] == model) & (found[name]["metric"] == "brier")]
        columns = ["champion_version", "challenger_version", "n_pairs"]
        return sorted(
            (None if pd.isna(a) else a, None if pd.isna(b) else b, n)
            for a, b, n in rows[columns].itertuples(index=False)
        )

    assert pairs("roles") == [("v2", "v3", 2)]
    assert pairs("shadows") == [("v2", "s1", 1), ("v2", "s2", 3)]
    # their predictions count whatever the role: v2's as a challenger are paired with v1's
    assert pairs("versions") == [("v1", "v2", 3)]
    assert pairs("typo") == [("v2", None, 0)]
    assert found["nobody"].empty
    reasons = {
        (row.model_name, row.metric): row.reason
        for row in found["roles"].itertuples()
        if row.segment_name == "all"
    }
    assert pairs("roles", "promoted") == [("v2", None, 0)]
    assert reasons["promoted", "brier"] == "no prediction of a challenger that is not the champion"
    assert reasons["other task", "brier"] == "the champion is a regression model"
    assert found["typo"]["reason"].iloc[0] == "no prediction of version v7"
    assert set(found["typo"]["verdict"]) == {"not_enough_data"}


def test_which_rows_are_pairs(project: Project):
    log = predictions(
        *both("a", 0, 0.9, 0.8),
        *both("a", 0, 0.9, 0.8),  # twice the same
        *both("a", 1, 0.9, 0.7),  # another moment, another outcome
        *both("b", 0, 0.2, 0.3),
        *both("b", 0, 0.25, 0.1),  # twice, and not the same: 0.2 and 0.1
        *both("c", 0, 0.9, None),
        *both("d", 0, 0.9, np.nan),
        *both("e", 0, 0.9, 1.1),
        *both("f", 0, 0.9, np.inf),
        *both("g", 0, 0.9, 0.9),  # without an outcome
        *both("h", 0, 0.9, 0.9),  # its outcome was withdrawn
        *both(None, 0, 0.9, 0.9),
        *both("a", None, 0.9, 0.9),
        ("i", 0, "v1", "champion", 0.5),
        ("j", 0, "v2", "challenger", 0.5),
    )
    later = DAY + pd.Timedelta(days=1)
    outcomes = [(user, DAY, 1, DAY) for user in "acdefij"] + [("a", later, 0, DAY), ("b", DAY, 0, DAY)]
    outcomes += [("h", DAY, 1, DAY), ("h", DAY, None, later), (None, DAY, 1, DAY)]
    frame = pd.DataFrame(outcomes, columns=["user_id", "moment", "actual", "known"]).astype(
        {"actual": "Int64"}
    )
    project.put(predictions=log, outcomes=frame)
    call = f"metric={['brier', 'roc_auc']}, outcome_as_of='moment', outcome_time='known', minimum_pairs=2"
    found = answers(
        project,
        {
            "pairs": comparison(call),
            "before": comparison(call + f", known_at='{DAY}'"),
            "value": comparison(
                "metric='mae', outcome_as_of='moment', outcome_time='known', minimum_pairs=2"
            ),
        },
        built="pairs",
    )
    brier = found["pairs"].set_index("metric").loc["brier"]
    assert brier["n_pairs"] == 3
    assert brier["champion_value"] == pytest.approx((0.1**2 + 0.9**2 + 0.2**2) / 3)
    assert brier["challenger_value"] == pytest.approx((0.2**2 + 0.7**2 + 0.1**2) / 3)
    assert found["before"].set_index("metric").loc["brier", "n_pairs"] == 4
    # a value may be above 1, but not NaN or infinite
    assert found["value"].iloc[0]["n_pairs"] == 4


def simulated(kind: str, n: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    y = (random.random(n) < 0.4).astype(int)
    good = np.clip(0.5 + 0.3 * (y - 0.5) + random.normal(0, 0.15, n), 0.01, 0.99)
    bad = np.clip(0.5 + 0.1 * (y - 0.5) + random.normal(0, 0.15, n), 0.01, 0.99)
    rare = (np.arange(n) < 20).astype(int)
    return {
        "better": (y, bad, good),
        "worse": (y, good, bad),
        "even": (y, good, np.clip(good + random.normal(0, 0.01, n), 0, 1)),
        "same": (y, good, good),
        "few": (y[:400], bad[:400], good[:400]),
        "rare": (rare, bad, good),
        "one class": (np.zeros(n, dtype=int), bad, good),
        # right in ten rows more, and else the same
        "few differ": (y, np.where(np.arange(n) < 10, 1 - y, y * 0.9), y * 0.9),
        "one row": (y[:1], bad[:1], good[:1]),
        # every pair differs by the same: nothing spreads
        "always right": (y, 1.0 - y, y * 1.0),
    }[kind]


KINDS = [
    "better",
    "worse",
    "even",
    "same",
    "few",
    "rare",
    "one class",
    "few differ",
    "one row",
    "always right",
]


def test_every_verdict_and_its_reason(project: Project):
    frames, outcomes = [], []
    for kind in KINDS:
        y, a, b = simulated(kind)
        users = [f"{kind} {row}" for row in range(len(y))]
        for version, role, scores in (("v1", "champion", a), ("v2", "challenger", b)):
            frames.append(
                pd.DataFrame(
                    {
                        "user_id": users,
                        "as_of": DAY,
                        "model_name": kind,
                        "model_version": version,
                        "role": role,
                        "predicted_class": np.where(scores > 0.5, "1", "0"),
                        "predicted_probability": scores,
                    }
                )
            )
        outcomes.append(pd.DataFrame({"user_id": users, "actual": y}))
    project.put(predictions=pd.concat(frames), outcomes=pd.concat(outcomes))
    report = project.build(comparison("metric=['roc_auc', 'log_loss', 'accuracy']"))
    rows = {(row.model_name, row.metric): row for row in report.itertuples()}
    assert len(rows) == 3 * len(KINDS) == len(report)

    def said(kind: str, metric: str) -> tuple[str, str]:
        return rows[kind, metric].verdict, rows[kind, metric].reason

    for metric in ("roc_auc", "log_loss", "accuracy"):
        assert said("better", metric) == ("promote", "the challenger is better, however often one looked")
        assert said("worse", metric) == ("hold", "the challenger is worse, however often one looked")
        assert said("same", metric) == ("hold", "no pair tells the two apart")
        assert rows["same", metric].p_value == 1 and rows["same", metric].std_error == 0
        assert said("few", metric) == ("not_enough_data", "400 pairs, and at least 500 are needed")
        assert said("always right", metric)[0] == "promote"
        sign = -1 if metric == "log_loss" else 1
        assert sign * rows["better", metric].difference > 0
    assert said("even", "log_loss")[0] == "hold" and "not decided: if" in said("even", "log_loss")[1]
    assert said("rare", "roc_auc") == (
        "not_enough_data",
        "20 pairs of the rarer class, and at least 25 are needed",
    )
    assert said("rare", "accuracy")[0] in ("hold", "promote")
    assert said("few differ", "accuracy") == (
        "not_enough_data",
        "the difference rests on about 10 pairs, and at least 25 are needed",
    )
    undefined = rows["one class", "roc_auc"]
    assert undefined.verdict == "not_enough_data" and "undefined" in undefined.reason
    assert np.isnan(undefined.difference) and np.isnan(undefined.p_value)
    assert said("one class", "log_loss")[1] == "0 pairs of the rarer class, and at least 25 are needed"
    assert rows["one row", "accuracy"].n_pairs == 1 and np.isnan(rows["one row", "accuracy"].std_error)


def test_pairs_of_one_entity_are_pointed_out_unless_they_are_a_cluster(project: Project):
    days = [
        row for user in range(30) for day in range(2) for row in both(f"u{user}", day, 0.9 - 0.02 * user, 0.7)
    ]
    project.put(
        predictions=predictions(*days),
        outcomes=pd.DataFrame({"user_id": [f"u{user}" for user in range(30)], "actual": [0, 1] * 15}),
    )
    call = "metric='brier', minimum_pairs=20"
    found = answers(project, {"rows": comparison(call), "cluster": comparison(call + ", cluster='user_id'")})
    note = "; an entity has up to 2 pairs: name as cluster what depends on each other"
    assert found["rows"].iloc[0]["reason"].endswith(note)
    assert "cluster" not in found["cluster"].iloc[0]["reason"]
    # the second day tells nothing new
    assert found["cluster"].iloc[0]["std_error"] > 1.35 * found["rows"].iloc[0]["std_error"]


def test_one_pair_has_no_spread_and_what_looks_right_only_is_refused(project: Project):
    project.put(
        predictions=predictions(*both("a", 0, 0.9, 0.2)),
        outcomes=pd.DataFrame({"user_id": ["a"], "actual": [1]}),
        two_outcomes=pd.DataFrame({"user_id": ["a", "a"], "actual": [0, 1]}),
        others=pd.DataFrame({"user_id": ["a"], "actual": ["yes"]}),
    )
    row = project.build(comparison("metric='accuracy', minimum_pairs=1")).iloc[0]
    assert (row["verdict"], row["reason"]) == ("not_enough_data", "too few pairs for a standard error")
    assert (row["difference"], row["n_pairs"]) == (-1, 1)
    assert pd.isna(row["lower"]) and pd.isna(row["p_value"])
    call = comparison("metric='brier'")
    assert "outcomes are ambiguous" in project.error(call.replace("'outcomes'", "'two_outcomes'"))
    refused = project.error(
        call.replace("'outcomes'", "'others'").replace("metric=", "positive_class='no', metric=")
    )
    assert "positive_class is" in refused


def test_nothing_in_gives_nothing_out(project: Project):
    project.put(
        predictions=predictions(*both("a", 0, 0.5, 0.6)),
        outcomes=pd.DataFrame({"user_id": ["z"], "actual": [1]}),
    )
    report = project.build(comparison("segments='user_id'"))
    assert len(report) == 1
    row = report.iloc[0]
    assert (row["n_pairs"], row["verdict"]) == (0, "not_enough_data")
    assert row["reason"] == "no outcome is known of a row that both scored"
    project.execute("delete from {schema}.predictions")
    assert len(project.build(comparison("segments='user_id'"))) == 0


def test_classes_are_values_and_may_be_many(project: Project):
    log = predictions(*both("a", 0, 0.5, 0.5), *both("b", 0, 0.5, 0.5), *both("c", 0, 0.5, 0.5))
    classes = ["2.50", "2.5", "v1.0", "v1", "true", "1"]
    project.put(
        predictions=log.assign(predicted_class=classes),
        outcomes=pd.DataFrame({"user_id": ["a", "b", "c"], "actual": ["2.5", "v1", "1.0"]}),
    )
    row = project.build(comparison("metric='accuracy'")).iloc[0]
    assert (row["champion_value"], row["challenger_value"]) == (pytest.approx(2 / 3), 1)


def test_one_error_names_all_that_is_wrong(project: Project):
    project.put(
        predictions=predictions(*both("a", 0, 0.5, 0.6)),
        outcomes=pd.DataFrame({"user_id": ["z"], "actual": [1]}),
    )
    said = project.error(
        comparison(
            "metric=['roc_auc', 'mae', 'auc'], champion='x', challenger='x', minimum_pairs=0, alpha=1.5"
        )
    )
    for problem in (
        'metric[2] is "auc", expected one of roc_auc, log_loss',
        "metric has metrics of classes and of numbers (roc_auc, mae, auc), expected those of one task",
        'champion and challenger are both "x", expected two roles or versions',
        "minimum_pairs is 0, expected a whole number from 1",
        "alpha is 1.5, expected a number above 0, at most 0.5",
    ):
        assert problem in said
    assert "5 problems" in said


def test_pairs_of_any_rows_are_those_of_brute_force(project: Project):
    rows = {
        "Order": maybe_keys,
        "day": st.sampled_from([0, 0, 0, 1, None]),
        "model_version": st.sampled_from(["v1", "v2"]),
        "predicted_probability": st.sampled_from([0.0, 0.3, 0.3, 0.6, 1.0, float("nan"), None, 1.5]),
    }
    examples = drawn(6, log=tables(40, **rows), positive=st.sets(keys), unknown=st.sets(keys, max_size=1))
    log = stacked([example["log"] for example in examples])
    outcomes = [
        (case, key, int(key in example["positive"]))
        for case, example in enumerate(examples)
        for key in sorted({"a", "a-", "O'Brien", 'say "hi" ✈'} - example["unknown"])
    ]
    score = log["predicted_probability"].astype(float)
    log = log.assign(
        as_of=[None if pd.isna(day) else DAY + pd.Timedelta(days=day) for day in log.pop("day")],
        model_name="m " + log["case"].astype(str),
        role=np.where(log["model_version"] == "v1", "champion", "challenger"),
        predicted_class=np.where(score.isna(), None, np.where(score > 0.5, "1", "0")),
        predicted_probability=score,
    )
    project.put(
        predictions=log.astype({"case": int}),
        # a class that no row has is another test's
        outcomes=pd.DataFrame([*outcomes, (-1, "x", 1)], columns=["case", "Order", "actual"]),
    )
    report = project.build(
        comparison("metric=['roc_auc', 'brier', 'accuracy'], minimum_pairs=4", entity="['case', 'Order']")
    ).set_index(["model_name", "metric"])
    actual = {(case, key): label for case, key, label in outcomes}
    pairs = 0
    for name, of_model in log.groupby("model_name"):
        found: dict[str, dict[Any, tuple[Any, ...]]] = {"v1": {}, "v2": {}}
        for row in of_model.dropna(subset=["Order", "as_of"]).to_dict("records"):
            p = row["predicted_probability"]
            usable = None if pd.isna(p) or p > 1 else p
            # NULL is last
            prediction = (
                usable is None,
                usable or 0.0,
                pd.isna(row["predicted_class"]),
                row["predicted_class"],
            )
            key = (row["case"], row["Order"], row["as_of"])
            of_version = found[row["model_version"]]
            of_version[key] = min(of_version.get(key, (9,)), prediction)
        both_scored = [key for key in found["v1"] if key in found["v2"] and key[:2] in actual]
        for metric in ("roc_auc", "brier", "accuracy"):
            place = 3 if metric == "accuracy" else 1
            used = [
                key
                for key in both_scored
                if not found["v1"][key][place - 1] and not found["v2"][key][place - 1]
            ]
            y = np.array([actual[key[:2]] for key in used])
            if (name, metric) not in report.index:
                assert not used
                continue
            reported = report.loc[(name, metric)]
            with about(model=name, metric=metric):
                assert reported["n_pairs"] == len(used)
                if len(used) < 2 or (metric == "roc_auc" and len(set(y)) < 2):
                    continue
                a, b = (
                    np.array([float(found[version][key][place]) for key in used]) for version in ("v1", "v2")
                )
                expected = oracles.comparison(metric, y, a, b, 4)
                for column in ("champion_value", "challenger_value", "difference", "std_error"):
                    if np.isnan(expected[column]):
                        assert np.isnan(reported[column])
                    else:
                        assert reported[column] == pytest.approx(expected[column], abs=1e-9), column
                assert reported["verdict"] == expected["verdict"]
            pairs += len(used)
    assert pairs > 50
