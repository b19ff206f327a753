"""Tables as baton's macros leave them, for models that are watched: verdicts, performance, estimates, drift, skew and what is beside them.

The values come from a formula, so that two shops are equal; they are not consistent with each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from built_project import BuiltProject

FIRST = pd.Timestamp("2024-01-01")
FEATURES = ("channel", "days_since_last_active", "events_30d", "sessions_7d", "age", "plan", "revenue_90d")


@dataclass
class Watched:
    """A model, and the verdict on its newest periods.

    Attributes
    ----------
    name : str
    verdict, severity : str
    since : int
        The period in which the verdict begins; before it all is healthy.
    unlabelled : int
        How many of the newest periods have no outcomes.
    owner : str or None
    named : sequence of str
        The features that the verdict names.
    """

    name: str
    verdict: str = "healthy"
    severity: str = "none"
    since: int = 0
    unlabelled: int = 0
    owner: str | None = "Retention"
    named: Sequence[str] = ()


def versions_of(model: Watched) -> tuple[str, str]:
    """The first version and the one after it."""
    digest = hashlib.sha256(model.name.encode()).hexdigest()
    return digest[:12], digest[12:24]


def starts(periods: int) -> list[pd.Timestamp]:
    """The weeks, by their first day."""
    return [FIRST + pd.Timedelta(weeks=week) for week in range(periods)]


def put_tables(
    built: BuiltProject,
    models: Sequence[Watched],
    *,
    features: Sequence[str] = FEATURES,
    periods: int = 8,
    without: Sequence[str] = (),
) -> None:
    """Write all tables and the nodes that made them; `without` names those to leave out."""
    weeks = starts(periods)
    served = pd.DataFrame({"user_id": [1], "as_of": [weeks[-1]], **{name: [None] for name in features}})
    served = served.astype(dict.fromkeys(features, "string"))
    predicted = pd.DataFrame(
        {"user_id": [1], "as_of": [weeks[-1]], "model_name": ["m"], "model_version": ["0123456789ab"]}
    )
    built.put("users", served, kind="source")
    built.put("user_features", served, reads=["users"], owner="Shop's analysts")
    built.put("scoring_features", served, reads=["user_features"], owner="Retention")
    built.put("recomputed_features", served, reads=["user_features"])
    built.put("predictions", predicted, reads=["scoring_features"])
    built.put("histogram", predicted, reads=["scoring_features"])
    tables = {
        "performance": (_performance(models, weeks), "model_performance", ["predictions"]),
        "drift": (_drift(features, weeks), "drift", ["histogram"]),
        "alerts": (_drift(features, weeks), "drift_alerts", ["drift"]),
        "estimated": (_estimated(models, weeks), "estimated_performance", ["predictions"]),
        "skew": (
            _skew(features, weeks),
            "training_serving_skew",
            ["scoring_features", "recomputed_features"],
        ),
        "contributions": (_contributions(features, weeks), "drift_contributions", ["histogram"]),
        "calibration": (_calibration(models), "calibration_curve", ["predictions"]),
        "thresholds": (_thresholds(models), "threshold_curve", ["predictions"]),
        "comparison": (_comparison(models), "compare_models", ["predictions"]),
        "versions": (_versions(models, features), "model_registry", ["user_features"]),
        "aliases": (_aliases(models, weeks), "model_aliases", ["versions"]),
        "catalogue": (_catalogue(features), "feature_catalogue", []),
    }
    built.remove("health", *tables)
    for name, (rows, macro, reads) in tables.items():
        if name not in without:
            built.put(name, rows, calls=macro, reads=[each for each in reads if each not in without])
    inputs = ("performance", "alerts", "estimated", "skew", "versions", "scoring_features")
    read = [name for name in inputs if name not in without]
    if "health" not in without:
        built.put("health", _health(models, features, weeks), calls="model_health", reads=read)


def value_of(model: int, week: int) -> float:
    """The metric of a model in a week: a number with many digits."""
    return 0.8 + 0.05 * float(np.sin(model + week / 3.7))


def _cells(models: Sequence[Watched], weeks: Sequence[pd.Timestamp]) -> list[tuple[int, int, Watched, bool]]:
    return [
        (place, week, model, week < len(weeks) - model.unlabelled)
        for place, model in enumerate(models)
        for week in range(len(weeks))
    ]


def _version(model: Watched, week: int, weeks: Sequence[pd.Timestamp]) -> str:
    """The champion changes in the middle."""
    return versions_of(model)[week >= len(weeks) // 2]


def _health(
    models: Sequence[Watched], features: Sequence[str], weeks: Sequence[pd.Timestamp]
) -> pd.DataFrame:
    rows = []
    for place, week, model, known in _cells(models, weeks):
        is_wrong = week >= model.since
        named = [
            {"feature": name, "share": 1 / (2 + order), "detail": f"{name} has drifted, psi 0.{week}37"}
            for order, name in enumerate(model.named if is_wrong else ())
        ]
        upstream = [
            {"node": "scoring_features", "resource_type": "model", "path": "models/scoring_features.sql", "owner": model.owner, "distance": 1},
            {"node": "raw.users", "resource_type": "source", "path": "models/users.yml", "owner": None, "distance": 3},
        ]  # fmt: skip
        value = value_of(place, week) if known else None
        verdict = model.verdict if is_wrong else "healthy"
        rows.append(
            {
                "model_name": model.name,
                "model_version": _version(model, week, weeks),
                "period_start": weeks[week],
                "segment_name": "all",
                "segment_value": "all",
                "verdict": verdict,
                "severity": model.severity if is_wrong else "none",
                "summary": f"{verdict} of {model.name} in week {week}: roc_auc is {value}",
                "evidence": json.dumps({"performance": {"value": value, "min_drop": 0.024 + place / 1e5}, "findings": []}),
                "features": json.dumps(named),
                "metric": "roc_auc",
                "value": value,
                "expected_value": 0.8123 + place / 1e4,
                "difference": None if value is None else value - 0.8123,
                "mix_effect": None,
                "rate_effect": None,
                "n": 5000.0 + week,
                "n_labelled": 4000.0 + week if known else 0.0,
                "since": weeks[model.since] if is_wrong else weeks[0],
                "owner": model.owner,
                "upstream": json.dumps(upstream if named else []),
            }
        )  # fmt: skip
    return pd.DataFrame(rows).astype({"value": "float64", "mix_effect": "float64", "rate_effect": "float64"})


def _performance(models: Sequence[Watched], weeks: Sequence[pd.Timestamp]) -> pd.DataFrame:
    rows = []
    for place, week, model, known in _cells(models, weeks):
        value = value_of(place, week)
        for segment, segment_value, shift in (
            ("all", "all", 0.0),
            ("plan", "<b>pro</b>", -0.2),
            ("plan", "basic", 0.01),
        ):
            for metric in ("roc_auc", "brier"):
                rows.append(
                    {
                        "model_name": model.name,
                        "model_version": _version(model, week, weeks),
                        "period_start": weeks[week],
                        "segment_name": segment,
                        "segment_value": segment_value,
                        "metric": metric,
                        "value": value + shift if known else None,
                        "std_error": 0.0123 if known else None,
                        "lower": value + shift - 0.0241 if known else None,
                        "upper": value + shift + 0.0239 if known else None,
                        "n": 5000 + week,
                        "n_labelled": 4000 + week if known else 0,
                        "class": None,
                        "undefined_reason": None if known else "no labelled predictions",
                    }
                )  # fmt: skip
    return pd.DataFrame(rows).astype({"class": "string", "undefined_reason": "string"})


def _estimated(models: Sequence[Watched], weeks: Sequence[pd.Timestamp]) -> pd.DataFrame:
    performance = _performance(models, weeks)
    rows = performance[performance["segment_name"] == "all"].copy()
    value = 0.79 + rows.index.to_numpy() % 7 / 217
    return rows.assign(value=value, lower=value - 0.0187, upper=value + 0.0188, realized_value=rows["value"])


def _drift(features: Sequence[str], weeks: Sequence[pd.Timestamp]) -> pd.DataFrame:
    rows = [
        {
            "baseline": "baseline",
            "model_name": None,
            "model_version": None,
            "period_start": start,
            "segment_name": "all",
            "segment_value": "all",
            "feature": name,
            "metric": metric,
            "value": (0.01 + place / 37 + week / 411) if (place + week) % 11 else None,
            "p_value": 10.0 ** -(place + 1),
            "n_reference": 30_000,
            "n": 5000 + week,
            "null_share_reference": place / 997,
            "null_share": place / 499 + week / 10_007,
            "unseen_share": week / 1009,
            "vanished_share": place / 2003,
            "largest_share": 0.3,
            "undefined_reason": None if (place + week) % 11 else "the period has no rows",
            "p_value_adjusted": 2 * 10.0 ** -(place + 1),
            "is_significant": place > 1,
            "is_alert": place > 3 and week > 3,
            "alert_since": weeks[4] if place > 3 and week > 3 else None,
        }
        for place, name in enumerate(features)
        for week, start in enumerate(weeks)
        for metric in ("psi", "ks")
    ]
    text = dict.fromkeys(["model_name", "model_version", "undefined_reason"], "string")
    return pd.DataFrame(rows).astype(text)


def _skew(features: Sequence[str], weeks: Sequence[pd.Timestamp]) -> pd.DataFrame:
    rows = [
        {
            "model_name": None,
            "model_version": None,
            "period_start": start,
            "segment_name": "all",
            "segment_value": "all",
            "feature": name,
            "n": 5000 + week,
            "n_mismatched": 3 * place,
            "mismatch_share": 3 * place / (5000 + week),
            "n_missing_served": place,
            "n_missing_recomputed": 0,
            "mean_difference": 0.5,
            "stale_share": place / 311,
            "median_staleness_days": 14.0 if place else None,
            "example": f"user_id 5, as_of {start}: served 1.25, recomputed <i>{name}</i>",
            "undefined_reason": None,
        }
        for place, name in enumerate(features)
        for week, start in enumerate(weeks)
    ]
    return pd.DataFrame(rows).astype(
        dict.fromkeys(["model_name", "model_version", "undefined_reason"], "string")
    )


def _contributions(features: Sequence[str], weeks: Sequence[pd.Timestamp]) -> pd.DataFrame:
    rows = [
        {
            "baseline": "baseline",
            "model_name": None,
            "model_version": None,
            "period_start": start,
            "segment_name": "all",
            "segment_value": "all",
            "feature": name,
            "bin": bin_name,
            "label": label,
            "share_reference": (order + 1) / 23,
            "share": (order + place + week) / 71,
            "contribution": order / 113,
        }
        for place, name in enumerate(features)
        for week, start in enumerate(weeks[-2:])
        for order, (bin_name, label) in enumerate(
            [(str(each), f"[{each}, {each + 1.23456789})") for each in range(1, 11)]
            + [("UNSEEN", "UNSEEN"), ("NULL", "NULL"), ("11", "</script><img src=x onerror=alert(1)>")]
        )
    ]
    return pd.DataFrame(rows).astype(dict.fromkeys(["model_name", "model_version"], "string"))


def _calibration(models: Sequence[Watched]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model_name": model.name,
                "model_version": versions_of(model)[1],
                "period_start": None,
                "segment_name": "all",
                "segment_value": "all",
                "bin": place,
                "lower": place / 10,
                "upper": (place + 1) / 10,
                "n": 100 + place,
                "mean_predicted": 0.05 + place / 10.1,
                "observed_rate": 0.03 + place / 11.3,
                "std_error": 0.0213,
            }
            for model in models
            for place in range(10)
        ]
    ).astype({"period_start": "datetime64[us]"})


def _thresholds(models: Sequence[Watched]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model_name": model.name,
                "model_version": versions_of(model)[1],
                "period_start": None,
                "segment_name": "all",
                "segment_value": "all",
                "threshold": 1 - place / 31,
                "n_flagged": 10 * place,
                "true_positives": 4 * place,
                "false_positives": 6 * place,
                "false_negatives": 120 - 4 * place,
                "true_negatives": 180 - 6 * place,
                "precision": 0.4 if place else None,
                "recall": 4 * place / 120,
                "false_positive_rate": place / 30,
                "lift": 1.01,
                "gain": 4 * place / 120,
                "cost": None,
            }
            for model in models
            for place in range(31)
        ]
    ).astype({"period_start": "datetime64[us]", "cost": "float64"})


def _comparison(models: Sequence[Watched]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model_name": model.name,
                "segment_name": "all",
                "segment_value": "all",
                "champion_version": versions_of(model)[1],
                "challenger_version": "cccccccccccc",
                "metric": "roc_auc",
                "champion_value": 0.7712,
                "challenger_value": 0.7934,
                "difference": 0.0222,
                "std_error": 0.0031,
                "lower": 0.0112,
                "upper": 0.0332,
                "p_value": 1e-12,
                "p_value_adjusted": 1e-12,
                "n_pairs": 12_345,
                "verdict": "promote",
                "reason": "the challenger is better, however often one looked",
            }
            for model in models
        ]
    )


def _versions(models: Sequence[Watched], features: Sequence[str]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "model_name": model.name,
            "model_version": version,
            "trained_at": FIRST - pd.Timedelta(days=30 - number),
            "task": "binary",
            "estimator": "sklearn.linear_model.LogisticRegression",
            "params": json.dumps({"C": 1.5}),
            "features": json.dumps([{"name": name, "type": "text"} for name in features]),
            "label": "label",
            "training_rows": 30_800,
            "training_set_hash": "e17e1b25969c",
            "metrics": json.dumps({"train": {"roc_auc": 0.8412}, "validation": {"roc_auc": 0.8103}}),
            "feature_importances": json.dumps({name: 0.11 - 0.013 * place for place, name in enumerate(features)}),
            "configuration": json.dumps({"entity": ["user_id"], "as_of": "as_of"}),
            "threshold": 0.5,
            "scoring_sql": "select 1",
            "scoring_sql_max_abs_error": 2e-16,
            "owner": model.owner,
            "git_sha": "0f1e2d3c",
            "version_number": number,
        }
        for model in models
        for number, version in enumerate(versions_of(model), 1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _aliases(models: Sequence[Watched], weeks: Sequence[pd.Timestamp]) -> pd.DataFrame:
    changed = weeks[len(weeks) // 2] - pd.Timedelta(days=2)
    rows = [
        {
            "model_name": model.name,
            "alias": "champion",
            "model_version": version,
            "valid_from": FIRST - pd.Timedelta(days=9) if number == 0 else changed,
            "valid_to": changed if number == 0 else None,
            "is_current": number == 1,
            "promoted_by": "Ada <ada@example.com>",
            "reason": "better by 'far'",
        }
        for model in models
        for number, version in enumerate(versions_of(model))
    ]
    return pd.DataFrame(rows).astype({"valid_to": "datetime64[us]"})


def _catalogue(features: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "feature": name,
                "description": f"What {name} is <in words>.",
                "model": table,
                "model_description": None,
                "model_unique_id": f"model.shop.{table}",
                "owner": "Shop's analysts",
                "path": f"models/{table}.sql",
            }
            for name in features
            for table in ("user_features", "scoring_features", "of_another_model")
        ]
    ).astype({"model_description": "string"})
