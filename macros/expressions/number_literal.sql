{#-
    A number of a call as a double in SQL, to the last bit; none is `null`. Without an exponent it would be a decimal on DuckDB and
    PostgreSQL, and so would its product with a whole number be.
-#}
{%- macro number_literal(value) -%}
    {%- if value is none or value is undefined -%}
        {{ return('null') }}
    {%- endif -%}
    {%- set text = value | float | string -%}
{{ text }}{{ '' if 'e' in text else 'e0' }}
{%- endmacro -%}
