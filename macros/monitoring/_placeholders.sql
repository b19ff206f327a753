{#-
    Values that stand for a missing one where nobody writes NULL: the numbers that programs and questionnaires use, days such as 1970-01-01,
    and texts such as unknown. Each is an ordinary value somewhere, so they are counted on both sides, by bin.
-#}

{#- How many rows of a group have one; a group of rows of a category has one value. -#}
{%- macro _n_placeholders(kind, value) -%}
    {%- set numbers = {
        'numeric': '0, -1, -9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999, -32768, 2147483647',
        'date': '0, -25567, -719162, 2932896',
        'text_length': '0',
    } -%}
    {%- if kind == 'categorical' -%}
case
    when lower(trim({{ value }})) in (
        '', '-', '?', '-1', 'n/a', 'na', 'nan', 'null', 'none', 'nil', 'missing', 'undefined', 'unknown', 'not available'
    ) then count(*)
    else 0
end
    {%- else -%}
count(case when {{ value }} in ({{ numbers[kind] }}) then 1 end)
    {%- endif -%}
{%- endmacro -%}
