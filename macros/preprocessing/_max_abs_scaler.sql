{#- Divided by the greatest size. -#}
{%- macro _max_abs_scaler(step) -%}
    {{ return({'reads': 'number', 'is_fitted': true, 'parameters': {}}) }}
{%- endmacro -%}

{%- macro _fit_max_abs_scaler(fit, unit) -%}
    {%- set size = baton._fitted_aggregate(fit, baton._wide_name(fit, unit.value) ~ '_size', 'max(abs(' ~ unit.value ~ '))') -%}
    {%- do baton._put_values(fit, unit, {'max_abs': size, 'scale': baton._scale_not_zero(size)}) -%}
{%- endmacro -%}

{%- macro _apply_max_abs_scaler(unit) -%}
    {{ return([{'name': unit.columns[0], 'sql': baton.quotient(unit.value, baton._fitted_value(unit, 'scale')), 'kind': 'number'}]) }}
{%- endmacro -%}
