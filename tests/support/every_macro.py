"""Models that call every public macro once, and small tables for them, with NULL, NaN, ties and gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def _tested(name: str, **arguments: Any) -> dict[str, Any]:
    return {f"baton.{name}": {"arguments": arguments}}


TRANSFORMERS = """[
    {'transformer': 'simple_imputer', 'columns': ['pressure'], 'strategy': 'median', 'add_indicator': true},
    {'transformer': 'clip', 'columns': ['litres'], 'lower_quantile': 0.05, 'upper_quantile': 0.95},
    {'transformer': 'log1p', 'columns': ['litres']},
    {'transformer': 'standard_scaler', 'columns': ['pressure']},
    {'transformer': 'quantile_transformer', 'columns': ['litres']},
    {'transformer': 'k_bins_discretizer', 'columns': ['flow'], 'n_bins': 4, 'encode': 'ordinal'},
    {'transformer': 'robust_scaler', 'columns': ['heat']},
    {'transformer': 'polynomial_features', 'columns': ['heat', 'flow']},
    {'transformer': 'one_hot_encoder', 'columns': ['tariff'], 'handle_unknown': 'ignore'},
    {'transformer': 'hashing_encoder', 'columns': ['street'], 'n_components': 5},
    {'transformer': 'target_encoder', 'columns': ['valve'], 'target': 'label', 'target_type': 'binary', 'fold_by': ['reading']},
    {'transformer': 'cyclical', 'columns': ['read_at'], 'period': ['hour', 'day_of_week']},
]"""

MODELS = {
    "weeks": """{{ baton.entity_spine(
        entities=ref('meters'), entity='meter', start='2024-01-08', end='2024-04-01', every='1w', active_from='built_at'
    ) }}""",
    "reading_spine": "{{ baton.event_spine(events=ref('readings'), entity='meter', event_time='read_at', min_gap='2d') }}",
    "windows": """{{ baton.windowed_features(spine=ref('spine'), entity='meter', sources=[
        {'relation': ref('readings'), 'event_time': 'read_at', 'delay': '1h', 'aggregates': [
            {'function': 'count', 'name': 'readings', 'windows': ['7d', 'lifetime']},
            {'function': 'sum', 'column': 'litres', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'pressure', 'windows': ['30d']},
            {'function': 'stddev', 'column': 'litres', 'windows': ['30d']},
            {'function': 'min', 'column': 'litres', 'windows': ['7d']},
            {'function': 'median', 'column': 'litres', 'windows': ['30d']},
            {'function': 'mode', 'column': 'tariff', 'windows': ['30d']},
            {'function': 'entropy', 'column': 'tariff', 'windows': ['30d']},
            {'function': 'count_distinct', 'column': 'tariff', 'windows': ['30d']},
            {'function': 'first', 'column': 'tariff', 'windows': ['30d']},
            {'function': 'last', 'column': 'litres'},
            {'function': 'recency', 'name': 'days_since'},
            {'function': 'tenure', 'name': 'days_known'}
        ]}
    ]) }}""",
    "store": """{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='meter') }}
        {{ baton.scd2(source=ref('readings'), entity='meter', event_time='read_at', tie_breaker=['reading'],
            features=['litres', 'pressure', 'tariff']) }}""",
    "states": """{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='meter') }}
        {{ baton.scd2(source=ref('meters'), entity='meter', event_time='built_at', source_shape='snapshot', hard_deletes='new_record') }}""",
    "log": """{{ config(materialized='incremental', incremental_strategy='append') }}
        {{ baton.feature_log(source=ref('readings'), entity='meter', event_time='read_at', features=['litres', 'tariff']) }}""",
    "now": "{{ baton.latest_features(store=ref('store'), entity='meter') }}",
    "then": "{{ baton.features_at(store=ref('store'), entity='meter', as_of='2024-02-01T02:00:00+02:00') }}",
    "joined": """{{ baton.point_in_time_join(spine=ref('spine'), entity='meter', feature_views=[
        {'relation': ref('store'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': ['litres', 'tariff'], 'ttl': '10d'},
        {'relation': ref('readings'), 'event_time': 'read_at', 'features': ['pressure', 'litres'], 'prefix': 'tied_', 'allow_exact_matches': false}
    ]) }}""",
    "labelled": """{{ baton.labels(spine=ref('spine'), events=ref('readings'), entity='meter', event_time='read_at', horizon='7d',
        observed_until='2024-03-20', label=[
            {'function': 'not_exists'}, {'function': 'sum', 'column': 'litres', 'name': 'used'},
            {'function': 'max', 'column': 'pressure', 'name': 'peak'}, {'function': 'first', 'column': 'tariff', 'name': 'next'},
            {'function': 'time_to_event', 'name': 'wait', 'censored': true}
        ]) }}""",
    "training": """{{ baton.training_set(spine=ref('labelled'), entity='meter', feature_views=[
        {'relation': ref('store'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': ['litres', 'tariff']}
    ], split={'by': 'time', 'train_until': '2024-02-10', 'validation_until': '2024-03-01', 'purge': true}) }}""",
    "splits": "select *, {{ baton.split({'by': 'entity', 'fractions': {'train': 0.7, 'test': 0.3}, 'seed': 's'}, 'meter', 'as_of') }} as split from {{ ref('spine') }}",
    "backtests": """{{ baton.folds(relation=ref('labelled'), start='2024-02-01', every='2w', folds=2, validation='2w') }}""",
    "print": "{{ baton.fingerprint(relation=ref('readings')) }}",
    "fitted": f"{{{{ baton.fit(relation=ref('prepared'), transformers={TRANSFORMERS}, where='meter > 1') }}}}",
    "transformed": f"{{{{ baton.transform(relation=ref('prepared'), fitted=ref('fitted'), transformers={TRANSFORMERS}) }}}}",
    "registry": "{{ baton.model_registry(models=[ref('versions')]) }}",
    "promoted": """{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}
        {{ baton.promotions(registry=ref('registry')) }}""",
    "compared": "{{ baton.compare_versions(registry=ref('registry'), model_name='x') }}",
    "aliases": "{{ baton.model_aliases(registry=ref('registry'), promotions=ref('promotions')) }}",
    "variants": "select *, {{ baton.assign_variant(entity='meter', experiment='e') }} as variant from {{ ref('spine') }}",
    "predictions": """{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}
        {{ baton.prediction_log(predictions=[ref('scores')], entity='meter', features=['meter', 'predicted_probability'], retention='36500d') }}""",
    "performance": """{{ baton.model_performance(predictions=ref('predictions'), outcomes=ref('outcomes'), entity='meter',
        outcome_as_of='as_of', task='binary', period='week', segments=[]) }}""",
    "thresholds": """{{ baton.threshold_curve(predictions=ref('predictions'), outcomes=ref('outcomes'), entity='meter',
        outcome_as_of='as_of', thresholds=3, costs={'false_positive': 1}) }}""",
    "calibration": """{{ baton.calibration_curve(predictions=ref('predictions'), outcomes=ref('outcomes'), entity='meter',
        outcome_as_of='as_of', strategy='quantile', bins=2, positive_class=1) }}""",
    "estimated": """{{ baton.estimated_performance(predictions=ref('predictions'), reference_predictions=ref('predictions'),
        reference_outcomes=ref('outcomes'), entity='meter', outcome_as_of='as_of', period='week', outcomes=ref('outcomes')) }}""",
    "duel": """with rivals as (
            select meter, as_of, model_name, model_version, predicted_class, predicted_probability, class_probabilities, 'champion' as role
            from {{ ref('scores') }}
            union all
            select meter, as_of, model_name, 'v2', predicted_class, power(predicted_probability, 2), class_probabilities, 'challenger'
            from {{ ref('scores') }}
        ), compared as (
            {{ baton.compare_models(predictions='rivals', outcomes=ref('outcomes'), entity='meter', outcome_as_of='as_of',
        metric=['roc_auc', 'accuracy', 'log_loss'], minimum_pairs=20, cluster='meter') }}
        ) select * from compared""",
    "performance_of_classes": """{{ baton.model_performance(predictions=ref('class_scores'), outcomes=ref('outcomes'), entity='meter',
        outcome_as_of='as_of', task='multiclass', period='week', segments=['predicted_class']) }}""",
    "performance_of_numbers": """{{ baton.model_performance(predictions=ref('class_scores'), outcomes=ref('outcomes'), entity='meter',
        outcome_as_of='as_of', task='regression', quantiles={0.5: 'predicted_value'}) }}""",
    "performance_of_ranks": """{{ baton.model_performance(predictions=ref('class_scores'), outcomes=ref('outcomes'), entity='meter',
        outcome_as_of='as_of', task='ranking', group='meter', k=[1, 3]) }}""",
    "baseline": "{{ baton.drift_baseline(relation=ref('prepared'), features=['litres', 'read_at', 'tariff', {'column': 'pressure', 'bins': 'uniform'}], where='meter <= 6') }}",
    "histogram": "{{ baton.feature_histogram(relation=ref('prepared'), baseline=ref('baseline'), period='week', time='read_at', segments=['valve']) }}",
    "drifted": "{{ baton.drift(histogram=ref('histogram'), baseline=ref('baseline'), metrics=['psi', 'total_variation', 'l_infinity', 'ks']) }}",
    "contributions": "{{ baton.drift_contributions(histogram=ref('histogram'), baseline=ref('baseline')) }}",
    "alerts": "{{ baton.drift_alerts(drift=ref('drifted'), persistence=2, cool_down=1) }}",
    "skew": """{{ baton.training_serving_skew(served=ref('predictions'), recomputed=ref('scores'), entity='meter',
        features=['meter', 'predicted_probability'], period='week', history={'relation': ref('scores'), 'valid_from': 'as_of',
        'valid_to': none, 'features': ['predicted_probability']}) }}""",
    "health": """{{ baton.model_health(performance=ref('performance'), estimated_performance=ref('estimated'), registry=ref('registry')) }}""",
}

# every generic test, on these models; whether it finds something is a result, too
TESTS: dict[str, list[dict[str, Any]]] = {
    "store": [_tested("valid_intervals", entity="meter", allow_gaps=False)],
    "log": [_tested("features_are_fresh", event_time="read_at", max_age="2d", at="2024-03-27")],
    "joined": [
        _tested("same_rows_as", compare_to="ref('spine')", columns=["meter", "as_of"]),
        _tested("no_future_features", entity="meter", allow_exact_matches=False),
    ],
    "labelled": [
        _tested("label_is_mature", entity="meter", label="used", horizon="7d", observed_until="2024-03-20")
    ],
    "training": [_tested("no_split_leakage", entity="meter", by="entity")],
    "aliases": [_tested("alias_resolves", alias_name="champion")],
    "predictions": [_tested("predictions_are_fresh", max_age="1d", at="2024-03-27")],
    "performance": [
        _tested("performance_at_least", metric="roc_auc", minimum=0.5, minimum_labelled=5, labelled_share=0.1)
    ],
    "duel": [_tested("challenger_is_not_worse", margin=0.01)],
    "drifted": [_tested("drift_below", threshold=0.1)],
    "skew": [_tested("skew_below", threshold=0.01)],
    "health": [_tested("model_is_healthy", allow=[])],
}


def data() -> dict[str, pd.DataFrame]:
    """Readings of meters with ties, gaps and NULL, and the other inputs of the models."""
    random = np.random.default_rng(14)
    n = 600
    readings = pd.DataFrame(
        {
            "reading": np.arange(n),
            "meter": random.integers(1, 13, n),
            "read_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 24 * 85, n), unit="h"),
            "litres": np.where(random.random(n) < 0.1, np.nan, random.gamma(2, 50, n).round(2)),
            "pressure": np.where(random.random(n) < 0.2, np.nan, random.integers(1, 9, n)),
            "tariff": random.choice(np.array(["day", "night", "o'clock", None], dtype=object), n),
        }
    )
    spine = pd.DataFrame(
        {
            "meter": pd.array(random.integers(1, 15, 200), dtype="Int64"),
            "as_of": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 24 * 90, 200), unit="h"),
        }
    )
    spine.loc[::23, "as_of"] = pd.NaT
    spine.loc[::29, "meter"] = pd.NA
    prepared = readings.assign(
        flow=random.integers(0, 40, n),
        heat=random.normal(0, 3, n),
        street=random.choice(np.array([*(f"street {number}" for number in range(28)), "Straße", None]), n),
        valve=random.choice(np.array(["a", "b", "c"]), n),
        label=random.integers(0, 2, n),
    )
    versions = {name: ["x"] for name in VERSION_TEXTS} | {
        "model_version": ["v1"],
        "trained_at": [pd.Timestamp("2024-02-01")],
        "params": ['{"max_depth": 3}'],
        "features": ['[{"name": "flow", "type": "int"}]'],
        "metrics": ['{"validation": {"roc_auc": 0.75}}'],
        "feature_importances": ['{"flow": 0.5}'],
        "library_versions": ['{"scikit-learn": "1.7.0"}'],
        "training_rows": [10],
        "random_state": [42],
        "artifact": [b"x"],
        "scoring_sql_max_abs_error": [0.0],
    }
    scores = spine.dropna().drop_duplicates().reset_index(drop=True)
    chance = random.random(len(scores)).round(2)
    scores = scores.assign(
        model_name="m",
        model_version="v1",
        predicted_class=np.where(chance < 0.5, "0", "1"),
        predicted_probability=chance,
        predicted_value=np.nan,
        class_probabilities=None,
        feature_hash="h",
    )
    return {
        "readings": readings,
        "spine": spine,
        "prepared": prepared,
        "meters": pd.DataFrame(
            {
                "meter": range(1, 13),
                "built_at": pd.date_range("2023-12-01", periods=12, freq="9D"),
                "place": ["indoors", "outdoors", None] * 4,
            }
        ),
        "versions": pd.DataFrame(versions),
        "promotions": pd.DataFrame(
            {
                "model_name": ["x"],
                "alias": ["champion"],
                "model_version": ["v1"],
                "promoted_at": [pd.Timestamp("2024-02-02")],
                "promoted_by": ["x"],
                "reason": ["x"],
            }
        ),
        "scores": scores,
        "class_scores": scores.assign(
            predicted_value=chance,
            class_probabilities=[f'{{"0": {1 - p}, "1": {p / 2}, "2": {p / 2}}}' for p in chance],
        ),
        "outcomes": scores[["meter", "as_of"]].assign(actual=random.integers(0, 2, len(scores))).iloc[::2],
    }


VERSION_TEXTS = [
    *("model_name", "task", "estimator", "params", "features", "label", "split", "training_set_hash"),
    *("metrics", "feature_importances", "artifact_sha256", "artifact_format", "library_versions"),
    *("scoring_sql", "run_id", "git_sha", "owner"),
]
