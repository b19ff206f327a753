{#- The position of a category among all. -#}
{%- macro _ordinal_encoder(step) -%}
    {%- set is_told = step.get('categories', 'auto') != 'auto' -%}
    {%- set handles = step.get('handle_unknown', 'error') -%}
    {{ return({
        'reads': 'category',
        'is_fitted': not is_told,
        'parameters': {
            'categories': {'default': 'auto', 'takes': 'lists'},
            'handle_unknown': {'default': 'error', 'takes': 'choice', 'choices': ['error', 'use_encoded_value'], 'is_applied': true},
            'unknown_value': {'default': none, 'takes': 'number', 'or_none': true, 'is_applied': true},
            'encoded_missing_value': {'default': none, 'takes': 'number', 'or_none': true},
        },
        'wrong': [".unknown_value belongs to handle_unknown='use_encoded_value'"] if handles == 'error' and step.get('unknown_value') is not none else [],
    }) }}
{%- endmacro -%}

{%- macro _fit_ordinal_encoder(fit, unit) -%}
    {%- set missing = unit.parameters.encoded_missing_value -%}
    {%- if unit.is_fitted -%}
        {%- set code = 'case when category is not null then position else ' ~ baton.number_literal(missing) ~ ' end' -%}
        {%- do baton._put_select(
            fit, unit, 'category', baton._ranked_categories(fit, unit), {'category': 'category', 'position': 'position', 'value_number': code}
        ) -%}
    {%- else -%}
        {%- for category in baton._given_categories(unit) -%}
            {%- do baton._put_literal(
                fit, unit, 'category', category=category, position=loop.index0, number=loop.index0 if category is not none else missing
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _apply_ordinal_encoder(unit) -%}
    {%- set codes = baton._fitted_by_category(
        unit, 'category', 'codes', columns={'position': 'max(position)', 'value_number': 'max(value_number)'}
    ) -%}
    {%- if unit.parameters.handle_unknown == 'error' -%}
        {%- set otherwise = baton._unknown_category(unit, baton.type_double()) -%}
    {%- else -%}
        {%- set otherwise = baton.number_literal(unit.parameters.unknown_value) -%}
    {%- endif -%}
    {{ return([{
        'name': unit.columns[0],
        'sql': codes ~ '.value_number' if otherwise == 'null'
            else 'case when ' ~ codes ~ '.position is not null then ' ~ codes ~ '.value_number else ' ~ otherwise ~ ' end',
        'kind': 'number',
    }]) }}
{%- endmacro -%}
