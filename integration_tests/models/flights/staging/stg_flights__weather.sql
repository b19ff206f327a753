select
    origin,
    time_hour as observed_at,
    -- an observation is of some minute in its hour: by the end of the hour it is known for sure
    time_hour + interval '1 hour' as known_at,
    temp as temperature,
    humid as humidity,
    wind_speed,
    wind_gust,
    precip as precipitation,
    pressure,
    visib as visibility
from {{ source('raw_flights', 'weather') }}
