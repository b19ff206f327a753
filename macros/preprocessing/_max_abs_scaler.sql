{#- Divided by the greatest size. -#}
{%- macro _max_abs_scaler(step) -%}
reads: number
is_fitted: true
{%- endmacro -%}

{%- macro _fit_max_abs_scaler(stage, unit) -%}
    {%- set max_abs = baton._stage_statistic(stage, 'max_abs', unit.value) -%}
    {%- do baton._write_fitted_values(stage, unit, max_abs=max_abs, scale=baton._scale_not_zero(max_abs, unit.place == 0)) -%}
{%- endmacro -%}

{%- macro _apply_max_abs_scaler(unit) -%}
{{ baton.quotient(unit.value, baton._fitted_value(unit, 'scale')) }}
{%- endmacro -%}
