{#- ln(1 + x); NULL where x is -1 or less. -#}
{%- macro _log1p(step) -%}
reads: number
{%- endmacro -%}

{%- macro _apply_log1p(unit) -%}
    {%- set x = unit.value -%}
case
    {%- if unit.place == 0 %}
    -- the quotient restores the digits of a small x that 1 + x loses
    {%- endif %}
    when 1 + {{ x }} = 1 then {{ x }}
    when {{ x }} > -1
    then ln(1 + {{ x }}) * ({{ x }} / (1 + {{ x }} - 1))
end
{%- endmacro -%}
