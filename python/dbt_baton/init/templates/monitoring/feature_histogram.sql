{{ config(materialized='table') }}

{{ baton.feature_histogram(
    relation=ref('[[ name ]]_scoring_features'),
    baseline=ref('[[ name ]]_drift_baseline'),
    period='[[ period ]]'
) }}
