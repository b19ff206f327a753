{#- The hour of the day, the day of the week (from Monday) or the month of the year as a point on a circle. -#}
{%- macro _cyclical(step) -%}
    {{ return({
        'reads': 'moment',
        'is_fitted': false,
        'parameters': {'period': {'default': none, 'takes': 'choices', 'choices': ['hour', 'day_of_week', 'month']}},
    }) }}
{%- endmacro -%}

{%- macro _apply_cyclical(unit) -%}
    {%- set moment = unit.value -%}
    {%- set places = {
        'hour': 'extract(hour from ' ~ moment ~ ') / 24',
        'day_of_week': '(extract(isodow from ' ~ moment ~ ') - 1) / 7',
        'month': '(extract(month from ' ~ moment ~ ') - 1) / 12',
    } -%}
    {%- set outputs = [] -%}
    {%- for period in baton.as_list(unit.parameters.period) -%}
        {%- for function in ['sin', 'cos'] -%}
            {%- do outputs.append({
                'name': unit.columns[0] ~ '_' ~ period ~ '_' ~ function,
                'sql': function ~ '(2 * pi() * ' ~ places[period] ~ ')',
                'kind': 'number',
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
