{#- The increase of running totals within each window, as far as it was observed. -#}
{%- macro _label_totals(call) -%}
{%- set keys = call.key_names -%}
-- union, not union all: each moment once
window_bounds as (

    select
        {{ keys | join(',\n        ') }},
        window_start as event_time
    from label_windows

    {{ baton.union_distinct() }}

    select
        {{ keys | join(',\n        ') }},
        observed_end as event_time
    from label_windows

),

-- running totals at both ends of each window, events at that very moment included; both joins below read them
label_totals as {{ baton.materialized() }}(

    {{ baton.running_totals_asof(
        events='label_events', bounds='window_bounds', keys=keys, totals=call.totals,
        event_columns=call.total_values, strict=false, bound_columns=[]
    ) | indent }}

),

window_totals as (

    select
        label_windows.*
        {%- for total in call.totals.values() %},
        coalesce(by_end.{{ total }}, 0) - coalesce(by_start.{{ total }}, 0) as {{ total }}
        {%- endfor %}
    from label_windows
    left join label_totals as by_end
        on label_windows.observed_end = by_end.event_time
        and {{ baton.same_keys(keys, 'label_windows', 'by_end') | indent(8) }}
    left join label_totals as by_start
        on label_windows.window_start = by_start.event_time
        and {{ baton.same_keys(keys, 'label_windows', 'by_start') | indent(8) }}

),
{%- endmacro -%}


{#- The first event after the start of each window, if it came before the end of the observation. -#}
{%- macro _label_first_events(call, first) -%}
{%- set picks = 'name' in first.reads -%}
{%- set columns = [] -%}
{%- if 'time' in first.reads -%}{%- do columns.append(dict(name='event_time', alias=first.time)) -%}{%- endif -%}
{%- if picks -%}{%- do columns.append(dict(name=first.name, alias=first.name)) -%}{%- endif -%}
-- {{ 'of events at the same instant the greatest value counts' if picks else 'each instant once' }}
{{ first.events }} as (

    select
        {{ call.key_names | join(',\n        ') }},
        event_time
        {%- if picks %},
        max({{ first.value }}) as {{ first.name }}
        {%- endif %}
    from label_events
    where {{ first.value }} is not null
    group by {{ call.key_names | join(', ') }}, event_time

),

{{ first.found }} as (

    {{ baton.asof_left_join(
        spine=first.windows,
        lookup=first.events,
        keys=call.own_keys,
        spine_time='spine.window_start',
        lookup_time='event_time',
        columns=columns,
        strict=true,
        forward=true,
        counts_if='found.event_time <= spine.observed_end'
    ) | indent }}

),
{%- endmacro -%}


{#- Minima and maxima in the mature windows of one width. -#}
{%- macro _label_extremes(call, extremes) -%}
{{ extremes.moments }} as (

    select distinct
        {{ call.key_names | join(',\n        ') }},
        window_end as as_of
    from label_windows
    where
        is_mature
        {%- if call.windows | length > 1 %}
        and window_number = {{ extremes.window.number }}
        {%- endif %}

),

{{ extremes.name }} as (

    {{ baton.sliding_windows(
        events='label_events', moments=extremes.moments, keys=call.key_names, aggregates=extremes.aggregates, delay=0, closed='right'
    ) | indent }}

),
{%- endmacro -%}
