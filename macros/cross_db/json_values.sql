{#
    JSON values made of SQL values.
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

{%- macro postgres__json_object(members) -%}
{{ baton.default__json_object(members, 'json_build_object') }}
{%- endmacro -%}

{#- The values of a group in an order, as a JSON array. -#}
{%- macro json_array_of(value, order) -%}
    {{ adapter.dispatch('json_array_of', 'baton')(value, order) }}
{%- endmacro -%}

{%- macro default__json_array_of(value, order) -%}
to_json(list({{ value }} order by {{ order }}))
{%- endmacro -%}

{%- macro postgres__json_array_of(value, order) -%}
json_agg({{ value }} order by {{ order }})
{%- endmacro -%}
