{{ baton.drift_contributions(histogram=ref('churn_feature_histogram'), baseline=ref('churn_drift_baseline')) }}
