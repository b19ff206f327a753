{#- A text value as a SQL literal, quoted and escaped for the engine; none is `null`. -#}
{%- macro literal(value) -%}
    {{ return('null' if value is none or value is undefined else "'" ~ dbt.escape_single_quotes(value | string) ~ "'") }}
{%- endmacro -%}
