{#- The name by which a class is known, whether it comes as a boolean, a number or a text; see `_class_text`. -#}
{%- macro _class_name(value) -%}
    {%- set text = modules.re.sub('[.]0+$', '', value | string) -%}
    {{ return({'true': '1', 'false': '0'}.get(text | lower, text)) }}
{%- endmacro -%}

{#- The same in SQL: true, 1.0 and 1.00 are the class '1', false and 0.0 the class '0', NaN is none. -#}
{%- macro _class_text(column) -%}
-- true, 1 and 1.0 are one class
case lower({{ baton.as_text(column) }})
    when 'true' then '1'
    when 'false' then '0'
    when 'nan' then null
    else regexp_replace({{ baton.as_text(column) }}, '[.]0+$', '')
end
{%- endmacro -%}
