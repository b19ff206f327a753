{#- The position of a category among all. -#}
{%- macro _ordinal_encoder(step) -%}
reads: category
is_fitted: {{ step.get('categories', 'auto') == 'auto' }}
parameters:
  categories: {default: auto, takes: lists}
  handle_unknown: {default: error, takes: choice, choices: [error, use_encoded_value], is_applied: true}
  unknown_value: {takes: number, or_none: true, is_applied: true}
  encoded_missing_value: {takes: number, or_none: true}
    {%- if step.get('handle_unknown', 'error') == 'error' and step.get('unknown_value') is not none %}
wrong:
  - ".unknown_value belongs to handle_unknown='use_encoded_value'"
    {%- endif %}
{%- endmacro -%}

{%- macro _fit_ordinal_encoder(stage, unit) -%}
    {%- set missing = unit.parameters.encoded_missing_value -%}
    {%- if unit.step.is_fitted -%}
        {%- set code -%} case when category is not null then position else {{ baton.number_literal(missing) }} end {%- endset -%}
        {%- do baton._write_fitted_rows(
            stage, unit, 'category', baton._ranked_categories(stage, unit), category='category', position='position', number=code
        ) -%}
    {%- else -%}
        {%- for category in baton._given_categories(unit) -%}
            {%- set code = loop.index0 if category is not none else missing -%}
            {%- do baton._write_known_row(unit, 'category', category=category, position=loop.index0, number=code) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _apply_ordinal_encoder(unit) -%}
    {%- set codes = baton._fitted_by_category(
        unit, 'category', 'codes', dict(position='max(position)', code='max(value_number)')
    ) -%}
    {%- set unknown_value = unit.parameters.unknown_value -%}
    {%- if unit.parameters.handle_unknown != 'error' and unknown_value is none -%}
{{ codes }}.code
    {%- else -%}
case
    when {{ codes }}.position is not null then {{ codes }}.code
    {%- if unit.parameters.handle_unknown == 'error' %}
    else {{ baton._unknown_category(unit, baton.type_double()) }}
    {%- else %}
    else {{ baton.number_literal(unknown_value) }}
    {%- endif %}
end
    {%- endif -%}
{%- endmacro -%}
