{#- The hour of the day, the day of the week (from Monday) or the month of the year as a point on a circle. -#}
{%- macro _cyclical(step) -%}
reads: moment
parameters:
  period: {takes: choices, choices: [hour, day_of_week, month]}
{%- endmacro -%}

{%- macro _apply_cyclical(unit) -%}
    {%- set outputs = [] -%}
    {%- for period in baton.as_list(unit.parameters.period) -%}
        {%- for function in ['sin', 'cos'] -%}
            {%- set sql -%}
                {%- if period == 'hour' -%}
{{ function }}(2 * pi() * extract(hour from {{ unit.value }}) / 24)
                {%- elif period == 'day_of_week' -%}
{{ function }}(2 * pi() * ({{ baton.iso_weekday(unit.value) }} - 1) / 7)
                {%- else -%}
{{ function }}(2 * pi() * (extract(month from {{ unit.value }}) - 1) / 12)
                {%- endif -%}
            {%- endset -%}
            {%- do outputs.append(dict(name=[unit.column, period, function] | join('_'), sql=sql)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
