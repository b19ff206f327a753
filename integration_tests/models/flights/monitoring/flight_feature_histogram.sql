{{ baton.feature_histogram(
    relation=ref('flight_features'),
    baseline=ref('flight_drift_baseline'),
    period='week'
) }}
