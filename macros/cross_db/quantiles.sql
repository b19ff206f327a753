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

{#- Arrays are indexed from 0 there, so one element more stands in front. -#}
{%- macro spark__quantiles(number, fractions) -%}
concat(array(cast(null as double)), percentile({{ number }}, array({{ fractions | join(', ') }})))
{%- endmacro -%}


{#- The same without interpolation: the first value that so much of the rows does not exceed. -#}
{%- macro discrete_quantiles(number, fractions) -%}
    {{ adapter.dispatch('discrete_quantiles', 'baton')(number, fractions) }}
{%- endmacro -%}

{%- macro default__discrete_quantiles(number, fractions) -%}
percentile_disc(array[{{ fractions | join(', ') }}]) within group (order by {{ number }})
{%- endmacro -%}

{%- macro duckdb__discrete_quantiles(number, fractions) -%}
quantile_disc({{ number }}, [{{ fractions | join(', ') }}])
{%- endmacro -%}

{%- macro spark__discrete_quantiles(number, fractions) -%}
array(
    null
    {%- for fraction in fractions %},
    percentile_disc({{ fraction }}) within group (order by {{ number }})
    {%- endfor %}
)
{%- endmacro -%}


{#- Percentiles where each is an aggregate of its own. -#}
{%- macro array_of_percentiles(aggregate, number, fractions) -%}
    {%- set percentiles -%}
    {%- for fraction in fractions %}
    {{ aggregate }}({{ fraction }}) within group (order by {{ number }}){{ ',' if not loop.last }}
    {%- endfor %}
{% endset -%}
{{ baton.array_of(percentiles) }}
{%- endmacro -%}


{#- Numbers, each on its line, as an array of the same kind. -#}
{%- macro array_of(numbers) -%}
    {{ adapter.dispatch('array_of', 'baton')(numbers) }}
{%- endmacro -%}

{%- macro default__array_of(numbers) -%}
array[{{ numbers }}]
{%- endmacro -%}

{%- macro spark__array_of(numbers) -%}
array(cast(null as double), {{ numbers }})
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


{#- An element of such an array, from 1. -#}
{%- macro item(array, number) -%}
    {{ return(adapter.dispatch('item', 'baton')(array, number)) }}
{%- endmacro -%}

{%- macro default__item(array, number) -%}{{ array }}[{{ number }}]{%- endmacro -%}


{#-
    A select of one row of aggregates.

    aggregates   [{'sql': the aggregate with its name, 'order': what it sorts the rows by, none where it does not}, ...]
    rows         what stands behind `from`
-#}
{%- macro row_of_aggregates(aggregates, rows) -%}
    {{ adapter.dispatch('row_of_aggregates', 'baton')(aggregates, rows) }}
{%- endmacro -%}

{%- macro default__row_of_aggregates(aggregates, rows) -%}
select
    {{ aggregates | map(attribute='sql') | join(',\n') | indent }}
from {{ rows }}
{%- endmacro -%}

{#- Its aggregates that sort have one order in a select: so there is a select for each order. -#}
{%- macro redshift__row_of_aggregates(aggregates, rows) -%}
    {%- set orders = [] -%}
    {%- for aggregate in aggregates if aggregate.order not in orders -%}{%- do orders.append(aggregate.order) -%}{%- endfor -%}
    {%- if orders | length < 2 -%}
{{ baton.default__row_of_aggregates(aggregates, rows) }}
    {%- else -%}
select *
from
    {%- for order in orders %}
    {{ 'cross join ' if not loop.first }}(
        {{ baton.default__row_of_aggregates(aggregates | selectattr('order', 'equalto', order) | list, rows) | indent(8) }}
    ) as ordered_{{ loop.index }}
    {%- endfor %}
    {%- endif -%}
{%- endmacro -%}
