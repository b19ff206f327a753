{{ config(materialized='table') }}

{{ baton.model_performance(
    predictions=ref('[[ name ]]_predictions'),
    outcomes=ref('[[ name ]]_outcomes'),
    entity=[[ entity ]],
    outcome_as_of='as_of',
    outcome_time='known_at',
    task='[[ task.name ]]',
    period='[[ period ]]'
) }}
