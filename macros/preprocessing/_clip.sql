{#- Values kept within bounds: numbers, or quantiles of the fit. What is missing stays so. -#}
{%- macro _clip(step) -%}
    {%- set has_bound = step.get('lower') is not none or step.get('upper') is not none -%}
    {%- set has_quantile = step.get('lower_quantile') is not none or step.get('upper_quantile') is not none -%}
reads: number
is_fitted: {{ has_quantile }}
parameters:
  lower: {takes: number, or_none: true}
  upper: {takes: number, or_none: true}
  lower_quantile: {takes: share, or_none: true}
  upper_quantile: {takes: share, or_none: true}
wrong:
    {%- for side in ['lower', 'upper'] if step.get(side) is not none and step.get(side ~ '_quantile') is not none %}
  - ": {{ side }} and {{ side }}_quantile exclude each other"
    {%- endfor %}
    {%- if not has_bound and not has_quantile %}
  - " has no bound, expected lower, upper, lower_quantile or upper_quantile"
    {%- elif step.get('lower') is number and step.get('upper') is number and step.lower > step.upper %}
  - ".lower is {{ step.lower }}, which is above upper {{ step.upper }}"
    {%- endif %}
{%- endmacro -%}

{%- macro _fit_clip(stage, unit) -%}
    {%- set fractions = [unit.parameters.lower_quantile, unit.parameters.upper_quantile] | reject('none') | list -%}
    {%- set quantiles = baton._stage_quantiles(stage, unit, fractions) if fractions -%}
    {%- for side in ['lower', 'upper'] -%}
        {%- if unit.parameters[side ~ '_quantile'] is none -%}
            {%- do baton._write_known_row(unit, side, number=unit.parameters[side]) -%}
        {%- else -%}
            {%- set place = 1 if loop.first else fractions | length -%}
            {%- do baton._write_fitted_values(stage, unit, **{side: baton.item(quantiles, place)}) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro _apply_clip(unit) -%}
    {%- set bounds = [] -%}
    {%- for side in ['lower', 'upper'] -%}
        {%- set is_fitted = unit.parameters[side ~ '_quantile'] is not none -%}
        {%- do bounds.append(baton._fitted_value(unit, side) if is_fitted else baton.number_literal(unit.parameters[side])) -%}
    {%- endfor -%}
    {%- set lower, upper = bounds -%}
case
    when {{ unit.value }} is not null
    then
        {%- if lower == 'null' %} least({{ unit.value }}, {{ upper }})
        {%- elif upper == 'null' %} greatest({{ unit.value }}, {{ lower }})
        {%- else %} least(greatest({{ unit.value }}, {{ lower }}), {{ upper }})
        {%- endif %}
end
{%- endmacro -%}
