{#
    Numbers whose handling differs between engines.
#}

{#- The type's name; dbt's `type_float` has four bytes on DuckDB. -#}
{%- macro type_double() -%}
    {{ adapter.dispatch('type_double', 'baton')() }}
{%- endmacro -%}

{%- macro default__type_double() -%}
    {{ return('double precision') }}
{%- endmacro -%}

{%- macro spark__type_double() -%}{{ return('double') }}{%- endmacro -%}

{%- macro as_double(number) -%}
cast({{ number }} as {{ baton.type_double() }})
{%- endmacro -%}


{#- A number as a double, NaN as NULL. -#}
{%- macro nan_to_null(number) -%}
    {{ adapter.dispatch('nan_to_null', 'baton')(number) }}
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
    {{ adapter.dispatch('is_finite', 'baton')(value) }}
{%- endmacro -%}

{%- macro default__is_finite(value) -%}
cast({{ value }} as {{ baton.type_double() }}) not in ('NaN', 'Infinity', '-Infinity')
{%- endmacro -%}

{%- macro duckdb__is_finite(value) -%}
isfinite({{ value }})
{%- endmacro -%}

{#- NaN is greater than infinity there. -#}
{%- macro spark__is_finite(value) -%}
abs(cast({{ value }} as double)) < cast('Infinity' as double)
{%- endmacro -%}


{#-
    A decimal or the like, or NULL where it is NaN, which only some engines have for decimals.
-#}
{%- macro finite_decimal(value) -%}
    {{ adapter.dispatch('finite_decimal', 'baton')(value) }}
{%- endmacro -%}

{%- macro default__finite_decimal(value) -%}{{ return(value) }}{%- endmacro -%}
{%- macro postgres__finite_decimal(value) -%}{{ return(baton.finite(value)) }}{%- endmacro -%}


{#- The type of a time without zone, with microseconds. -#}
{%- macro type_timestamp() -%}
    {{ return(adapter.dispatch('type_timestamp', 'baton')()) }}
{%- endmacro -%}

{%- macro default__type_timestamp() -%}{{ return('timestamp') }}{%- endmacro -%}


{#- The greatest of the values of a group that meet a condition. -#}
{%- macro max_where(value, condition) -%}
    {{ adapter.dispatch('max_where', 'baton')(value, condition) }}
{%- endmacro -%}

{%- macro default__max_where(value, condition) -%}
max(case when {{ condition }} then {{ value }} end)
{%- endmacro -%}

{%- macro duckdb__max_where(value, condition) -%}
max({{ value }}) filter (
    where {{ condition | indent }}
)
{%- endmacro -%}

{%- macro postgres__max_where(value, condition) -%}
{{ baton.duckdb__max_where(value, condition) }}
{%- endmacro -%}

{%- macro spark__max_where(value, condition) -%}
{{ baton.duckdb__max_where(value, condition) }}
{%- endmacro -%}
