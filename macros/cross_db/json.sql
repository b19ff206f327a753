{#
    Values in a column of JSON text. A path is a list of keys, from the outside in.
#}

{#- The number at a path as a finite double; NULL where there is nothing, or something that is no number. -#}
{%- macro json_number(json, path) -%}
    {{ adapter.dispatch('json_number', 'baton')(json, path) }}
{%- endmacro -%}

{%- macro default__json_number(json, path) -%}
{%- set member = baton.json_member(baton.json_document(json), path) -%}
case when {{ baton.json_is('number', member) }} then {{ baton.as_double(baton.json_text(member)) }} end
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

{#- Spark reads every member as a text: a text of digits is a number too. -#}
{%- macro spark__json_number(json, path) -%}
{{ baton.finite('cast(%s as double)' | format(baton.spark_number_text(baton.spark_json_member(json, path)))) }}
{%- endmacro -%}


{#- Whether there is anything at a path, be it a JSON null. -#}
{%- macro json_has(json, path) -%}
    {{ adapter.dispatch('json_has', 'baton')(json, path) }}
{%- endmacro -%}

{%- macro default__json_has(json, path) -%}
{{ baton.json_member(baton.json_document(json), path) }} is not null
{%- endmacro -%}

{%- macro duckdb__json_has(json, path) -%}
json_exists({{ json }}, {{ baton.literal(baton.json_pointer(path)) }})
{%- endmacro -%}

{%- macro postgres__json_has(json, path) -%}
cast({{ json }} as jsonb) #> array[{{ baton.json_key_literals(path) }}] is not null
{%- endmacro -%}

{%- macro spark__json_has(json, path) -%}
coalesce(map_contains_key({{ baton.spark_json_map(baton.spark_json_member(json, path[:-1])) }}, {{ baton.literal(path[-1]) }}), false)
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

{#- The member at a path of a document; NULL where there is none. -#}
{%- macro json_member(document, path) -%}
    {{ return(adapter.dispatch('json_member', 'baton')(document, path)) }}
{%- endmacro -%}

{%- macro default__json_member(document, path) -%}
json_query({{ document }}, {{ baton.literal(baton.json_path_text(path)) }})
{%- endmacro -%}


{#- A JSON text as a value that has members. -#}
{%- macro json_document(json) -%}
    {{ adapter.dispatch('json_document', 'baton')(json) }}
{%- endmacro -%}

{%- macro default__json_document(json) -%}
cast({{ json }} as json)
{%- endmacro -%}

{%- macro postgres__json_document(json) -%}
cast({{ json }} as jsonb)
{%- endmacro -%}

{%- macro spark__json_document(json) -%}
{{ json }}
{%- endmacro -%}


{#- The join of a row per member of an object: its `key` and `value`. Nothing for what is no object. -#}
{%- macro json_members(document, alias) -%}
    {{ adapter.dispatch('json_members', 'baton')(document, alias) }}
{%- endmacro -%}

{%- macro default__json_members(document, alias) -%}
cross join lateral json_each({{ document }}) as {{ alias }} (key, value)
{%- endmacro -%}

{%- macro duckdb__json_members(document, alias) -%}
cross join lateral json_each(case when json_type({{ document }}) = 'OBJECT' then {{ document }} end) as {{ alias }}
{%- endmacro -%}

{%- macro postgres__json_members(document, alias) -%}
cross join lateral jsonb_each(case when jsonb_typeof({{ document }}) = 'object' then {{ document }} end) as {{ alias }} (key, value)
{%- endmacro -%}

{%- macro spark__json_members(document, alias) -%}
cross join lateral explode({{ baton.spark_json_map(document) }}) as {{ alias }} (key, value)
{%- endmacro -%}


{#- The same for a row per element of an array: its `value`. -#}
{%- macro json_elements(document, alias) -%}
    {{ adapter.dispatch('json_elements', 'baton')(document, alias) }}
{%- endmacro -%}

{%- macro default__json_elements(document, alias) -%}
cross join lateral json_array_elements({{ document }}) as {{ alias }} (value)
{%- endmacro -%}

{%- macro duckdb__json_elements(document, alias) -%}
cross join lateral json_each(case when json_type({{ document }}) = 'ARRAY' then {{ document }} end) as {{ alias }}
{%- endmacro -%}

{%- macro postgres__json_elements(document, alias) -%}
cross join lateral jsonb_array_elements(case when jsonb_typeof({{ document }}) = 'array' then {{ document }} end) as {{ alias }} (value)
{%- endmacro -%}

{%- macro spark__json_elements(document, alias) -%}
cross join lateral explode(from_json({{ document }}, 'array<string>')) as {{ alias }} (value)
{%- endmacro -%}


{#- The text of a member of a document, or of the document itself without a key: without quotes, and NULL for a JSON null. -#}
{%- macro json_text(document, key=none) -%}
    {{ adapter.dispatch('json_text', 'baton')(document, key) }}
{%- endmacro -%}

{%- macro default__json_text(document, key) -%}
json_value({{ document }}, {{ baton.literal(baton.json_path_text([key] if key else [])) }})
{%- endmacro -%}

{%- macro duckdb__json_text(document, key) -%}
json_extract_string({{ document }}, {{ baton.literal(baton.json_pointer([key]) if key else '$') }})
{%- endmacro -%}

{%- macro postgres__json_text(document, key) -%}
{{ document }} #>> {% if key %}array[{{ baton.literal(key) }}]{% else %}'{}'{% endif %}
{%- endmacro -%}

{%- macro spark__json_text(document, key) -%}
{{ baton.spark_json_member(document, [key] if key else []) }}
{%- endmacro -%}


{#- Whether a document is an object, or a number. -#}
{%- macro json_is(kind, document) -%}
    {{ adapter.dispatch('json_is', 'baton')(kind, document) }}
{%- endmacro -%}

{%- macro default__json_is(kind, document) -%}
{{ document }} is json {{ 'object' if kind == 'object' else 'scalar' }}
{%- endmacro -%}

{%- macro duckdb__json_is(kind, document) -%}
    {%- if kind == 'object' -%}
json_type({{ document }}) = 'OBJECT'
    {%- else -%}
json_type({{ document }}) in ('DOUBLE', 'BIGINT', 'UBIGINT')
    {%- endif -%}
{%- endmacro -%}

{%- macro postgres__json_is(kind, document) -%}
jsonb_typeof({{ document }}) = '{{ kind }}'
{%- endmacro -%}

{%- macro spark__json_is(kind, document) -%}
    {%- if kind == 'object' -%}
{{ baton.spark_json_map(document) }} is not null
    {%- else -%}
{{ baton.spark_number_text(document) }} is not null
    {%- endif -%}
{%- endmacro -%}
