{#
    Running totals of events at moments: each row of `bounds` with what the totals were at its `event_time`; NULL where nothing had
    happened. A total over `from_there_on` is that of all that happens from there on, known only where something happened before.

    events, bounds   names of CTEs with the key columns and `event_time`; `bounds` has `as_of` and `bound` too, and no NULL
    keys             names of columns
    totals           {an aggregate over `so_far` or over `from_there_on`: its name, unlike those of the events' columns}
    event_columns    the columns of the events that the totals read
    strict           whether what happened at the very instant of a bound belongs to its future, not to its past
#}
{%- macro running_totals_asof(events, bounds, keys, totals, event_columns, strict) -%}
    {{ return(adapter.dispatch('running_totals_asof', 'baton')(events, bounds, keys, totals, event_columns, strict)) }}
{%- endmacro -%}


{%- macro default__running_totals_asof(events, bounds, keys, totals, event_columns, strict) -%}
    {%- set columns = {'as_of': 'cast(null as timestamp)', 'bound': 'cast(null as integer)', 'side': 2 if strict else 0} -%}
    {%- do columns.update(zip(event_columns, event_columns)) -%}
{{ baton.time_sweep(
    keys,
    sides=[
        {'rows': events, 'time': 'event_time', 'columns': columns},
        {'rows': bounds, 'time': 'event_time', 'columns': {'as_of': 'as_of', 'bound': 'bound', 'side': 1}},
    ],
    totals=totals,
    columns=keys + ['as_of', 'bound'] + totals.values() | list
) }}
{%- endmacro -%}


{#- Totals at every event, and one ASOF join of all bounds. -#}
{%- macro duckdb__running_totals_asof(events, bounds, keys, totals, event_columns, strict) -%}
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
