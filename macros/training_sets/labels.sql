{#
    What happened to each spine row's entity in the window (as_of + gap, as_of + gap + horizon].

    A label is mature once its window ends by `observed_until`. A label that is not mature is NULL, never 0, unless the events so
    far decide it. No event is joined with the windows that contain it: counts and sums are differences of running totals at a
    window's ends, a first event is found by an as-of join, minima and maxima slide over the events.
#}
{%- macro labels(
    spine, events, entity, event_time, horizon=none, as_of='as_of', gap='0d', label={'function': 'not_exists'}, where=none, observed_until=none,
    events_entity=none, created_at=none, known_at=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._labels_call(dict(
        spine=spine, events=events, entity=entity, event_time=event_time, horizon=horizon, as_of=as_of, gap=gap,
        label=label, where=where, observed_until=observed_until, events_entity=events_entity, created_at=created_at,
        known_at=known_at,
    )) -%}
    {%- set several_windows = call.windows | length > 1 -%}
    {#- the moment up to which the events are complete and were received -#}
    {%- set observed_until -%}
        {%- if call.given_until is not none -%}
select {{ call.given_until }} as observed_until
        {%- else -%}
select max({{ call.last_time | indent }}) as observed_until
from {{ call.events }}
            {%- if call.is_known %}
where {{ call.is_known }}
            {%- endif -%}
        {%- endif -%}
    {%- endset -%}

with spine_rows as (

    {{ baton.rows_with(spine, 'spine', call.spine_made) | indent }}

),

{% if not call.observed_by_row -%}
observation as (

    {% if call.observed_at_most -%}
    -- observation ends at {{ 'known_at' if call.known_at else "the run's start" }}, even if the table has events with later times already
    select
        case
            when observed_until > {{ call.observed_at_most }}
                then {{ call.observed_at_most }}
            else observed_until
        end as observed_until
    from (
        {{ observed_until | indent(8) }}
    ) as latest
    {%- else -%}
    {{ observed_until | indent }}
    {%- endif %}

),

{% endif -%}
label_events as (

    select
        {%- for key in call.join_keys %}
        events.{{ key.lookup }} as {{ key.name }},
        {%- endfor %}
        {{ call.event_time | indent(8) }} as event_time
        {%- for sql, name in call.event_values.items() %},
        {{ sql }} as {{ name }}
        {%- endfor %}
    from {{ call.events }}
    where
        {%- if call.conditions | length == 1 %} {{ call.conditions[0] }}
        {%- else %}
        {{ call.conditions | join('\n        and ') }}
        {%- endif %}

),

-- one row per entity and window; windows that start after the last observation are left out
label_windows as (

    select
        {{ call.key_names | join(',\n        ') }},
        {%- if several_windows %}
        window_number,
        {%- endif %}
        window_start,
        window_end,
        observed_until,
        least(observed_until, window_end) as observed_end,
        observed_until >= window_end as is_mature
    from (
        {%- for window in call.windows %}
        {%- if not loop.first %}

        union all
{% endif %}
        select distinct
            {%- for key in call.join_keys %}
            spine.{{ key.spine }} as {{ key.name }},
            {%- endfor %}
            {%- if several_windows %}
            {{ window.number }} as window_number,
            {%- endif %}
            {{ window.start }} as window_start,
            {{ window.end }} as window_end,
            {%- if call.observed_by_row %}
            {{ call.observed_by_row }} as observed_until
            {%- else %}
            observation.observed_until
            {%- endif %}
        from spine_rows as spine
        {%- if not call.observed_by_row %}
        cross join observation
        {%- endif %}
        {{ baton._where(baton._not_null(baton.qualified(call.join_keys | map(attribute='spine'), 'spine'))) | indent(8) }}
        {%- endfor %}
    ) as spine_windows
    where observed_until > window_start

),

{% if call.totals -%}
{{ baton._label_totals(call) }}

{% endif -%}
{% for first in call.firsts.values() -%}
{{ baton._label_first_events(call, first) }}

{% endfor -%}
{% for extremes in call.extremes.values() -%}
{{ baton._label_extremes(call, extremes) }}

{% endfor -%}

labelled as (

    select
        {{ baton.star_without('spine', call.spine_made) | indent(8) }}
        {%- for label in call.labels %},
        {{ label.sql | indent(8) }} as {{ label.column }},
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
        {%- if several_windows %}
        and {{ window.alias }}.window_number = {{ window.number }}
        {%- endif %}
    {%- endfor %}
    {%- for extremes in call.extremes.values() %}
    left join {{ extremes.name }}
        on {{ extremes.window.alias }}.window_end = {{ extremes.name }}.as_of
        and {{ baton.same_keys(call.key_names, extremes.window.alias, extremes.name) | indent(8) }}
    {%- endfor %}

)

select * from labelled

{%- endmacro -%}
