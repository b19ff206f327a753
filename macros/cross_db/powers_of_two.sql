{#- One row for each power of two below 2^count, as a double named `width`, which divides whole numbers exactly. -#}
{%- macro powers_of_two(count) -%}
    {{ adapter.dispatch('powers_of_two', 'baton')(count) }}
{%- endmacro -%}

{%- macro default__powers_of_two(count) -%}
    {%- for exponent in range(count) %}
select cast({{ 2 ** exponent }} as {{ baton.type_double() }}) as width{{ ' union all' if not loop.last }}
    {%- endfor -%}
{%- endmacro -%}

{%- macro duckdb__powers_of_two(count) -%}
select power(2, exponent) as width from range({{ count }}) as exponents (exponent)
{%- endmacro -%}

{%- macro postgres__powers_of_two(count) -%}
select power(cast(2 as double precision), exponent) as width from generate_series(0, {{ count - 1 }}) as exponents (exponent)
{%- endmacro -%}

{%- macro spark__powers_of_two(count) -%}
select power(2, id) as width from range({{ count }})
{%- endmacro -%}
