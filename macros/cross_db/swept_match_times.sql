{#
    Every row of `moments` with the time of the newest row of each lookup at or before its own, as in `asof_times`.

    moments   the name of a CTE with the columns `keys` and `baton_as_of`: never NULL, each combination once
    keys      its key columns, ready for SQL; those of a lookup are in the same order
    lookups   as in asof_times
#}
{%- macro swept_match_times(moments, keys, lookups) -%}
    {{ return(adapter.dispatch('swept_match_times', 'baton')(moments, keys, lookups)) }}
{%- endmacro -%}


{#- One sweep over the moments and all lookups in the order of time: no index is needed, and no key is too frequent. -#}
{%- macro default__swept_match_times(moments, keys, lookups) -%}
select
    {{ keys | join(',\n    ') }},
    baton_as_of
    {%- for lookup in lookups %},
    {{ lookup.alias }}
    {%- endfor %}
from (
    select
        {{ keys | join(',\n        ') }},
        baton_as_of,
        baton_is_moment
        {%- for lookup in lookups %},
        max({{ lookup.alias }}) over so_far as {{ lookup.alias }}
        {%- endfor %}
    from (
        select
            {{ keys | join(',\n            ') }},
            baton_as_of,
            true as baton_is_moment,
            1 as baton_side
            {%- for lookup in lookups %},
            cast(null as timestamp) as {{ lookup.alias }}
            {%- endfor %}
        from {{ moments }}
        {%- for lookup in lookups %}
        union all
        select
            {{ lookup['keys'] | map(attribute='lookup') | join(',\n            ') }},
            {{ lookup.time }},
            false,
            {{ '2' if lookup.strict else '0' }}
            {%- for other in lookups %},
            {{ lookup.time if other.alias == lookup.alias else 'null' }}
            {%- endfor %}
        from {{ lookup.name }}
        where exists (
            select 1 from {{ moments }} as asked
            where
                {%- for key in lookup['keys'] %}
                {{ 'and ' if not loop.first }}asked.{{ key.spine }} = {{ lookup.name }}.{{ key.lookup }}
                {%- endfor %}
        )
        {%- endfor %}
    ) as both_sides
    window so_far as (
        partition by {{ keys | join(', ') }}
        order by baton_as_of, baton_side
        rows between unbounded preceding and current row
    )
) as swept
where baton_is_moment
{%- endmacro -%}


{#- Where there are indexes one look into each of them finds the time; without one that would be a scan for every moment. -#}
{%- macro postgres__swept_match_times(moments, keys, lookups) -%}
{%- if lookups | rejectattr('is_indexed') | list -%}
{{ baton.default__swept_match_times(moments, keys, lookups) }}
{%- else -%}
select
    {%- for key in keys %}
    asked.{{ key }},
    {%- endfor %}
    asked.baton_as_of
    {%- for lookup in lookups %},
    newest_of_{{ loop.index }}.{{ lookup.time }} as {{ lookup.alias }}
    {%- endfor %}
from {{ moments }} as asked
{%- for lookup in lookups %}
left join lateral (
    select {{ lookup.time }}
    from {{ lookup.name }}
    where
        {%- for key in lookup['keys'] %}
        {{ key.lookup }} = asked.{{ key.spine }}
        and {% endfor -%}
        {{ lookup.time }} {{ '<' if lookup.strict else '<=' }} asked.baton_as_of
    order by {{ lookup.time }} desc
    limit 1
) as newest_of_{{ loop.index }}
    on true
{%- endfor %}
{%- endif -%}
{%- endmacro -%}
