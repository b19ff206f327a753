-- when a question is asked, nothing that it knows has happened at that moment or later
select
    flight_id,
    as_of,
    stg_flights__weather_feature_time,
    aircraft_days_since_landing
from {{ ref('flight_features') }}
where
    stg_flights__weather_feature_time + interval '1 hour' > as_of
    or stg_flights__weather_feature_time < as_of - interval '3 hours'
    or aircraft_days_since_landing <= 0
