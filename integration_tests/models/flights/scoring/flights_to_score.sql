{#- The flights of August and later that have been asked about; `flights_until` puts the present at an earlier moment. -#}

select * from {{ ref('flight_features') }}
where
    as_of >= timestamp '2013-08-01 00:00:00'
    {%- if var('flights_until', none) %}
    and as_of < timestamp '{{ var("flights_until") }}'
    {%- endif %}
