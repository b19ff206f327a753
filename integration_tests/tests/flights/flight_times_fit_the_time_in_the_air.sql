-- from gate to gate a flight takes its time in the air plus at most four hours on the ground
select
    flight_id,
    departed_at,
    arrived_at,
    air_time
from {{ ref('stg_flights__flights') }}
where
    status = 'landed'
    and (
        arrived_at <= departed_at + air_time * interval '1 minute'
        or arrived_at > departed_at + (air_time + 240) * interval '1 minute'
    )
