{#- Each row's columns divided by their norm. A row in which one is missing has no norm: all are NULL. -#}
{%- macro _normalizer(step) -%}
reads: number
by_row: true
parameters:
  norm: {default: l2, takes: choice, choices: [l1, l2, max]}
{%- endmacro -%}

{%- macro _apply_normalizer(unit) -%}
    {%- set terms = [] -%}
    {%- for value in unit.sqls -%}
        {%- set term -%}
            {%- if unit.parameters.norm == 'l2' -%} {{ baton.square(value) }} {%- else -%} abs({{ value }}) {%- endif -%}
        {%- endset -%}
        {%- do terms.append(term) -%}
    {%- endfor -%}
    {%- set norm -%}
        {%- if unit.parameters.norm == 'l2' -%}
sqrt({{ terms | join('\n    + ') }})
        {%- elif unit.parameters.norm == 'l1' -%}
({{ terms | join('\n    + ') }})
        {%- else -%}
greatest({{ terms | join(',\n    ') }})
        {%- endif -%}
    {%- endset -%}
    {%- set outputs = [] -%}
    {%- for value in unit.sqls -%}
        {%- set sql -%}
case
    when {{ unit.sqls | join(' is not null\n        and ') }} is not null
    then {{ baton.quotient(value, '(' ~ baton._scale_not_zero(norm) ~ ')') | indent }}
end
        {%- endset -%}
        {%- do outputs.append(dict(name=unit.columns[loop.index0], sql=sql)) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
