"""A wrong argument gives one error of baton that says what is wrong, and never one of Jinja or of the engine.

The table of calls is held against the files of macros, so a macro without an entry, or one with a new argument, fails.
"""

from __future__ import annotations

import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from jinja2 import Environment, nodes

import areas
from bench import BATON, Project
from rendering import rendered

Answers = Mapping[tuple[str, str, str], str | Exception]

TABLES = {
    "ev": "1 as k, 2 as k2, timestamp '2024-01-05' as ts, timestamp '2024-01-05' as created, 1e0 as x, 'a' as cat, 1 as y, true as flag",
    "sp": "1 as k, 2 as k2, timestamp '2024-02-01' as as_of",
    "lab": """1 as k, timestamp '2024-02-01' as as_of, 1 as label, true as label_is_mature, timestamp '2024-02-02' as label_window_end,
        timestamp '2024-02-01' as label_window_start""",
    "halves": """1 as k, timestamp '2024-02-01' as as_of, 1 as label, true as label_is_mature, timestamp '2024-02-02' as label_window_end,
        timestamp '2024-01-05' as ev_feature_time, 'train' as split, 1 as fold""",
    "store": "1 as k, 1e0 as x, timestamp '2024-01-01' as valid_from, cast(null as timestamp) as valid_to",
    "pr": """1 as k, timestamp '2024-02-01' as as_of, 'm' as model_name, 'v' as model_version, '1' as predicted_class,
        0.5e0 as predicted_probability, 0.5e0 as predicted_value, 'x' as class_probabilities, 'h' as feature_hash, 'g' as seg, 'champion' as role""",
    "ou": "1 as k, 1 as actual, timestamp '2024-02-01' as t, 1e0 as v",
    "regi": """'m' as model_name, 'v' as model_version, timestamp '2024-01-01' as trained_at, 'binary' as task, 'e' as estimator,
        '{}' as params, '[{"name": "k2", "type": "int"}]' as features, 'l' as label, 's' as split, 1 as training_rows, 'h' as training_set_hash, 1 as random_state,
        '{"validation": {"roc_auc": 0.5}}' as metrics, '{}' as feature_importances, 'a' as artifact, 'x' as artifact_sha256, 'skops' as artifact_format,
        '{}' as library_versions, 's' as scoring_sql, 0e0 as scoring_sql_max_abs_error, 'r' as run_id, 'g' as git_sha, 'o' as owner,
        '[]' as classes, 0.5e0 as threshold, 't' as training_relation, '{}' as configuration, '{}' as groups, '{}' as scoring_nodes,
        0 as scoring_sql_differing_classes,
        1 as version_number""",
    "prom": """'m' as model_name, 'champion' as alias, 'v' as model_version, timestamp '2024-01-01' as promoted_at, 'me' as promoted_by,
        'r' as reason""",
    "alia": "'m' as model_name, 'champion' as alias, 'v' as model_version, true as is_current, 1 as version_number, 'a' as artifact",
    "base": "'b' as baseline, 'm' as model_name, 'v' as model_version, 'h' as bins_hash, 'x' as feature, 'numeric' as kind, '1' as bin, 0e0 as lower, 1e0 as upper, cast(null as varchar) as category, 1 as n, 1e0 as share",
    "compared": """'m' as model_name, 'all' as segment_name, 'all' as segment_value, 'v1' as champion_version, 'v2' as challenger_version,
        'roc_auc' as metric, 0e0 as difference, 0e0 as lower, 0e0 as upper, 1 as n_pairs, 'hold' as verdict, 'r' as reason""",
    "hist": "'b' as baseline, 'm' as model_name, 'v' as model_version, 'h' as bins_hash, timestamp '2024-01-01' as period_start, 'all' as segment_name, 'all' as segment_value, 'x' as feature, '1' as bin, 1 as n",
    "drifted": """'b' as baseline, 'm' as model_name, 'v' as model_version, timestamp '2024-01-01' as period_start, 'all' as segment_name,
        'all' as segment_value, 'x' as feature, 'psi' as metric, 0e0 as value, 1e0 as p_value, 1 as n_reference, 1 as n, 0e0 as null_share_reference,
        0e0 as null_share, 0e0 as unseen_share, 0e0 as vanished_share, cast(null as varchar) as undefined_reason""",
    "seen": "1 as k, timestamp '2024-02-01' as as_of, 1e0 as x, 'g' as seg, 'm' as model_name, 'v' as model_version",
    "measured": """'m' as model_name, 'v' as model_version, timestamp '2024-01-01' as period_start, 'all' as segment_name, 'all' as segment_value,
        'roc_auc' as metric, 'c' as class, 0.5e0 as value, 0.1e0 as std_error, 0e0 as lower, 1e0 as upper, 1 as n, 1 as n_labelled, cast(null as varchar) as undefined_reason""",
    "alerts": """'m' as model_name, 'v' as model_version, timestamp '2024-01-01' as period_start, 'all' as segment_name, 'all' as segment_value,
        'x' as feature, 'numeric' as kind, 'psi' as metric, 0e0 as value, 1 as n, 1 as n_reference, 0e0 as null_share, 0e0 as null_share_reference,
        0e0 as unseen_share, 0e0 as vanished_share, false as is_alert, timestamp '2024-01-01' as alert_since""",
    "skewed": """'m' as model_name, 'v' as model_version, timestamp '2024-01-01' as period_start, 'all' as segment_name, 'all' as segment_value,
        'x' as feature, 1 as n, 0 as n_mismatched, 0e0 as mismatch_share, 0 as n_missing_served, 0e0 as stale_share, 0e0 as median_staleness_days,
        'e' as example, 'r' as undefined_reason""",
    "ran": "'model.a.b' as node, 't' as test_name, 'pass' as status, timestamp '2024-01-01' as ran_at",
    "healths": """'m' as model_name, 'v' as model_version, timestamp '2024-01-01' as period_start, 'healthy' as verdict, 'none' as severity,
        's' as summary, timestamp '2024-01-01' as since, 'o' as owner, '[]' as upstream""",
    "fitted": """'log1p' as transformer, 'x' as column_name, 'step' as parameter, cast(null as varchar) as category, cast(null as integer) as position,
        1e0 as value_number, 'x' as value_text""",
}


class Written(str):
    """A value as it is written in Jinja."""

    def __repr__(self) -> str:
        return str(self)


def source(name: str) -> Written:
    return Written(f"source('data', '{name}')")


# What is wrong wherever it is given, but where an entry says otherwise.
WRONG = {
    "none": "none",
    "undefined": "no_such_variable",
    "number": "5",
    "huge": "99999999999999999999",
    "true": "true",
    "empty": "''",
    "blank": "'  '",
    "no_name": "'\"\"'",
    "line_break": "'1d\\n'",
    "no_day": "'2024-13-45'",
    "odd": "'ü\u2028'",
    "empty_list": "[]",
    "mapping": "{'zz': 1}",
    "undefined_in_mapping": "{'a': no_such_variable}",
    "odd_list": "[5, ' ', {'zz': 1}, none, no_such_variable]",
    "list_in_list": "[['a'], {'zz': []}, [[none]]]",
    "twice": "['k', 'k']",
    "no_column": "'nosuch'",
    "relation": source("ev"),
    "relation_in_list": f"[{source('ev')}]",
}
# what is tried of a value within an argument, and on PostgreSQL, where little of this is different
FEW = ("undefined", "huge", "line_break", "list_in_list", "relation")
ON_POSTGRES = ("line_break", "no_day")

# What an expression means is the engine's to judge, and what a name that is no column's means is the user's.
CONDITION = {"line_break", "no_day", "no_column", "odd"}
MOMENT = {"odd", "no_column"}
TEXT = {"no_name", "line_break", "no_day", "no_column", "odd"}
RELATION = {"relation", "no_column"}
# names that are values in a table, so that only the table could say that it has none of them
NAMED = {"no_column", "no_day", "odd"}
RIGHT_FOR = {
    "where": CONDITION,
    "d": CONDITION,
    "compare_where": CONDITION,
    "start": MOMENT,
    "end": MOMENT,
    "at": MOMENT,
    "known_at": MOMENT,
    "observed_until": MOMENT,
    "train_until": MOMENT,
    "validation_until": MOMENT,
    "experiment": TEXT,
    "variant": TEXT,
    "alias": TEXT,
    "alias_name": TEXT,
    "upper": {"huge"},
    "smooth": {"huge"},
    "min_frequency": {"huge"},
    "unknown_value": {"huge"},
    "encoded_missing_value": {"huge"},
    "positive_class": TEXT | {"number", "huge", "true"},
    "seed": TEXT | {"number", "huge"},
    "prefix": {"no_day", "no_column"},
}


@dataclass
class Call:
    """A right call, and the wrong values that are right for an argument of it."""

    arguments: Mapping[str, Any]
    right: Mapping[str, set[str]] = field(default_factory=dict)
    config: str = ""


STORE = "{{ config(materialized='incremental', unique_key='k', incremental_strategy='delete+insert') }}"
LOG = "{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}"

CALLS = {
    "windowed_features": Call(
        {
            "spine": source("sp"),
            "entity": "k",
            "sources": [
                {
                    "relation": source("ev"),
                    "event_time": "ts",
                    "aggregates": [{"function": "sum", "column": "x", "windows": ["7d"]}],
                }
            ],
            "as_of": "as_of",
            "derived": {"d": "x_sum_7d"},
            "closed": "left",
        },
        {"derived": {"empty_mapping"}},
    ),
    "entity_spine": Call(
        {
            "entities": source("ev"),
            "entity": "k",
            "start": "2024-01-01",
            "end": "2024-01-03",
            "every": "1d",
            "active_from": "ts",
            "active_to": "created",
        },
        {"active_from": {"none"}, "active_to": {"none"}},
    ),
    "event_spine": Call(
        {
            "events": source("ev"),
            "entity": "k",
            "event_time": "ts",
            "min_gap": "1d",
        },
        {"min_gap": {"none"}},
    ),
    "fit": Call(
        {
            "relation": source("ev"),
            "transformers": [{"transformer": "standard_scaler", "columns": ["x"]}],
            "where": "1=1",
        },
        {"where": {"none"}},
    ),
    "fit (scalers)": Call(
        {
            "relation": source("ev"),
            "transformers": [
                {
                    "transformer": "standard_scaler",
                    "columns": ["x"],
                    "with_mean": True,
                    "with_std": True,
                    "name": "one",
                },
                {"transformer": "min_max_scaler", "columns": ["x"], "feature_range": [0, 1], "clip": False},
                {
                    "transformer": "robust_scaler",
                    "columns": ["x"],
                    "with_centering": True,
                    "quantile_range": [25.0, 75.0],
                    "unit_variance": False,
                },
                {
                    "transformer": "k_bins_discretizer",
                    "columns": ["y"],
                    "n_bins": 2,
                    "encode": "ordinal",
                    "strategy": "uniform",
                },
                {
                    "transformer": "quantile_transformer",
                    "columns": ["k"],
                    "n_quantiles": 5,
                    "output_distribution": "uniform",
                },
                {
                    "transformer": "simple_imputer",
                    "columns": ["k2"],
                    "strategy": "mean",
                    "add_indicator": True,
                },
                {"transformer": "clip", "columns": ["k2"], "lower_quantile": 0.1, "upper": 5},
                {"transformer": "cyclical", "columns": ["ts"], "period": ["hour"]},
                {"transformer": "normalizer", "columns": ["x", "k"], "norm": "l2"},
                {
                    "transformer": "polynomial_features",
                    "columns": ["x", "k"],
                    "degree": 2,
                    "interaction_only": False,
                },
            ],
        }
    ),
    "fit (encoders)": Call(
        {
            "relation": source("ev"),
            "transformers": [
                {
                    "transformer": "one_hot_encoder",
                    "columns": ["cat"],
                    "categories": "auto",
                    "min_frequency": 2,
                    "max_categories": 5,
                    "drop": "first",
                    "handle_unknown": "ignore",
                },
                {
                    "transformer": "target_encoder",
                    "columns": ["k"],
                    "target": "y",
                    "target_type": "binary",
                    "smooth": "auto",
                    "fold_by": ["k2"],
                    "cv": 5,
                },
                {
                    "transformer": "ordinal_encoder",
                    "columns": ["k2"],
                    "categories": [["1", "2"]],
                    "handle_unknown": "use_encoded_value",
                    "unknown_value": -1,
                    "encoded_missing_value": -2,
                },
                {"transformer": "hashing_encoder", "columns": ["flag"], "n_components": 4},
                {"transformer": "frequency_encoder", "columns": ["ts"]},
            ],
        }
    ),
    "transform": Call(
        {
            "relation": source("ev"),
            "fitted": source("fitted"),
            "transformers": [{"transformer": "log1p", "columns": ["x"]}],
            "keep": "*",
        },
        {"keep": {"empty_list"}},
    ),
    "scd2": Call(
        {
            "source": source("ev"),
            "entity": "k",
            "features": ["x"],
            "event_time": "ts",
            "created_at": "created",
            "tie_breaker": ["y"],
            "source_shape": "history",
            "hard_deletes": "ignore",
            "on_empty_source": "error",
        },
        {"features": {"none"}, "created_at": {"none"}, "tie_breaker": {"none", "empty_list"}},
        STORE,
    ),
    "feature_log": Call(
        {
            "source": source("ev"),
            "entity": "k",
            "event_time": "ts",
            "features": ["x"],
            "created_at": "created",
        },
        {"features": {"none"}, "created_at": {"none"}},
        LOG,
    ),
    "latest_features": Call(
        {
            "store": source("store"),
            "entity": "k",
            "valid_from": "valid_from",
            "valid_to": "valid_to",
        },
    ),
    "features_at": Call(
        {
            "store": source("store"),
            "entity": "k",
            "as_of": "2024-01-31",
            "valid_from": "valid_from",
            "valid_to": "valid_to",
        },
        {"as_of": MOMENT},
    ),
    "labels": Call(
        {
            "spine": source("sp"),
            "events": source("ev"),
            "entity": "k",
            "event_time": "ts",
            "horizon": "7d",
            "as_of": "as_of",
            "gap": "0d",
            "label": {"function": "exists"},
            "where": "1=1",
            "observed_until": "2024-03-01",
            "events_entity": "k",
            "created_at": "created",
            "known_at": "2024-03-01",
        },
        {"where": {"none"}, "observed_until": {"none"}, "events_entity": {"none"}, "known_at": {"none"}},
    ),
    "point_in_time_join": Call(
        {
            "spine": source("sp"),
            "entity": "k",
            "feature_views": [
                {"relation": source("ev"), "event_time": "ts", "features": ["x"], "created_at": "created"}
            ],
            "as_of": "as_of",
            "known_at": "2024-03-01",
        },
        {"known_at": {"none"}},
    ),
    "training_set": Call(
        {
            "spine": source("lab"),
            "entity": "k",
            "feature_views": [
                {"relation": source("ev"), "event_time": "ts", "features": ["x"], "created_at": "created"}
            ],
            "as_of": "as_of",
            "label": "label",
            "split": {"by": "time", "train_until": "2024-01-01"},
            "known_at": "2024-03-01",
            "is_mature": "label_is_mature",
            "keep_censored": False,
            "weights": {"class": "balanced"},
        },
        {"split": {"none"}, "known_at": {"none"}, "is_mature": {"none"}, "weights": {"none"}},
    ),
    "windowed_features (every key)": Call(
        {
            "spine": source("sp"),
            "entity": ["k"],
            "sources": [
                {
                    "relation": source("ev"),
                    "event_time": "ts",
                    "entity": {"k": "k2"},
                    "delay": "1h",
                    "tie_breaker": ["y"],
                    "aggregates": [
                        {
                            "function": "sum",
                            "column": "x",
                            "name": "s",
                            "windows": ["7d", "lifetime"],
                            "where": "1=1",
                            "empty": "null",
                        }
                    ],
                }
            ],
        }
    ),
    "labels (every key)": Call(
        {
            "spine": source("sp"),
            "events": source("ev"),
            "entity": ["k"],
            "event_time": "ts",
            "observed_until": {"column": "as_of"},
            "events_entity": {"k": "k2"},
            "label": [
                {
                    "function": "sum",
                    "column": "x",
                    "name": "s",
                    "horizon": ["7d", "9d"],
                    "gap": "1d",
                    "where": "1=1",
                },
                {"function": "time_to_event", "name": "t", "horizon": "7d", "censored": True},
            ],
        }
    ),
    "point_in_time_join (every key)": Call(
        {
            "spine": source("sp"),
            "entity": ["k"],
            "feature_views": [
                {
                    "relation": source("store"),
                    "event_time": "valid_from",
                    "valid_to": "valid_to",
                    "features": ["x"],
                    "entity": ["k"],
                    "ttl": "30d",
                    "tie_breaker": ["x"],
                    "prefix": "p_",
                    "allow_exact_matches": False,
                }
            ],
        }
    ),
    "training_set (every key)": Call(
        {
            "spine": source("lab"),
            "entity": "k",
            "feature_views": [{"relation": source("ev"), "event_time": "ts", "features": ["x"]}],
            "split": {
                "by": "time",
                "train_until": "2024-01-01",
                "validation_until": "2024-02-01",
                "purge": True,
                "embargo": "1d",
            },
            "weights": {"class": "balanced", "time": {"half_life": "90d"}},
        }
    ),
    "prediction_log (every key)": Call(
        {
            "predictions": [
                {
                    "relation": source("pr"),
                    "role": "shadow",
                    "experiment": "e",
                    "variant": "v",
                    "features": "seg",
                }
            ],
            "entity": "k",
        },
        {},
        LOG,
    ),
    "drift_baseline (every key)": Call(
        {
            "relation": source("ev"),
            "features": [
                {"column": "x", "kind": "numeric", "bins": 5},
                {"column": "y", "kind": "date", "edges": [0, 1]},
            ],
        },
        {"features[0].bins": {"number"}},
    ),
    "split": Call(
        {
            "split": {"by": "entity", "fractions": {"train": 0.8, "test": 0.2}, "seed": "s"},
            "entity": "k",
            "as_of": "as_of",
        },
        {
            "split": {"none"},
            "entity": {"no_day", "no_column"},
            "as_of": {"no_day", "no_column"},
        },
    ),
    "folds": Call(
        {
            "relation": source("lab"),
            "start": "2024-01-01",
            "validation": "7d",
            "as_of": "as_of",
            "every": "7d",
            "folds": 2,
            "end": None,
            "train": "lifetime",
            "embargo": "0d",
            "purge": True,
            "label": "label",
            "of_split": None,
        },
        {"every": {"none"}, "folds": {"number"}, "end": {"none"}, "purge": {"true"}, "of_split": {"none"}},
    ),
    "fingerprint": Call(
        {
            "relation": source("ev"),
            "columns": ["x"],
            "where": "1=1",
        },
        {"columns": {"none"}, "where": {"none"}},
    ),
    "model_registry": Call(
        {
            "models": [source("regi")],
        },
        {"models": {"twice"}},
    ),
    "promotions": Call(
        {
            "registry": source("regi"),
            "metric": "validation.roc_auc",
            "margin": 0.01,
            "alias": "champion",
            "policy": "best",
            "greater_is_better": True,
        },
        {"margin": {"number", "huge"}, "greater_is_better": {"none", "true"}},
        LOG,
    ),
    "model_aliases": Call(
        {
            "registry": source("regi"),
            "promotions": source("prom"),
        },
        # a list of relations, of which each promotion counts once
        {"promotions": {"twice"}},
    ),
    "score": Call(
        {
            "registry": source("regi"),
            "model_name": "m",
            "features": source("sp"),
            "entity": "k",
            "alias": "latest",
            "as_of": "as_of",
            "keep": ["k2"],
        },
        {"keep": {"none", "empty_list"}},
    ),
    "prediction_log": Call(
        {
            "predictions": [source("pr")],
            "entity": "k",
            "as_of": "as_of",
            "role": "champion",
            "experiment": "e",
            "variant": "v",
            "features": ["seg"],
            "retention": "36500d",
        },
        {
            # the same prediction twice is logged once
            "predictions": {"twice"},
            "features": {"none"},
            "retention": {"none"},
            "experiment": {"none"},
            "variant": {"none"},
        },
        LOG,
    ),
    "compare_versions": Call(
        {"registry": source("regi"), "model_name": "m", "versions": [1, "v"]},
        {"model_name": TEXT},
    ),
    "assign_variant": Call(
        {"entity": "k", "experiment": "e", "weights": {"champion": 0.9, "challenger": 0.1}},
        {
            "entity": {"no_day", "no_column"},
            "weights": {"mapping"},
            "weights.champion": {"huge"},
            "weights.challenger": {"huge"},
        },
    ),
    "model_performance": Call(
        {
            "predictions": source("pr"),
            "outcomes": source("ou"),
            "entity": "k",
            "task": "binary",
            "period": "day",
            "segments": ["seg"],
            "actual": "actual",
            "outcome_time": "t",
            "positive_class": "1",
            "value": "v",
            "known_at": None,
            "shape": "long",
            "as_of": "as_of",
            "outcome_as_of": "t",
            "undefined": "null",
            "group": None,
            "k": [10],
            "quantiles": {},
            "interval": None,
        },
        {
            "period": {"none"},
            "segments": {"none", "empty_list"},
            "outcome_time": {"none"},
            "value": {"none"},
            "known_at": {"none"},
            "outcome_as_of": {"none"},
            "group": {"none"},
            "k": {"number"},
            "interval": {"none"},
        },
    ),
    "threshold_curve": Call(
        {
            "predictions": source("pr"),
            "outcomes": source("ou"),
            "entity": "k",
            "thresholds": 3,
            "costs": {"false_positive": 1},
            "period": "day",
            "segments": ["seg"],
            "actual": "actual",
            "outcome_time": "t",
            "positive_class": "1",
            "known_at": None,
            "as_of": "as_of",
            "outcome_as_of": "t",
        },
        {
            "thresholds": {"none", "number"},
            "costs": {"none"},
            "costs.false_positive": {"number", "huge"},
            "period": {"none"},
            "segments": {"none", "empty_list"},
            "outcome_time": {"none"},
            "known_at": {"none"},
            "outcome_as_of": {"none"},
        },
    ),
    "calibration_curve": Call(
        {
            "predictions": source("pr"),
            "outcomes": source("ou"),
            "entity": "k",
            "bins": 10,
            "strategy": "uniform",
            "period": "day",
            "segments": ["seg"],
            "actual": "actual",
            "outcome_time": "t",
            "positive_class": "1",
            "known_at": None,
            "as_of": "as_of",
            "outcome_as_of": "t",
        },
        {
            "bins": {"number"},
            "period": {"none"},
            "segments": {"none", "empty_list"},
            "outcome_time": {"none"},
            "known_at": {"none"},
            "outcome_as_of": {"none"},
        },
    ),
    "estimated_performance": Call(
        {
            "predictions": source("pr"),
            "reference_predictions": source("pr"),
            "reference_outcomes": source("ou"),
            "entity": "k",
            "period": "day",
            "segments": ["seg"],
            "actual": "actual",
            "outcome_time": "t",
            "positive_class": "1",
            "known_at": None,
            "as_of": "as_of",
            "outcome_as_of": "t",
            "calibrate": True,
            "outcomes": source("ou"),
        },
        {
            "period": {"none"},
            "segments": {"none", "empty_list"},
            "outcome_time": {"none"},
            "known_at": {"none"},
            "outcome_as_of": {"none"},
            "calibrate": {"true"},
            "outcomes": {"none"},
        },
    ),
    "compare_models": Call(
        {
            "predictions": source("pr"),
            "outcomes": source("ou"),
            "entity": "k",
            "metric": ["roc_auc"],
            "champion": "champion",
            "challenger": "challenger",
            "minimum_pairs": 500,
            "alpha": 0.05,
            "segments": ["seg"],
            "cluster": "k",
            "actual": "actual",
            "outcome_time": "t",
            "positive_class": "1",
            "known_at": None,
            "as_of": "as_of",
            "outcome_as_of": "t",
        },
        {
            "champion": TEXT,
            "challenger": TEXT,
            "minimum_pairs": {"number"},
            "segments": {"none", "empty_list", "list_in_list"},
            "cluster": {"none"},
            "outcome_time": {"none"},
            "known_at": {"none"},
            "outcome_as_of": {"none"},
        },
    ),
    "drift_baseline": Call(
        {
            "relation": "t",
            "features": [{"column": "x", "kind": "numeric"}],
            "name": "first",
            "bins": 10,
            "max_categories": 20,
            "where": "1=1",
            "registry": source("regi"),
            "model_name": "m",
            "alias": "latest",
        },
        {
            "relation": {"none"},
            "features": {"none"},
            "name": TEXT | {"none"},
            "bins": {"number"},
            "max_categories": {"number"},
            "where": {"none"},
            "model_name": TEXT,
        },
    ),
    "feature_histogram": Call(
        {
            "relation": source("ev"),
            "baseline": source("base"),
            "features": ["x"],
            "period": "day",
            "time": "ts",
            "segments": ["cat"],
            "created_at": "ts",
            "means": True,
        },
        {
            "features": {"none"},
            "period": {"none"},
            "segments": {"none", "empty_list"},
            "created_at": {"none"},
            "means": {"true"},
        },
    ),
    "drift": Call(
        {
            "histogram": source("hist"),
            "baseline": source("base"),
            "metrics": ["psi"],
            "compare": "baseline",
        },
    ),
    "drift_contributions": Call(
        {"histogram": source("hist"), "baseline": source("base"), "compare": "baseline", "metric": "psi"},
    ),
    "drift_alerts": Call(
        {
            "drift": source("drifted"),
            "min_effect": {"psi": 0.1},
            "alpha": 0.05,
            "persistence": 1,
            "cool_down": 0,
            "ignore": [{"from": "2024-01-01", "to": "2024-01-02", "reason": "r"}],
        },
        {
            "min_effect.psi": {"number", "huge"},
            "persistence": {"number"},
            "cool_down": {"number"},
            "ignore": {"none", "empty_list"},
            "ignore[0].from": MOMENT,
            "ignore[0].to": MOMENT,
            "ignore[0].reason": TEXT,
        },
    ),
    "training_serving_skew": Call(
        {
            "served": source("seen"),
            "recomputed": source("seen"),
            "entity": ["k"],
            "as_of": "as_of",
            "features": ["x"],
            "period": "day",
            "tolerance": 0.1,
            "history": [{"relation": source("store")}],
            "segments": ["seg"],
            "since": "2024-01-01",
        },
        {
            "features": {"none"},
            "period": {"none"},
            "history": {"none", "no_column"},
            "segments": {"none", "empty_list", "list_in_list"},
            "since": MOMENT | {"none"},
        },
    ),
    "training_serving_skew (every key)": Call(
        {
            "served": source("seen"),
            "recomputed": source("seen"),
            "entity": "k",
            "features": ["x"],
            "history": {
                "relation": source("store"),
                "valid_from": "valid_from",
                "valid_to": "valid_to",
                "entity": {"k": "k"},
                "features": ["x"],
            },
        },
    ),
    "model_health": Call(
        {
            "performance": source("measured"),
            "drift_alerts": source("alerts"),
            "estimated_performance": source("measured"),
            "skew": source("skewed"),
            "metric": "roc_auc",
            "reference": {"first": 4},
            "min_drop": 0.01,
            "alpha": 0.05,
            "minimum_rows": 100,
            "min_mismatch": 0.05,
            "min_nulls": 0.01,
            "greater_is_better": True,
            "registry": source("regi"),
            "features": source("ev"),
            "test_results": source("ran"),
        },
        {
            "drift_alerts": {"none"},
            "estimated_performance": {"none"},
            "skew": {"none"},
            "metric": TEXT,
            "reference": {"number", "huge"},
            "min_drop": {"none", "number", "huge"},
            "minimum_rows": {"number"},
            "greater_is_better": {"none", "true"},
            "registry": {"none"},
            "features": {"relation", "none", "relation_in_list"},
            "test_results": {"none"},
        },
    ),
    "test_no_future_features": Call(
        {
            "model": source("halves"),
            "as_of": "as_of",
            "feature_times": ["ev_feature_time"],
            "entity": "k",
            "allow_exact_matches": True,
        },
        {"feature_times": {"none"}, "entity": {"none"}, "allow_exact_matches": {"true"}},
    ),
    "test_same_rows_as": Call(
        {
            "model": source("sp"),
            "compare_to": source("lab"),
            "columns": ["k", "as_of"],
            "compare_where": "1=1",
        },
        {"compare_where": {"none"}},
    ),
    "test_valid_intervals": Call(
        {
            "model": source("store"),
            "entity": "k",
            "valid_from": "valid_from",
            "valid_to": "valid_to",
            "allow_gaps": True,
        },
        {"allow_gaps": {"true"}},
    ),
    "test_features_are_fresh": Call(
        {
            "model": source("ev"),
            "event_time": "ts",
            "max_age": "1d",
            "at": "2024-03-01",
            "entity": "k",
            "as_of": None,
            "tolerated_share": 0.5,
        },
        {"at": {"none"}, "as_of": {"none"}},
    ),
    "test_label_is_mature": Call(
        {
            "model": source("lab"),
            "entity": "k",
            "as_of": "as_of",
            "label": "label",
            "label_is_mature": "label_is_mature",
            "observed_until": "2024-03-01",
            "label_window_end": "label_window_end",
            "horizon": None,
            "decided_early": [1],
            "require_label": False,
        },
        {
            "entity": {"none"},
            "label_is_mature": {"none"},
            "observed_until": {"none"},
            "horizon": {"none"},
            "decided_early": {"empty_list", "twice"},
            "require_label": {"true"},
        },
    ),
    "test_alias_resolves": Call(
        {"model": source("alia"), "alias_name": "champion", "model_name": ["m"], "registry": None},
        {"model_name": TEXT | {"none", "twice", "relation_in_list"}, "registry": {"none"}},
    ),
    "test_model_is_healthy": Call(
        {
            "model": source("healths"),
            "allow": ["not_enough_labels"],
            "periods": 1,
            "model_name": "m",
            "allow_warnings": True,
        },
        {
            "allow": {"none", "empty_list"},
            "periods": {"number"},
            "model_name": TEXT | {"none"},
            "allow_warnings": {"true"},
        },
    ),
    "test_challenger_is_not_worse": Call(
        {
            "model": source("compared"),
            "metric": ["roc_auc"],
            "margin": 0.01,
            "not_enough_data": "fail",
            "minimum_pairs": 500,
            "model_name": "m",
            "segments": False,
        },
        {
            "metric": {"none"},
            "margin": {"none", "number", "huge"},
            "minimum_pairs": {"none", "number"},
            "model_name": TEXT | {"none"},
            "segments": {"true"},
        },
    ),
    "test_drift_below": Call(
        {
            "model": source("drifted"),
            "threshold": 0.1,
            "metric": "psi",
            "features": ["x"],
            "alpha": 0.05,
            "minimum_n": 10,
            "periods": 1,
            "segments": False,
            "not_enough_data": "fail",
        },
        {
            "threshold": {"number", "huge"},
            "metric": TEXT,
            "features": NAMED | {"none"},
            "alpha": {"none"},
            "minimum_n": {"number"},
            "periods": {"none", "number"},
            "segments": {"true"},
        },
    ),
    "test_performance_at_least": Call(
        {
            "model": source("measured"),
            "metric": "roc_auc",
            "minimum": 0.7,
            "maximum": 1.0,
            "minimum_labelled": 10,
            "labelled_share": 0.5,
            "beyond_doubt": False,
            "model_name": "m",
            "periods": 1,
            "segments": False,
            "not_enough_data": "fail",
        },
        {
            "metric": TEXT,
            "minimum": {"none", "number", "huge"},
            "maximum": {"none", "number", "huge"},
            "minimum_labelled": {"number"},
            "beyond_doubt": {"true"},
            "model_name": TEXT | {"none"},
            "periods": {"none", "number"},
            "segments": {"true"},
        },
    ),
    "test_skew_below": Call(
        {
            "model": source("skewed"),
            "threshold": 0.1,
            "features": ["x"],
            "minimum_n": 10,
            "periods": 1,
            "segments": False,
            "not_enough_data": "fail",
        },
        {
            "features": NAMED | {"none"},
            "minimum_n": {"number"},
            "periods": {"none", "number"},
            "segments": {"true"},
        },
    ),
    "test_predictions_are_fresh": Call(
        {"model": source("pr"), "max_age": "1d", "at": "2024-03-01", "time": "as_of", "model_name": ["m"]},
        {"at": {"none"}, "model_name": TEXT | {"none", "twice", "relation_in_list"}},
    ),
    "test_no_split_leakage": Call(
        {
            "model": source("halves"),
            "entity": "k",
            "as_of": "as_of",
            "split": "split",
            "label_window_end": "label_window_end",
            "horizon": None,
            "by": "time",
            "fold": "fold",
        },
        {"label_window_end": {"none"}, "horizon": {"none"}, "fold": {"none"}},
    ),
}


def signatures() -> Iterator[tuple[str, list[str], list[str]]]:
    """The macros that users call, each with its arguments and those of them that have no default."""
    environment = Environment(extensions=["jinja2.ext.do"])
    for folder in areas.CALLED_BY_USERS:
        for path in sorted((BATON / "macros" / folder).glob("[!_]*.sql")):
            text = re.sub(r"\{%-?\s*(end)?materialization.*?%\}", "", path.read_text())
            text = re.sub(r"\{%(-?)\s*test\s+", r"{%\1 macro test_", text)
            text = re.sub(r"\{%(-?)\s*endtest\s*", r"{%\1 endmacro ", text)
            for macro in environment.parse(text).find_all(nodes.Macro):
                is_called = macro.name in (path.stem, f"test_{path.stem}")
                if is_called and macro.name not in areas.OPERATIONS:
                    names = [argument.name for argument in macro.args]
                    yield macro.name, names, names[: len(names) - len(macro.defaults)]


REQUIRED = {name: required for name, _, required in signatures()}


def written(macro: str, arguments: Mapping[str, Any]) -> str:
    call = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    if macro == "split":
        return f"select {{{{ baton.split({call}) }}}} as chosen from {{{{ {source('sp')} }}}}"
    if macro == "assign_variant":
        return f"select {{{{ baton.assign_variant({call}) }}}} as chosen from {{{{ {source('sp')} }}}}"
    return f"{{{{ baton.{macro}({call}) }}}}"


def places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Every place in an argument that holds a value of its own: the keys of mappings, at any depth."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield (*path, key)
            yield from places(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from places(one, (*path, number))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


def is_due(*place: str) -> bool:
    """Whether this combination is tried: a quarter of them, the same ones each time, and all by `make nightly`."""
    return (
        os.environ.get("BATON_HYPOTHESIS_PROFILE") == "nightly"
        or zlib.crc32(" ".join(place).encode()) % 4 == 0
    )


def wrong_calls(entry: str, values: Iterable[str]) -> dict[tuple[str, str], str]:
    """Calls with one wrong value each, by its place, such as `entity` or `sources[0].relation`, and what is wrong."""
    macro, *variant = entry.split(maxsplit=1)
    arguments, calls = CALLS[entry].arguments, {}
    for name in arguments:
        if macro.startswith("test_") and name == "model":
            continue
        # a call with every key of an argument is there for these alone
        for what in (what for what in values if not variant and is_due(entry, name, what)):
            calls[name, what] = written(macro, {**arguments, name: Written(WRONG[what])})
        if name in REQUIRED[macro] and not variant:
            calls[name, "omitted"] = written(
                macro, {one: value for one, value in arguments.items() if one != name}
            )
        for path in places(arguments[name], ()):
            place = name + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
            for what in (what for what in values if what in FEW and is_due(entry, place, what)):
                wrong = changed(arguments[name], path, Written(WRONG[what]))
                calls[place, what] = written(macro, {**arguments, name: wrong})
    return calls


def may_be_right(entry: str, place: str, what: str) -> bool:
    value: Any = CALLS[entry].arguments
    for key in re.findall(r"[^.\[\]]+", place):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return (
        what in RIGHT_FOR.get(place.split(".")[-1], ())
        or what in CALLS[entry].right.get(place, ())
        or (isinstance(value, Written) and what in RELATION)
    )


def is_one_error(said: str | Exception, macro: str) -> bool:
    """Baton's error, which counts the problems that it lists."""
    found = re.search(
        rf"baton\.{macro.removeprefix('test_')}: (\d+) problems? in model '\w+': (.*?)\n\s*\n",
        f"{said}\n\n",
        re.DOTALL,
    )
    return bool(found) and [int(n) for n in re.findall(r"(?:^|; )\((\d+)\) ", found[2])] == [
        *range(1, int(found[1]) + 1)
    ]


def create_tables(project: Project) -> None:
    for name, columns in TABLES.items():
        project.execute(
            f"drop table if exists {{schema}}.{name}; create table {{schema}}.{name} as select {columns}"
        )
    project.use_tables(*TABLES)


def rendered_by_config(
    project: Project, calls: Mapping[str, Mapping[Any, str]]
) -> dict[Any, str | Exception]:
    """What each call gives, with one dbt command for the calls of a config."""
    return {
        key: answer
        for config, of_config in calls.items()
        for key, answer in rendered(project, of_config, config=config).items()
    }


def test_the_table_has_every_macro_and_each_of_its_arguments():
    expected = {name: set(arguments) for name, arguments, _ in signatures()}
    given = {name: set(call.arguments) for name, call in CALLS.items() if " " not in name}
    assert given == expected


@pytest.fixture(scope="module")
def answers(project: Project) -> Answers:
    """What every call of the table gives, by entry, place and what is wrong."""
    create_tables(project)
    calls: dict[str, dict[tuple[str, str, str], str]] = defaultdict(dict)
    for entry, call in CALLS.items():
        calls[call.config][entry, "right", ""] = written(entry.split()[0], call.arguments)
        for (place, what), text in wrong_calls(
            entry, WRONG if project.engine.name == "duckdb" else ON_POSTGRES
        ).items():
            calls[call.config][entry, place, what] = text
    return rendered_by_config(project, calls)


@pytest.mark.parametrize("entry", CALLS)
def test_a_wrong_argument_is_one_error_that_counts_what_is_wrong(answers: Answers, entry: str):
    right = answers[entry, "right", ""]
    assert isinstance(right, str), right
    for place, what in [key[1:] for key in answers if key[0] == entry and key[2]]:
        answer = answers[entry, place, what]
        if not (isinstance(answer, str) and what != "omitted" and may_be_right(entry, place, what)):
            assert not isinstance(answer, str), f"{place}: {what} is taken for right"
            assert is_one_error(answer, entry.split()[0]), f"{place}: {what} gives {answer}"


def test_one_error_names_what_is_wrong_and_the_columns_that_are_missing(duckdb_project: Project):
    """Every name that is looked for in a relation is wrong, while all that is no relation is undefined."""
    create_tables(duckdb_project)
    first: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for entry, call in CALLS.items():
        for name, value in call.arguments.items():
            is_column = isinstance(value, (str, list)) and not isinstance(value, Written)
            if name != "model" and is_column and "source(" not in repr(value):
                wrong = {**call.arguments, name: Written("'nosuch'")}
                first[call.config][entry, name] = written(entry.split()[0], wrong)
    columns: dict[str, list[str]] = defaultdict(list)
    for (entry, name), said in rendered_by_config(duckdb_project, first).items():
        if 'nosuch"' in str(said) and "no column" in str(said):
            columns[entry].append(name)
    others: dict[str, list[str]] = {}
    calls: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for entry, call in CALLS.items():
        macro = entry.split()[0]
        others[entry] = [
            name
            for name, value in call.arguments.items()
            if name not in columns[entry] and "source(" not in repr(value) and (macro, name) not in DEPENDS
        ]
        undefined = {name: Written("no_such_variable") for name in others[entry]}
        for column in columns[entry]:
            wrong = {**call.arguments, **undefined, column: Written("'nosuch'")}
            calls[call.config][entry, column] = written(macro, wrong)
    tried = rendered_by_config(duckdb_project, calls)
    for (entry, column), answer in tried.items():
        assert is_one_error(answer, entry.split()[0]), f"{entry} {column}: {answer}"
        missing = [
            name
            for name in ['no column "nosuch"', *(f" {name} is " for name in others[entry])]
            if name not in str(answer)
        ]
        assert not missing or (missing == ['no column "nosuch"'] and 'names "nosuch"' in str(answer)), (
            f"{entry} {column}: {answer}"
        )
    assert len(tried) > 40


def test_a_relation_that_is_not_there_ends_a_run_with_an_error_of_baton(project: Project):
    """The first that dbt would hear of it otherwise is the engine; compiling goes on, as nothing is built yet then."""
    create_tables(project)
    project.use_tables("nowhere")
    calls: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for entry, call in CALLS.items():
        macro = entry.split()[0]
        for argument, value in call.arguments.items():
            for path in ((), *places(value, ())):
                found: Any = value
                for key in path:
                    found = found[key]
                # what a generic test stands on is dbt's
                if argument != "model" and isinstance(found, Written) and found.startswith("source("):
                    wrong = changed(value, path, source("nowhere"))
                    place = f"{argument}{path}"
                    calls[call.config][entry, place] = written(macro, {**call.arguments, argument: wrong})
    assert sum(map(len, calls.values())) > 40
    for number, (config, of_config) in enumerate(calls.items()):
        for (entry, place), said in rendered(
            project, of_config, config=config, name=f"run_{number}", command="run"
        ).items():
            assert is_one_error(said, entry.split()[0]), f"{entry} {place}: {said}"
            assert "which is not in the warehouse" in str(said), f"{entry} {place}: {said}"


# An argument that says whether others are read.
DEPENDS = {
    ("folds", "folds"),
    ("folds", "end"),
    ("test_label_is_mature", "horizon"),
    ("test_no_split_leakage", "horizon"),
}
