{#
    JSON values made of SQL values: of the type JSON on DuckDB and PostgreSQL, a text elsewhere.
#}

{#- An object of names and SQL values, as a JSON value. -#}
{%- macro json_object(members) -%}
    {{ adapter.dispatch('json_object', 'baton')(members) }}
{%- endmacro -%}

{%- macro default__json_object(members, function='json_object') -%}
{{ function }}(
    {%- for name, value in members.items() %}
    {{ baton.literal(name) }}, {{ value | indent }}{{ ',' if not loop.last }}
    {%- endfor %}
)
{%- endmacro -%}

{%- macro duckdb__json_object(members) -%}
{{ baton.default__json_object(members) }}
{%- endmacro -%}

{%- macro postgres__json_object(members) -%}
{{ baton.default__json_object(members, 'json_build_object') }}
{%- endmacro -%}

{%- macro spark__json_object(members) -%}
to_json(named_struct(
    {%- for name, value in members.items() %}
    {{ baton.literal(name) }}, {{ value | indent }}{{ ',' if not loop.last }}
    {%- endfor %}
), map('ignoreNullFields', 'false'))
{%- endmacro -%}

{#- The same of values that are JSON values themselves. -#}
{%- macro json_object_of_json(members) -%}
    {{ adapter.dispatch('json_object_of_json', 'baton')(members) }}
{%- endmacro -%}

{%- macro default__json_object_of_json(members) -%}
    {%- set texts = ["'{'"] -%}
    {%- for name, value in members.items() -%}
        {%- do texts.extend([baton.literal('%s%s:' | format(',' if not loop.first else '', tojson(name))), value]) -%}
    {%- endfor -%}
{{ dbt.concat(texts + ["'}'"]) }}
{%- endmacro -%}

{%- macro duckdb__json_object_of_json(members) -%}
{{ baton.json_object(members) }}
{%- endmacro -%}

{%- macro postgres__json_object_of_json(members) -%}
{{ baton.json_object(members) }}
{%- endmacro -%}

{%- macro spark__json_object_of_json(members) -%}
concat(
    '{'
    {%- for name, value in members.items() %},
    {{ baton.literal('%s%s:' | format(',' if not loop.first else '', tojson(name))) }}, {{ value | indent }}
    {%- endfor %},
    '}'
)
{%- endmacro -%}

{#- A JSON text of a call as a JSON value. -#}
{%- macro json_constant(text) -%}
    {{ adapter.dispatch('json_constant', 'baton')(text) }}
{%- endmacro -%}

{%- macro default__json_constant(text) -%}
{{ baton.literal(text) }}
{%- endmacro -%}

{%- macro duckdb__json_constant(text) -%}
cast({{ baton.literal(text) }} as json)
{%- endmacro -%}

{%- macro postgres__json_constant(text) -%}
cast({{ baton.literal(text) }} as json)
{%- endmacro -%}

{#- The JSON values of a group in the order of some columns, as a JSON array. -#}
{%- macro json_array_of(value, order) -%}
    {{ adapter.dispatch('json_array_of', 'baton')(value, order) }}
{%- endmacro -%}

{%- macro default__json_array_of(value, order) -%}
{{ dbt.concat(["'['", dbt.listagg(value, "','", 'order by %s' | format(order)), "']'"]) }}
{%- endmacro -%}

{%- macro duckdb__json_array_of(value, order) -%}
to_json(list({{ value }} order by {{ order }}))
{%- endmacro -%}

{%- macro postgres__json_array_of(value, order) -%}
json_agg({{ value }} order by {{ order }})
{%- endmacro -%}

{%- macro spark__json_array_of(value, order) -%}
concat('[', array_join(transform(
    array_sort(collect_list(struct({{ order }}, {{ value | indent }} as json))), entry -> entry.json
), ','), ']')
{%- endmacro -%}


{#-
    A value as a JSON text, a number with all of its digits. NULL and NaN are null; an infinite number, which JSON does not have,
    is the text 'Infinity' or '-Infinity', which a cast to double reads again.

    kind    the `number_kind` of the value's type
-#}
{%- macro as_json(value, kind) -%}
    {{ return(adapter.dispatch('as_json', 'baton')(value, kind)) }}
{%- endmacro -%}

{%- macro default__as_json(value, kind) -%}
    {%- if kind == 'double' -%}
case
    when {{ baton.is_finite(value) }} then {{ baton.json_of(value) }}
    when {{ baton.nan_to_null(value) }} > 0 then '"Infinity"'
    when {{ baton.nan_to_null(value) }} < 0 then '"-Infinity"'
    else 'null'
end
    {%- else -%}
coalesce({{ baton.json_of(value) }}, 'null')
    {%- endif -%}
{%- endmacro -%}

{#- The engine's own JSON text of a value. -#}
{%- macro json_of(value) -%}
    {{ return(adapter.dispatch('json_of', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__json_of(value) -%}{{ baton.as_text('to_json(%s)' | format(value)) }}{%- endmacro -%}

{%- macro duckdb__as_json(value, kind) -%}
    {%- if kind in ['double', 'unknown'] -%}
case cast(to_json({{ value }}) as text)
    when 'NaN' then 'null'
    when 'Infinity' then '"Infinity"'
    when '-Infinity' then '"-Infinity"'
    else {{ baton.duckdb__as_json(value, 'other') }}
end
    {%- else -%}
coalesce(cast(to_json({{ value }}) as text), 'null')
    {%- endif -%}
{%- endmacro -%}

{#- A real as a double: it is written with the digits that tell it from other reals, which make another double. -#}
{%- macro postgres__as_json(value, kind) -%}
    {%- if kind == 'unknown' -%}
case
    when cast(to_json({{ value }}) as text) = '"NaN"' and {{ baton.is_missing_number(value) | indent }} then 'null'
    else {{ baton.postgres__as_json(value, 'other') }}
end
    {%- elif kind in ['double', 'decimal'] -%}
coalesce(cast(to_json(nullif({{ baton.as_double(value) if kind == 'double' else value }}, 'NaN')) as text), 'null')
    {%- else -%}
coalesce(cast(to_json({{ value }}) as text), 'null')
    {%- endif -%}
{%- endmacro -%}

{#- `to_json` takes an array and no single value. -#}
{%- macro spark__as_json(value, kind) -%}
    {%- set array -%} to_json(array({{ value }})) {%- endset -%}
    {%- set json -%} substr({{ array }}, 2, length({{ array }}) - 2) {%- endset -%}
    {%- if kind in ['double', 'unknown'] -%}
case when {{ array }} = '["NaN"]' and {{ baton.is_missing_number(value) }} then 'null' else {{ json }} end
    {%- else -%}
{{ json }}
    {%- endif -%}
{%- endmacro -%}
