{#
    The CTEs of a planned source, each keyed by the spine's keys and its `as_of`. Those that hold features are joined to the spine by
    `_event_source_joins`.
#}
{%- macro _event_source_sql(plan) -%}
    {%- set keys, columns = plan.key_names, plan.columns -%}
    {%- set valued = namespace(name=plan.name ~ '_events') -%}
{{ plan.name }}_events as (

    select
        {%- for key in plan.join_keys %}
        {{ baton.named('source.%s' | format(key.lookup), key.name) }},
        {%- endfor %}
        {%- for sql, name in columns.events.items() %}
        {{ baton.named(sql, name) | indent(8) }},
        {%- endfor %}
        {#- last, so that no condition of a user resolves to it #}
        {{ baton.named(plan.event_time, 'event_time') }}
    from {{ baton.aliased(plan.relation, 'source', plan.made) | indent }}
    where source.{{ plan.own_time }} is not null

)
{%- if plan.categories %},

{{ baton._category_sql(plan) }}
{%- set valued.name = plan.name ~ '_value_changes' %}
{%- endif %}
{%- if plan.squared %},

{{ baton.with_squares(plan.name, valued.name, plan.squared) }}
{%- set valued.name = plan.name ~ '_squares' %}
{%- endif %}
{%- if columns.totals %},

{{ baton._running_totals_sql(plan, valued.name) }}
{%- endif %}
{%- for pick in plan.picks.values() %},

{{ baton._pick_sql(plan, pick) }}
{%- endfor %}
{%- if plan.slides %},

{{ plan.name }}_slid as (

    {{ baton.sliding_windows(
        events=plan.name ~ '_events', moments=plan.moments, keys=keys, aggregates=plan.slides, delay=plan.delay, closed=plan.closed
    ) | indent }}

)
{%- endif %}
{%- for mode in plan.modes.values() %},

{{ baton._mode_sql(plan, mode) }}
{%- endfor %}
{%- endmacro -%}


{%- macro _more_columns(columns) -%}
{%- for sql, name in columns.items() %},
        {{ baton.named(sql, name) | indent(8) }}
{%- endfor -%}
{%- endmacro -%}


{#- Running totals at the bounds of the windows, and what they grew by in between. -#}
{%- macro _running_totals_sql(plan, events) -%}
    {%- set columns = plan.columns -%}
    {%- set ctes = ['found'] + (['spread'] if plan.spreads else []) + (['windows'] if columns.windows else []) -%}
    {#- read again for every first and last -#}
    {%- set once = baton.materialized() if plan.picks else '' -%}
    {%- set sides = [] -%}
    {%- for seconds, bound in plan.bounds.items() -%}
        {%- do sides.append(dict(
            rows=plan.moments, time=baton.add_seconds('as_of', -seconds), columns=dict(as_of='as_of', bound=bound)
        )) -%}
    {%- endfor -%}
    {%- set read = modules.re.findall('\\w+', columns.totals | join(' ')) -%}
    {%- set event_columns = (columns.events.values() | list) + plan.changes -%}
    {%- for value in plan.squared -%}{%- do event_columns.extend(baton.square_parts(value)) -%}{%- endfor -%}
-- the times at which totals are read: `bound` numbers the ends and the starts of the windows
{{ plan.name }}_bounds as (

    {{ baton.timeline(plan.key_names, sides) | indent }}

),

-- totals of {{ plan.name }} so far, at the end and at the start of each window
{{ plan.name }}_totals as (

    {{ baton.running_totals_asof(
        events=events, bounds=plan.name ~ '_bounds', keys=plan.key_names, totals=columns.totals,
        event_columns=event_columns | select('in', read) | unique | list, strict=plan.strict
    ) | indent }}

)
{%- for cte in ctes %}
{%- set name = plan.windows if loop.last else '%s_%s' | format(plan.name, cte) %}
{%- set keyword = once if loop.last else '' %},

{% if cte == 'found' -%}
-- a window's total is that at its end less that at its start
{{ name }} as {{ keyword }}(

    select
        {{ plan.key_names | join(',\n        ') }},
        as_of
        {{- baton._more_columns(columns.found) }}
    from {{ plan.name }}_totals
    group by {{ plan.key_names | join(', ') }}, as_of

)
{%- elif cte == 'spread' -%}
{{ baton.with_variances(plan.name, plan.name ~ '_found', plan.spreads, name, keyword) }}
{%- else -%}
{{ name }} as {{ keyword }}(

    select
        *
        {{- baton._more_columns(columns.windows) }}
    from {{ plan.name }}_{{ loop.previtem }}

)
{%- endif %}
{%- endfor -%}
{%- endmacro -%}


{#- The values of first or last events, fetched by their times; of tied events the first or last in the tie order, then by the value. -#}
{%- macro _pick_sql(plan, pick) -%}
    {%- set direction = 'desc nulls last' if pick.function == 'last' else 'asc nulls first' -%}
{{ pick.name }} as (

    select
        {{ plan.key_names | join(',\n        ') }},
        event_time,
        picked
    from (
        select
            {{ baton.qualified(plan.key_names + ['event_time'], 'events') | join(',\n            ') }},
            events.{{ pick.value }} as picked,
            row_number() over (
                partition by {{ baton.qualified(plan.key_names + ['event_time'], 'events') | join(', ') }}
                order by
                    {%- for column in plan.ties + [pick.value] %}
                    events.{{ column }} {{ direction }}{{ ',' if not loop.last }}
                    {%- endfor %}
            ) as row_rank
        from {{ plan.name }}_events as events
        inner join (
            {%- for time in pick.times %}
            {%- if not loop.first %}
            {{ baton.union_distinct() }}
            {%- endif %}
            select {{ 'distinct ' if loop.first }}{{ plan.key_names | join(', ') }}, {{ time }} as event_time
            from {{ plan.windows }}
            {%- endfor %}
        ) as asked
            on {{ baton.same_keys(plan.key_names + ['event_time'], 'events', 'asked') | indent(12) }}
        where events.{{ pick.value }} is not null
    ) as tied
    where row_rank = 1

)
{%- endmacro -%}


{#- How the CTEs of a source that hold features are joined to the spine. -#}
{%- macro _event_source_joins(plan) -%}
    {%- set joins = [] -%}
    {%- if plan.columns.totals -%}{%- do joins.append({'name': plan.windows}) -%}{%- endif -%}
    {%- if plan.slides -%}{%- do joins.append({'name': plan.name ~ '_slid'}) -%}{%- endif -%}
    {%- for mode in plan.modes.values() -%}
        {%- if baton.inlines_ctes() -%}{%- do joins.append({'name': mode.name}) -%}{%- endif -%}
        {%- for window in mode.windows.values() if not baton.inlines_ctes() -%}
            {%- do joins.append(dict(rows=mode.name, name=window.alias, window=window.number)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for join in joins %}
    left join {{ baton.named(join.rows or join.name, join.name) }}
        on {{ plan.as_of }} = {{ join.name }}.as_of
        {%- for key in plan.join_keys %}
        and spine.{{ key.spine }} = {{ join.name }}.{{ key.name }}
        {%- endfor %}
        {%- if join.window %}
        and {{ join.name }}.window_number = {{ join.window }}
        {%- endif %}
    {%- endfor %}
    {%- for pick in plan.picks.values() %}
    {%- for time, alias in pick.times.items() %}
    left join {{ pick.name }} as {{ alias }}
        on {{ plan.windows }}.{{ time }} = {{ alias }}.event_time
        {%- for key in plan.join_keys %}
        and spine.{{ key.spine }} = {{ alias }}.{{ key.name }}
        {%- endfor %}
    {%- endfor %}
    {%- endfor %}
{%- endmacro -%}
