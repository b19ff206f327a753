{#- Mean 0 and variance 1. -#}
{%- macro _standard_scaler(step) -%}
reads: number
is_fitted: true
parameters:
  with_mean: {default: true, takes: boolean}
  with_std: {default: true, takes: boolean}
{%- endmacro -%}

{%- macro _fit_standard_scaler(stage, unit) -%}
    {%- set count = baton._stage_statistic(stage, 'count', unit.value) -%}
    {%- if unit.parameters.with_mean or unit.parameters.with_std -%}
        {%- set mean = baton._stage_statistic(stage, 'mean', unit.value) -%}
        {%- do baton._write_fitted_values(stage, unit, mean=mean) -%}
    {%- endif -%}
    {%- if unit.parameters.with_std -%}
        {%- set variance = baton._stage_statistic(stage, 'variance', unit.value) -%}
        {%- set rounding -%} ({{ count }} * power(2, -52)) {%- endset -%}
        {%- set scale -%}
case
    {%- if unit.place == 0 %}
    -- constant up to rounding, as scikit-learn has it; 2^-52 is the rounding of 1
    {%- endif %}
    when {{ variance }}
        <= {{ baton.product(variance, rounding) }}
        + {{ baton.square(baton.product(mean, rounding)) }}
    then 1
    else sqrt({{ variance }})
end
        {%- endset -%}
        {%- do baton._write_fitted_values(stage, unit, var=variance, scale=scale) -%}
    {%- endif -%}
    {%- do baton._write_fitted_values(stage, unit, n_samples_seen=count) -%}
{%- endmacro -%}

{%- macro _apply_standard_scaler(unit) -%}
    {%- set centred -%}
        {%- if unit.parameters.with_mean -%}
({{ unit.value }} - {{ baton._fitted_value(unit, 'mean') }})
        {%- else -%}
{{ unit.value }}
        {%- endif -%}
    {%- endset -%}
{{ baton.quotient(centred, baton._fitted_value(unit, 'scale')) if unit.parameters.with_std else centred }}
{%- endmacro -%}
