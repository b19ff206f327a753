{#- The median 0, and the distance between two quantiles 1. -#}
{%- macro _robust_scaler(step) -%}
    {{ return({
        'reads': 'number',
        'is_fitted': true,
        'parameters': {
            'with_centering': {'default': true, 'takes': 'boolean'},
            'with_scaling': {'default': true, 'takes': 'boolean'},
            'quantile_range': {'default': [25.0, 75.0], 'takes': 'percentages'},
            'unit_variance': {'default': false, 'takes': 'boolean'},
        },
    }) }}
{%- endmacro -%}

{%- macro _fit_robust_scaler(fit, unit) -%}
    {%- set range = unit.parameters.quantile_range -%}
    {%- set found = baton._quantiles_of(fit, unit.value, [range[0] / 100, 0.5, range[1] / 100]) -%}
    {%- do baton._count_of(fit, unit.value) -%}
    {%- if unit.parameters.with_centering -%}
        {%- do baton._put_values(fit, unit, {'center': found[1]}) -%}
    {%- endif -%}
    {%- if unit.parameters.with_scaling -%}
        {%- set scale = baton._scale_not_zero(found[2] ~ ' - ' ~ found[0]) -%}
        {%- if unit.parameters.unit_variance -%}
            {#- the same distance of a standard normal variable -#}
            {%- set quantile = '(select ' ~ baton.normal_quantile('p') ~ ' from (select cast(%s as ' ~ baton.type_double() ~ ') as p) as percentage)' -%}
            {%- set scale = '(' ~ scale ~ ') / (' ~ quantile | replace('%s', baton.number_literal(range[1] / 100))
                ~ ' - ' ~ quantile | replace('%s', baton.number_literal(range[0] / 100)) ~ ')' -%}
        {%- endif -%}
        {%- do baton._put_values(fit, unit, {'scale': scale}) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _apply_robust_scaler(unit) -%}
    {%- set centering = unit.parameters.with_centering -%}
    {%- set sql = '(' ~ unit.value ~ ' - ' ~ baton._fitted_value(unit, 'center') ~ ')' if centering else unit.value -%}
    {%- if unit.parameters.with_scaling -%}
        {%- set sql = baton.quotient(sql, baton._fitted_value(unit, 'scale')) -%}
    {%- endif -%}
    {{ return([{'name': unit.columns[0], 'sql': sql, 'kind': 'number'}]) }}
{%- endmacro -%}
