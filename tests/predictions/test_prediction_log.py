"""The prediction log: each prediction once, as first made, however often scoring runs again."""

from __future__ import annotations

import pandas as pd

from bench import Project

CONFIG = "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}\n"
COLUMNS = [
    "prediction_id",
    "user_id",
    "as_of",
    "model_name",
    "model_version",
    "predicted_class",
    "predicted_probability",
    "predicted_value",
    "class_probabilities",
    "feature_hash",
    "predicted_at",
    "role",
    "experiment",
    "variant",
    "run_id",
]


def scores(*rows: tuple[object, str, float], model: str = "churn", version: str = "a1") -> pd.DataFrame:
    """Scores of (user, day, probability)."""
    frame = pd.DataFrame(rows, columns=["user_id", "as_of", "predicted_probability"])
    texts = {
        "model_name": model,
        "model_version": version,
        "class_probabilities": '{"o\'k": 1}',
        "feature_hash": "f" * 32,
    }
    return pd.DataFrame(
        {
            "user_id": frame["user_id"].astype("str"),
            "as_of": pd.to_datetime(frame["as_of"]),
            "predicted_class": (frame["predicted_probability"] > 0.5).astype(int).astype("str"),
            "predicted_probability": frame["predicted_probability"].astype(float),
            "predicted_value": pd.Series(None, index=frame.index, dtype=float),
            **{name: pd.Series(text, index=frame.index, dtype="str") for name, text in texts.items()},
        }
    )


def log(arguments: str) -> str:
    return CONFIG + "{{ baton.prediction_log(" + arguments + ") }}"


def fresh(project: Project, name: str) -> str:
    project.execute(f"drop table if exists {{schema}}.{name}")
    return name


def test_a_prediction_is_logged_once_however_often_it_is_scored(project: Project) -> None:
    name = fresh(project, "log_once")
    model = {name: log("predictions=[source('data', 'scores')], entity='user_id'")}
    project.put(
        scores=scores(
            ("a", "2024-01-01", 0.2),
            ("a", "2024-01-01", 0.2),
            ("b'ü", "2024-01-01", 0.9),
            (None, "2024-01-01", 0.5),
        )
    )
    first = project.build(model)
    assert list(first.columns) == COLUMNS
    assert len(first) == 3
    assert first["prediction_id"].str.fullmatch("[0-9a-f]{32}").all()
    assert first["prediction_id"].is_unique
    assert set(first["role"]) == {"champion"}
    assert first[["experiment", "variant", "predicted_value"]].isna().all().all()
    assert first["class_probabilities"].eq('{"o\'k": 1}').all()
    assert first["predicted_at"].nunique() == first["run_id"].nunique() == 1
    now = pd.Timestamp.now("UTC").tz_localize(None)
    assert (now - first["predicted_at"]).lt(pd.Timedelta("5min")).all()
    assert first["predicted_at"].le(now).all()

    # the same again, one of them with another score, and a new one
    project.put(
        scores=scores(
            ("a", "2024-01-01", 0.7),
            ("b'ü", "2024-01-01", 0.9),
            (None, "2024-01-01", 0.5),
            ("a", "2024-01-02", 0.4),
        )
    )
    second = project.build(model)
    assert len(second) == 4
    kept = second[second["prediction_id"].isin(first["prediction_id"])]
    by_id = "prediction_id"
    pd.testing.assert_frame_equal(
        kept.sort_values(by_id, ignore_index=True), first.sort_values(by_id, ignore_index=True)
    )

    # nothing is lost or written again by a full refresh, nor by a run without news
    for full_refresh in (True, False):
        third = project.build(model, full_refresh=full_refresh)
        pd.testing.assert_frame_equal(
            third.sort_values(by_id, ignore_index=True), second.sort_values(by_id, ignore_index=True)
        )
    project.put(scores=scores())
    assert len(project.build(model)) == 4


def test_versions_roles_keys_and_moments_tell_predictions_apart(project: Project) -> None:
    name = fresh(project, "log_roles")
    old, new = (
        scores(("a", "2024-01-01", 0.2)),
        scores(("a", "2024-01-01", 0.3), ("a", "2024-01-02", 0.3), version="b2"),
    )
    tricky = scores(
        ("a-", "2024-01-01", 0.1),
        ("a", "2024-01-01", 0.1),
        ("", "2024-01-01", 0.1),
        (None, "2024-01-01", 0.1),
        model="pair",
    )
    project.put(
        old=old.assign(Order="-b"),
        new=new.assign(Order="b"),
        tricky=tricky.assign(Order=["b", "-b", "b", "b"]),
    )
    logged = project.build(
        {
            name: log(
                "predictions=[source('data', 'old'),"
                " {'relation': source('data', 'new'), 'role': 'challenger', 'variant': 'B'},"
                " {'relation': source('data', 'new'), 'role': 'shadow'}, source('data', 'tricky')],"
                " entity=['user_id', 'Order'], experiment=\"it's on\", variant='A'"
            )
        }
    )
    assert list(logged.columns) == [COLUMNS[0], "user_id", "Order", *COLUMNS[2:]]
    assert len(logged) == logged["prediction_id"].nunique() == 1 + 2 + 2 + 4
    assert set(logged["experiment"]) == {"it's on"}
    assert logged.groupby("role")["variant"].unique().map(list).to_dict() == {
        "champion": ["A"],
        "challenger": ["B"],
        "shadow": ["A"],
    }


def test_the_relation_named_first_wins_a_prediction_that_two_claim(project: Project) -> None:
    name = fresh(project, "log_first")
    project.put(
        late=scores(("a", "2024-01-01", 0.1)),
        early=scores(("a", "2024-01-01", 0.9), ("a", "2024-01-01", 0.8)),
    )
    logged = project.build(
        {name: log("predictions=[source('data', 'early'), source('data', 'late')], entity='user_id'")}
    )
    assert logged["predicted_probability"].tolist() == [0.8]


def test_the_moment_may_be_a_date_or_carry_a_zone(project: Project) -> None:
    name = fresh(project, "log_moment")
    frame = scores(("a", "2024-01-01", 0.1))
    zoned = frame.assign(**{"When": frame["as_of"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")}).drop(
        columns="as_of"
    )
    dated = frame.assign(**{"When": frame["as_of"].dt.date}).drop(columns="as_of")
    project.put(zoned=zoned, dated=dated)
    logged = project.build(
        {
            name: log(
                "predictions=[source('data', 'zoned'), source('data', 'dated')],"
                " entity='user_id', as_of='When'"
            )
        }
    )
    assert logged["When"].tolist() == [pd.Timestamp("2024-01-01")]


def test_scores_with_an_alias_are_logged_like_those_without(project: Project) -> None:
    name = fresh(project, "log_alias")
    plain = scores(("a", "2024-01-01", 0.2), ("b", "2024-01-01", 0.9))
    with_alias = plain.copy()
    with_alias.insert(list(plain.columns).index("model_version") + 1, "alias", "champion")
    project.put(plain=plain, with_alias=with_alias)
    for relation in ("with_alias", "plain"):
        logged = project.build({name: log(f"predictions=[source('data', '{relation}')], entity='user_id'")})
        assert list(logged.columns) == COLUMNS and len(logged) == 2
    assert dict(zip(logged["user_id"], logged["predicted_class"], strict=True)) == {"a": "0", "b": "1"}


def test_all_slips_are_named_at_once(project: Project) -> None:
    project.put(scores=scores(("a", "2024-01-01", 0.2)))
    message = project.error(
        {
            "log_slips": log(
                "predictions=[{'relation': source('data', 'scores'), 'roll': 'x', 'role': 'hero'}, 7],"
                " entity='customer', role='boss'"
            )
        }
    )
    assert "baton.prediction_log: " in message
    for part in [
        'role is "boss", expected one of champion, challenger, shadow',
        "predictions[0] has an unknown key 'roll'",
        'predictions[0].role is "hero"',
        "predictions[1] is 7, expected ref(...)",
    ]:
        assert part in message
    message = project.error({"log_slips": log("predictions=[source('data', 'scores')], entity='customer'")})
    assert 'predictions[0] has no column "customer", it has user_id, as_of' in message


def test_a_log_that_a_run_would_empty_is_refused(project: Project) -> None:
    project.put(scores=scores(("a", "2024-01-01", 0.2)))
    call = "{{ baton.prediction_log(predictions=[source('data', 'scores')], entity='user_id') }}"
    for config in ["", "{{ config(materialized='incremental') }}", "{{ config(full_refresh=false) }}"]:
        assert "expected materialized='incremental' and full_refresh=false" in project.error(config + call)
