{#- One value or a list of them, as a list; nothing is the empty list. -#}
{%- macro as_list(value) -%}
    {%- if value is undefined or value is none -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return([value] if value is string or value is mapping or value is not iterable else value | list) }}
{%- endmacro -%}
