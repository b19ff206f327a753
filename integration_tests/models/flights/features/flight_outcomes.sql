select
    flight_id,
    carrier,
    origin,
    dest,
    tailnum,
    arrived_at,
    arrival_delay,
    case when arrival_delay > 15 then 1 else 0 end as is_late
from {{ ref('stg_flights__flights') }}
where status = 'landed'
