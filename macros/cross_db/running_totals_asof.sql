{#
    Running totals of events at moments: each row of `bounds` with what the totals were at its `event_time`; NULL where nothing had
    happened. A total over `from_there_on` is that of all that happens from there on, known only where something happened before.

    events, bounds   names of CTEs with the key columns and `event_time`; `bounds` has `bound_columns` too, and no NULL
    keys             names of columns
    totals           {an aggregate over `so_far` or over `from_there_on`: its name, unlike those of the events' columns}
    event_columns    the columns of the events that the totals read
    bound_columns    the columns of `bounds` that are passed on beside keys and time: `as_of` and `bound`, or none
    strict           whether what happened at the very instant of a bound belongs to its future, not to its past
#}
{%- macro running_totals_asof(
    events, bounds, keys, totals, event_columns, strict, bound_columns=['as_of', 'bound']
) -%}
    {{ adapter.dispatch('running_totals_asof', 'baton')(events, bounds, keys, totals, event_columns, strict, bound_columns) }}
{%- endmacro -%}


{%- macro default__running_totals_asof(events, bounds, keys, totals, event_columns, strict, bound_columns) -%}
    {%- set types = dict(as_of='timestamp', bound='integer') -%}
    {%- set event_side, bound_side = {}, {} -%}
    {%- for name in bound_columns -%}
        {%- do event_side.update({name: 'cast(null as %s)' | format(types[name])}) -%}
        {%- do bound_side.update({name: name}) -%}
    {%- endfor -%}
    {%- do event_side.update(side=2 if strict else 0) -%}
    {%- do event_side.update(zip(event_columns, event_columns)) -%}
    {%- do bound_side.update(side=1) -%}
{{ baton.time_sweep(
    keys,
    sides=[
        dict(rows=events, time='event_time', columns=event_side),
        dict(rows=bounds, time='event_time', columns=bound_side),
    ],
    totals=totals,
    columns=keys + ['event_time'] + bound_columns + totals.values() | list
) }}
{%- endmacro -%}


{#- Totals at every event, and one ASOF join of all bounds. -#}
{%- macro duckdb__running_totals_asof(events, bounds, keys, totals, event_columns, strict, bound_columns) -%}
select
    bounds.*,
    totals.* exclude ({{ keys | join(', ') }}, event_time)
from {{ bounds }} as bounds
{{ baton.row_estimate_hint() }}
asof left join (
    select
        {{ keys | join(',\n        ') }},
        event_time
        {%- for sql, name in totals.items() %},
        {{ sql | indent(8) }} as {{ name }}
        {%- endfor %}
    from {{ events }}
    window
        so_far as (
            partition by {{ keys | join(', ') }}
            order by event_time
            range between unbounded preceding and current row
        )
        {%- if 'from_there_on' in totals | join %},
        from_there_on as (
            partition by {{ keys | join(', ') }}
            order by event_time
            range between interval '1 microsecond' following and unbounded following
        )
        {%- endif %}
) as totals
    on {{ baton.same_keys(keys, 'bounds', 'totals') | indent }}
    and bounds.event_time {{ '>' if strict else '>=' }} totals.event_time
{%- endmacro -%}
