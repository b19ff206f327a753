{#- Products of powers of the columns, in scikit-learn's order and with its names. A product with something missing is NULL. -#}
{%- macro _polynomial_features(step) -%}
reads: number
by_row: true
parameters:
  degree: {default: 2, takes: degree}
  interaction_only: {default: false, takes: boolean}
  include_bias: {default: true, takes: boolean}
{%- endmacro -%}

{%- macro _apply_polynomial_features(unit) -%}
    {%- set degree = unit.parameters.degree -%}
    {%- set least, most = (0, degree) if degree is number else (degree[0], degree[1]) -%}
    {%- set outputs = [] -%}
    {%- if unit.parameters.include_bias -%}
        {%- do outputs.append(dict(name='1', sql=baton.as_double(1))) -%}
    {%- endif -%}
    {%- for size in range([least, 1] | max, most + 1) -%}
        {%- for places in baton._combinations(unit.columns | length, size, repeats=not unit.parameters.interaction_only) -%}
            {%- set names, factors = [], [] -%}
            {%- for place in places | unique -%}
                {%- set power = places.count(place) -%}
                {%- do names.append(unit.columns[place] if power == 1 else '%s^%s' | format(unit.columns[place], power)) -%}
                {%- do factors.extend([unit.sqls[place]] * power) -%}
            {%- endfor -%}
            {%- do outputs.append(dict(name=names | join(' '), sql=baton._product_of(factors))) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}

{%- macro _product_of(factors) -%}
    {%- if factors | length == 1 -%}
{{ factors[0] }}
    {%- else -%}
        {%- set others = baton._product_of(factors[:-1]) -%}
{{ baton.product(others, factors[-1]) }}
    {%- endif -%}
{%- endmacro -%}

{#- All choices of so many of the places 0, 1, ..., each in ascending order; with `repeats` a place may come several times. -#}
{%- macro _combinations(places, size, repeats) -%}
    {%- set state = namespace(chosen=[[]]) -%}
    {%- for step in range(size) -%}
        {%- set longer = [] -%}
        {%- for choice in state.chosen -%}
            {%- for place in range((choice[-1] if repeats else choice[-1] + 1) if choice else 0, places) -%}
                {%- do longer.append(choice + [place]) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set state.chosen = longer -%}
    {%- endfor -%}
    {{ return(state.chosen) }}
{%- endmacro -%}
