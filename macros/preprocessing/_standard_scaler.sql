{#- Mean 0 and variance 1. -#}
{%- macro _standard_scaler(step) -%}
    {{ return({
        'reads': 'number',
        'is_fitted': true,
        'parameters': {
            'with_mean': {'default': true, 'takes': 'boolean'},
            'with_std': {'default': true, 'takes': 'boolean'},
        },
    }) }}
{%- endmacro -%}

{#- A column counts as constant where its variance is no greater than what rounding alone makes of a constant. -#}
{%- macro _fit_standard_scaler(fit, unit) -%}
    {%- set with_std = unit.parameters.with_std -%}
    {%- set count = baton._count_of(fit, unit.value) -%}
    {%- if unit.parameters.with_mean or with_std -%}
        {%- set mean = baton._mean_of(fit, unit.value) -%}
        {%- do baton._put_values(fit, unit, {'mean': mean}) -%}
    {%- endif -%}
    {%- if with_std -%}
        {%- set variance = baton._variance_of(fit, unit.value) -%}
        {%- set rounding = '(' ~ count ~ ' * 2.220446049250313e-16)' -%}
        {%- do baton._put_values(fit, unit, {
            'var': variance,
            'scale': 'case when ' ~ variance ~ ' <= ' ~ baton.product(variance, rounding) ~ ' + ' ~ baton.square(baton.product(mean, rounding))
                ~ ' then 1 else sqrt(' ~ variance ~ ') end',
        }) -%}
    {%- endif -%}
    {%- do baton._put_values(fit, unit, {'n_samples_seen': count}) -%}
{%- endmacro -%}

{%- macro _apply_standard_scaler(unit) -%}
    {%- set sql = unit.value -%}
    {%- if unit.parameters.with_mean -%}
        {%- set sql = sql ~ ' - ' ~ baton._fitted_value(unit, 'mean') -%}
    {%- endif -%}
    {%- if unit.parameters.with_std -%}
        {%- set sql = baton.quotient('(' ~ sql ~ ')' if unit.parameters.with_mean else sql, baton._fitted_value(unit, 'scale')) -%}
    {%- endif -%}
    {{ return([{'name': unit.columns[0], 'sql': sql, 'kind': 'number'}]) }}
{%- endmacro -%}
