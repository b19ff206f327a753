{#- Values kept within bounds: numbers, or quantiles of the fit. What is missing stays so. -#}
{%- macro _clip(step) -%}
    {%- set wrong = [] -%}
    {%- for side in ['lower', 'upper'] if step.get(side) is not none and step.get(side ~ '_quantile') is not none -%}
        {%- do wrong.append(": " ~ side ~ " and " ~ side ~ "_quantile exclude each other") -%}
    {%- endfor -%}
    {%- set has_bound = step.get('lower') is not none or step.get('upper') is not none -%}
    {%- set has_quantile = step.get('lower_quantile') is not none or step.get('upper_quantile') is not none -%}
    {%- if not has_bound and not has_quantile -%}
        {%- do wrong.append(" has no bound, expected lower, upper, lower_quantile or upper_quantile") -%}
    {%- elif step.get('lower') is number and step.get('upper') is number and step.lower > step.upper -%}
        {%- do wrong.append(".lower is " ~ step.lower ~ ", which is above upper " ~ step.upper) -%}
    {%- endif -%}
    {{ return({
        'reads': 'number',
        'is_fitted': has_quantile,
        'parameters': {
            'lower': {'default': none, 'takes': 'number', 'or_none': true},
            'upper': {'default': none, 'takes': 'number', 'or_none': true},
            'lower_quantile': {'default': none, 'takes': 'share', 'or_none': true},
            'upper_quantile': {'default': none, 'takes': 'share', 'or_none': true},
        },
        'wrong': wrong,
    }) }}
{%- endmacro -%}

{%- macro _fit_clip(fit, unit) -%}
    {%- for side in ['lower', 'upper'] -%}
        {%- set fraction = unit.parameters[side ~ '_quantile'] -%}
        {%- if fraction is not none -%}
            {%- do baton._put_values(fit, unit, {side: baton._quantiles_of(fit, unit.value, [fraction])[0]}) -%}
        {%- else -%}
            {%- do baton._put_literal(fit, unit, side, number=unit.parameters[side]) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro _apply_clip(unit) -%}
    {%- set bounds = {} -%}
    {%- for side in ['lower', 'upper'] -%}
        {%- set given = unit.parameters[side] -%}
        {%- if unit.parameters[side ~ '_quantile'] is not none -%}
            {%- do bounds.update({side: baton._fitted_value(unit, side)}) -%}
        {%- elif given is not none -%}
            {%- do bounds.update({side: baton.number_literal(given)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set sql = unit.value -%}
    {%- if 'lower' in bounds -%}{%- set sql = 'greatest(' ~ sql ~ ', ' ~ bounds.lower ~ ')' -%}{%- endif -%}
    {%- if 'upper' in bounds -%}{%- set sql = 'least(' ~ sql ~ ', ' ~ bounds.upper ~ ')' -%}{%- endif -%}
    {{ return([{
        'name': unit.columns[0],
        'sql': 'case when ' ~ unit.value ~ ' is not null then ' ~ sql ~ ' end',
        'kind': 'number',
    }]) }}
{%- endmacro -%}
