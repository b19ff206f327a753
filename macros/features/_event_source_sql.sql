{#
    The CTEs of a planned source, each keyed by `key_1`, ... and `asked_at`, the spine's as_of. Those that hold features are
    joined to the spine by `_event_source_joins`.
#}
{%- macro _event_source_sql(plan, as_of) -%}
    {%- set keys = plan.key_names -%}
{{ plan.name }}_events as (

    select
        {%- for key in plan.join_keys %}
        source.{{ key.lookup }} as {{ key.name }},
        {%- endfor %}
        {{ plan.event_time }} as baton_time
        {%- for sql, name in plan['values'].items() %},
        {{ sql }} as {{ name }}
        {%- endfor %}
        {%- for tie in plan.ties if plan.picks %},
        {{ tie }} as tie_{{ loop.index }}
        {%- endfor %}
    from {{ baton.aliased(plan.relation, 'source', plan.made) | indent }}
    where source.{{ plan.own_time }} is not null

),

{{ plan.name }}_moments as (

    select distinct
        {%- for key in plan.join_keys %}
        spine.{{ key.spine }} as {{ key.name }},
        {%- endfor %}
        spine.{{ as_of }} as asked_at
    from spine_rows as spine
    where
        {%- for key in plan.join_keys %}
        spine.{{ key.spine }} is not null and
        {%- endfor %}
        spine.{{ as_of }} is not null

)
{%- if plan.event_layers %},

{{ baton._layers_sql(plan.name ~ '_events', plan.event_layers, plan.name ~ '_valued') }}
{%- endif %}
{%- if plan.totals %},

{{ baton._running_totals_sql(plan) }}
{%- endif %}
{%- for pick in plan.picks.values() %},

{{ baton._pick_sql(plan, pick) }}
{%- endfor %}
{%- if plan.slides %},

{{ plan.name }}_slid as (

    {{ baton.sliding_windows(
        events=plan.name ~ '_events', moments=plan.name ~ '_moments', keys=keys,
        aggregates=plan.slides, delay=plan.delay, closed=plan.closed
    ) | trim | indent }}

)
{%- endif %}
{%- for mode in plan.modes.values() %},

{{ baton._mode_sql(plan, mode) }}
{%- endfor %}
{%- endmacro -%}


{#- Running totals at the bounds of the windows, and what they grew by in between. -#}
{%- macro _running_totals_sql(plan) -%}
    {#- read again for every first and last -#}
    {%- set once = baton.materialized() if plan.picks else '' -%}
    {%- set read = [] -%}
    {%- for sum in plan.sums.values() -%}{%- do read.extend([sum.upto, sum.before]) -%}{%- endfor -%}
    {%- do read.extend(plan.looks.values() | map(attribute='place')) -%}
    {%- set arguments = modules.re.findall('\\w+', plan.totals.values() | map(attribute='argument') | join(' ')) -%}
    {%- set event_columns = [] -%}
    {%- for column in (plan['values'].values() | list) + (plan.event_layers.values() | sum(start=[]) | map('first') | list) if column in arguments -%}
        {%- do event_columns.append(column) -%}
    {%- endfor -%}
{{ plan.name }}_probes as (
    {%- for bound in plan.bounds.values() if bound.place in read %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        {%- for key in plan.key_names %}
        {{ key }},
        {%- endfor %}
        asked_at,
        {{ bound.place }} as probe,
        {{ baton.add_seconds('asked_at', -bound.seconds_back) }} as baton_time
    from {{ plan.name }}_moments
    {%- endfor %}

),

-- totals of {{ plan.name }} so far, at the end and at the start of each window
{{ plan.name }}_totals as (

    {{ baton.running_totals_asof(
        events=plan.name ~ ('_valued' if plan.event_layers else '_events'), probes=plan.name ~ '_probes', keys=plan.key_names,
        totals=plan.totals.values() | list, event_columns=event_columns, strict=plan.strict
    ) | trim | indent }}

),

{{ plan.name }}_{{ 'found' if plan.window_layers else 'windows' }} as {{ once if not plan.window_layers }}(

    select
        {%- for key in plan.key_names %}
        {{ key }},
        {%- endfor %}
        asked_at
        {%- for column, sum in plan.sums.items() %},
        sum(case when probe = {{ sum.upto }} then {{ sum.total }}{% if sum.before %} when probe = {{ sum.before }} then -{{ sum.total_before }}{% endif %} end) as {{ column }}
        {%- endfor %}
        {%- for column, look in plan.looks.items() %},
        max(case when probe = {{ look.place }} then {{ look.total }} end) as {{ column }}
        {%- endfor %}
    from {{ plan.name }}_totals
    group by {{ plan.key_names | join(', ') }}, asked_at

)
{%- if plan.window_layers %},

{{ baton._layers_sql(plan.name ~ '_found', plan.window_layers, plan.name ~ '_windows', once) }}
{%- endif -%}
{%- endmacro -%}


{#- A CTE for each layer; the last one is named `result`, and `once` says how it is kept. -#}
{%- macro _layers_sql(rows, layers, result, once='') -%}
    {%- for layer, columns in layers.items() %}
    {%- if not loop.first %},

{% endif -%}
{{ result if loop.last else rows ~ '_' ~ layer }} as {{ once if loop.last }}(

    select
        *
        {%- for column, sql in columns %},
        {{ sql }} as {{ column }}
        {%- endfor %}
    from {{ rows if loop.first else rows ~ '_' ~ loop.previtem[0] }}

)
    {%- endfor %}
{%- endmacro -%}


{#- The values of first or last events, fetched by their times; of tied events the first or last in the tie order, then by the value. -#}
{%- macro _pick_sql(plan, pick) -%}
    {%- set direction = ' desc nulls last' if pick.function == 'last' else ' asc nulls first' -%}
{{ pick.name }} as (

    select
        {%- for key in plan.key_names %}
        {{ key }},
        {%- endfor %}
        baton_time,
        picked
    from (
        select
            {%- for key in plan.key_names %}
            events.{{ key }},
            {%- endfor %}
            events.baton_time,
            events.{{ pick.value }} as picked,
            row_number() over (
                partition by {% for key in plan.key_names %}events.{{ key }}, {% endfor %}events.baton_time
                order by {% for tie in plan.ties %}events.tie_{{ loop.index }}{{ direction }}, {% endfor %}events.{{ pick.value }}{{ direction }}
            ) as place
        from {{ plan.name }}_events as events
        inner join (
            {%- for time in pick.times %}
            {%- if not loop.first %}
            union
            {%- endif %}
            select {{ 'distinct ' if loop.first }}{{ plan.key_names | join(', ') }}, {{ time }} as baton_time
            from {{ plan.name }}_windows
            {%- endfor %}
        ) as asked
            on events.baton_time = asked.baton_time
            {%- for key in plan.key_names %}
            and events.{{ key }} = asked.{{ key }}
            {%- endfor %}
        where events.{{ pick.value }} is not null
    ) as tied
    where place = 1

)
{%- endmacro -%}


{#- How the CTEs of a source that hold features are joined to the spine. -#}
{%- macro _event_source_joins(plan, as_of) -%}
    {%- set joins = [] -%}
    {%- if plan.totals -%}{%- do joins.append((plan.name ~ '_windows', none, none)) -%}{%- endif -%}
    {%- if plan.slides -%}{%- do joins.append((plan.name ~ '_slid', none, none)) -%}{%- endif -%}
    {%- for mode in plan.modes.values() -%}
        {%- for window in mode.windows.values() -%}
            {%- do joins.append((mode.name, window.alias, window.place)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for relation, alias, window in joins %}
    left join {{ relation }}{{ ' as ' ~ alias if alias }}
        on spine.{{ as_of }} = {{ alias or relation }}.asked_at
        {%- for key in plan.join_keys %}
        and spine.{{ key.spine }} = {{ alias or relation }}.{{ key.name }}
        {%- endfor %}
        {%- if window %}
        and {{ alias }}.baton_window = {{ window }}
        {%- endif %}
    {%- endfor %}
    {%- for pick in plan.picks.values() %}
    {%- for time, alias in pick.times.items() %}
    left join {{ pick.name }} as {{ alias }}
        on {{ plan.name }}_windows.{{ time }} = {{ alias }}.baton_time
        {%- for key in plan.join_keys %}
        and spine.{{ key.spine }} = {{ alias }}.{{ key.name }}
        {%- endfor %}
    {%- endfor %}
    {%- endfor %}
{%- endmacro -%}
