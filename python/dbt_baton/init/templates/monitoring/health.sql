{{ config(materialized='table') }}

{{ baton.model_health(
    performance=ref('[[ name ]]_performance'),
    drift_alerts=ref('[[ name ]]_drift_alerts'),
    registry=ref('[[ name ]]_registry'),
    features=ref('[[ name ]]_scoring_features')[% if task.metric != 'roc_auc' %],
    metric='[[ task.metric ]]'[% endif %]

) }}
