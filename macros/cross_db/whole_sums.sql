{#
    The exact sum of numbers, each rounded to a whole one, that stay below 2^63 in size: the same in whatever order the rows
    come. Numbers that are not whole are multiplied by a power of two first.

    `exact_parts` needs no multiplication, but takes five times as long on DuckDB.
#}
{%- macro sum_of_whole(number) -%}
    {{ adapter.dispatch('sum_of_whole', 'baton')(number) }}
{%- endmacro -%}

{%- macro default__sum_of_whole(number) -%}
sum(cast(cast({{ number }} as bigint) as decimal(38, 0)))
{%- endmacro -%}

{#- Both sum 64 bit integers into more bits. -#}
{%- macro duckdb__sum_of_whole(number) -%}
sum(cast({{ number }} as bigint))
{%- endmacro -%}

{%- macro postgres__sum_of_whole(number) -%}
sum(cast({{ number }} as bigint))
{%- endmacro -%}
