-- the first four weeks by date, since a drop among the first periods would end the reference, and weeks of flights differ as much
{{ baton.model_health(
    performance=ref('flight_performance'),
    drift_alerts=ref('flight_drift_alerts'),
    estimated_performance=ref('flight_estimated_performance'),
    registry=ref('flight_model_registry'),
    features=ref('flight_features'),
    reference={'from': '2013-07-29', 'to': '2013-08-26'}
) }}
