{#- The flights to score, from August on; `flights_until` simulates an earlier current time. -#}

select * from {{ ref('flight_features') }}
where
    as_of >= timestamp '2013-08-01 00:00:00'
    {%- if var('flights_until', none) %}
    and as_of < timestamp '{{ var("flights_until") }}'
    {%- endif %}
