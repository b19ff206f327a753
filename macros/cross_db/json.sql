{#
    Values in a column of JSON text. A path is a list of keys, from the outside in.
#}

{#- The number at a path as a finite double; NULL where there is nothing, or something that is no number. -#}
{%- macro json_number(json, path) -%}
    {{ return(adapter.dispatch('json_number', 'baton')(json, path)) }}
{%- endmacro -%}

{%- macro default__json_number(json, path) -%}
cast(json_value({{ json }}, {{ baton.literal(baton.json_path_text(path)) }}) as {{ baton.type_double() }})
{%- endmacro -%}

{%- macro duckdb__json_number(json, path) -%}
{%- set pointer = baton.literal(baton.json_pointer(path)) -%}
case
    when json_type({{ json }}, {{ pointer }}) in ('DOUBLE', 'BIGINT', 'UBIGINT')
        then {{ baton.finite('cast(json_extract_string(%s, %s) as double)' | format(json, pointer)) }}
end
{%- endmacro -%}

{%- macro postgres__json_number(json, path) -%}
{%- set keys = 'array[%s]' | format(baton.json_key_literals(path)) -%}
case
    when jsonb_typeof(cast({{ json }} as jsonb) #> {{ keys }}) = 'number'
        then cast(cast({{ json }} as jsonb) #>> {{ keys }} as double precision)
end
{%- endmacro -%}


{#- Whether there is anything at a path, be it a JSON null. -#}
{%- macro json_has(json, path) -%}
    {{ return(adapter.dispatch('json_has', 'baton')(json, path)) }}
{%- endmacro -%}

{%- macro default__json_has(json, path) -%}
json_exists({{ json }}, {{ baton.literal(baton.json_path_text(path)) }})
{%- endmacro -%}

{%- macro duckdb__json_has(json, path) -%}
json_exists({{ json }}, {{ baton.literal(baton.json_pointer(path)) }})
{%- endmacro -%}

{%- macro postgres__json_has(json, path) -%}
cast({{ json }} as jsonb) #> array[{{ baton.json_key_literals(path) }}] is not null
{%- endmacro -%}


{#- The keys as literals, one after the other. -#}
{%- macro json_key_literals(path) -%}
    {%- set literals = [] -%}
    {%- for key in path -%}{%- do literals.append(baton.literal(key)) -%}{%- endfor -%}
    {{ return(literals | join(', ')) }}
{%- endmacro -%}

{#- A path as RFC 6901 writes it: a key may have any character. -#}
{%- macro json_pointer(path) -%}
    {%- set steps = [] -%}
    {%- for key in path -%}{%- do steps.append('/' ~ key | replace('~', '~0') | replace('/', '~1')) -%}{%- endfor -%}
    {{ return(steps | join) }}
{%- endmacro -%}

{#- A path as the SQL standard writes it. -#}
{%- macro json_path_text(path) -%}
    {%- set steps = [] -%}
    {%- for key in path -%}{%- do steps.append('."%s"' | format(key | replace('\\', '\\\\') | replace('"', '\\"'))) -%}{%- endfor -%}
    {{ return('$' ~ steps | join) }}
{%- endmacro -%}
