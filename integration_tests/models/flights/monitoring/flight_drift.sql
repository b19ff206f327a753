{{ baton.drift(histogram=ref('flight_feature_histogram'), baseline=ref('flight_drift_baseline')) }}
