{#- The share of rows that a category had in the fit, NULL being one; 0 for those that it did not have. -#}
{%- macro _frequency_encoder(step) -%}
    {{ return({'reads': 'category', 'is_fitted': true, 'parameters': {}}) }}
{%- endmacro -%}

{%- macro _fit_frequency_encoder(fit, unit) -%}
    {%- do baton._put_select(
        fit, unit, 'frequency', baton._ranked_categories(fit, unit),
        {'category': 'category', 'value_number': 'cast(n as ' ~ baton.type_double() ~ ') / sum(n) over ()'}
    ) -%}
{%- endmacro -%}

{%- macro _apply_frequency_encoder(unit) -%}
    {%- set shares = baton._fitted_by_category(unit, 'frequency', 'shares') -%}
    {{ return([{'name': unit.columns[0], 'sql': 'coalesce(' ~ shares ~ '.value_number, 0)', 'kind': 'number'}]) }}
{%- endmacro -%}
