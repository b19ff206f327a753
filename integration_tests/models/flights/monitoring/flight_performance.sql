{{ baton.model_performance(
    predictions=ref('flight_predictions'),
    outcomes=ref('flight_outcomes'),
    entity='flight_id',
    task='binary',
    period='week',
    actual='is_late',
    outcome_time='arrived_at'
) }}
