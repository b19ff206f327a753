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
{{ baton._not_null(columns) | join('\nand ') }}
{%- endmacro -%}

{%- macro _not_null(columns) -%}
    {%- set conditions = [] -%}
    {%- for column in columns -%}{%- do conditions.append('%s is not null' | format(column)) -%}{%- endfor -%}
    {{ return(conditions) }}
{%- endmacro -%}

{#- A where clause: one condition on its line, several on a line each. -#}
{%- macro _where(conditions) -%}
where
{%- if conditions | length == 1 %} {{ conditions[0] }}
{%- else %}
    {{ conditions | join('\nand ') | indent }}
{%- endif -%}
{%- endmacro -%}
