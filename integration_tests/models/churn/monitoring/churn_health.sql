{{ baton.model_health(
    performance=ref('churn_performance'),
    drift_alerts=ref('churn_drift_alerts'),
    estimated_performance=ref('churn_estimated_performance'),
    skew=ref('churn_skew'),
    registry=ref('churn_registry'),
    features=ref('churn_scoring_features')
) }}
