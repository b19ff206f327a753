-- by month: an average over all time would hide when the probabilities stopped to be right
{{ baton.calibration_curve(
    predictions=ref('model_predictions'),
    outcomes=ref('actual_outcomes'),
    entity='user_id',
    outcome_as_of='as_of',
    actual='churned',
    period='month'
) }}
