{#
    Numbers whose handling differs between engines.
#}

{#- The type's name; dbt's `type_float` has four bytes on DuckDB. -#}
{%- macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'baton')()) }}
{%- endmacro -%}

{%- macro default__type_double() -%}
    {{ return('double precision') }}
{%- endmacro -%}


{#- A number as a double, NaN as NULL. -#}
{%- macro nan_to_null(number) -%}
    {{ return(adapter.dispatch('nan_to_null', 'baton')(number)) }}
{%- endmacro -%}

{%- macro default__nan_to_null(number) -%}
    {%- set type = baton.type_double() -%}
    {{ return("nullif(cast(" ~ number ~ " as " ~ type ~ "), cast('NaN' as " ~ type ~ "))") }}
{%- endmacro -%}


{#- The value, or NULL where it is NaN or infinite; of any numeric type. -#}
{%- macro finite(value) -%}
    {{ return(adapter.dispatch('finite', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__finite(value) -%}
    {{ return(
        "case when cast(" ~ value ~ " as " ~ baton.type_double() ~ ") not in ('NaN', 'Infinity', '-Infinity') then " ~ value ~ " end"
    ) }}
{%- endmacro -%}

{%- macro duckdb__finite(value) -%}
    {{ return("case when isfinite(" ~ value ~ ") then " ~ value ~ " end") }}
{%- endmacro -%}


{#
    Sums of doubles that are exact, and so do not depend on the order of the rows and survive a subtraction of two
    running totals: a double is written as a whole number of units (`exact_addend`), the units are summed, and
    `exact_total` turns a sum of units back into a double.

    `exact_unit` states the unit, an aggregate over the column; none where an engine needs no unit. On DuckDB it is a
    power of two, 2^-80 of the largest value: each value keeps all its bits down to 2^-27 of the largest, and 46 bits
    are left for the number of rows. PostgreSQL sums numerics exactly.
#}
{%- macro exact_unit(value) -%}
    {{ return(adapter.dispatch('exact_unit', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__exact_unit(value) -%}{{ return(none) }}{%- endmacro -%}

{%- macro duckdb__exact_unit(value) -%}
    {{ return("pow(2, greatest(coalesce(ceil(log2(nullif(max(abs(" ~ baton.finite(value) ~ ")), 0))), 0), -900) - 80)") }}
{%- endmacro -%}

{%- macro exact_addend(value, unit) -%}
    {{ return(adapter.dispatch('exact_addend', 'baton')(value, unit)) }}
{%- endmacro -%}

{%- macro default__exact_addend(value, unit) -%}
    {{ return("cast(" ~ baton.finite(value) ~ " as numeric)") }}
{%- endmacro -%}

{%- macro duckdb__exact_addend(value, unit) -%}
    {{ return("cast(" ~ baton.finite(value) ~ " / " ~ unit ~ " as hugeint)") }}
{%- endmacro -%}

{%- macro exact_total(units, unit) -%}
    {%- set total = "cast(" ~ units ~ " as " ~ baton.type_double() ~ ")" -%}
    {{ return(total ~ " * " ~ unit if unit else total) }}
{%- endmacro -%}


{#-
    A sum of doubles that is the same to the last bit in whatever order the rows come.

    DuckDB sums whole multiples of 2^-places, exact and ten times as fast as sorting: a sum has to stay below
    2^(126 - places), which is 7e13 for 80 places. Other engines add the numbers by size.
-#}
{%- macro stable_sum(number, places=80) -%}
    {{ return(adapter.dispatch('stable_sum', 'baton')(number, places)) }}
{%- endmacro -%}

{%- macro default__stable_sum(number, places) -%}
    {{ return("sum(" ~ number ~ " order by " ~ number ~ ")") }}
{%- endmacro -%}

{%- macro duckdb__stable_sum(number, places) -%}
    {{ return("sum(cast((" ~ number ~ ") * pow(2, " ~ places ~ ") as hugeint)) / pow(2, " ~ places ~ ")") }}
{%- endmacro -%}


{#- What a column holds: 'double', 'exact' (integers, decimals), 'other', or 'unknown' where its type can not be known yet. -#}
{%- macro number_kind(columns, name) -%}
    {%- set known = baton.find_column(columns, name) if columns else none -%}
    {%- set type = (known.dtype | lower).split('(')[0] if known else none -%}
    {%- if type is none -%}
        {{ return('unknown') }}
    {%- elif type in ['double', 'double precision', 'float', 'float4', 'float8', 'float64', 'real'] -%}
        {{ return('double') }}
    {%- elif 'int' in type and type != 'interval' and type != 'point' or type in ['decimal', 'numeric', 'number', 'bignumeric'] -%}
        {{ return('exact') }}
    {%- endif -%}
    {{ return('other') }}
{%- endmacro -%}
