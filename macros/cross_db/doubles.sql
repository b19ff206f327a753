{#
    Double precision numbers, where engines differ in a name or in a last digit.
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
