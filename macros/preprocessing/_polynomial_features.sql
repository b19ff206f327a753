{#- Products of powers of the columns, in scikit-learn's order and with its names. A product with something missing is NULL. -#}
{%- macro _polynomial_features(step) -%}
    {{ return({
        'reads': 'number',
        'is_fitted': false,
        'by_row': true,
        'parameters': {
            'degree': {'default': 2, 'takes': 'degree'},
            'interaction_only': {'default': false, 'takes': 'boolean'},
            'include_bias': {'default': true, 'takes': 'boolean'},
        },
    }) }}
{%- endmacro -%}

{%- macro _apply_polynomial_features(unit) -%}
    {%- set degree = unit.parameters.degree -%}
    {%- set least, most = (0, degree) if degree is number else (degree[0], degree[1]) -%}
    {%- set tools = modules.itertools -%}
    {%- set choose = tools.combinations if unit.parameters.interaction_only else tools.combinations_with_replacement -%}
    {%- set outputs = [] -%}
    {%- if unit.parameters.include_bias -%}
        {%- do outputs.append({'name': '1', 'sql': 'cast(1 as ' ~ baton.type_double() ~ ')', 'kind': 'number'}) -%}
    {%- endif -%}
    {%- for size in range([least, 1] | max, most + 1) -%}
        {%- for places in choose(range(unit.columns | length), size) -%}
            {%- set names = [] -%}
            {%- set factors = [] -%}
            {%- for place in places | unique -%}
                {%- set power = places | select('equalto', place) | list | length -%}
                {%- do names.append(unit.columns[place] ~ ('^' ~ power if power > 1 else '')) -%}
                {%- do factors.extend([unit.sqls[place]] * power) -%}
            {%- endfor -%}
            {%- do outputs.append({'name': names | join(' '), 'sql': factors | join(' * '), 'kind': 'number'}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
