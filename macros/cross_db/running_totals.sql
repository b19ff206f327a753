{#
    The CTEs that add to each row of `rows` a source's running totals at each of its probes: at a probe, all that had
    happened by then, or before then where `strict`. NULL where nothing had. The last CTE is named `source.joined`.

    source   as _event_source plans it
    rows     the name of a CTE with the key columns and `as_of`
#}
{%- macro running_totals(source, rows, as_of, strict) -%}
    {{ return(adapter.dispatch('running_totals', 'baton')(source, rows, as_of, strict)) }}
{%- endmacro -%}


{#- Events and probes in one sweep in the order of time, whose totals are read off at the probes. -#}
{%- macro default__running_totals(source, rows, as_of, strict) -%}
{{ source.name }}_moments as (

    select distinct
        {%- for key in source.join_keys %}
        {{ key.spine }},
        {%- endfor %}
        {{ as_of }}
    from {{ rows }}

),

-- the events of {{ source.name }} and the moments that are asked for, in the order of time
{{ source.name }}_swept as (

    select
        {%- for key in source.join_keys %}
        key_{{ loop.index }},
        {%- endfor %}
        asked_at,
        probe
        {%- for total in source.totals %},
        {{ total.function }}({{ total.name }}) over so_far as {{ total.name }}
        {%- endfor %}
    from (
        select
            {%- for key in source.join_keys %}
            source.{{ key.lookup }} as key_{{ loop.index }},
            {%- endfor %}
            {{ source.event_time }} as baton_time,
            cast(null as timestamp) as asked_at,
            0 as probe
            {%- for total in source.totals %},
            {{ total.argument }} as {{ total.name }}
            {%- endfor %}
        from {{ baton.aliased(source.relation, 'source') }}
        where {{ source.event_time }} is not null
        {%- for probe in source.probes %}
        union all
        select
            {%- for key in source.join_keys %}
            spine.{{ key.spine }},
            {%- endfor %}
            {{ baton.add_seconds('spine.' ~ as_of, -probe.seconds_back) }},
            spine.{{ as_of }},
            {{ loop.index }}
            {%- for total in source.totals %},
            null
            {%- endfor %}
        from {{ source.name }}_moments as spine
        {%- endfor %}
    ) as events_and_probes
    window so_far as (
        partition by {% for key in source.join_keys %}key_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
        order by baton_time, case when probe = 0 then {{ '1 else 0' if strict else '0 else 1' }} end
        rows between unbounded preceding and current row
    )

),

{{ source.name }}_found as (

    select
        {%- for key in source.join_keys %}
        key_{{ loop.index }},
        {%- endfor %}
        asked_at
        {%- for probe in source.probes %}
        {%- set place = loop.index %}
        {%- for column in probe.columns %},
        max(case when probe = {{ place }} then {{ column.name }} end) as {{ column.alias }}
        {%- endfor %}
        {%- endfor %}
    from {{ source.name }}_swept
    where asked_at is not null
    group by {% for key in source.join_keys %}key_{{ loop.index }}, {% endfor %}asked_at

),

{{ source.joined }} as (

    select
        spine.*
        {%- for probe in source.probes %}
        {%- for column in probe.columns %},
        found.{{ column.alias }}
        {%- endfor %}
        {%- endfor %}
    from {{ rows }} as spine
    left join {{ source.name }}_found as found
        on spine.{{ as_of }} = found.asked_at
        {%- for key in source.join_keys %}
        and spine.{{ key.spine }} = found.key_{{ loop.index }}
        {%- endfor %}

)
{%- endmacro -%}


{#- Totals at every event, and one ASOF probe of them for each moment. -#}
{%- macro duckdb__running_totals(source, rows, as_of, strict) -%}
-- running totals of {{ source.name }}: at each event, all that had happened by its instant
{{ source.name }}_totals as (

    select
        {%- for key in source.join_keys %}
        source.{{ key.lookup }},
        {%- endfor %}
        {{ source.event_time }} as baton_time
        {%- for total in source.totals %},
        {{ total.function }}({{ total.argument }}) over so_far as {{ total.name }}
        {%- endfor %}
    from {{ baton.aliased(source.relation, 'source') }}
    where {{ source.event_time }} is not null
    window so_far as (
        partition by {% for key in source.join_keys %}source.{{ key.lookup }}{{ ', ' if not loop.last }}{% endfor %}
        order by {{ source.event_time }}
        range unbounded preceding
    )

)
{%- for probe in source.probes %},

{{ source.joined if loop.last else probe.name }} as (

    {{ baton.asof_left_join(
        spine=rows if loop.first else loop.previtem.name,
        lookup=source.name ~ '_totals',
        keys=source.join_keys,
        spine_time=baton.add_seconds('spine.' ~ as_of, -probe.seconds_back),
        lookup_time='baton_time',
        columns=probe.columns,
        strict=strict
    ) | trim | indent }}

)
{%- endfor %}
{%- endmacro -%}
