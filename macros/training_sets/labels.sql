{#
    What happened to each spine row's entity in the window (as_of + gap, as_of + gap + horizon].

    A label is mature once its window lies behind `observed_until`. One that is not is NULL, unless what has been seen
    already decides it: never a silent 0. No event is joined with the windows that hold it: counts and sums are what running
    totals grew by between a window's ends, a first event is probed for, minima and maxima slide over the events.
#}
{%- macro labels(
    spine, events, entity, event_time, horizon=none, as_of='as_of', gap='0d', label={'function': 'not_exists'}, where=none, observed_until=none,
    events_entity=none, created_at=none, known_at=none
) -%}

    {%- set call = baton._labels_call(
        spine, events, entity, event_time, horizon, as_of, gap, label, where, observed_until, events_entity, created_at, known_at
    ) -%}
    {%- set keys = call.key_names -%}
    {%- set events = baton.of_all_times(events) -%}

with spine_rows as (

    {{ baton.rows_with(spine, 'spine', call.spine_made) | indent }}

),

{% if not call.observed_by_row -%}
observation as (

    {{ baton._observation(call, events) | trim | indent }}

),

{% endif -%}
label_events as (

    select
        {%- for key in call.join_keys %}
        events.{{ key.lookup }} as {{ key.name }},
        {%- endfor %}
        {{ call.event_time | indent(8) }} as baton_time
        {%- for sql, name in call['values'].items() %},
        {{ sql }} as {{ name }}
        {%- endfor %}
    from {{ baton.aliased(events, 'events') }}
    where {{ call.conditions | join('\n        and ') }}

),

-- each entity and window once, however often the spine has it; a window of which nothing was observed is not there
label_windows as (

    select
        {{ keys | join(',\n        ') }},
        {%- if call.windows | length > 1 %}
        window_number,
        {%- endif %}
        window_start,
        window_end,
        observed_until,
        case when observed_until >= window_end then window_end else observed_until end as observed_end,
        observed_until >= window_end as is_mature
    from (
        {%- for window in call.windows %}
        {%- if not loop.first %}
        union all
        {%- endif %}
        select distinct
            {%- for key in call.join_keys %}
            spine.{{ key.spine }} as {{ key.name }},
            {%- endfor %}
            {%- if call.windows | length > 1 %}
            {{ window.number }} as window_number,
            {%- endif %}
            {{ window.start }} as window_start,
            {{ window.end }} as window_end,
            {{ call.observed_by_row ~ ' as observed_until' if call.observed_by_row else 'observation.observed_until' }}
        from spine_rows as spine
        {%- if not call.observed_by_row %}
        cross join observation
        {%- endif %}
        where {{ baton.none_is_null(baton.qualified(call.join_keys | map(attribute='spine'), 'spine')) | indent(12) }}
        {%- endfor %}
    ) as asked
    where observed_until > window_start

),

{% if call.totals -%}
{{ baton._window_totals(call) | trim }}

{% endif -%}
{% for first in call.firsts.values() -%}
{{ baton._first_events(call, first) | trim }}

{% endfor -%}
{% for extremes in call.extremes.values() -%}
{{ baton._window_extremes(call, extremes) | trim }}

{% endfor -%}

labelled as (

    select
        {{ baton.without_made('spine', call.spine_made) }}
        {%- for label in call.labels %},
        {{ label.sql }} as {{ label.column }},
        {{ label.window.start }} as {{ label.window_start }},
        {{ label.window.end }} as {{ label.window_end }},
        coalesce({{ label.window.alias }}.is_mature, false) as {{ label.is_mature }}
        {%- if label.is_censored %},
        {{ label.is_censored_sql }} as {{ label.is_censored }}
        {%- endif %}
        {%- endfor %}
    from spine_rows as spine
    {%- for window in call.windows %}
    left join {{ call.found }} as {{ window.alias }}
        on {{ window.start }} = {{ window.alias }}.window_start
        {%- for key in call.join_keys %}
        and spine.{{ key.spine }} = {{ window.alias }}.{{ key.name }}
        {%- endfor %}
        {%- if call.observed_by_row %}
        and {{ call.observed_by_row }} = {{ window.alias }}.observed_until
        {%- endif %}
        {%- if call.windows | length > 1 %}
        and {{ window.alias }}.window_number = {{ window.number }}
        {%- endif %}
    {%- endfor %}
    {%- for extremes in call.extremes.values() %}
    left join {{ extremes.name }}
        on {{ extremes.window.alias }}.window_end = {{ extremes.name }}.asked_at
        {%- for key in keys %}
        and {{ extremes.window.alias }}.{{ key }} = {{ extremes.name }}.{{ key }}
        {%- endfor %}
    {%- endfor %}

)

select * from labelled

{%- endmacro -%}


{#- One row: the moment up to which the events are complete, and known. -#}
{%- macro _observation(call, events) -%}
{%- if call.observed_at_most -%}
-- nothing after {{ 'what was known' if call.known_at else "the run's start" }} was observed, not even an event that is announced already
select case when observed_until > {{ call.observed_at_most }} then {{ call.observed_at_most }} else observed_until end as observed_until
from (
    {{ baton._observed_until(call, events) | trim | indent }}
) as claimed
{%- else -%}
{{ baton._observed_until(call, events) | trim }}
{%- endif -%}
{%- endmacro -%}


{%- macro _observed_until(call, events) -%}
{%- if call.given_until is not none -%}
select {{ call.given_until }} as observed_until
{%- else -%}
select max({{ call.last_time | indent }}) as observed_until
from {{ baton.aliased(events, 'events') }}
{%- if call.known %}
where {{ call.known }}
{%- endif %}
{%- endif -%}
{%- endmacro -%}


{#- What running totals grew by in each window, as far as it was observed. -#}
{%- macro _window_totals(call) -%}
{%- set keys = call.key_names -%}
window_bounds as (

    select
        {{ keys | join(',\n        ') }},
        window_start as baton_time,
        window_start as asked_at,
        1 as probe
    from label_windows
    union
    select
        {{ keys | join(',\n        ') }},
        observed_end,
        observed_end,
        1
    from label_windows

),

-- what there had been by the instant of each bound
label_totals as {{ baton.materialized() }}(

    {{ baton.running_totals_asof(
        events='label_events', probes='window_bounds', keys=keys, totals=call.totals.values() | list,
        event_columns=call.total_values, strict=false
    ) | trim | indent }}

),

window_totals as (

    select
        label_windows.*
        {%- for total in call.totals.values() %},
        coalesce(by_end.{{ total.name }}, 0) - coalesce(by_start.{{ total.name }}, 0) as {{ total.name }}
        {%- endfor %}
    from label_windows
    left join label_totals as by_end
        on label_windows.observed_end = by_end.asked_at
        {%- for key in keys %}
        and label_windows.{{ key }} = by_end.{{ key }}
        {%- endfor %}
    left join label_totals as by_start
        on label_windows.window_start = by_start.asked_at
        {%- for key in keys %}
        and label_windows.{{ key }} = by_start.{{ key }}
        {%- endfor %}

),
{%- endmacro -%}


{#- The first event after each window's start, where it came by the end of what was observed. -#}
{%- macro _first_events(call, first) -%}
{%- set keys = call.key_names -%}
-- {{ 'of events at the same instant the greatest value counts' if first.picks else 'each instant once' }}
{{ first.events }} as (

    select
        {{ keys | join(',\n        ') }},
        baton_time
        {%- if first.picks %},
        max({{ first.value }}) as baton_value
        {%- endif %}
    from label_events
    where {{ first.value }} is not null
    group by {{ keys | join(', ') }}, baton_time

),

{{ first.found }} as (

    {{ baton.asof_left_join(
        spine=first.windows,
        lookup=first.events,
        keys=call.own_keys,
        spine_time='spine.window_start',
        lookup_time='baton_time',
        columns=[{'name': 'baton_time', 'alias': first.time}] + ([{'name': 'baton_value', 'alias': first.name}] if first.picks else []),
        strict=true,
        forward=true,
        counts_if='found.baton_time <= spine.observed_end'
    ) | trim | indent }}

),
{%- endmacro -%}


{#- Minima and maxima in the windows of one width that were observed to their end. -#}
{%- macro _window_extremes(call, extremes) -%}
{{ extremes.moments }} as (

    select distinct
        {{ call.key_names | join(',\n        ') }},
        window_end as asked_at
    from label_windows
    where is_mature
        {%- if call.windows | length > 1 %}
        and window_number = {{ extremes.window.number }}
        {%- endif %}

),

{{ extremes.name }} as (

    {{ baton.sliding_windows(
        events='label_events', moments=extremes.moments, keys=call.key_names, aggregates=extremes.aggregates, delay=0, closed='right'
    ) | trim | indent }}

),
{%- endmacro -%}
