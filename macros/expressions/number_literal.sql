{#- A number of a call as a double in SQL, to the last bit; none is `null`. -#}
{%- macro number_literal(value) -%}
    {%- if value is none or value is undefined -%}
        {{ return('null') }}
    {%- endif -%}
    {%- set text = value | float | string -%}
{{ text }}{{ '' if 'e' in text else 'e0' }}
{%- endmacro -%}
