{{ baton.threshold_curve(
    predictions=ref('model_predictions'),
    outcomes=ref('actual_outcomes'),
    entity='user_id',
    outcome_as_of='as_of',
    actual='churned',
    thresholds=20,
    period='month'
) }}
