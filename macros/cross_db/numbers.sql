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

{%- macro as_double(number) -%}
cast({{ number }} as {{ baton.type_double() }})
{%- endmacro -%}


{#- A number as a double, NaN as NULL. -#}
{%- macro nan_to_null(number) -%}
    {{ return(adapter.dispatch('nan_to_null', 'baton')(number)) }}
{%- endmacro -%}

{%- macro default__nan_to_null(number) -%}
    {%- set type = baton.type_double() -%}
nullif(cast({{ number }} as {{ type }}), cast('NaN' as {{ type }}))
{%- endmacro -%}


{#- The value, or NULL where it is NaN or infinite; of any numeric type. -#}
{%- macro finite(value) -%}
case when {{ baton.is_finite(value) }} then {{ value }} end
{%- endmacro -%}

{%- macro is_finite(value) -%}
    {{ return(adapter.dispatch('is_finite', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__is_finite(value) -%}
cast({{ value }} as {{ baton.type_double() }}) not in ('NaN', 'Infinity', '-Infinity')
{%- endmacro -%}

{%- macro duckdb__is_finite(value) -%}
isfinite({{ value }})
{%- endmacro -%}


{#-
    A decimal or the like, or NULL where it is NaN, which only some engines have for decimals.
-#}
{%- macro finite_decimal(value) -%}
    {{ return(adapter.dispatch('finite_decimal', 'baton')(value)) }}
{%- endmacro -%}

{%- macro default__finite_decimal(value) -%}{{ return(value) }}{%- endmacro -%}
{%- macro postgres__finite_decimal(value) -%}{{ return(baton.finite(value)) }}{%- endmacro -%}

{#- A value whose type is known to the engine alone, of whatever type, or NULL where it is NaN or infinite. -#}
{%- macro finite_of_any(value) -%}
case when not ({{ baton.is_missing_number(value) | trim }}) then {{ value }} end
{%- endmacro -%}


{#
    Sums of doubles that are exact, and so neither depend on the order of the rows nor suffer when one running total is
    taken from another: `exact_parts` writes a double as parts that sum exactly, `exact_total` makes a double of the
    summed parts.

    On DuckDB a double is a whole number of 2^24 and a whole number of 2^-70. Both are 128 bit integers, which leaves 33
    bits for the number of rows. Values keep all their bits from 1e-5 to 1e35; below, what is less than 1e-21 is rounded.
    PostgreSQL sums the decimal number that a double is shown as. `is_finite` says that no value is NaN or infinite; else such
    a value is left out.
#}
{%- macro exact_parts(value, is_finite=false) -%}
    {{ return(adapter.dispatch('exact_parts', 'baton')(value if is_finite else baton.finite(value))) }}
{%- endmacro -%}

{%- macro default__exact_parts(value) -%}
    {{ return(["cast(cast(" ~ value ~ " as " ~ dbt.type_string() ~ ") as numeric)"]) }}
{%- endmacro -%}

{%- macro duckdb__exact_parts(value) -%}
    {%- set number = value if modules.re.match('^"?\\w+"?$', value) else '(' ~ value ~ ')' -%}
    {%- set coarse = "round(" ~ number ~ " / pow(2, 24))" -%}
    {{ return([
        "cast(" ~ coarse ~ " as hugeint)",
        "cast((" ~ number ~ " - " ~ coarse ~ " * pow(2, 24)) * pow(2, 70) as hugeint)",
    ]) }}
{%- endmacro -%}

{%- macro exact_total(parts) -%}
    {{ return(adapter.dispatch('exact_total', 'baton')(parts)) }}
{%- endmacro -%}

{%- macro default__exact_total(parts) -%}
    {{ return("cast(" ~ parts[0] ~ " as " ~ baton.type_double() ~ ")") }}
{%- endmacro -%}

{%- macro duckdb__exact_total(parts) -%}
    {{ return("(cast(" ~ parts[0] ~ " as double) * pow(2, 24) + cast(" ~ parts[1] ~ " as double) / pow(2, 70))") }}
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


{#-
    A sum of whole numbers as a type that holds it: 64 bits for numbers of up to 32, the engine's own wider type for longer ones.
    A flag, or a type that is not known, is short.
-#}
{%- macro whole_sum(sum, columns, name) -%}
    {%- set known = baton.find_column(columns, name) if columns else none -%}
    {%- set is_long = known and known.dtype | lower in ['bigint', 'ubigint', 'hugeint', 'uhugeint', 'int8', 'int64', 'long'] -%}
    {{ return(sum if is_long else 'cast(' ~ sum ~ ' as bigint)') }}
{%- endmacro -%}
