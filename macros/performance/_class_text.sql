{#
    Classes compared as values: true, 1, 1.0 and the texts of these are one class, and so are 2.5 and 2.50, but 'v1' and 'v1.0' are
    two. A class comes as a text from a log and as any type from outcomes.
-#}

{#- The text of a class that a call names. -#}
{%- macro _class_name(value) -%}
    {%- set text = baton.number_text(value) if value is number and value is not boolean else value | string | trim -%}
    {%- if modules.re.fullmatch('-?[0-9]+[.][0-9]+', text) -%}
        {%- set text = text.rstrip('0').rstrip('.') -%}
    {%- endif -%}
    {{ return({'true': '1', 'false': '0'}.get(text | lower, text)) }}
{%- endmacro -%}

{#- The same in SQL; NaN is no class. `columns` is what is known of the relation. -#}
{%- macro _class_text(column, columns=none, qualifier='') -%}
    {%- set kind = baton.number_kind(columns, column) -%}
    {%- set value = baton.value_text(column, columns, qualifier) -%}
    {%- if kind in ['integer', 'decimal'] -%}
{{ value }}
    {%- elif kind == 'boolean' -%}
case {{ '%s.%s' | format(qualifier, column) if qualifier else column }} when true then '1' when false then '0' end
    {%- elif kind == 'other' -%}
{{ baton._class_of_text(value) }}
    {%- else -%}
{%- call(text) baton.with_value(value, 'class_text') -%}
{{ baton._class_of_text(text) }}
{%- endcall -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _class_of_text(text) -%}
case
    when {{ text }} in ('0', '1') then {{ text }}
    when {{ text }} in ('true', 'True', 'TRUE') then '1'
    when {{ text }} in ('false', 'False', 'FALSE') then '0'
    when {{ text }} in ('NaN', 'nan') then null
    -- 2.50 is 2.5, and 1.0 is 1
    when
        {{ text }} like '%.%'
        and regexp_replace({{ text }}, '^-?[0-9]+[.][0-9]+$', '') = ''
        then rtrim(rtrim({{ text }}, '0'), '.')
    else {{ text }}
end
{%- endmacro -%}
