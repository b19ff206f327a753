{{ baton.model_performance(
    predictions=ref('churn_predictions'),
    outcomes=ref('actual_outcomes'),
    entity='user_id',
    outcome_as_of='as_of',
    task='binary',
    period='week',
    segments=['platform', 'channel'],
    actual='churned'
) }}
