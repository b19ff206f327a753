{#- The median 0, and the distance between two quantiles 1. -#}
{%- macro _robust_scaler(step) -%}
reads: number
is_fitted: true
parameters:
  with_centering: {default: true, takes: boolean}
  with_scaling: {default: true, takes: boolean}
  quantile_range: {default: [25.0, 75.0], takes: percentages}
  unit_variance: {default: false, takes: boolean}
{%- endmacro -%}

{%- macro _fit_robust_scaler(stage, unit) -%}
    {%- set low, high = unit.parameters.quantile_range[0] / 100, unit.parameters.quantile_range[1] / 100 -%}
    {%- set quantiles = baton._stage_quantiles(stage, unit, [low, 0.5, high]) -%}
    {%- if unit.parameters.with_centering -%}
        {%- do baton._write_fitted_values(stage, unit, center=baton.item(quantiles, 2)) -%}
    {%- endif -%}
    {%- if unit.parameters.with_scaling -%}
        {%- set width -%} {{ baton.item(quantiles, 3) }} - {{ baton.item(quantiles, 1) }} {%- endset -%}
        {%- set scale = baton._scale_not_zero(width, unit.place == 0) -%}
        {%- if unit.parameters.unit_variance -%}
            {%- set scale -%}
({{ scale }}) / (
    -- the same distance of a standard normal variable
    (select {{ baton.normal_quantile('p') | indent }} from (select {{ baton.as_double(baton.number_literal(high)) }} as p) as percentage)
    - (select {{ baton.normal_quantile('p') | indent }} from (select {{ baton.as_double(baton.number_literal(low)) }} as p) as percentage)
)
            {%- endset -%}
        {%- endif -%}
        {%- do baton._write_fitted_values(stage, unit, scale=scale) -%}
    {%- endif -%}
{%- endmacro -%}

{%- macro _apply_robust_scaler(unit) -%}
    {%- set centred -%}
        {%- if unit.parameters.with_centering -%}
({{ unit.value }} - {{ baton._fitted_value(unit, 'center') }})
        {%- else -%}
{{ unit.value }}
        {%- endif -%}
    {%- endset -%}
{{ baton.quotient(centred, baton._fitted_value(unit, 'scale')) if unit.parameters.with_scaling else centred }}
{%- endmacro -%}
