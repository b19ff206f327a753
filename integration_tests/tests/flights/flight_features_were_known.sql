-- an hour of weather is known at its end, and a landing exactly at as_of does not count as earlier
select
    flight_id,
    as_of,
    stg_flights__weather_feature_time,
    aircraft_days_since_landing
from {{ ref('flight_features') }}
where
    stg_flights__weather_feature_time + interval '1 hour' > as_of
    or aircraft_days_since_landing <= 0
