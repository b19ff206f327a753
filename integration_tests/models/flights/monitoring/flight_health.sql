{{ baton.model_health(
    performance=ref('flight_performance'),
    drift_alerts=ref('flight_drift_alerts'),
    estimated_performance=ref('flight_estimated_performance'),
    registry=ref('flight_model_registry'),
    features=ref('flight_features')
) }}
