{#
    The cells that monitoring reports on: a period, and a segment of the rows in it. Every report has the slice 'all', and one slice
    for each value of each segment: a column, or a list of columns that are crossed.
#}

{%- macro _expect_slices(problems, period, segments) -%}
    {%- if period is not none -%}
        {%- do baton.expect_choice(problems, 'period', period, ['hour', 'day', 'week', 'month', 'quarter', 'year']) -%}
    {%- endif -%}
    {%- set single = [] -%}
    {%- for segment in baton.as_list(segments) -%}
        {%- if baton.is_list(segment) -%}
            {%- do baton.expect_names(problems, 'segments[%s]' | format(loop.index0), segment) -%}
        {%- else -%}
            {%- do single.append(segment) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do baton.expect_names(problems, 'segments', single if baton.is_list(segments) else segments, allow_empty=true) -%}
    {%- if 'all' in single -%}
        {%- do problems.append("segments contains \"all\", which is reserved for the slice of all rows") -%}
    {%- endif -%}
    {%- set names = baton._slices(segments) | map(attribute='label') | list if not problems else [] -%}
    {%- for name in names | unique if names.count(name) > 1 -%}
        {%- do problems.append("segments names %s %s times" | format(baton._repr(name), names.count(name))) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The start of the period that a moment falls into; NULL where all time is one period. Weeks start on Monday. -#}
{%- macro _period_start(moment, period) -%}
    {%- if period is none -%}
cast(null as timestamp)
    {%- else -%}
cast({{ baton.period_of(moment, period) }} as {{ baton.type_timestamp() }})
    {%- endif -%}
{%- endmacro -%}

{#-
    The columns of all segments, each once, under the names that they have, as text, in a CTE: {column: name}, such as
    {'platform': 'segment_platform'}.
-#}
{%- macro _segment_columns(segments) -%}
    {%- set columns = {} -%}
    {%- for column in baton.names_in(baton.as_list(segments)) if column not in columns -%}
        {%- do columns.update({column: baton.cte_name('segment_%s' | format(baton.unquoted(column)), columns.values() | list)}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro -%}

{#-
    The slices of a CTE that has the columns of the segments:

    label     the name of the slice: the columns of a crossed segment with commas between them
    name      the same in SQL
    columns   the names of its columns, by which it is grouped
    value     the segment's value in SQL; of a crossed one a CSV record, which no two records share
-#}
{%- macro _slices(segments) -%}
    {%- set names = baton._segment_columns(segments) -%}
    {%- set slices = [{'label': 'all', 'name': "'all'", 'columns': [], 'value': "'all'"}] -%}
    {%- for segment in baton.as_list(segments) -%}
        {%- set columns, labels = [], [] -%}
        {%- for column in baton.as_list(segment) -%}
            {%- set plain = baton.unquoted(column) -%}
            {%- set is_quoted = baton.is_list(segment) and modules.re.search('[,"\\s]', plain) -%}
            {%- do labels.append('"%s"' | format(plain | replace('"', '""')) if is_quoted else plain) -%}
            {%- do columns.append(names[column]) -%}
        {%- endfor -%}
        {%- do slices.append({
            'label': labels | join(','),
            'name': baton.literal(labels | join(',')),
            'columns': columns,
            'value': baton._csv_record(columns) if baton.is_list(segment) else columns[0],
        }) -%}
    {%- endfor -%}
    {{ return(slices) }}
{%- endmacro -%}

{#- Texts as one CSV record: NULL is empty; the empty text, and what has a comma, a quote or a line break, stands in quotes. -#}
{%- macro _csv_record(columns) -%}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {%- set field -%}
case
    when {{ column }} is null then ''
    when {{ column }} = '' or {{ column }} <> replace(replace(replace(replace({{ column }}, ',', ''), '"', ''), chr(10), ''), chr(13), '')
        then '"' || replace({{ column }}, '"', '""') || '"'
    else {{ column }}
end
        {%- endset -%}
        {%- do fields.append(field) -%}
    {%- endfor -%}
{{ fields | join(" || ',' || ") }}
{%- endmacro -%}
