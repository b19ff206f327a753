{{ baton.feature_histogram(
    relation=ref('churn_scoring_features'),
    baseline=ref('churn_drift_baseline'),
    period='week',
    segments=['platform']
) }}
