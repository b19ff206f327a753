{#- Each row's columns divided by their norm. A row in which one is missing has no norm: all are NULL. -#}
{%- macro _normalizer(step) -%}
    {{ return({
        'reads': 'number',
        'is_fitted': false,
        'by_row': true,
        'parameters': {'norm': {'default': 'l2', 'takes': 'choice', 'choices': ['l1', 'l2', 'max']}},
    }) }}
{%- endmacro -%}

{%- macro _apply_normalizer(unit) -%}
    {%- set sizes = [] -%}
    {%- for value in unit.sqls -%}{%- do sizes.append('abs(' ~ value ~ ')') -%}{%- endfor -%}
    {%- set all_known = unit.sqls | join(' is not null and ') ~ ' is not null' -%}
    {%- set largest = ('greatest(' ~ sizes | join(', ') ~ ')') if sizes | length > 1 else sizes[0] -%}
    {%- if unit.parameters.norm == 'max' -%}
        {%- set norm = largest -%}
    {%- elif unit.parameters.norm == 'l1' -%}
        {%- set norm = '(' ~ sizes | join(' + ') ~ ')' -%}
    {%- else -%}
        {%- set squares = [] -%}
        {%- for value in unit.sqls -%}{%- do squares.append(baton.square(value)) -%}{%- endfor -%}
        {%- set norm = 'sqrt(' ~ squares | join(' + ') ~ ')' -%}
    {%- endif -%}
    {%- set outputs = [] -%}
    {%- for value in unit.sqls -%}
        {%- do outputs.append({
            'name': unit.columns[loop.index0],
            'sql': 'case when ' ~ all_known ~ ' then ' ~ baton.quotient(value, '(' ~ baton._scale_not_zero(norm) ~ ')') ~ ' end',
            'kind': 'number',
        }) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
