{#
    The table has exactly the rows of another one: a join on a spine lost, multiplied and added none. Rows are compared by some
    columns, with their counts; NULL equals NULL.
#}
{% test same_rows_as(model, compare_to, columns=none, compare_where=none) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'compare_to', compare_to) -%}
    {%- set known_there = baton.columns_of(compare_to) -%}
    {%- if baton.is_mapping(columns) -%}
        {%- set here, there = columns | list, columns.values() | list -%}
        {%- do baton.expect_names(problems, 'columns', here) -%}
        {%- do baton.expect_names(problems, 'columns', there, allow_empty=true) -%}
    {%- else -%}
        {%- set here = known_there | map(attribute='name') | list if columns is none and known_there else baton.as_list(columns) -%}
        {%- set there = here -%}
        {%- do baton.expect(problems, 'columns: names?', columns) -%}
    {%- endif -%}
    {%- do baton.expect(problems, 'compare_where: sql?', compare_where) -%}
    {%- if columns is none and not known_there and not problems and baton.should_be_built(compare_to) -%}
        {%- do problems.append("columns is missing, and those of compare_to cannot be read: name them") -%}
    {%- endif -%}
    {%- set known = baton._expect_tested_columns(problems, baton._tested_relation(model), here) -%}
    {%- if known_there -%}{%- do baton.expect_known_columns(problems, baton.relation_name(compare_to), known_there, there) -%}{%- endif -%}
    {%- do baton.raise_problems('same_rows_as', problems) -%}

    {%- set read_here, read_there = [], [] -%}
    {%- for name in here -%}
        {%- set by_text = not (
            baton._column_has_equality(known, name) and baton._column_has_equality(known_there, there[loop.index0])
        ) -%}
        {%- do read_here.append(baton._compared_column(name, known, name, by_text)) -%}
        {%- do read_there.append(baton._compared_column(there[loop.index0], known_there, name, by_text)) -%}
    {%- endfor -%}
    {%- set compared = baton.identifiers(here) -%}

    {%- if not here -%}
{{ baton.not_built_yet(compare_to) }}
    {%- else -%}

with rows_of_both as (

    select
        {{ read_here | join(',\n        ') }},
        1 as baton_here,
        0 as baton_there
    from {{ model }}

    union all

    select
        {{ read_there | join(',\n        ') }},
        0 as baton_here,
        1 as baton_there
    from {{ compare_to }}
    {%- if compare_where is not none %}
    where {{ baton.user_sql(compare_where) }}
    {%- endif %}

),

counted as (

    select
        {{ compared | join(',\n        ') }},
        cast(sum(baton_here) as {{ dbt.type_bigint() }}) as rows_here,
        cast(sum(baton_there) as {{ dbt.type_bigint() }}) as rows_there
    from rows_of_both
    group by {{ compared | join(', ') }}
    having sum(baton_here) <> sum(baton_there)

)

select
    {{ baton._row_in_words(here) }}
    || ': ' || {{ baton.as_text('rows_here') }} || ' here, '
    || {{ baton.as_text('rows_there') }} || {{ baton.literal(" in %s" | format(baton.relation_name(compare_to))) }}
    || case
        when rows_there = 0 then ': the row was added'
        when rows_here = 0 then ': the row was lost'
        when rows_here > rows_there then ': the row was multiplied'
        else ': duplicates of this row were lost'
    end as message,
    {{ baton._concerned_columns(here + ['rows_here', 'rows_there']) | join(',\n    ') }}
from counted

    {%- endif -%}

{%- endtest %}


{#-
    A column under a given name. A zoned time is read in UTC, so that it can be compared with one without zone; one with nanoseconds is
    read as it is, since `utc` would cut them off.
-#}
{%- macro _compared_column(column, known, name, by_text=false) -%}
    {%- set found = baton.find_column(known, column) if known else none -%}
    {%- set is_zoned = found and baton.is_zoned_type(found.dtype) and not found.dtype.lower().endswith('_ns') -%}
    {%- set sql = baton.utc(column, known) if is_zoned else baton.identifier(column) -%}
    {%- set sql = baton.as_text(sql) | trim if by_text else sql -%}
    {{ return(sql if sql == baton.identifier(name) else sql ~ ' as ' ~ baton.identifier(name)) }}
{%- endmacro -%}

{%- macro _column_has_equality(known, name) -%}
    {%- set column = baton.find_column(known, name) if known else none -%}
    {{ return(baton.has_equality(column.dtype) if column else true) }}
{%- endmacro -%}
