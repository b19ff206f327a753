select
    origin,
    time_hour as observed_at,
    -- the minute of an observation is unknown, but at the end of its hour it is certainly known
    time_hour + interval '1 hour' as known_at,
    temp as temperature,
    humid as humidity,
    wind_speed,
    wind_gust,
    precip as precipitation,
    pressure,
    visib as visibility
from {{ source('raw_flights', 'weather') }}
