-- what the scores of a week alone say about its performance: the outcomes of the first five weeks calibrate all later ones
with first_weeks as (

    select *
    from {{ ref('flight_predictions') }}
    where as_of < timestamp '2013-09-02'

),

later_weeks as (

    select *
    from {{ ref('flight_predictions') }}
    where as_of >= timestamp '2013-09-02'

),

estimated_performance as (

    {{ baton.estimated_performance(
        predictions='later_weeks',
        reference_predictions='first_weeks',
        reference_outcomes=ref('flight_outcomes'),
        outcomes=ref('flight_outcomes'),
        entity='flight_id',
        actual='is_late',
        period='week'
    ) | indent }}

)

select * from estimated_performance
