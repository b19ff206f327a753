{#-
    Rows written one a line, their values expressions over the one row of `source`, or literals where there is none.

    columns   names of the columns
    rows      lists of SQL expressions
    source    what stands after `from`; none for literals
    keep      columns of the source that come first in each row
-#}
{%- macro values_rows(columns, rows, source=none, keep=[]) -%}
    {{ adapter.dispatch('values_rows', 'baton')(columns, rows, source, keep) }}
{%- endmacro -%}

{%- macro default__values_rows(columns, rows, source, keep) -%}
    {%- for row in rows -%}
select {% for name in keep %}{{ name }}, {% endfor %}{% for value in row %}{{ value }} as {{ columns[loop.index0] }}{{ ', ' if not loop.last }}{% endfor %}
{%- if source %} from {{ source }}{% endif -%}
{%- if not loop.last %}
union all
{% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro duckdb__values_rows(columns, rows, source, keep) -%}
{%- set own = (keep and baton.qualified(keep, source)) + (baton.qualified(columns, 'written') if source else columns) -%}
select
    {{ own | join(',\n    ') }}
from {% if source %}{{ source }}
cross join lateral {% endif %}(
    values
    {%- for row in rows %}
    ({{ row | join(', ') }}){{ ',' if not loop.last }}
    {%- endfor %}
) as written ({{ columns | join(', ') }})
{%- endmacro -%}

{%- macro postgres__values_rows(columns, rows, source, keep) -%}
    {{ return(baton.duckdb__values_rows(columns, rows, source, keep)) }}
{%- endmacro -%}

{#- Rows over a source are exploded from it, which reads it once. -#}
{%- macro spark__values_rows(columns, rows, source, keep) -%}
    {%- if not source -%}
{{ baton.duckdb__values_rows(columns, rows, source, keep) }}
    {%- else -%}
select
    {%- for name in keep %}
    {{ name }},
    {%- endfor %}
    inline(array(
        {%- for row in rows %}
        struct({% for value in row %}{{ value }} as {{ columns[loop.index0] }}{{ ', ' if not loop.last }}{% endfor %}){{ ',' if not loop.last }}
        {%- endfor %}
    ))
from {{ source }}
    {%- endif -%}
{%- endmacro -%}


{#-
    Rows of text, NULL where a value is none or empty. One list of values, since hundreds of unions take seconds to plan;
    indented here, since a filter would indent the lines inside a value too.
-#}
{%- macro text_rows(columns, rows) %}
    {{- adapter.dispatch('text_rows', 'baton')(columns, rows) }}
{%- endmacro -%}

{%- macro default__text_rows(columns, rows) %}
    select
    {%- for column in columns %}
        cast({{ column if rows else 'null' }} as {{ baton.type_text() }}) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- if rows %}
    from (
        values
        {%- for row in rows %}
            {%- set literals = [] %}
            {%- for column in columns -%}{%- do literals.append(baton.literal(row[column] or none)) -%}{%- endfor %}
            ({{ literals | join(', ') }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as listed ({{ columns | join(', ') }})
    {%- else %}
    where 1 = 0
    {%- endif %}
{%- endmacro -%}


{#- What stands between two queries whose equal rows are to be one. -#}
{%- macro union_distinct() -%}
    {{ return(adapter.dispatch('union_distinct', 'baton')()) }}
{%- endmacro -%}

{%- macro default__union_distinct() -%}{{ return('union') }}{%- endmacro -%}
