{#
    The variance of doubles from sums, accurate however far their mean is from zero: the sums of the values and of their
    squares are exact, and so are the sums around the mean, which are what is left of them.

    with_squares(label, rows, values)   the CTE `<label>_squares`, and what it reads: the rows, and of their columns of finite doubles
                                        the squares, in parts that sum exactly
    square_parts(value)                 the names of these parts
    with_variances(label, rows, spreads, name, keyword)
                                        the CTE `name`, and what it reads: the rows with `<name>__variance` of [{'name', 'number': how many
                                        values there are, 'sums': of the values' exact_parts, 'squares': of their square_parts}, ...],
                                        all but the name columns of the rows; `keyword` stands behind `as`

    All columns that are added have the name of the value, or of the spread, and a suffix after two underscores; all CTEs before the last
    have the label and a suffix.
#}
{%- macro with_squares(label, rows, values) -%}
    {{ adapter.dispatch('with_squares', 'baton')(label, rows, values) }}
{%- endmacro -%}

{%- macro square_parts(value) -%}
    {{ return(adapter.dispatch('square_parts', 'baton')(value)) }}
{%- endmacro -%}

{%- macro with_variances(label, rows, spreads, name, keyword='') -%}
    {{ adapter.dispatch('with_variances', 'baton')(label, rows, spreads, name, keyword) }}
{%- endmacro -%}


{#- Decimals of any length: nothing is rounded before the end. -#}
{%- macro postgres__with_squares(label, rows, values) -%}
{{ label }}_squares as (

    select
        *
        {%- for value in values %}
        {%- set decimal = baton.exact_parts(value, is_finite=true)[0] %},
        {{ decimal }} * {{ decimal }} as {{ value }}__square
        {%- endfor %}
    from {{ rows }}

)
{%- endmacro -%}

{%- macro postgres__square_parts(value) -%}
    {{ return(['%s__square' | format(value)]) }}
{%- endmacro -%}

{%- macro postgres__with_variances(label, rows, spreads, name, keyword) -%}
{{ name }} as {{ keyword }}(

    select
        *
        {%- for spread in spreads %}
        {%- set n, sum, square = spread.number, spread.sums[0], spread.squares[0] %},
        case
            when {{ n }} > 1
                then cast(({{ n }} * {{ square }} - {{ sum }} * {{ sum }}) / ({{ n }} * ({{ n }} - 1)) as {{ baton.type_double() }})
        end as {{ spread.name }}__variance
        {%- endfor %}
    from {{ rows }}

)
{%- endmacro -%}


{#-
    In CTEs of one step each: not every engine reads a column of the same select, and DuckDB writes it out wherever another one reads it,
    which makes it long to plan, and inside of `case` works it out anew.
-#}
{%- macro default__with_squares(label, rows, values) -%}
{{ label }}_halves as (

    select
        *,
        {%- for value in values %}
        {{ baton.high_bits(value) }} as {{ value }}__high{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows }}

),

{{ label }}_products as (

    select
        *,
        -- a double is its first 24 bits, high, and the rest, low, so its square is the sum of three products that doubles hold
        {%- for value in values %}
        {%- set high = value ~ '__high' %}
        {%- set low = '(%s - %s)' | format(value, high) %}
        {{ high }} * {{ high }} as {{ value }}__high_high,
        2 * {{ high }} * {{ low }} as {{ value }}__high_low,
        {{ low }} * {{ low }} as {{ value }}__low_low{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ label }}_halves

),

-- each product is counted in 2^60, 2^-34 and 2^-128, of which 128 bits sum 2^33 rows up to 1e23 exactly
{{ label }}_rests as (

    select
        *
        {%- for product in baton._products(values) %},
        {{ product }} - round({{ product }} / power(2, 60)) * power(2, 60) as {{ product }}_rest
        {%- endfor %}
    from {{ label }}_products

),

{{ label }}_tails as (

    select
        *
        {%- for product in baton._products(values) %},
        {{ product }}_rest - round({{ product }}_rest * power(2, 34)) / power(2, 34) as {{ product }}_tail
        {%- endfor %}
    from {{ label }}_rests

),

{{ label }}_squares as (

    select
        *,
        {%- for value in values %}
        {%- set products = baton._products([value]) %}
        {% for product in products %}{{ '+ ' if not loop.first }}{{ baton.exact_whole('round(%s / power(2, 60))' | format(product)) }}
            {% endfor %}as {{ value }}__square_coarse,
        {% for product in products %}{{ '+ ' if not loop.first }}{{ baton.exact_whole('round(%s_rest * power(2, 34))' | format(product)) }}
            {% endfor %}as {{ value }}__square_middle,
        {% for product in products %}{{ '+ ' if not loop.first }}{{ baton.exact_whole('%s_tail * power(2, 128)' | format(product)) }}
            {% endfor %}as {{ value }}__square_fine{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ label }}_tails

)
{%- endmacro -%}

{#- Of the two parts of each value: the square of the first, twice their product, and the square of the second. -#}
{%- macro _products(values) -%}
    {%- set products = [] -%}
    {%- for value in values -%}
        {%- do products.extend(['%s__high_high' | format(value), '%s__high_low' | format(value), '%s__low_low' | format(value)]) -%}
    {%- endfor -%}
    {{ return(products) }}
{%- endmacro -%}

{%- macro default__square_parts(value) -%}
    {{ return(['%s__square_coarse' | format(value), '%s__square_middle' | format(value), '%s__square_fine' | format(value)]) }}
{%- endmacro -%}

{%- macro default__with_variances(label, rows, spreads, name, keyword) -%}
    {%- set means = [] -%}
    {%- for spread in spreads -%}{%- do means.append(spread.name ~ '__mean') -%}{%- endfor -%}
{{ label }}_means as (

    select
        *
        {%- for spread in spreads %},
        {{ baton.exact_total(spread.sums) | indent(8) }} / nullif({{ spread.number }}, 0) as {{ spread.name }}__mean
        {%- endfor %}
    from {{ rows }}

),

{{ baton.with_squares(label ~ '_mean', label ~ '_means', means) }},

-- what rounding left in the mean m is taken off again: the sum of x - m, which would be 0, and of its squares (sum x^2 - n m^2) - 2 m (sum x - n m)
{{ label }}_around_means as (

    select
        *
        {%- for spread in spreads %}
        {%- set n, mean = spread.number, spread.name ~ '__mean' %}
        {%- for sum, part, size in zip(spread.sums, baton.exact_parts(mean, is_finite=true), ['coarse', 'fine']) %},
        {{ sum }} - {{ n }} * {{ part | indent(8) }} as {{ spread.name }}__around_{{ size }}
        {%- endfor %}
        {%- for sum, part, size in zip(spread.squares, baton.square_parts(mean), ['coarse', 'middle', 'fine']) %},
        {{ sum }} - {{ n }} * {{ part }} as {{ spread.name }}__squared_{{ size }}
        {%- endfor %}
        {%- endfor %}
    from {{ label }}_mean_squares

),

{{ label }}_around_totals as (

    select
        *
        {%- for spread in spreads %}
        {%- set around, squared = spread.name ~ '__around', spread.name ~ '__squared' %},
        {{ baton.exact_total(['%s_coarse' | format(around), '%s_fine' | format(around)]) | indent(8) }} as {{ around }},
        {{ baton.exact_total(
            ['%s_coarse' | format(squared), '%s_middle' | format(squared), '%s_fine' | format(squared)], [60, -34, -128]
        ) | indent(8) }} as {{ squared }}
        {%- endfor %}
    from {{ label }}_around_means

),

{{ label }}_squared_deviations as (

    select
        *
        {%- for spread in spreads %}
        {%- set n, mean, around = spread.number, spread.name ~ '__mean', spread.name ~ '__around' %},
        {{ spread.name }}__squared - 2 * {{ mean }} * {{ around }} - {{ around }} * {{ around }} / nullif({{ n }}, 0)
            as {{ spread.name }}__deviations,
        {{ n }} * {{ mean }} * {{ mean }} * 1e-31 as {{ spread.name }}__rounding
        {%- endfor %}
    from {{ label }}_around_totals

),

{{ name }} as {{ keyword }}(

    select
        *,
        -- values whose spread is within the rounding of their mean are constant
        {%- for spread in spreads %}
        case
            when {{ spread.number }} > 1 and {{ spread.name }}__deviations > {{ spread.name }}__rounding
                then {{ spread.name }}__deviations / ({{ spread.number }} - 1)
            when {{ spread.number }} > 1 then 0
        end as {{ spread.name }}__variance{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ label }}_squared_deviations

)
{%- endmacro -%}


{#- The first 24 bits of a double. -#}
{%- macro high_bits(value) -%}
    {{ adapter.dispatch('high_bits', 'baton')(value) }}
{%- endmacro -%}

{#- What is left of 2^29 + 1 times the value when all but once it is taken off again: doubles round away the lower bits. -#}
{%- macro default__high_bits(value) -%}
{{ value }} * 536870913e0 - ({{ value }} * 536870913e0 - {{ value }})
{%- endmacro -%}

{%- macro duckdb__high_bits(value) -%}
cast(cast({{ value }} as float) as double)
{%- endmacro -%}

{%- macro spark__high_bits(value) -%}
cast(cast({{ value }} as float) as double)
{%- endmacro -%}
