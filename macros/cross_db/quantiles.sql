{#
    Quantiles of a column, interpolated linearly between neighbours, as an array that is indexed from 1.

    fractions   numbers from 0 to 1
#}
{%- macro quantiles(number, fractions) -%}
    {{ adapter.dispatch('quantiles', 'baton')(number, fractions) }}
{%- endmacro -%}

{%- macro default__quantiles(number, fractions) -%}
percentile_cont(array[{{ fractions | join(', ') }}]) within group (order by {{ number }})
{%- endmacro -%}

{%- macro duckdb__quantiles(number, fractions) -%}
quantile_cont({{ number }}, [{{ fractions | join(', ') }}])
{%- endmacro -%}


{#- The quantile at 0.5, alone. -#}
{%- macro median(number) -%}
    {{ adapter.dispatch('median', 'baton')(number) }}
{%- endmacro -%}

{%- macro default__median(number) -%}
percentile_cont(0.5) within group (order by {{ number }})
{%- endmacro -%}

{%- macro duckdb__median(number) -%}
median({{ number }})
{%- endmacro -%}
