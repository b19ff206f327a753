{#- ln(1 + x); NULL where x is -1 or less. -#}
{%- macro _log1p(step) -%}
    {{ return({'reads': 'number', 'is_fitted': false, 'parameters': {}}) }}
{%- endmacro -%}

{#- What is lost of a small x in 1 + x is made good by the quotient. -#}
{%- macro _apply_log1p(unit) -%}
    {%- set x = unit.value -%}
    {{ return([{
        'name': unit.columns[0],
        'sql': 'case when 1 + ' ~ x ~ ' = 1 then ' ~ x ~ ' when ' ~ x ~ ' > -1 then ln(1 + ' ~ x ~ ') * (' ~ x ~ ' / (1 + ' ~ x ~ ' - 1)) end',
        'kind': 'number',
    }]) }}
{%- endmacro -%}
