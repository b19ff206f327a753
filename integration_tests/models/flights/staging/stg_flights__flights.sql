with flights as (

    select
        {{ baton.surrogate_key(['year', 'month', 'day', 'carrier', 'flight', 'origin']) | indent(8) }} as flight_id,
        carrier,
        flight as flight_number,
        tailnum,
        origin,
        dest,
        distance,
        time_hour + minute * interval '1 minute' as scheduled_departure_at,
        time_hour + (minute + dep_delay) * interval '1 minute' as departed_at,
        -- the source has times as one number, hhmm; midnight may be 2400
        mod(cast(arr_time - 40 * floor(arr_time / 100) as integer), 24 * 60) as arrival_minute,
        arr_delay as arrival_delay,
        air_time
    from {{ source('raw_flights', 'flights') }}

),

airports as (

    select
        airport,
        time_zone
    from {{ ref('stg_flights__airports') }}

),

-- the source has only the clock time of the arrival, so its day follows from the departure
at_destination as (

    select
        flights.*,
        airports.time_zone,
        date_trunc('day', flights.departed_at at time zone 'UTC' at time zone airports.time_zone)
            + flights.arrival_minute * interval '1 minute' as arrived_that_day
    from flights
    left join airports
        on flights.dest = airports.airport

),

in_utc as (

    select
        *,
        arrived_that_day at time zone time_zone at time zone 'UTC' as arrived_that_day_at,
        (arrived_that_day + interval '1 day') at time zone time_zone at time zone 'UTC' as arrived_next_day_at
    from at_destination

)

select
    flight_id,
    carrier,
    flight_number,
    tailnum,
    origin,
    dest,
    distance,
    scheduled_departure_at,
    scheduled_departure_at at time zone 'UTC' at time zone 'America/New_York' as scheduled_departure_local,
    departed_at,
    case when arrived_that_day_at > departed_at then arrived_that_day_at else arrived_next_day_at end as arrived_at,
    arrival_delay,
    air_time,
    case
        when departed_at is null then 'cancelled'
        when arrival_delay is null then 'diverted'
        else 'landed'
    end as status,
    case when departed_at is null then 1 else 0 end as is_cancelled
from in_utc
