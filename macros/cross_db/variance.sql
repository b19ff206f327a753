{#
    The variance of doubles from sums, accurate however far their mean is from zero: the sums of the values and of their
    squares are exact, and so are the sums around the mean, which are what is left of them.

    square_columns(values)      select list over columns of finite doubles, from which their squares sum exactly
    square_parts(value)         the columns of it that are to be summed
    variance_columns(spreads)   select list that leads from sums to `<name>__variance`, for [{'name', 'number': how many values there
                                are, 'sums': of the values' exact_parts, 'squares': of their square_parts}, ...]

    What else these lists define has the name of the value, or of the spread, and a suffix after two underscores.
#}
{%- macro square_columns(values) -%}
    {{ return(adapter.dispatch('square_columns', 'baton')(values)) }}
{%- endmacro -%}

{%- macro square_parts(value) -%}
    {{ return(adapter.dispatch('square_parts', 'baton')(value)) }}
{%- endmacro -%}

{%- macro variance_columns(spreads) -%}
    {{ return(adapter.dispatch('variance_columns', 'baton')(spreads)) }}
{%- endmacro -%}


{#- Decimals of any length: nothing is rounded before the end. -#}
{%- macro default__square_columns(values) -%}
{%- for value in values -%}
{%- set decimal = baton.exact_parts(value, is_finite=true)[0] -%}
{{ decimal }} * {{ decimal }} as {{ value }}__square{{ ',\n' if not loop.last }}
{%- endfor -%}
{%- endmacro -%}

{%- macro default__square_parts(value) -%}
    {{ return([value ~ '__square']) }}
{%- endmacro -%}

{%- macro default__variance_columns(spreads) -%}
{%- for spread in spreads -%}
{%- set n, sum, square = spread.number, spread.sums[0], spread.squares[0] -%}
case
    when {{ n }} > 1
        then cast(({{ n }} * {{ square }} - {{ sum }} * {{ sum }}) / ({{ n }} * ({{ n }} - 1)) as {{ baton.type_double() }})
end as {{ spread.name }}__variance{{ ',\n' if not loop.last }}
{%- endfor -%}
{%- endmacro -%}


{%- macro duckdb__square_columns(values) -%}
-- a double is the sum of its first 24 bits and of the rest, so its square is the sum of three products that a double holds;
-- each product is counted in 2^60, 2^-34 and 2^-128, of which 128 bits sum 2^33 rows up to 1e23 exactly
{%- for value in values %}
{%- set product, rest = value ~ '__product', value ~ '__rest' %}
cast(cast({{ value }} as float) as double) as {{ value }}__high,
{{ value }} - {{ value }}__high as {{ value }}__low,
{{ value }}__high * {{ value }}__high as {{ product }}_1,
2 * {{ value }}__high * {{ value }}__low as {{ product }}_2,
{{ value }}__low * {{ value }}__low as {{ product }}_3,
{%- for number in [1, 2, 3] %}
{{ product }}_{{ number }} - round({{ product }}_{{ number }} / pow(2, 60)) * pow(2, 60)
    as {{ rest }}_{{ number }},
{%- endfor %}
cast(round({{ product }}_1 / pow(2, 60)) as hugeint)
    + cast(round({{ product }}_2 / pow(2, 60)) as hugeint)
    + cast(round({{ product }}_3 / pow(2, 60)) as hugeint) as {{ value }}__square_1,
cast(round({{ rest }}_1 * pow(2, 34)) as hugeint)
    + cast(round({{ rest }}_2 * pow(2, 34)) as hugeint)
    + cast(round({{ rest }}_3 * pow(2, 34)) as hugeint) as {{ value }}__square_2,
cast(({{ rest }}_1 - round({{ rest }}_1 * pow(2, 34)) / pow(2, 34)) * pow(2, 128) as hugeint)
    + cast(({{ rest }}_2 - round({{ rest }}_2 * pow(2, 34)) / pow(2, 34)) * pow(2, 128) as hugeint)
    + cast(({{ rest }}_3 - round({{ rest }}_3 * pow(2, 34)) / pow(2, 34)) * pow(2, 128) as hugeint)
    as {{ value }}__square_3{{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro -%}

{%- macro duckdb__square_parts(value) -%}
    {{ return([value ~ '__square_1', value ~ '__square_2', value ~ '__square_3']) }}
{%- endmacro -%}

{%- macro duckdb__variance_columns(spreads) -%}
{%- set means = [] -%}
-- each mean m, and as parts like those that were summed
{%- for spread in spreads %}
{%- set mean = spread.name ~ '__mean' %}
{%- do means.append(mean) %}
{{ baton.exact_total(spread.sums) }} / nullif({{ spread.number }}, 0) as {{ mean }},
{%- for part in baton.exact_parts(mean, is_finite=true) %}
{{ part }}
    as {{ mean }}_{{ loop.index }},
{%- endfor %}
{%- endfor %}
{{ baton.square_columns(means) }},
-- sum (x - m)^2 = (sum x^2 - n m^2) - 2 m (sum x - n m); what rounding left in m is taken off again
{%- for spread in spreads %}
{%- set n, mean, around, squared = spread.number, spread.name ~ '__mean', spread.name ~ '__around', spread.name ~ '__squared' %}
{%- for sum in spread.sums %}
{{ sum }} - {{ n }} * {{ mean }}_{{ loop.index }} as {{ around }}_{{ loop.index }},
{%- endfor %}
{%- for square in spread.squares %}
{{ square }} - {{ n }} * {{ mean }}__square_{{ loop.index }}
    as {{ squared }}_{{ loop.index }},
{%- endfor %}
{{ baton.exact_total([around ~ '_1', around ~ '_2']) }} as {{ around }},
{{ baton.exact_total([squared ~ '_1', squared ~ '_2', squared ~ '_3'], [60, -34, -128]) }}
    - 2 * {{ mean }} * {{ around }}
    - {{ around }} * {{ around }} / nullif({{ n }}, 0) as {{ squared }},
case
    -- values whose spread is within the rounding of their mean are constant
    when {{ n }} > 1 and {{ squared }} <= {{ n }} * {{ mean }} * {{ mean }} * 1e-31 then 0
    when {{ n }} > 1 then {{ squared }} / ({{ n }} - 1)
end as {{ spread.name }}__variance{{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro -%}
