{#
    What is known of a relation's columns while a model is compiled.
#}

{#
    The columns of a relation, as dbt's Column objects; none for a CTE, for a relation that is not built yet, for what is no
    relation at all, and while dbt parses. Whoever asks must have a sound answer for none.
#}
{%- macro columns_of(relation) -%}
    {%- if not execute or relation is undefined or relation is none or relation is string or not relation.identifier or relation.is_cte -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(relation) -%}
    {{ return(columns if columns else none) }}
{%- endmacro -%}

{#- The column of that name, by the exact name first and then regardless of case; none where there is none. -#}
{%- macro find_column(columns, name) -%}
    {%- set plain = baton.unquoted(name) -%}
    {%- for column in columns if column.name == plain -%}
        {{ return(column) }}
    {%- endfor -%}
    {%- for column in columns if column.name | lower == plain | lower -%}
        {{ return(column) }}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro -%}
