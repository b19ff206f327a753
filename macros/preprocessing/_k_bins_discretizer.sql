{#-
    Which of some bins a number is in: bins of equal width, or with equal shares of the fit. A column that is constant, or
    whose values are all too near for an edge between them, has one bin without ends. What is missing is in no bin.
-#}
{%- macro _k_bins_discretizer(step) -%}
    {{ return({
        'reads': 'number',
        'is_fitted': true,
        'parameters': {
            'n_bins': {'default': 5, 'takes': 'count', 'least': 2},
            'encode': {'default': 'onehot', 'takes': 'choice', 'choices': ['ordinal', 'onehot'], 'is_applied': true},
            'strategy': {'default': 'quantile', 'takes': 'choice', 'choices': ['uniform', 'quantile']},
            'quantile_method': {
                'default': 'averaged_inverted_cdf',
                'takes': 'choice',
                'choices': ['averaged_inverted_cdf'] + baton._continuous_quantile_methods() | list,
            },
        },
    }) }}
{%- endmacro -%}

{#- The plotting positions (alpha, beta) of numpy's continuous methods. -#}
{%- macro _continuous_quantile_methods() -%}
    {{ return({
        'linear': (1, 1), 'interpolated_inverted_cdf': (0, 1), 'hazen': (0.5, 0.5), 'weibull': (0, 0),
        'median_unbiased': (1 / 3, 1 / 3), 'normal_unbiased': (0.375, 0.375),
    }) }}
{%- endmacro -%}

{%- macro _fit_k_bins_discretizer(fit, unit) -%}
    {%- set bins = unit.parameters.n_bins -%}
    {%- set least, greatest = baton._least_of(fit, unit.value), baton._greatest_of(fit, unit.value) -%}
    {%- set edges = baton._free_name(fit.taken, unit.label ~ '_edges') -%}
    {%- if unit.parameters.strategy == 'quantile' -%}
        {%- set quantiles = baton._free_name(fit.taken, unit.label ~ '_quantiles') -%}
        {%- do baton._order_statistics(
            fit, unit, quantiles, baton._bin_places(fit, unit), averages=unit.parameters.quantile_method == 'averaged_inverted_cdf'
        ) -%}
        {%- set numbers -%}
select
        position,
        quantile,
        coalesce(quantile - lag(quantile) over (order by position) > 1e-8, quantile is not null) as is_apart
    from {{ quantiles }}
        {%- endset -%}
    {%- else -%}
        {%- set numbers -%}
select
        position,
        case when position = {{ bins }} then {{ greatest }} else position * ({{ baton.quotient('(' ~ greatest ~ ' - ' ~ least ~ ')', bins) }}) + {{ least }} end as quantile,
        {{ least }} < {{ greatest }} or position = 0 and {{ least }} is not null as is_apart
    from ({{ baton.positions(bins + 1) }}) as edge
    cross join {{ fit.ranges_cte }}
        {%- endset -%}
    {%- endif -%}
    {%- set edge -%}
select
    row_number() over (order by position) - 1 as position,
    case
        when n_apart > 1 then quantile
        when position = 0 then cast('-Infinity' as {{ baton.type_double() }})
        else cast('Infinity' as {{ baton.type_double() }})
    end as edge
from (
    select
        *,
        sum(case when is_apart then 1 else 0 end) over () as n_apart
    from (
        {{ numbers | trim | replace('\n', '\n    ') }}
    ) as numbers
) as counted
-- a single edge bounds nothing
where n_apart > 1 and is_apart or n_apart = 1 and position < 2
    {%- endset -%}
    {%- do fit.ctes.update({edges: edge}) -%}
    {%- do baton._put_select(fit, unit, 'bin_edge', edges, {'position': 'position', 'value_number': 'edge'}) -%}
{%- endmacro -%}

{#- Where the edges stand among the sorted values, in numpy's order of operations. -#}
{%- macro _bin_places(fit, unit) -%}
    {%- set bins = unit.parameters.n_bins -%}
    {%- set method = unit.parameters.quantile_method -%}
    {%- set count = baton._count_of(fit, unit.value) -%}
    {%- set n = 'cast(' ~ count ~ ' as ' ~ baton.type_double() ~ ')' -%}
    {%- set rows = [] -%}
    {%- for number in range(bins + 1) -%}
        {%- set share = 1.0 if loop.last else number * (100.0 / bins) / 100 -%}
        {%- if method == 'averaged_inverted_cdf' -%}
            {%- set place = n ~ ' * ' ~ baton.number_literal(share) ~ ' - 1' -%}
        {%- elif method == 'linear' -%}
            {%- set place = '(' ~ n ~ ' - 1) * ' ~ baton.number_literal(share) -%}
        {%- else -%}
            {%- set alpha, beta = baton._continuous_quantile_methods()[method] -%}
            {%- set place = n ~ ' * ' ~ baton.number_literal(share) ~ ' + ' ~ baton.number_literal(alpha + share * (1 - alpha - beta)) ~ ' - 1' -%}
        {%- endif -%}
        {%- do rows.append([number, count, place]) -%}
    {%- endfor -%}
    {{ return(baton.values_rows(['position', 'n', 'place'], rows, source=fit.ranges_cte)) }}
{%- endmacro -%}

{#- The bin is the number of inner edges that are reached; the last edge, wherever it is, is none of them. -#}
{%- macro _apply_k_bins_discretizer(unit) -%}
    {%- if unit.parameters.encode == 'ordinal' -%}
        {%- set reached = [] -%}
        {%- for position in range(1, unit.parameters.n_bins) -%}
            {%- do reached.append('case when ' ~ unit.value ~ ' >= ' ~ baton._fitted_value(unit, 'bin_edge', position=position) ~ ' then 1 else 0 end') -%}
        {%- endfor -%}
        {%- set last = baton._fitted_value(unit, 'bin_edge', value='position', label='last_edge') -%}
        {{ return([{
            'name': unit.columns[0],
            'sql': 'case when ' ~ unit.value ~ ' is not null and ' ~ last ~ ' > 0 then least(' ~ reached | join(' + ') ~ ', ' ~ last ~ ' - 1) end',
            'kind': 'integer',
        }]) }}
    {%- endif -%}
    {%- if not unit.known -%}
        {%- do unit.update({'is_unread': true}) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set bins = unit.known.bin_edge | length - 1 -%}
    {%- set outputs = [] -%}
    {%- for number in range(bins) -%}
        {%- set from = unit.value ~ ' >= ' ~ baton._fitted_value(unit, 'bin_edge', position=number) if number > 0 -%}
        {%- set below = unit.value ~ ' < ' ~ baton._fitted_value(unit, 'bin_edge', position=number + 1) if number < bins - 1 -%}
        {%- do outputs.append({
            'name': unit.columns[0] ~ '_' ~ number ~ '.0',
            'sql': 'case when ' ~ [from, below] | select | join(' and ') ~ ' then 1 else 0 end' if from or below
                else 'case when ' ~ unit.value ~ ' is not null then 1 else 0 end',
            'kind': 'integer',
        }) -%}
    {%- endfor -%}
    {{ return(outputs) }}
{%- endmacro -%}
