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
