{#- The range of the fit, moved to another range. -#}
{%- macro _min_max_scaler(step) -%}
    {{ return({
        'reads': 'number',
        'is_fitted': true,
        'parameters': {
            'feature_range': {'default': [0, 1], 'takes': 'range'},
            'clip': {'default': false, 'takes': 'boolean', 'is_applied': true},
        },
    }) }}
{%- endmacro -%}

{%- macro _fit_min_max_scaler(fit, unit) -%}
    {%- set low, high = unit.parameters.feature_range[0], unit.parameters.feature_range[1] -%}
    {%- set least, greatest = baton._least_of(fit, unit.value), baton._greatest_of(fit, unit.value) -%}
    {%- set scale = baton.number_literal(high - low) ~ ' / ' ~ baton._scale_not_zero(greatest ~ ' - ' ~ least) -%}
    {%- do baton._put_values(fit, unit, {
        'data_min': least,
        'data_max': greatest,
        'scale': scale,
        'min': baton.number_literal(low) ~ ' - ' ~ baton.product(least, '(' ~ scale ~ ')'),
    }) -%}
{%- endmacro -%}

{%- macro _apply_min_max_scaler(unit) -%}
    {%- set sql = baton.product(unit.value, baton._fitted_value(unit, 'scale')) ~ ' + ' ~ baton._fitted_value(unit, 'min') -%}
    {%- if unit.parameters.clip -%}
        {%- set low, high = baton.number_literal(unit.parameters.feature_range[0]), baton.number_literal(unit.parameters.feature_range[1]) -%}
        {%- set sql = 'case when ' ~ unit.value ~ ' is not null then least(greatest(' ~ sql ~ ', ' ~ low ~ '), ' ~ high ~ ') end' -%}
    {%- endif -%}
    {{ return([{'name': unit.columns[0], 'sql': sql, 'kind': 'number'}]) }}
{%- endmacro -%}

{#- A scale that may be divided by: 1 where it is less than ten times what rounding makes of 1. -#}
{%- macro _scale_not_zero(scale) -%}
    {{ return('case when ' ~ scale ~ ' < 2.220446049250313e-15 then 1 else ' ~ scale ~ ' end') }}
{%- endmacro -%}
