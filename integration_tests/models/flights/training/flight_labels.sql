{#-
    Whether the flight arrived late, once it has landed. Cancelled and diverted flights have no label. The horizon covers
    every flight: the longest time from the prediction to the landing is less than 35 hours.
-#}

with late_flights as (

    {{ baton.labels(
        spine=ref('flight_spine'),
        events=ref('flight_outcomes'),
        entity='flight_id',
        event_time='arrived_at',
        horizon='36h',
        label={'function': 'first', 'column': 'is_late'}
    ) | indent }}

)

select
    flight_id,
    as_of,
    label,
    label_window_start,
    label_window_end,
    label_is_mature
from late_flights
