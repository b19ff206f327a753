with airports as (

    select
        faa as airport,
        tzone as time_zone
    from {{ source('raw_flights', 'airports') }}
    where tzone is not null

),

-- destinations that are missing in the list of airports, all in Puerto Rico and the Virgin Islands
missing_airports as (

    select
        airport,
        'America/Puerto_Rico' as time_zone
    from (values ('BQN'), ('PSE'), ('SJU'), ('STT')) as missing (airport)

)

select * from airports
union all
select * from missing_airports
