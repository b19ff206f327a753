{{ config(materialized='incremental', unique_key=['model_name', 'model_version', 'period_start']) }}

-- by carrier and airport, where late flights are not equally common; a run computes the weeks with new flights or arrivals
with predictions as (

    select
        logged.flight_id,
        logged.as_of,
        logged.model_name,
        logged.model_version,
        logged.predicted_class,
        logged.predicted_probability,
        flights.carrier,
        flights.origin
    from {{ ref('flight_predictions') }} as logged
    left join {{ ref('stg_flights__flights') }} as flights
        on logged.flight_id = flights.flight_id

),

performance as (

    {{ baton.model_performance(
        predictions='predictions',
        outcomes=ref('flight_outcomes'),
        entity='flight_id',
        task='binary',
        period='week',
        segments=['carrier', ['carrier', 'origin']],
        actual='is_late',
        outcome_time='arrived_at'
    ) | indent }}

)

select * from performance
