{#
    The statistics that a stage fits with, in CTEs of one row. `column_statistics` is made in one pass over the rows; `means`,
    `max_deviations` and `variances` have a column of the same name for each column that they describe.

    Sums are exact, so that no order of the rows changes a bit of a result: the numbers of a column are multiplied by the power
    of two that brings the greatest just below 2^62, then rounded, and whole numbers sum exactly.
#}

{#-
    A statistic of a column, as an expression over these CTEs: its count, min, max or max_abs, its mean, max_deviation (the
    greatest distance from the mean, NULL where all values are the same) or variance (of the population).
-#}
{%- macro _stage_statistic(stage, statistic, value) -%}
    {%- set needed = dict(
        mean=['count', 'max_abs'],
        max_deviation='mean min max'.split(),
        variance=['max_deviation'],
    ).get(statistic, []) -%}
    {%- for other in needed -%}{%- do baton._stage_statistic(stage, other, value) -%}{%- endfor -%}
    {%- if value not in stage.names -%}
        {%- set used_names = stage.names.values() | list + baton._reserved_words() -%}
        {%- do stage.names.update({value: baton._free_name(used_names, value | replace('input.', '') | trim('"'))}) -%}
    {%- endif -%}
    {%- set column = stage.names[value] -%}
    {%- if statistic in stage.columns_with -%}
        {%- do stage.columns_with[statistic].update({column: value}) -%}
{{ stage.ctes_of[statistic] }}.{{ column }}
    {%- else -%}
        {%- set sql -%}
        {%- if statistic == 'max_abs' -%}
greatest(abs(min({{ value }})), abs(max({{ value }})))
        {%- else -%}
{{ statistic }}({{ value }})
        {%- endif -%}
        {%- endset -%}
{{ baton._stage_aggregate(stage, column ~ '_' ~ statistic, sql) }}
    {%- endif -%}
{%- endmacro -%}

{#- An aggregate over the stage's rows, and what it sorts them by, if anything. -#}
{%- macro _stage_aggregate(stage, name, sql, order=none) -%}
    {%- do stage.aggregates.update({name: {'sql': baton._column_as(sql, name), 'order': order}}) -%}
{{ stage.ctes_of.aggregates }}.{{ name }}
{%- endmacro -%}

{#- Quantiles at these fractions, as an array that is indexed from 1. -#}
{%- macro _stage_quantiles(stage, unit, fractions) -%}
    {%- set literals = [] -%}
    {%- for fraction in fractions -%}{%- do literals.append(baton.number_literal(fraction)) -%}{%- endfor -%}
    {%- set name = baton._free_name(stage.aggregates | list, unit.label ~ '_quantiles') -%}
{{ baton._stage_aggregate(stage, name, baton.quantiles(unit.value, literals), order=unit.value) }}
{%- endmacro -%}


{#- The one-row CTEs, each followed by a comma. -#}
{%- macro _statistics_ctes(stage) -%}
{%- set statistics, means = stage.ctes_of.aggregates, stage.ctes_of.mean -%}
{%- set max_deviations, variances = stage.ctes_of.max_deviation, stage.ctes_of.variance -%}
{%- set factors, deviations = 'factors' ~ stage.suffix, 'relative_deviations' ~ stage.suffix -%}
{%- if stage.aggregates -%}
{{ statistics }} as (

    {{ baton.row_of_aggregates(stage.aggregates.values() | list, '%s as input' | format(stage.rows)) | indent }}

),

{% endif -%}
{%- if stage.columns_with.mean -%}
-- the power of two that brings the greatest number just below 2^62: rounded to whole numbers, all sum exactly in any order;
-- at most 2^1000, which is a double, and 1 where all numbers are 0
{{ factors }} as (

    select
        {%- for column in stage.columns_with.mean %}
        coalesce(
            power(2, least(floor(61 - ln(nullif({{ column }}_max_abs, 0)) / ln(2)), 1000)),
            1
        ) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ statistics }}

),

{{ means }} as (

    select
        {%- for column in stage.columns_with.mean %}
        {%- set mean -%}
sums.{{ column }} / ({{ statistics }}.{{ column }}_count * {{ factors }}.{{ column }})
        {%- endset %}
        {{ baton._column_as(mean, column) | indent(8) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        select
            {%- for column, value in stage.columns_with.mean.items() %}
            {%- set whole = baton.product(value, factors ~ '.' ~ column) %}
            {{ baton.sum_of_whole(whole) | indent(12) }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ stage.rows }} as input
        cross join {{ factors }}
    ) as sums
    cross join {{ factors }}
    cross join {{ statistics }}

),

{% endif -%}
{%- if stage.columns_with.max_deviation -%}
-- the greatest distance from the mean; NULL where all values are the same
{{ max_deviations }} as (

    select
        {%- for column in stage.columns_with.max_deviation %}
        nullif(greatest(
            {{ statistics }}.{{ column }}_max - {{ means }}.{{ column }},
            {{ means }}.{{ column }} - {{ statistics }}.{{ column }}_min
        ), 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ means }}
    cross join {{ statistics }}

),

{% endif -%}
{%- if stage.columns_with.variance -%}
-- distances from the mean as shares of the greatest: times 2^61 and rounded, they and their squares sum exactly too
{{ deviations }} as (

    select
        {%- for column, value in stage.columns_with.variance.items() %}
        {%- set deviation -%} ({{ value }} - {{ means }}.{{ column }}) {%- endset %}
        {{ baton._column_as(baton.quotient(deviation, max_deviations ~ '.' ~ column), column) | indent(8) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ stage.rows }} as input
    cross join {{ means }}
    cross join {{ max_deviations }}

),

{{ variances }} as (

    select
        {%- for column in stage.columns_with.variance %}
        {%- set variance = baton.product(baton.square(max_deviations ~ '.' ~ column), 'relative.' ~ column) %}
        case when {{ statistics }}.{{ column }}_count > 0 then coalesce(
            {{ variance | indent(12) }},
            0
        ) end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        -- the mean of the squares less the square of the mean
        select
            {%- for column in stage.columns_with.variance %}
            {{ baton.as_double(column ~ '_squares') }} / power(2, 61) / {{ column }}_count
                - power({{ baton.as_double(column ~ '_sum') }} / power(2, 61) / {{ column }}_count, 2)
                as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                {%- for column in stage.columns_with.variance %}
                {%- set square = baton.square(column) ~ ' * power(2, 61)' %}
                count({{ column }}) as {{ column }}_count,
                {{ baton._column_as(baton.sum_of_whole(column ~ ' * power(2, 61)'), column ~ '_sum') | indent(16) }},
                {{ baton._column_as(baton.sum_of_whole(square), column ~ '_squares') | indent(16) }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ deviations }}
        ) as sums
    ) as relative
    cross join {{ max_deviations }}
    cross join {{ statistics }}

),

{% endif -%}
{%- endmacro -%}
