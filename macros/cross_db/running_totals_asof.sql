{#
    Running totals of events, looked at by probes: each row of `probes` with what the totals were at its `baton_time`; NULL
    where nothing had happened. Of the direction 'future', with what they are over all that happens from there on, which is
    known only where something happened before.

    events, probes   names of CTEs that have the key columns and `baton_time`, both never NULL in `probes`
    keys             names of columns
    totals           [{'name', 'function': sum, count, min or max, 'argument': over the events, 'direction'}, ...]
    event_columns    the columns of the events that the arguments read
    strict           whether what happened at the very instant of a probe belongs to its future, not to its past
#}
{%- macro running_totals_asof(events, probes, keys, totals, event_columns, strict) -%}
    {{ return(adapter.dispatch('running_totals_asof', 'baton')(events, probes, keys, totals, event_columns, strict)) }}
{%- endmacro -%}


{#- Events and probes in one sweep in the order of time. -#}
{%- macro default__running_totals_asof(events, probes, keys, totals, event_columns, strict) -%}
select
    {%- for key in keys %}
    {{ key }},
    {%- endfor %}
    asked_at,
    probe
    {%- for total in totals %},
    {{ total.name }}
    {%- endfor %}
from (
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        asked_at,
        probe
        {%- for total in totals %},
        {{ total.function }}({{ total.argument }}) over {{ 'from_there_on' if total.direction == 'future' else 'so_far' }} as {{ total.name }}
        {%- endfor %}
    from (
        select
            {%- for key in keys %}
            {{ key }},
            {%- endfor %}
            baton_time,
            cast(null as timestamp) as asked_at,
            cast(null as integer) as probe,
            {{ '1' if strict else '0' }} as side
            {%- for column in event_columns %},
            {{ column }}
            {%- endfor %}
        from {{ events }}
        union all
        select
            {%- for key in keys %}
            {{ key }},
            {%- endfor %}
            baton_time,
            asked_at,
            probe,
            {{ '0' if strict else '1' }}
            {%- for column in event_columns %},
            null
            {%- endfor %}
        from {{ probes }}
    ) as events_and_probes
    window
        so_far as (
            partition by {{ keys | join(', ') }}
            order by baton_time, side
            rows between unbounded preceding and current row
        )
        {%- if 'future' in totals | map(attribute='direction', default='past') %},
        from_there_on as (
            partition by {{ keys | join(', ') }}
            order by baton_time desc, side desc
            rows between unbounded preceding and current row
        )
        {%- endif %}
) as swept
where probe is not null
{%- endmacro -%}


{#- Totals at every event, and one ASOF join of all probes. -#}
{%- macro duckdb__running_totals_asof(events, probes, keys, totals, event_columns, strict) -%}
select
    probes.*
    {%- for total in totals %},
    totals.{{ total.name }}
    {%- endfor %}
from {{ probes }} as probes
{{ baton.row_estimate_hint() }}
asof left join (
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        baton_time
        {%- for total in totals %},
        {{ total.function }}({{ total.argument }}) over {{ 'from_then_on' if total.direction == 'future' else 'so_far' }} as {{ total.name }}
        {%- endfor %}
    from {{ events }}
    window
        so_far as (
            partition by {{ keys | join(', ') }}
            order by baton_time
            range between unbounded preceding and current row
        )
        {%- if 'future' in totals | map(attribute='direction', default='past') %},
        from_then_on as (
            partition by {{ keys | join(', ') }}
            order by baton_time
            range between interval '1 microsecond' following and unbounded following
        )
        {%- endif %}
) as totals
    on {% for key in keys -%}
    probes.{{ key }} = totals.{{ key }}
    and {% endfor -%}
    probes.baton_time {{ '>' if strict else '>=' }} totals.baton_time
{%- endmacro -%}
