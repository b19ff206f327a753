{#
    The cells that monitoring reports on: a period, and a segment of the rows in it. Every report has the slice 'all',
    and one slice for each value of each segment column.
#}

{%- macro _expect_slices(problems, period, segments) -%}
    {%- if period is not none -%}
        {%- do baton.expect_choice(problems, 'period', period, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
    {%- endif -%}
    {%- for segment in baton.as_list(segments) if baton.is_list(segment) and baton.names_in(segment) == segment -%}
        {%- do baton.expect_supported(problems, 'segments[%s], a list of columns,' | format(loop.index0), false) -%}
    {%- else -%}
        {%- do baton.expect_names(problems, 'segments', segments, allow_empty=true) -%}
    {%- endfor -%}
    {%- if 'all' in baton.as_list(segments) -%}
        {%- do problems.append("segments contains \"all\", which is reserved for the slice of all rows") -%}
    {%- endif -%}
{%- endmacro -%}

{#- The start of the period that a moment falls into; NULL where all time is one period. Weeks start on Monday. -#}
{%- macro _period_start(moment, period) -%}
    {%- if period is none -%}
cast(null as timestamp)
    {%- else -%}
cast({{ dbt.date_trunc(period, moment) }} as timestamp)
    {%- endif -%}
{%- endmacro -%}

{#- The names under which the segments, as text, are columns of a CTE: segment_platform for platform. -#}
{%- macro _segment_names(segments) -%}
    {%- set names = [] -%}
    {%- for segment in segments -%}
        {%- do names.append(baton.cte_name('segment_%s' | format(baton.unquoted(segment)), names)) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}

{#- The slices over a CTE with the columns `_segment_names`. -#}
{%- macro _slices(segments) -%}
    {%- set slices = [{'name': "'all'", 'value': "'all'"}] -%}
    {%- for name in baton._segment_names(segments) -%}
        {%- do slices.append({'name': baton.literal(baton.unquoted(segments[loop.index0])), 'value': name}) -%}
    {%- endfor -%}
    {{ return(slices) }}
{%- endmacro -%}
