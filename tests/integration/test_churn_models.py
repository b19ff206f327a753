"""The churn subject of the integration project, small: each table against brute force or scikit-learn."""

from __future__ import annotations

import itertools
import math
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from conftest import ENGINES
from sklearn import metrics

import oracles_comparison
import oracles_estimated
from compare import assert_same_rows
from integration import BuiltOnce, IntegrationProject
from oracles import Row, rows_of

STORY = {
    "user_features": [
        "user_id", "as_of", "total_events", "total_sessions", "avg_session_duration", "last_active_date",
        "days_since_last_active", "total_purchases", "total_revenue", "avg_order_value", "last_purchase_date",
        "days_since_last_purchase", "page_views", "add_to_carts", "checkouts", "user_segment",
        "activity_status",
    ],
    "user_features_scd2": [
        "user_id", "valid_from", "valid_to", "is_current", "feature_hash", "surrogate_key", "version_id",
    ],
    "churn_training_set": ["user_id", "as_of", "label", "split", "user_features_scd2_feature_time"],
    "actual_outcomes": ["user_id", "as_of", "churned", "known_at", "revenue_at_stake"],
    "churn_model": ["model_name", "model_version", "metrics", "artifact", "scoring_sql"],
    "churn_scores": [
        "user_id", "as_of", "model_name", "model_version", "predicted_class", "predicted_probability",
    ],
    "model_predictions": ["prediction_id", "user_id", "as_of", "predicted_at", "role", "run_id"],
    "model_performance": [
        "total_predictions", "correct_predictions", "accuracy", "true_positives", "false_positives",
        "false_negatives", "precision", "recall", "f1_score", "recovered_revenue", "total_revenue",
        "revenue_recovery_rate",
    ],
}  # fmt: skip
DAY = timedelta(days=1)
LOG_STARTS, LOG_ENDS = datetime(2024, 1, 1), datetime(2025, 6, 30)
FIRST_SCORED = datetime(2024, 10, 7)
TRAINED_AT = datetime(2024, 9, 30)
STALE_RUN = datetime(2025, 3, 10)


@pytest.fixture(scope="module", params=ENGINES)
def built(request: pytest.FixtureRequest) -> BuiltOnce:
    """The project on each engine."""
    found: BuiltOnce = request.getfixturevalue(f"built_on_{request.param}")
    return found


@pytest.fixture(scope="module")
def shop(built: BuiltOnce) -> IntegrationProject:
    """The project, of which the tests read the shop."""
    return built.project


@pytest.fixture(scope="module")
def history(shop: IntegrationProject) -> dict[int, dict[str, list[Row]]]:
    """The actions of each user, from the raw tables."""
    raw = {table: rows_of(shop.read(table)) for table in ("users", "events", "sessions", "purchases")}
    users: dict[int, dict[str, list[Row]]] = {row["user_id"]: {"users": [row]} for row in raw["users"]}
    for table in ("events", "sessions", "purchases"):
        for user in users.values():
            user[table] = []
        for row in raw[table]:
            users[row["user_id"]][table].append(row)
    return users


@pytest.fixture(scope="module")
def features(history: dict[int, dict[str, list[Row]]]) -> list[Row]:
    """The expected `user_features`."""
    mondays = [LOG_STARTS + week * 7 * DAY for week in range((LOG_ENDS - LOG_STARTS).days // 7)]
    return [
        expected_features(user, user_id, as_of)
        for user_id, user in history.items()
        for as_of in mondays
        if as_of >= user["users"][0]["signed_up_at"]
    ]


def expected_features(user: dict[str, list[Row]], user_id: int, as_of: datetime) -> Row:
    """One row of `user_features`, by looking at everything that the user did before."""
    events = [event for event in user["events"] if event["event_at"] < as_of]
    sessions = [session for session in user["sessions"] if session["started_at"] < as_of]
    purchases = [purchase for purchase in user["purchases"] if purchase["purchased_at"] < as_of]
    last_event = max((event["event_at"] for event in events), default=None)
    last_purchase = max((purchase["purchased_at"] for purchase in purchases), default=None)

    def of_type(name: str) -> list[datetime]:
        return [event["event_at"] for event in events if event["event_type"] == name]

    def within(moments: list[datetime], days: int) -> int:
        return sum(moment >= as_of - days * DAY for moment in moments)

    def duration(days: int | None) -> float | None:
        recent = [
            session for session in sessions if days is None or session["started_at"] >= as_of - days * DAY
        ]
        return mean([row["duration_seconds"] for row in recent if row["duration_seconds"] is not None])

    def revenue(days: int | None) -> float:
        since = datetime.min if days is None else as_of - days * DAY
        paid = sum(float(row["amount"]) for row in purchases if row["purchased_at"] >= since)
        refunds = [row for row in purchases if row["refunded_at"] and since <= row["refunded_at"] < as_of]
        return paid - sum(float(row["amount"]) for row in refunds)

    silent = (as_of - last_event) / DAY if last_event else None
    visits = [session["started_at"] for session in sessions]
    segment = "purchaser" if purchases else "cart_abandoner" if of_type("add_to_cart") else "browser"
    return {
        "user_id": user_id,
        "as_of": as_of,
        "total_events": len(events),
        "events_7d": within([event["event_at"] for event in events], 7),
        "events_30d": within([event["event_at"] for event in events], 30),
        "last_active_date": midnight(last_event),
        "days_since_last_active": silent,
        "page_views_30d": within(of_type("page_view"), 30),
        "page_views": len(of_type("page_view")),
        "add_to_carts_30d": within(of_type("add_to_cart"), 30),
        "add_to_carts": len(of_type("add_to_cart")),
        "checkouts_30d": within(of_type("checkout"), 30),
        "checkouts": len(of_type("checkout")),
        "total_sessions": len(sessions),
        "sessions_7d": within(visits, 7),
        "sessions_30d": within(visits, 30),
        "avg_session_duration_7d": duration(7),
        "avg_session_duration_30d": duration(30),
        "avg_session_duration": duration(None),
        "total_purchases": len(purchases),
        "purchases_30d": within([purchase["purchased_at"] for purchase in purchases], 30),
        "avg_order_value": mean([float(purchase["amount"]) for purchase in purchases]),
        "last_purchase_date": midnight(last_purchase),
        "days_since_last_purchase": (as_of - last_purchase) / DAY if last_purchase else None,
        "total_revenue": revenue(None),
        "revenue_30d": revenue(30),
        "revenue_90d": revenue(90),
        "user_segment": segment,
        "activity_status": status(silent),
    }


def status(silent_days: float | None) -> str:
    """active within 7 days, latent within 30, else churned."""
    if silent_days is None or silent_days > 30:
        return "churned"
    return "active" if silent_days <= 7 else "latent"


def mean(values: list[Any]) -> float | None:
    """Their mean, None without any."""
    return sum(values) / len(values) if values else None


def midnight(moment: datetime | None) -> datetime | None:
    """The start of that day."""
    return datetime(moment.year, moment.month, moment.day) if moment else None


def expected_outcome(user: dict[str, list[Row]], as_of: datetime, observed_until: datetime) -> int | None:
    """1 without an event in the 30 days after `as_of`, None before they are over."""
    if as_of + 30 * DAY > observed_until:
        return None
    return int(not any(as_of < event["event_at"] <= as_of + 30 * DAY for event in user["events"]))


def at_risk(features: list[Row]) -> list[Row]:
    """The rows for training and for scoring."""
    return [
        row
        for row in features
        if row["activity_status"] != "churned" and row["as_of"] >= datetime(2024, 4, 1)
    ]


def test_the_models_of_the_story_have_their_columns(shop: IntegrationProject) -> None:
    for model, columns in STORY.items():
        frame = shop.read(model)
        assert set(columns) <= set(frame.columns), model
        assert len(frame) > 0, model


def test_user_features_are_what_brute_force_finds(shop: IntegrationProject, features: list[Row]) -> None:
    actual = shop.read("user_features")
    assert set(actual.columns) == set(features[0])
    assert_same_rows(actual, features)


def test_the_small_shop_has_what_makes_features_hard(
    features: list[Row], history: dict[int, dict[str, list[Row]]]
) -> None:
    durations = [row["duration_seconds"] for user in history.values() for row in user["sessions"]]
    refunds = [row["refunded_at"] for user in history.values() for row in user["purchases"]]
    assert any(duration is None for duration in durations)
    assert any(refund is not None for refund in refunds)
    assert {row["user_segment"] for row in features} == {"purchaser", "cart_abandoner", "browser"}
    assert {row["activity_status"] for row in features} == {"active", "latent", "churned"}
    assert any(row["total_events"] == 0 for row in features)


def test_every_version_of_the_store_holds_from_its_monday_to_the_next_change(
    shop: IntegrationProject, features: list[Row]
) -> None:
    names = [name for name in features[0] if name not in ("user_id", "as_of")]
    expected: list[Row] = []
    for _, rows in itertools.groupby(features, key=lambda row: row["user_id"]):
        changes: list[Row] = []
        for row in rows:
            if not changes or any(row[name] != changes[-1][name] for name in names):
                changes.append(row)
        for row, following in itertools.zip_longest(changes, changes[1:]):
            valid_to = following["as_of"] if following else None
            expected.append(
                {**row, "valid_from": row["as_of"], "valid_to": valid_to, "is_current": following is None}
            )
    assert_same_rows(
        shop.read("user_features_scd2"), expected, ["user_id", "valid_from", "valid_to", "is_current", *names]
    )


def test_the_training_set_has_what_was_known_on_the_day_of_training(
    shop: IntegrationProject, features: list[Row], history: dict[int, dict[str, list[Row]]]
) -> None:
    actual = shop.read("churn_training_set")
    train_until = datetime(2024, 8, 5)
    expected = []
    for row in at_risk(features):
        label = expected_outcome(history[row["user_id"]], row["as_of"], TRAINED_AT)
        crosses = row["as_of"] < train_until < row["as_of"] + 30 * DAY
        if label is not None and not crosses:
            user = history[row["user_id"]]["users"][0]
            split = "train" if row["as_of"] < train_until else "validation"
            static = {"platform": user["platform"], "channel": user["channel"]}
            expected.append({**row, **static, "label": label, "split": split})
    columns = [name for name in actual.columns if name in expected[0]]
    assert {"label", "split", "platform", "channel", "days_since_last_active", "revenue_30d"} <= set(columns)
    assert_same_rows(actual, expected, columns)


def test_scores_read_the_features_that_were_there(shop: IntegrationProject, features: list[Row]) -> None:
    actual = shop.read("churn_scoring_features")
    by_key = {(row["user_id"], row["as_of"]): row for row in features}
    names = [name for name in actual.columns if name in features[0] and name not in ("user_id", "as_of")]
    nothing = dict.fromkeys(names)
    expected = []
    for row in at_risk(features):
        if row["as_of"] >= FIRST_SCORED:
            read_at = row["as_of"] - (14 * DAY if row["as_of"] == STALE_RUN else 0 * DAY)
            read = by_key.get((row["user_id"], read_at), nothing)
            expected.append({**row, **{name: read[name] for name in names}, "features_refreshed_at": read_at})
    assert_same_rows(actual, expected, ["user_id", "as_of", "features_refreshed_at", *names])


def test_the_run_that_read_stale_features_is_the_only_warning(
    built: BuiltOnce, shop: IntegrationProject
) -> None:
    warned = {
        name: result["failures"] for name, result in built.results.items() if result["status"] == "warn"
    }
    stale = sum(row["as_of"] == STALE_RUN for row in rows_of(shop.read("churn_scoring_features")))
    assert stale > 0
    assert warned == {"scoring_runs_read_fresh_features": stale}


def test_the_stale_run_is_the_only_skew_and_its_features_are_two_weeks_old(
    shop: IntegrationProject, features: list[Row]
) -> None:
    by_key = {(row["user_id"], row["as_of"]): row for row in features}
    scored = [row for row in at_risk(features) if row["as_of"] >= FIRST_SCORED]
    at_stale_run = [row for row in scored if row["as_of"] == STALE_RUN]
    skew = rows_of(shop.read("churn_skew"))
    weeks = {row["as_of"] for row in scored}
    names = {row["feature"] for row in skew}
    assert {"days_since_last_active", "revenue_30d", "platform", "channel"} <= names
    assert {(row["period_start"], row["feature"]) for row in skew} == set(itertools.product(weeks, names))
    for row in skew:
        assert row["n"] == sum(user["as_of"] == row["period_start"] for user in scored)
        assert row["n_unmatched_served"] == row["n_unmatched_recomputed"] == 0
        if row["period_start"] != STALE_RUN:
            assert row["n_mismatched"] == 0
            assert row["stale_share"] == 0
            continue
        name = row["feature"]
        read = [by_key.get((user["user_id"], STALE_RUN - 14 * DAY)) for user in at_stale_run]
        if name in ("platform", "channel"):
            # those who signed up in between were not there yet
            assert row["n_mismatched"] == row["n_missing_served"] == read.count(None)
            assert row["stale_share"] == 0
            continue
        stale = [
            one is not None and not is_near(one[name], user[name])
            for one, user in zip(read, at_stale_run, strict=True)
        ]
        assert sum(stale) > 0
        assert row["stale_share"] == sum(stale) / row["n"]
        assert row["median_staleness_days"] == 14
        never = [one is None and user[name] is not None for one, user in zip(read, at_stale_run, strict=True)]
        assert row["n_mismatched"] == sum(stale) + sum(never)


def is_near(one: Any, other: Any) -> bool:
    """Whether two values are the same up to rounding."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def test_outcomes_are_known_once_their_month_is_over(
    shop: IntegrationProject, features: list[Row], history: dict[int, dict[str, list[Row]]]
) -> None:
    observed_until = max(event["event_at"] for user in history.values() for event in user["events"])
    expected = []
    for row in at_risk(features):
        churned = expected_outcome(history[row["user_id"]], row["as_of"], observed_until)
        if churned is not None:
            known_at, at_stake = row["as_of"] + 30 * DAY, max(row["revenue_90d"], 0)
            expected.append({**row, "churned": churned, "known_at": known_at, "revenue_at_stake": at_stake})
    assert_same_rows(shop.read("actual_outcomes"), expected, STORY["actual_outcomes"])


def test_the_rule_turns_silent_days_into_a_probability(shop: IntegrationProject) -> None:
    expected = []
    for row in rows_of(shop.read("churn_scoring_features")):
        silent = row["days_since_last_active"]
        probability = None if silent is None else min(silent / 30, 1)
        called = None if probability is None else str(int(probability >= 0.5))
        expected.append(
            {**row, "predicted_probability": probability, "predicted_class": called, "role": "shadow"}
        )
    columns = ["user_id", "as_of", "predicted_probability", "predicted_class", "role"]
    assert_same_rows(shop.read("rule_predictions"), expected, columns)


def test_models_of_sql_and_python_train_on_every_engine_and_the_champion_scores_in_sql(
    shop: IntegrationProject,
) -> None:
    versions = shop.read("churn_registry").set_index("model_name")
    assert set(versions.index) == {"churn_model", "churn_linear_model"}
    assert (versions["scoring_sql_max_abs_error"] <= 1e-9).all()
    assert (versions["owner"] == "Retention").all()
    scores = shop.read("churn_scores")
    assert set(scores["model_version"]) == {versions["model_version"]["churn_model"]}


def test_the_champion_s_scores_in_sql_are_those_of_scikit_learn(shop: IntegrationProject) -> None:
    if shop.engine.name != "duckdb":
        pytest.skip("predict is DuckDB's")
    in_python = rows_of(shop.read("churn_scores_in_python"))
    assert_same_rows(shop.read("churn_scores"), in_python)
    row = shop.query(
        "select count(*) as n, max(abs(a.predicted_probability - b.predicted_probability)) as error "
        "from {churn_scores} as a inner join {churn_scores_in_python} as b using (user_id, as_of, predicted_class)"
    )
    assert row["n"][0] == len(in_python) > 100
    assert row["error"][0] <= 1e-9


@pytest.mark.parametrize("model", ["model", "rule"])
def test_performance_is_what_scikit_learn_says_of_the_logged_predictions(
    shop: IntegrationProject, model: str
) -> None:
    logged = shop.read(f"{model}_predictions").merge(
        shop.read("actual_outcomes"), "left", on=["user_id", "as_of"]
    )
    expected = [expected_performance(week, rows) for week, rows in logged.groupby("as_of")]
    assert any(row["labelled_predictions"] == 0 for row in expected)
    assert_same_rows(shop.read(f"{model}_performance"), expected)


def test_the_model_is_compared_with_the_rule_on_what_both_scored(shop: IntegrationProject) -> None:
    keys = ["user_id", "as_of"]
    pairs = (
        shop.read("rule_predictions")
        .merge(shop.read("model_predictions"), on=keys)
        .merge(shop.read("actual_outcomes"), on=keys)
        .dropna(subset=["predicted_probability_x", "predicted_probability_y"])
    )
    y, rule, model = (
        pairs[name].astype(float).to_numpy()
        for name in ("churned", "predicted_probability_x", "predicted_probability_y")
    )
    found = shop.read("churn_comparison")
    assert len(found) == 2
    for row in found.to_dict("records"):
        expected = oracles_comparison.comparison(
            row["metric"], y, rule, model, 500, cluster=pairs["user_id"].to_numpy()
        )
        assert (row["champion_version"], row["n_pairs"]) == ("silent_days_rule", len(pairs))
        for name in ("champion_value", "challenger_value", "std_error", "lower", "upper"):
            assert row[name] == pytest.approx(expected[name], abs=1e-9), name
        assert row["verdict"] == expected["verdict"]


def test_performance_is_estimated_before_outcomes_are_known(shop: IntegrationProject) -> None:
    logged = shop.read("model_predictions").merge(
        shop.read("actual_outcomes"), "left", on=["user_id", "as_of"]
    )
    logged = logged[logged["predicted_probability"].notna()]
    is_reference = logged["as_of"] < datetime(2025, 1, 1)
    reference = logged[is_reference & logged["churned"].notna()]
    report = shop.read("churn_estimated_performance")
    assert report["model_version"].nunique() == 1
    for week, rows in logged[~is_reference].groupby("as_of"):
        calibration = oracles_estimated.calibrated(
            rows["predicted_probability"].to_numpy(float),
            reference["predicted_probability"].to_numpy(float),
            reference["churned"].to_numpy(float),
        )
        expected = oracles_estimated.estimates(
            rows["predicted_probability"].to_numpy(float),
            rows["predicted_class"].to_numpy(float),
            calibration,
        )
        found = report[report["period_start"] == week].set_index("metric")
        assert found.loc["predictions", "n"] >= len(rows)
        for metric, wanted in expected.items():
            value, error = (float("nan") if number is None else number for number in wanted)
            estimate, std_error = found.loc[metric, ["value", "std_error"]].astype(float)
            assert estimate == pytest.approx(value, rel=1e-9, nan_ok=True), (week, metric)
            assert std_error == pytest.approx(error, rel=1e-4, abs=1e-6, nan_ok=True), (week, metric)
    # some weeks are not labelled yet, and of the others the realised value is that of model_performance
    realised = shop.read("model_performance").set_index("week")["accuracy"].astype(float)
    accuracy = (
        report[report["metric"] == "accuracy"].set_index("period_start")["realized_value"].astype(float)
    )
    assert 0 < accuracy.isna().sum() < len(accuracy)
    pd.testing.assert_series_equal(
        accuracy.sort_index(), realised[realised.index.isin(accuracy.index)].sort_index(), check_names=False
    )


def expected_performance(week: Any, rows: pd.DataFrame) -> Row:
    """One row of the report; None where a metric is undefined."""
    labelled = rows[rows["churned"].notna()]
    known = labelled[labelled["predicted_class"].notna()]
    scored = labelled[labelled["predicted_probability"].notna()]
    actual, called = known["churned"].astype(int), known["predicted_class"].astype(int)
    report: Row = dict.fromkeys(STORY["model_performance"])
    report.update(week=week, total_predictions=len(rows), labelled_predictions=len(labelled), roc_auc=None)
    if len(scored) and scored["churned"].nunique() == 2:
        report["roc_auc"] = metrics.roc_auc_score(
            scored["churned"].astype(int), scored["predicted_probability"]
        )
    if len(labelled):
        report["total_revenue"] = labelled["revenue_at_stake"].astype(float)[labelled["churned"] == 1].sum()
    if len(known):
        negatives, false_positives, false_negatives, positives = metrics.confusion_matrix(
            actual, called, labels=[0, 1]
        ).ravel()
        recovered = known["revenue_at_stake"].astype(float)[(actual == 1) & (called == 1)].sum()
        undefined: Any = {"zero_division": float("nan")}
        report.update(
            correct_predictions=negatives + positives,
            accuracy=metrics.accuracy_score(actual, called),
            true_positives=positives,
            false_positives=false_positives,
            false_negatives=false_negatives,
            precision=metrics.precision_score(actual, called, **undefined),
            recall=metrics.recall_score(actual, called, **undefined),
            f1_score=metrics.f1_score(actual, called, **undefined),
            recovered_revenue=recovered,
            revenue_recovery_rate=recovered / report["total_revenue"] if report["total_revenue"] else None,
        )
    return report
