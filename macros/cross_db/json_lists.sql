{#
    Members of a JSON document that are read at once.
#}

{#-
    The members of a document with these keys, as an array that is indexed from 1: the document is read once, however many there are.
    NULL for a member that it does not have.
-#}
{%- macro json_list(document, keys) -%}
    {{ adapter.dispatch('json_list', 'baton')(document, keys) }}
{%- endmacro -%}

{%- macro default__json_list(document, keys) -%}
array[
    {%- for key in keys %}
    {{ document }} -> {{ baton.literal(key) }}{{ ',' if not loop.last }}
    {%- endfor %}
]
{%- endmacro -%}

{%- macro duckdb__json_list(document, keys) -%}
json_extract({{ document }}, [
    {%- for key in keys %}
    {{ baton.literal(baton.json_pointer([key])) }}{{ ',' if not loop.last }}
    {%- endfor %}
])
{%- endmacro -%}

{%- macro spark__json_list(document, keys) -%}
array(
    null
    {%- for key in keys %},
    {{ baton.spark_json_member(document, [key]) }}
    {%- endfor %}
)
{%- endmacro -%}


{#- An element of such an array, from 1. -#}
{%- macro json_item(list, number) -%}
    {{ return(adapter.dispatch('json_item', 'baton')(list, number)) }}
{%- endmacro -%}

{%- macro default__json_item(list, number) -%}{{ list }}[{{ number }}]{%- endmacro -%}


{#- A path as the SQL standard writes it. -#}
{%- macro json_path_text(path) -%}
    {%- set steps = [] -%}
    {%- for key in path -%}{%- do steps.append('."%s"' | format(key | replace('\\', '\\\\') | replace('"', '\\"'))) -%}{%- endfor -%}
    {{ return('$' ~ steps | join) }}
{%- endmacro -%}
