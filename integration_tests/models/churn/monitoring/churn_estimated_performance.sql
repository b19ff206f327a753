-- what the champion is probably worth in the weeks whose outcomes are still to come: its first scores, whose outcomes have long been
-- known, calibrate its later ones
with reference_predictions as (

    select *
    from {{ ref('model_predictions') }}
    where as_of < timestamp '2025-01-01'

),

later_predictions as (

    select *
    from {{ ref('model_predictions') }}
    where as_of >= timestamp '2025-01-01'

),

estimated_performance as (

    {{ baton.estimated_performance(
        predictions='later_predictions',
        reference_predictions='reference_predictions',
        reference_outcomes=ref('actual_outcomes'),
        outcomes=ref('actual_outcomes'),
        entity='user_id',
        outcome_as_of='as_of',
        actual='churned',
        period='week'
    ) | indent }}

)

select * from estimated_performance
