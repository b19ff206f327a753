{#- The condition that two tables have the same values in these columns; a NULL is equal to nothing. -#}
{%- macro same_keys(columns, one, other) -%}
    {%- for column in columns -%}
{{ one }}.{{ column }} = {{ other }}.{{ column }}
        {%- if not loop.last %}
and {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The condition that a row has a value in each of these. -#}
{%- macro none_is_null(columns) -%}
{{ columns | join(' is not null\nand ') }} is not null
{%- endmacro -%}
