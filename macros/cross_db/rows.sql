{#
    Small pieces of SQL about rows and values.
#}

{#- The numbers 0, 1, ... below `count`, as a select of `position`. -#}
{%- macro positions(count) -%}
    {{ return(adapter.dispatch('positions', 'baton')(count)) }}
{%- endmacro -%}

{%- macro default__positions(count) -%}
select generated_number - 1 as position from ({{ dbt.generate_series(count) }}) as numbered
{%- endmacro -%}

{%- macro duckdb__positions(count) -%}
select cast(unnest(range({{ count }})) as integer) as position
{%- endmacro -%}

{%- macro postgres__positions(count) -%}
select generate_series(0, {{ count - 1 }}) as position
{%- endmacro -%}


{#-
    Rows written one a line, their values expressions over the one row of `source`, or literals where there is none.

    columns   names of the columns
    rows      lists of SQL expressions
    source    what stands after `from`; none for literals
-#}
{%- macro values_rows(columns, rows, source=none) -%}
    {{ return(adapter.dispatch('values_rows', 'baton')(columns, rows, source)) }}
{%- endmacro -%}

{%- macro default__values_rows(columns, rows, source) -%}
    {%- for row in rows -%}
    select {% for value in row %}{{ value }} as {{ columns[loop.index0] }}{{ ', ' if not loop.last }}{% endfor %}
    {%- if source %} from {{ source }}{% endif -%}
    {%- if not loop.last %}
    union all
    {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro duckdb__values_rows(columns, rows, source) -%}
select written.*
from {% if source %}{{ source }}
cross join lateral {% endif %}(
    values
    {%- for row in rows %}
    ({{ row | join(', ') }}){{ ',' if not loop.last }}
    {%- endfor %}
) as written ({{ columns | join(', ') }})
{%- endmacro -%}

{%- macro postgres__values_rows(columns, rows, source) -%}
    {{ return(baton.duckdb__values_rows(columns, rows, source)) }}
{%- endmacro -%}


{#- Whether two values are the same, NULL as NULL: a condition that a hash join can use. -#}
{%- macro same_value(one, other) -%}
    {{ return(adapter.dispatch('same_value', 'baton')(one, other)) }}
{%- endmacro -%}

{%- macro default__same_value(one, other) -%}
coalesce({{ one }}, '') = coalesce({{ other }}, '') and ({{ one }} is null) = ({{ other }} is null)
{%- endmacro -%}

{%- macro duckdb__same_value(one, other) -%}
{{ one }} is not distinct from {{ other }}
{%- endmacro -%}


{#- Whether two values of one type differ, NULL from a value but not from NULL. -#}
{%- macro is_different(one, other) -%}
    {{ return(adapter.dispatch('is_different', 'baton')(one, other)) }}
{%- endmacro -%}

{%- macro default__is_different(one, other) -%}
({{ one }} <> {{ other }} or ({{ one }} is null) <> ({{ other }} is null))
{%- endmacro -%}

{%- macro duckdb__is_different(one, other) -%}{{ one }} is distinct from {{ other }}{%- endmacro -%}
{%- macro postgres__is_different(one, other) -%}{{ one }} is distinct from {{ other }}{%- endmacro -%}


{#- What text is sorted by to be in the order of its code points. -#}
{%- macro by_code_point(text) -%}
    {{ return(adapter.dispatch('by_code_point', 'baton')(text)) }}
{%- endmacro -%}

{%- macro default__by_code_point(text) -%}{{ return(text) }}{%- endmacro -%}
{%- macro postgres__by_code_point(text) -%}{{ text }} collate "C"{%- endmacro -%}


{#- An expression of that type which ends the query with a message; the message must not be a constant. -#}
{%- macro fail(message, type) -%}
    {{ return(adapter.dispatch('fail', 'baton')(message, type)) }}
{%- endmacro -%}

{#- No text that says what is wrong is a number. -#}
{%- macro default__fail(message, type) -%}
cast({{ message }} as {{ type }})
{%- endmacro -%}

{%- macro duckdb__fail(message, type) -%}
cast(error({{ message }}) as {{ type }})
{%- endmacro -%}


{#- A number of a call as a double in SQL, to the last bit; none is `null`. -#}
{%- macro number_literal(value) -%}
    {%- if value is none or value is undefined -%}
        {{ return('null') }}
    {%- endif -%}
    {%- set text = value | float | string -%}
    {{ return(text if 'e' in text else text ~ 'e0') }}
{%- endmacro -%}

{#-
    A column name as the engine keeps it. PostgreSQL cuts names at 63 bytes, so that two could become one: a longer name
    ends with 8 hex digits of its md5 there.
-#}
{%- macro stored_name(name) -%}
    {{ return(adapter.dispatch('stored_name', 'baton')(name if not baton.has_line_break(name) else name.splitlines() | join(' '))) }}
{%- endmacro -%}

{%- macro default__stored_name(name) -%}{{ return(name) }}{%- endmacro -%}

{%- macro postgres__stored_name(name) -%}
    {%- set bytes = name.encode('utf-8') -%}
    {{ return(name if bytes | length <= 63 else bytes[:54].decode('utf-8', 'ignore') ~ '_' ~ local_md5(name)[:8]) }}
{%- endmacro -%}


{#- What two column names have in common that the engine takes for one. -#}
{%- macro comparison_name(name) -%}
    {{ return(adapter.dispatch('comparison_name', 'baton')(name)) }}
{%- endmacro -%}

{%- macro default__comparison_name(name) -%}{{ return(name | lower) }}{%- endmacro -%}
{%- macro postgres__comparison_name(name) -%}{{ return(name) }}{%- endmacro -%}


{#- The condition that two tables have the same values in these columns; a NULL is equal to nothing. -#}
{%- macro same_keys(columns, one, other) -%}
    {%- set conditions = [] -%}
    {%- for column in columns -%}{%- do conditions.append(one ~ '.' ~ column ~ ' = ' ~ other ~ '.' ~ column) -%}{%- endfor -%}
    {{ return(conditions | join('\nand ')) }}
{%- endmacro -%}

{#- The condition that a row has a value in each of these. -#}
{%- macro none_is_null(columns) -%}
{{ columns | join(' is not null\nand ') }} is not null
{%- endmacro -%}


{#- Whether values of a type can be compared and grouped; those that can not are compared by their text. -#}
{%- macro has_equality(type) -%}
    {{ return(adapter.dispatch('has_equality', 'baton')(type)) }}
{%- endmacro -%}

{%- macro default__has_equality(type) -%}{{ return(true) }}{%- endmacro -%}

{#- A box and a circle are compared by their area there, a path by the number of its points. -#}
{%- macro postgres__has_equality(type) -%}
    {{ return((type | lower).rstrip('[]') not in ['json', 'xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle']) }}
{%- endmacro -%}
