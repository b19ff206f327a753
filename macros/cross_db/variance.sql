{#
    The variance of doubles from sums, accurate however far their mean is from zero: the sums of the values and of their
    squares are exact, and so are the sums around the mean, which are what is left of them.

    with_squares(rows, values)     the rows, and of their columns of finite doubles the squares, in parts that sum exactly
    square_parts(value)            the names of these parts
    with_variances(rows, spreads)  the rows with `<name>__variance` of [{'name', 'number': how many values there are, 'sums': of the values'
                                   exact_parts, 'squares': of their square_parts}, ...], all but the name columns of the rows

    All columns that are added have the name of the value, or of the spread, and a suffix after two underscores.
#}
{%- macro with_squares(rows, values) -%}
    {{ return(adapter.dispatch('with_squares', 'baton')(rows, values)) }}
{%- endmacro -%}

{%- macro square_parts(value) -%}
    {{ return(adapter.dispatch('square_parts', 'baton')(value)) }}
{%- endmacro -%}

{%- macro with_variances(rows, spreads) -%}
    {{ return(adapter.dispatch('with_variances', 'baton')(rows, spreads)) }}
{%- endmacro -%}


{#- Decimals of any length: nothing is rounded before the end. -#}
{%- macro default__with_squares(rows, values) -%}
select
    *
    {%- for value in values %}
    {%- set decimal = baton.exact_parts(value, is_finite=true)[0] %},
    {{ decimal }} * {{ decimal }} as {{ value }}__square
    {%- endfor %}
from {{ rows }}
{%- endmacro -%}

{%- macro default__square_parts(value) -%}
    {{ return(['%s__square' | format(value)]) }}
{%- endmacro -%}

{%- macro default__with_variances(rows, spreads) -%}
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
{%- endmacro -%}


{#-
    In two selects, and the variances in two more: DuckDB writes a column out wherever another of the same select reads it, which
    makes them long to plan, and inside of `case` works it out anew.
-#}
{%- macro duckdb__with_squares(rows, values) -%}
select
    *,
    -- each product is counted in 2^60, 2^-34 and 2^-128, of which 128 bits sum 2^33 rows up to 1e23 exactly
    {%- for value in values %}
    {%- set product, rest, tail = value ~ '__product', value ~ '__rest', value ~ '__tail' %}
    {%- for number in [1, 2, 3] %}
    {{ rest }}_{{ number }} - round({{ rest }}_{{ number }} * power(2, 34)) / power(2, 34)
        as {{ tail }}_{{ number }},
    {%- endfor %}
    cast(round({{ product }}_1 / power(2, 60)) as hugeint)
        + cast(round({{ product }}_2 / power(2, 60)) as hugeint)
        + cast(round({{ product }}_3 / power(2, 60)) as hugeint) as {{ value }}__square_1,
    cast(round({{ rest }}_1 * power(2, 34)) as hugeint)
        + cast(round({{ rest }}_2 * power(2, 34)) as hugeint)
        + cast(round({{ rest }}_3 * power(2, 34)) as hugeint) as {{ value }}__square_2,
    cast({{ tail }}_1 * power(2, 128) as hugeint)
        + cast({{ tail }}_2 * power(2, 128) as hugeint)
        + cast({{ tail }}_3 * power(2, 128) as hugeint) as {{ value }}__square_3{{ ',' if not loop.last }}
    {%- endfor %}
from (
    select
        *,
        -- a double is its first 24 bits, high, and the rest, low, so its square is the sum of three products that doubles hold
        {%- for value in values %}
        {%- set high, low, product = value ~ '__high', value ~ '__low', value ~ '__product' %}
        cast(cast({{ value }} as float) as double) as {{ high }},
        {{ value }} - {{ high }} as {{ low }},
        {{ high }} * {{ high }} as {{ product }}_1,
        2 * {{ high }} * {{ low }} as {{ product }}_2,
        {{ low }} * {{ low }} as {{ product }}_3,
        {%- for number in [1, 2, 3] %}
        {{ product }}_{{ number }} - round({{ product }}_{{ number }} / power(2, 60)) * power(2, 60)
            as {{ value }}__rest_{{ number }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ rows | indent }}
) as products
{%- endmacro -%}

{%- macro duckdb__square_parts(value) -%}
    {{ return(['%s__square_1' | format(value), '%s__square_2' | format(value), '%s__square_3' | format(value)]) }}
{%- endmacro -%}

{%- macro duckdb__with_variances(rows, spreads) -%}
    {%- set means = [] -%}
    {%- for spread in spreads -%}{%- do means.append(spread.name ~ '__mean') -%}{%- endfor -%}
    {%- set rows_with_means -%}
(
    select
        *
        {%- for spread in spreads %}
        {%- set mean = spread.name ~ '__mean' %},
        {{ baton.exact_total(spread.sums) | indent(8) }} / nullif({{ spread.number }}, 0) as {{ mean }}
        {%- for part in baton.exact_parts(mean, is_finite=true) %},
        {{ part | indent(8) }} as {{ mean }}_{{ loop.index }}
        {%- endfor %}
        {%- endfor %}
    from {{ rows }}
) as means
    {%- endset -%}
select
    *,
    -- values whose spread is within the rounding of their mean are constant
    {%- for spread in spreads %}
    case
        when {{ spread.number }} > 1 and {{ spread.name }}__squared > {{ spread.name }}__rounding
            then {{ spread.name }}__squared / ({{ spread.number }} - 1)
        when {{ spread.number }} > 1 then 0
    end as {{ spread.name }}__variance{{ ',' if not loop.last }}
    {%- endfor %}
from (
    select
        *,
        -- around the mean m: sum (x - m)^2 = (sum x^2 - n m^2) - 2 m (sum x - n m); what rounding left in m is taken off again
        {%- for spread in spreads %}
        {%- set n, mean, around, squared = spread.number, spread.name ~ '__mean', spread.name ~ '__around', spread.name ~ '__squared' %}
        {%- set around_parts, squared_parts = [], [] %}
        {%- for sum in spread.sums %}
        {%- do around_parts.append('%s_%s' | format(around, loop.index)) %}
        {{ sum }} - {{ n }} * {{ mean }}_{{ loop.index }}
            as {{ around }}_{{ loop.index }},
        {%- endfor %}
        {%- for sum, part in zip(spread.squares, baton.square_parts(mean)) %}
        {%- do squared_parts.append('%s_%s' | format(squared, loop.index)) %}
        {{ sum }} - {{ n }} * {{ part }}
            as {{ squared }}_{{ loop.index }},
        {%- endfor %}
        {{ baton.exact_total(around_parts) | indent(8) }} as {{ around }},
        {{ baton.exact_total(squared_parts, [60, -34, -128]) | indent(8) }}
            - 2 * {{ mean }} * {{ around }}
            - {{ around }} * {{ around }} / nullif({{ n }}, 0)
            as {{ squared }},
        {{ n }} * {{ mean }} * {{ mean }} * 1e-31
            as {{ spread.name }}__rounding{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ baton.with_squares(rows_with_means, means) | indent(8) }}
    ) as squares
) as around_means
{%- endmacro -%}
