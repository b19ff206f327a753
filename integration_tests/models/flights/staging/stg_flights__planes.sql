select
    tailnum,
    year as built_in,
    manufacturer,
    engine,
    seats,
    -- facts about an aircraft do not change, so they are known from the beginning
    timestamp '1900-01-01 00:00:00' as known_from
from {{ source('raw_flights', 'planes') }}
