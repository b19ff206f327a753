{#-
    Which of some bins a number is in: bins of equal width, or with equal shares of the fit. A column that is constant, or
    whose values are all too near for an edge between them, has one bin without ends. What is missing is in no bin.
-#}
{%- macro _k_bins_discretizer(step) -%}
reads: number
is_fitted: true
makes: integer
parameters:
  n_bins: {default: 5, takes: count, least: 2}
  encode: {default: onehot, takes: choice, choices: [ordinal, onehot], is_applied: true}
  strategy: {default: quantile, takes: choice, choices: [uniform, quantile]}
  quantile_method:
    default: averaged_inverted_cdf
    takes: choice
    choices: [averaged_inverted_cdf, linear, interpolated_inverted_cdf, hazen, weibull, median_unbiased, normal_unbiased]
{%- endmacro -%}

{%- macro _fit_k_bins_discretizer(stage, unit) -%}
    {%- set bins = unit.parameters.n_bins -%}
    {%- if unit.parameters.strategy == 'quantile' -%}
        {#- where the edges stand among the sorted values, in numpy's order of operations -#}
        {%- set method = unit.parameters.quantile_method -%}
        {%- set count = baton._stage_statistic(stage, 'count', unit.value) -%}
        {%- set rows = [] -%}
        {%- for number in range(bins + 1) -%}
            {%- set share = 1.0 if loop.last else number * (100.0 / bins) / 100 -%}
            {%- set place -%}
                {%- if method == 'averaged_inverted_cdf' -%}
{{ baton.as_double(count) }} * {{ baton.number_literal(share) }} - 1
                {%- elif method == 'linear' -%}
({{ baton.as_double(count) }} - 1) * {{ baton.number_literal(share) }}
                {%- else -%}
                    {#- the plotting positions (alpha, beta) of numpy's continuous methods -#}
                    {%- set alpha, beta = {
                        'interpolated_inverted_cdf': (0, 1), 'hazen': (0.5, 0.5), 'weibull': (0, 0),
                        'median_unbiased': (1 / 3, 1 / 3), 'normal_unbiased': (0.375, 0.375),
                    }[method] -%}
{{ baton.as_double(count) }} * {{ baton.number_literal(share) }} + {{ baton.number_literal(alpha + share * (1 - alpha - beta)) }} - 1
                {%- endif -%}
            {%- endset -%}
            {%- do rows.append([number, count, place]) -%}
        {%- endfor -%}
        {%- set places = baton.values_rows('position n place'.split(), rows, source=stage.ctes_of.aggregates) -%}
        {%- set quantiles = baton._order_statistics(stage, unit, places, averages=method == 'averaged_inverted_cdf') -%}
        {%- set edges_sql -%}
select
    position,
    quantile,
    coalesce(quantile - lag(quantile) over (order by position) > 1e-8, quantile is not null) as is_apart
from {{ quantiles }}
        {%- endset -%}
    {%- else -%}
        {%- set min, max = baton._stage_statistic(stage, 'min', unit.value), baton._stage_statistic(stage, 'max', unit.value) -%}
        {%- set width -%} ({{ max }} - {{ min }}) {%- endset -%}
        {%- set edges_sql -%}
select
    position,
    case
        when position = {{ bins }} then {{ max }}
        else position * ({{ baton.quotient(width, bins | string) | indent(8) }}) + {{ min }}
    end as quantile,
    {{ min }} < {{ max }} or position = 0 and {{ min }} is not null as is_apart
from ({{ baton.positions(bins + 1) }}) as edge
cross join {{ stage.ctes_of.aggregates }}
        {%- endset -%}
    {%- endif -%}
    {%- set bounds_sql -%}
select
    row_number() over (order by position) - 1 as position,
    case
        when n_apart > 1 then quantile
        when position = 0 then {{ baton.as_double("'-Infinity'") }}
        else {{ baton.as_double("'Infinity'") }}
    end as edge
from (
    select
        *,
        sum(case when is_apart then 1 else 0 end) over () as n_apart
    from (
        {{ edges_sql | trim | indent(8) }}
    ) as edges
) as counted
-- a single edge bounds nothing
where n_apart > 1 and is_apart or n_apart = 1 and position < 2
    {%- endset -%}
    {%- set edges = baton._add_cte(stage, unit, 'edges', bounds_sql) -%}
    {%- do baton._write_fitted_rows(stage, unit, 'bin_edge', edges, position='position', number='edge') -%}
{%- endmacro -%}

{#-
    'ordinal': the number of inner edges that are reached; the last edge, wherever it is, is none of them. 'onehot': a column
    of 0 and 1 for each bin.
-#}
{%- macro _apply_k_bins_discretizer(unit) -%}
    {%- if unit.parameters.encode == 'ordinal' -%}
        {%- set last = baton._fitted_value(unit, 'bin_edge', column='position') -%}
case
    when {{ unit.value }} is not null and {{ last }} > 0 then least(
        {%- for position in range(1, unit.parameters.n_bins) %}
        {{ '+ ' if not loop.first }}case when {{ unit.value }} >= {{ baton._fitted_value(unit, 'bin_edge', position) }} then 1 else 0 end
        {%- endfor %},
        {{ last }} - 1
    )
end
    {%- else -%}
        {%- set edges, outputs, bins = [], [], unit.known.bin_edge | length - 1 -%}
        {%- for position in range(1, bins) -%}
            {%- do edges.append(baton._fitted_value(unit, 'bin_edge', position)) -%}
        {%- endfor -%}
        {%- for number in range(bins) -%}
            {%- set sql -%}
case when {% if not edges %}{{ unit.value }} is not null
                {%- elif loop.first %}{{ unit.value }} < {{ edges[0] }}
                {%- elif loop.last %}{{ unit.value }} >= {{ edges[-1] }}
                {%- else %}{{ unit.value }} >= {{ edges[number - 1] }} and {{ unit.value }} < {{ edges[number] }}
                {%- endif %} then 1 else 0 end
            {%- endset -%}
            {%- do outputs.append(dict(name='%s_%s.0' | format(unit.column, number), sql=sql)) -%}
        {%- endfor -%}
        {{ return(outputs) }}
    {%- endif -%}
{%- endmacro -%}
