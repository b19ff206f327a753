{{ baton.drift(histogram=ref('churn_feature_histogram'), baseline=ref('churn_drift_baseline')) }}
