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
    {{ adapter.dispatch('asof_left_join', 'baton')(
        spine, lookup, keys, spine_time, lookup_time, columns, strict, forward, counts_if
    ) }}
{%- endmacro -%}


{#- One sweep over both sides in the order of time finds each match, so no engine joins a whole history. -#}
{%- macro default__asof_left_join(
    spine, lookup, keys, spine_time, lookup_time, columns, strict, forward, counts_if
) -%}
    {%- set spine_keys, lookup_keys = keys | map(attribute='spine') | list, keys | map(attribute='lookup') | list -%}
    {%- set numbered, carried = [], [] -%}
    {%- set moment_columns = [] -%}
    {%- for key in spine_keys -%}
        {%- do numbered.append('key_%s' | format(loop.index)) -%}
        {%- do moment_columns.append('spine.%s as key_%s' | format(key, loop.index)) -%}
    {%- endfor -%}
    {%- for column in columns if column.name not in lookup_keys + [lookup_time] + carried -%}{%- do carried.append(column.name) -%}{%- endfor -%}
    {%- set moments -%}
(
    select distinct
        {{ moment_columns | join(',\n        ') }},
        {{ spine_time }} as event_time
    from {{ spine }} as spine
) as moments
    {%- endset -%}
select
    spine.*
    {{- baton._found_columns(columns, counts_if) }}
from {{ spine }} as spine
left join (
    {{ baton.time_sweep(
        numbered,
        sides=[
            dict(rows=moments, time='event_time', columns=dict(side=1, lookup_time='cast(null as timestamp)')),
            dict(rows=lookup, keys=lookup_keys, time=lookup_time,
             columns=dict(side=2 if strict != forward else 0, lookup_time=lookup_time)),
        ],
        totals={'min(lookup_time) over from_there_on' if forward else 'max(lookup_time) over so_far': 'matched_time'},
        columns=numbered + ['event_time', 'matched_time']
    ) | indent }}
) as nearest
    on {{ spine_time }} = nearest.event_time
    {%- for key in keys %}
    and spine.{{ key.spine }} = nearest.key_{{ loop.index }}
    {%- endfor %}
left join (
    select distinct
        {{ (lookup_keys + [lookup_time] + carried) | join(',\n        ') }}
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
    {{ spine_time }} {{ '<' if forward else '>' }}{{ '=' if not strict }} found.{{ lookup_time }}
{%- endmacro -%}


{#-
    One sweep in which the rows travel as structs: a running maximum over structs that begin with the time is the newest of them, so
    nothing is joined and each side moves once.
-#}
{%- macro spark__asof_left_join(
    spine, lookup, keys, spine_time, lookup_time, columns, strict, forward, counts_if
) -%}
    {%- set spine_keys, lookup_keys, numbered = [], [], [] -%}
    {%- for key in keys -%}
        {%- do numbered.append('key_%s' | format(loop.index)) -%}
        {%- do spine_keys.append('spine.%s as %s' | format(key.spine, numbered[-1])) -%}
        {%- do lookup_keys.append(key.lookup) -%}
    {%- endfor -%}
    {%- set found = ([lookup_time] + columns | map(attribute='name') | list) | unique | list -%}
select
    spine.*
    {{- baton._found_columns(columns, counts_if) }}
from (
    select
        side,
        spine,
        {{ 'min' if forward else 'max' }}(found) over (
            partition by {{ numbered | join(', ') }}
            order by event_time{{ ' desc' if forward }} nulls first, side{{ ' desc' if forward }}
            rows between unbounded preceding and current row
        ) as found
    from (
        select
            {{ spine_keys | join(',\n            ') }},
            {{ spine_time }} as event_time,
            1 as side,
            struct(spine.*) as spine,
            null as found
        from {{ spine }} as spine
        union all
        select
            {{ lookup_keys | join(',\n            ') }},
            {{ lookup_time }},
            {{ 2 if strict != forward else 0 }},
            null,
            struct({{ found | join(', ') }})
        from {{ lookup }}
        where
            {{ baton.none_is_null(lookup_keys + [lookup_time]) | indent(12) }}
    ) as timeline
) as swept
where side = 1
{%- endmacro -%}


{%- macro _found_columns(columns, counts_if) -%}
    {%- for column in columns %},
    {%- if counts_if %}
    case when {{ counts_if }} then found.{{ column.name }} end as {{ column.alias }}
    {%- else %}
    {{ baton.named('found.%s' | format(column.name), column.alias) }}
    {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}


{#-
    One row that DuckDB estimates at 200. Where it expects few rows on the left of an ASOF join, as from a view over a generated
    series, it compares each of them with all rows on the right.
-#}
{%- macro row_estimate_hint() -%}
-- one row that DuckDB estimates at 200, so that it never nested-loops the ASOF join
cross join (select 1 from range(1000) as filler (number) where number = 0) as one_row
{%- endmacro -%}
