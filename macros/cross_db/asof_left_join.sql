{#
    Every row of `spine`, once, with the nearest row of `lookup` in time: the newest at or before the spine's time, or,
    with `forward`, the oldest at or after it. `strict` leaves out the very instant. No match leaves NULL.

    spine, lookup             names of CTEs; rows of `lookup` that tie on key and time are alike in `columns`
    keys                      [{'spine': column, 'lookup': column}, ...], ready for SQL
    spine_time                an expression over `spine`
    lookup_time               column name
    columns                   [{'name': column of lookup, 'alias': its name in the result}, ...]
    counts_if                 a condition over `spine` and the columns and time of `found` (the matched row), NULL columns where it does not hold
#}
{%- macro asof_left_join(
    spine, lookup, keys, spine_time, lookup_time, columns, strict=false, forward=false, counts_if=none
) -%}
    {{ return(adapter.dispatch('asof_left_join', 'baton')(
        spine, lookup, keys, spine_time, lookup_time, columns, strict, forward, counts_if
    )) }}
{%- endmacro -%}


{#- One sweep over both sides in the order of time finds each match, so no engine joins a whole history. -#}
{%- macro default__asof_left_join(
    spine, lookup, keys, spine_time, lookup_time, columns, strict, forward, counts_if
) -%}
select
    spine.*
    {{- baton._found_columns(columns, counts_if) }}
from {{ spine }} as spine
left join (
    select
        {%- for key in keys %}
        key_{{ loop.index }},
        {%- endfor %}
        at_time,
        is_spine,
        {{ 'min' if forward else 'max' }}(lookup_time) over (
            partition by {% for key in keys %}key_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
            order by at_time{{ ' desc' if forward }}, is_spine{{ ' desc' if strict }}
            rows between unbounded preceding and current row
        ) as matched_time
    from (
        select distinct
            {%- for key in keys %}
            spine.{{ key.spine }} as key_{{ loop.index }},
            {%- endfor %}
            {{ spine_time }} as at_time,
            true as is_spine,
            cast(null as timestamp) as lookup_time
        from {{ spine }} as spine
        union all
        select
            {%- for key in keys %}
            {{ key.lookup }},
            {%- endfor %}
            {{ lookup_time }},
            false,
            {{ lookup_time }}
        from {{ lookup }}
    ) as both_sides
) as nearest
    on nearest.is_spine
    {%- for key in keys %}
    and spine.{{ key.spine }} = nearest.key_{{ loop.index }}
    {%- endfor %}
    and {{ spine_time }} = nearest.at_time
left join (
    {%- set carried = [] %}
    {%- for name in columns | map(attribute='name') | list if name not in keys | map(attribute='lookup') | list + [lookup_time] + carried -%}
        {%- do carried.append(name) -%}
    {%- endfor %}
    select distinct
        {%- for key in keys %}
        {{ key.lookup }},
        {%- endfor %}
        {{ lookup_time }}
        {%- for name in carried %},
        {{ name }}
        {%- endfor %}
    from {{ lookup }}
) as found
    on nearest.matched_time = found.{{ lookup_time }}
    {%- for key in keys %}
    and nearest.key_{{ loop.index }} = found.{{ key.lookup }}
    {%- endfor %}
{%- endmacro -%}


{%- macro duckdb__asof_left_join(
    spine, lookup, keys, spine_time, lookup_time, columns, strict, forward, counts_if
) -%}
select
    spine.*
    {{- baton._found_columns(columns, counts_if) }}
from {{ spine }} as spine
{{ baton.row_estimate_hint() }}
asof left join {{ lookup }} as found
    on {% for key in keys -%}
    spine.{{ key.spine }} = found.{{ key.lookup }}
    and {% endfor -%}
    {{ spine_time }} {{ '<' if forward else '>' }}{{ '' if strict else '=' }} found.{{ lookup_time }}
{%- endmacro -%}


{%- macro _found_columns(columns, counts_if) -%}
    {%- for column in columns %},
    {%- if counts_if %}
    case when {{ counts_if }} then found.{{ column.name }} end as {{ column.alias }}
    {%- else %}
    found.{{ column.name }}{{ ' as ' ~ column.alias if column.alias != column.name }}
    {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}


{#-
    One row that DuckDB takes for two hundred. Where it expects few rows on the left of an ASOF join, as from a
    view over a generated series, it compares each of them with all rows on the right.
-#}
{%- macro row_estimate_hint() -%}
cross join (select 1 from range(1000) as filler (number) where number = 0) as one_row
{%- endmacro -%}
