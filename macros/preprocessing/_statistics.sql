{#
    The statistics that a stage fits with, in CTEs of one row. `ranges` is made in one pass over the rows; `means`,
    `max_deviations` and `variances` have a column of the same name for each column that they describe.

    Sums are exact, so that no order of the rows changes a bit of a result: multiplied by a power of two, the greatest number
    of a column is just below 2^62, all are rounded to whole numbers, and whole numbers sum exactly.
#}

{#-
    A statistic of a column, as an expression over these CTEs: its count, min, max or max_abs, its mean, max_deviation (the
    greatest distance from the mean, NULL where all values are the same) or variance (of the population).
-#}
{%- macro _statistic(stage, statistic, value) -%}
    {%- set needed = {
        'mean': ['count', 'max_abs'],
        'max_deviation': ['mean', 'min', 'max'],
        'variance': ['max_deviation'],
    }.get(statistic, []) -%}
    {%- for other in needed -%}{%- do baton._statistic(stage, other, value) -%}{%- endfor -%}
    {%- if value not in stage.names -%}
        {%- set taken = stage.names.values() | list + baton._reserved_words() -%}
        {%- do stage.names.update({value: baton._free_name(taken, value | replace('data.', '') | trim('"'))}) -%}
    {%- endif -%}
    {%- set column = stage.names[value] -%}
    {%- if statistic in stage.columns_with -%}
        {%- do stage.columns_with[statistic].update({column: value}) -%}
{{ statistic }}s{{ stage.suffix }}.{{ column }}
    {%- else -%}
        {%- set sql -%}
        {%- if statistic == 'max_abs' -%}
greatest(abs(min({{ value }})), abs(max({{ value }})))
        {%- else -%}
{{ statistic }}({{ value }})
        {%- endif -%}
        {%- endset -%}
{{ baton._range(stage, column ~ '_' ~ statistic, sql) }}
    {%- endif -%}
{%- endmacro -%}

{#- An aggregate over the stage's rows. -#}
{%- macro _range(stage, name, sql) -%}
    {%- do stage.ranges.update({name: sql}) -%}
ranges{{ stage.suffix }}.{{ name }}
{%- endmacro -%}

{#- Quantiles at these fractions, as an array that is indexed from 1. -#}
{%- macro _quantiles(stage, unit, fractions) -%}
    {%- set literals = [] -%}
    {%- for fraction in fractions -%}{%- do literals.append(baton.number_literal(fraction)) -%}{%- endfor -%}
{{ baton._range(stage, baton._free_name(stage.ranges | list, unit.label ~ '_quantiles'), baton.quantiles(unit.value, literals)) }}
{%- endmacro -%}


{#- The one-row CTEs, each followed by a comma. -#}
{%- macro _statistics_ctes(stage) -%}
{%- set s = stage.suffix -%}
{%- set means, max_deviations, variances = stage.columns_with.mean, stage.columns_with.max_deviation, stage.columns_with.variance -%}
{%- if stage.ranges -%}
ranges{{ s }} as (

    select
        {%- for name, sql in stage.ranges.items() %}
        {{ baton._named(sql, name) | indent(8) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ stage.rows }} as data

),

{% endif -%}
{%- if means -%}
-- the power of two that brings the greatest number just below 2^62: rounded to whole numbers, all sum exactly in any order
factors{{ s }} as (

    select
        {%- for column in means %}
        coalesce(
            power(2e0, least(floor(61 - ln(nullif({{ column }}_max_abs, 0)) / ln(2)), 1000)),
            1
        ) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ranges{{ s }}

),

means{{ s }} as (

    select
        {%- for column in means %}
        {%- set mean -%}sums.{{ column }} / (ranges{{ s }}.{{ column }}_count * factors{{ s }}.{{ column }}){%- endset %}
        {{ baton._named(mean, column) | indent(8) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {%- for column, value in means.items() %}
            {%- set whole = baton.product(value, 'factors' ~ s ~ '.' ~ column) %}
            {{ baton.sum_of_whole(whole) | indent(12) }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ stage.rows }} as data
        cross join factors{{ s }}
    ) as sums
    cross join factors{{ s }}
    cross join ranges{{ s }}

),

{% endif -%}
{%- if max_deviations -%}
-- the greatest distance from the mean; NULL where all values are the same
max_deviations{{ s }} as (

    select
        {%- for column in max_deviations %}
        nullif(greatest(
            ranges{{ s }}.{{ column }}_max - means{{ s }}.{{ column }},
            means{{ s }}.{{ column }} - ranges{{ s }}.{{ column }}_min
        ), 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from means{{ s }}
    cross join ranges{{ s }}

),

{% endif -%}
{%- if variances -%}
-- distances from the mean as shares of the greatest: times 2^61 and rounded, they and their squares sum exactly too
distances{{ s }} as (

    select
        {%- for column, value in variances.items() %}
        {%- set distance -%}({{ value }} - means{{ s }}.{{ column }}){%- endset %}
        {{ baton._named(baton.quotient(distance, 'max_deviations' ~ s ~ '.' ~ column), column) | indent(8) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ stage.rows }} as data
    cross join means{{ s }}
    cross join max_deviations{{ s }}

),

variances{{ s }} as (

    select
        {%- for column in variances %}
        {%- set square -%}({{ baton.square('max_deviations' ~ s ~ '.' ~ column) }}){%- endset %}
        case when ranges{{ s }}.{{ column }}_count > 0 then coalesce(
            {{ baton.product(square, 'shares.' ~ column) | indent(12) }},
            0
        ) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {%- for column in variances %}
            {%- set square -%}({{ baton.square(column) }}) * power(2e0, 61){%- endset %}
            {{ baton.as_double(baton.sum_of_whole(square)) | indent(12) }}
                / power(2e0, 61) / count({{ column }})
                - power(
                    {{ baton.as_double(baton.sum_of_whole(column ~ ' * power(2e0, 61)')) }}
                    / power(2e0, 61) / count({{ column }}), 2
                ) as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from distances{{ s }}
    ) as shares
    cross join max_deviations{{ s }}
    cross join ranges{{ s }}

),

{% endif -%}
{%- endmacro -%}
