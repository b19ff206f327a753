{#- The range of the fit, moved to another range. -#}
{%- macro _min_max_scaler(step) -%}
reads: number
is_fitted: true
parameters:
  feature_range: {default: [0, 1], takes: range}
  clip: {default: false, takes: boolean, is_applied: true}
{%- endmacro -%}

{%- macro _fit_min_max_scaler(stage, unit) -%}
    {%- set low, high = unit.parameters.feature_range -%}
    {%- set min, max = baton._stage_statistic(stage, 'min', unit.value), baton._stage_statistic(stage, 'max', unit.value) -%}
    {%- set width -%} {{ max }} - {{ min }} {%- endset -%}
    {%- set scale -%} {{ baton.number_literal(high - low) }} / {{ baton._scale_not_zero(width, unit.place == 0) }} {%- endset -%}
    {%- set shift -%} {{ baton.number_literal(low) }} - {{ baton.product(min, '(' ~ scale ~ ')') }} {%- endset -%}
    {%- do baton._write_fitted_values(stage, unit, data_min=min, data_max=max, scale=scale, min=shift) -%}
{%- endmacro -%}

{%- macro _apply_min_max_scaler(unit) -%}
    {%- set low, high = unit.parameters.feature_range -%}
    {%- set scaled -%}
{{ baton.product(unit.value, baton._fitted_value(unit, 'scale')) }} + {{ baton._fitted_value(unit, 'min') }}
    {%- endset -%}
    {%- if unit.parameters.clip -%}
case
    when {{ unit.value }} is not null
    then least(greatest({{ scaled | indent }}, {{ baton.number_literal(low) }}), {{ baton.number_literal(high) }})
end
    {%- else -%}
{{ scaled }}
    {%- endif -%}
{%- endmacro -%}

{#- scikit-learn's `_handle_zeros_in_scale`; `explained` adds the reason. -#}
{%- macro _scale_not_zero(scale, explained=false) -%}
case
    {%- if explained %}
    -- as good as constant: less than ten times the rounding of 1
    {%- endif %}
    when {{ scale | indent }} < 2.220446049250313e-15 then 1
    else {{ scale | indent }}
end
{%- endmacro -%}
