{#
    Sums of doubles that are exact, and so neither depend on the order of the rows nor suffer when one running total is
    taken from another: `exact_parts` writes a double as parts that sum exactly, `exact_total` makes a double of the
    summed parts. The parts of squares are in `variance.sql`.

    On DuckDB the parts are 128-bit integers that count multiples of 2^24 and of 2^-70, which leaves 33 bits for the number of
    rows. Values keep all their bits from 1e-5 to 1e35; below, what is less than 1e-21 is rounded. Elsewhere they are decimals without a
    fraction. PostgreSQL sums the decimal number that a double is shown as. `is_finite` says that no value is NaN or infinite; else such a value is left out.
#}
{%- macro exact_parts(value, is_finite=false) -%}
    {{ return(adapter.dispatch('exact_parts', 'baton')(value if is_finite else baton.finite(value))) }}
{%- endmacro -%}

{%- macro postgres__exact_parts(value) -%}
    {%- set decimal -%} cast(cast({{ value }} as {{ baton.type_text() }}) as numeric) {%- endset -%}
    {{ return([decimal]) }}
{%- endmacro -%}

{%- macro duckdb__exact_parts(value) -%}
    {%- set number = value if modules.re.match('^"?\\w+"?$', value) else '(%s)' | format(value) -%}
    {%- set multiple -%} round({{ number }} / power(2, 24)) {%- endset -%}
    {%- set coarse -%} cast({{ multiple }} as hugeint) {%- endset -%}
    {%- set fine -%}
cast(
    ({{ number }} - {{ multiple }} * power(2, 24))
    * power(2, 70) as hugeint
)
    {%- endset -%}
    {{ return([coarse, fine]) }}
{%- endmacro -%}

{%- macro default__exact_parts(value) -%}
    {%- set number = value if modules.re.match('^["`]?\\w+["`]?$', value) else '(%s)' | format(value) -%}
    {%- set multiple = baton.nearest_whole('%s / power(2, 24)' | format(number)) -%}
    {{ return([
        baton.exact_whole(multiple),
        baton.exact_whole(baton.nearest_whole('(%s - %s * power(2, 24)) * power(2, 70)' | format(number, multiple))),
    ]) }}
{%- endmacro -%}

{#- The whole number, a double, that is nearest to a double. -#}
{%- macro nearest_whole(number) -%}
    {{ return(adapter.dispatch('nearest_whole', 'baton')(number)) }}
{%- endmacro -%}

{%- macro default__nearest_whole(number) -%}round({{ number }}){%- endmacro -%}

{%- macro spark__nearest_whole(number) -%}rint({{ number }}){%- endmacro -%}

{#- A whole double as a number of more than 64 bits, exactly. -#}
{%- macro exact_whole(number) -%}
    {{ adapter.dispatch('exact_whole', 'baton')(number) }}
{%- endmacro -%}

{%- macro duckdb__exact_whole(number) -%}
cast({{ number }} as hugeint)
{%- endmacro -%}

{#- Below 2^109 in size: a cast alone would take the digits that the double is shown with, and beyond it the greatest bigint. -#}
{%- macro default__exact_whole(number) -%}
case
    when abs({{ number }}) >= power(2, 109)
        then {{ baton.fail("'baton: a number is too great for an exact sum: ' || %s" | format(number), baton.type_whole()) }}
    else cast(cast({{ number }} / power(2, 46) as bigint) as {{ baton.type_whole() }}) * 70368744177664
        + cast({{ number }} - cast({{ number }} / power(2, 46) as bigint) * power(2, 46) as bigint)
end
{%- endmacro -%}

{#- A type of whole numbers of 38 digits. -#}
{%- macro type_whole() -%}
    {{ return(adapter.dispatch('type_whole', 'baton')()) }}
{%- endmacro -%}

{%- macro default__type_whole() -%}{{ return('decimal(38, 0)') }}{%- endmacro -%}

{#- `exponents` are those of the powers of two that the parts count. -#}
{%- macro exact_total(parts, exponents=[24, -70]) -%}
    {{ adapter.dispatch('exact_total', 'baton')(parts, exponents) }}
{%- endmacro -%}

{%- macro postgres__exact_total(parts, exponents) -%}
cast({{ parts[0] }} as {{ baton.type_double() }})
{%- endmacro -%}

{%- macro default__exact_total(parts, exponents) -%}
(
    {%- for part, exponent in zip(parts, exponents) %}
    {{ '+ ' if not loop.first }}cast({{ part }} as {{ baton.exact_double() }}) {{ '*' if exponent > 0 else '/' }} power(2, {{ exponent | abs }})
    {%- endfor %}
)
{%- endmacro -%}

{#- DuckDB has two names for the type. -#}
{%- macro exact_double() -%}
    {{ return('double' if adapter.type() == 'duckdb' else baton.type_double()) }}
{%- endmacro -%}


{#-
    A sum of doubles that is the same to the last bit in whatever order the rows come.

    DuckDB sums whole multiples of 2^-places, exact and ten times as fast as sorting: a sum has to stay below
    2^(126 - places), which is 7e13 for 80 places. PostgreSQL adds the numbers by size.
-#}
{%- macro stable_sum(number, places=80) -%}
    {{ adapter.dispatch('stable_sum', 'baton')(number, places) }}
{%- endmacro -%}

{%- macro postgres__stable_sum(number, places) -%}
sum({{ number }} order by {{ number }})
{%- endmacro -%}

{%- macro duckdb__stable_sum(number, places) -%}
sum(cast(({{ number }}) * power(2, {{ places }}) as hugeint)) / power(2, {{ places }})
{%- endmacro -%}

{%- macro default__stable_sum(number, places) -%}
cast(sum(cast(({{ number }}) * power(2, {{ places }}) as {{ baton.type_whole() }})) as {{ baton.type_double() }}) / power(2, {{ places }})
{%- endmacro -%}

{#- A sum in the order of one column, without ties: the same to the last bit whatever the numbers' size. -#}
{%- macro ordered_sum(number, order) -%}
    {{ adapter.dispatch('ordered_sum', 'baton')(number, order) }}
{%- endmacro -%}

{#- Where no sum has an order it is exact, and so the same in every order; it has to stay below 6e25. -#}
{%- macro default__ordered_sum(number, order) -%}
{{ baton.stable_sum(number, places=40) }}
{%- endmacro -%}

{%- macro duckdb__ordered_sum(number, order) -%}
sum({{ number }} order by {{ order }})
{%- endmacro -%}

{%- macro postgres__ordered_sum(number, order) -%}
sum({{ number }} order by {{ order }})
{%- endmacro -%}

{%- macro spark__ordered_sum(number, order) -%}
aggregate(
    array_sort(collect_list(case when {{ number }} is not null then struct({{ order }}, cast({{ number }} as double) as number) end)),
    cast(null as double), (total, entry) -> coalesce(total, 0) + entry.number
)
{%- endmacro -%}

{#- The same over a window, which has to be ordered without ties. -#}
{%- macro stable_running_sum(number, window) -%}
    {{ return(adapter.dispatch('stable_running_sum', 'baton')(number, window)) }}
{%- endmacro -%}

{%- macro default__stable_running_sum(number, window) -%}
sum({{ number }}) over {{ window }}
{%- endmacro -%}

{%- macro duckdb__stable_running_sum(number, window) -%}
sum(cast(({{ number }}) * power(2, 80) as hugeint)) over {{ window }} / power(2, 80)
{%- endmacro -%}

{%- macro spark__stable_running_sum(number, window) -%}
cast(sum(cast(({{ number }}) * power(2, 80) as decimal(38, 0))) over {{ window }} as double) / power(2, 80)
{%- endmacro -%}

{#- The same over the rows of a partition, as a window function. -#}
{%- macro stable_sum_over(number, partition, places=80) -%}
    {{ return(adapter.dispatch('stable_sum_over', 'baton')(number, partition, places)) }}
{%- endmacro -%}

{%- macro default__stable_sum_over(number, partition, places) -%}
sum({{ number }}) over (
    partition by {{ partition }}
    order by {{ number }}
    rows between unbounded preceding and unbounded following
)
{%- endmacro -%}

{%- macro duckdb__stable_sum_over(number, partition, places) -%}
sum(cast(({{ number }}) * power(2, {{ places }}) as hugeint)) over (
    partition by {{ partition }}
) / power(2, {{ places }})
{%- endmacro -%}

{%- macro spark__stable_sum_over(number, partition, places) -%}
cast(sum(cast(({{ number }}) * power(2, {{ places }}) as decimal(38, 0))) over (
    partition by {{ partition }}
) as double) / power(2, {{ places }})
{%- endmacro -%}
