{{ baton.drift_alerts(drift=ref('churn_drift')) }}
