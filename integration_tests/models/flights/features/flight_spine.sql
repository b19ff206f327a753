{#- One prediction per flight, two hours before scheduled departure, with features from the timetable. -#}

select
    flight_id,
    carrier,
    origin,
    dest,
    tailnum,
    distance,
    cast(extract(hour from scheduled_departure_local) as integer) as departure_hour,
    cast(extract(isodow from scheduled_departure_local) as integer) as departure_weekday,
    cast(extract(month from scheduled_departure_local) as integer) as departure_month,
    scheduled_departure_at - interval '2 hours' as as_of
from {{ ref('stg_flights__flights') }}
