select
    tailnum,
    year as built_in,
    manufacturer,
    engine,
    seats,
    -- what an aircraft is does not change: it was so all along
    timestamp '1900-01-01 00:00:00' as known_from
from {{ source('raw_flights', 'planes') }}
