{#
    Sums of doubles that are exact, fast, and the same in whatever order the rows come: each number is taken as a whole
    multiple of a unit so small that the greatest of them still fits into 62 bits.

    fill_bits(greatest)     what to multiply the numbers with: the power of two that brings numbers up to `greatest` in
                            size just below 2^62; 1 where there is nothing to bring there
    sum_of_whole(number)    the sum of the numbers, each rounded to a whole one; they stay below 2^63 in size
#}
{%- macro fill_bits(greatest) -%}
    {{ return(
        "coalesce(power(2e0, least(floor(61 - ln(nullif(" ~ greatest ~ ", 0)) / ln(2)), 1000)), 1)"
    ) }}
{%- endmacro -%}

{%- macro sum_of_whole(number) -%}
    {{ return(adapter.dispatch('sum_of_whole', 'baton')(number)) }}
{%- endmacro -%}

{%- macro default__sum_of_whole(number) -%}
    {{ return("sum(cast(cast(" ~ number ~ " as bigint) as decimal(38, 0)))") }}
{%- endmacro -%}

{#- Both sum 64 bit integers into more bits. -#}
{%- macro duckdb__sum_of_whole(number) -%}
    {{ return("sum(cast(" ~ number ~ " as bigint))") }}
{%- endmacro -%}

{%- macro postgres__sum_of_whole(number) -%}
    {{ return("sum(cast(" ~ number ~ " as bigint))") }}
{%- endmacro -%}
