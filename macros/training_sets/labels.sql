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

    {%- set call = baton._labels_call(
        spine, events, entity, event_time, horizon, as_of, gap, label, where, observed_until, events_entity, created_at, known_at
    ) -%}
    {%- set several_windows = call.windows | length > 1 -%}

with spine_rows as (

    {{ baton.rows_with(spine, 'spine', call.spine_made) | indent }}

),

{% if not call.observed_by_row -%}
observation as (

    {{ baton._label_observation(call) | trim | indent }}

),

{% endif -%}
label_events as (

    select
        {%- for key in call.join_keys %}
        events.{{ key.lookup }} as {{ key.name }},
        {%- endfor %}
        {{ call.event_time | indent(8) }} as event_time
        {%- for sql, name in call['values'].items() %},
        {{ sql }} as {{ name }}
        {%- endfor %}
    from {{ call.events }}
    where
        {{ call.conditions | join('\n        and ') }}

),

-- each entity and window once, however often the spine has it; windows without any observed time are left out
label_windows as (

    select
        {{ call.key_names | join(',\n        ') }},
        {%- if several_windows %}
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
        where
            {{ baton.none_is_null(baton.qualified(call.join_keys | map(attribute='spine'), 'spine')) | indent(12) }}
        {%- endfor %}
    ) as spine_windows
    where observed_until > window_start

),

{% if call.totals -%}
{{ baton._label_totals(call) | trim }}

{% endif -%}
{% for first in call.firsts.values() -%}
{{ baton._label_first_events(call, first) | trim }}

{% endfor -%}
{% for extremes in call.extremes.values() -%}
{{ baton._label_extremes(call, extremes) | trim }}

{% endfor -%}

labelled as (

    select
        {{ baton.without_made('spine', call.spine_made) | indent(8) }}
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


{#- One row: the moment up to which the events are complete and were received. -#}
{%- macro _label_observation(call) -%}
{%- if call.observed_at_most -%}
-- nothing after {{ 'what was known' if call.known_at else "the run's start" }} was observed, not even an event that is announced already
select
    case
        when observed_until > {{ call.observed_at_most }}
            then {{ call.observed_at_most }}
        else observed_until
    end as observed_until
from (
    {{ baton._label_observed_until(call) | trim | indent }}
) as claimed
{%- else -%}
{{ baton._label_observed_until(call) | trim }}
{%- endif -%}
{%- endmacro -%}


{%- macro _label_observed_until(call) -%}
{%- if call.given_until is not none -%}
select {{ call.given_until }} as observed_until
{%- else -%}
select max({{ call.last_time | indent }}) as observed_until
from {{ call.events }}
{%- if call.is_known %}
where {{ call.is_known }}
{%- endif %}
{%- endif -%}
{%- endmacro -%}
