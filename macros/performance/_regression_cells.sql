{#
    `cells` of a regression task: one row for each model, version, period and segment, with the means that the metrics are made of.

    A loss is divided by the greatest of its cell before it is summed, so that sums neither overflow nor lose the digits of small losses.
    Standard errors are sums around the mean, so that equal losses have none.
#}
{%- macro _regression_cells(call) -%}
{%- call baton.with_named_windows() -%}

{%- set cell = call.cell | join(', ') -%}
{%- set losses = baton._regression_losses(call) -%}
{%- set names = losses | map(attribute='name') | list -%}
{%- set numbers = baton._regression_numbers(call) -%}
-- neither NaN nor infinite, nor as good as that: the square of a number beyond 1e100 leaves no room among doubles
numbers as (

    select
        *,
        {%- for name, column in numbers.items() %}
        case when abs({{ column }}) <= 1e100 then {{ baton.as_double(column) }} end as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from labelled

),

errors as (

    select
        *,
        case when prediction is not null then outcome end as usable_outcome,
        prediction - outcome as error
    from numbers

),

logarithms as (

    select
        *,
        case when least(usable_outcome, prediction) <= -1 then 1 else 0 end as is_below,
        {%- for name in ['usable_outcome', 'prediction'] %}
        -- ln(1 + x): the quotient restores the digits of a small x that 1 + x loses
        case
            when 1 + {{ name }} = 1 then {{ name }}
            when {{ name }} > -1 then ln(1 + {{ name }}) * ({{ name }} / (1 + {{ name }} - 1))
        end as log_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from errors

),

losses as (

    select
        *,
        {%- for loss in losses %}
        {{ loss.sql | indent(8) }} as {{ loss.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from logarithms

),

sliced as (
    {{ baton._sliced_rows(call, ['actual', 'usable_outcome', 'error', 'is_below'] + names, 'losses') | indent }}

),

ranges as (

    select
        *,
        {%- for name in names %}
        max(abs({{ name }})) over cell as {{ name }}_greatest,
        {%- endfor %}
        min(usable_outcome) over cell as lowest_outcome,
        max(usable_outcome) over cell as highest_outcome,
        count(error) over cell as predicted
    from sliced
    window cell as (
        partition by {{ cell }}
    )

),

ratios as (

    select
        *,
        {%- for name in names %}
        case when {{ name }}_greatest > 0 then {{ baton.quotient(name, name ~ '_greatest') | indent(8) }} else {{ name }} end
            as {{ name }}_ratio,
        {%- endfor %}
        {{ baton.quotient('(usable_outcome - lowest_outcome)', 'nullif(highest_outcome - lowest_outcome, 0)') | indent(8) }}
            as outcome_ratio
    from ranges

),

-- of what the metrics are means
terms as (

    select
        *,
        {%- for loss in losses %}
        {{ (baton.square(loss.name ~ '_ratio') if loss.is_squared else loss.name ~ '_ratio') | indent(8) }} as {{ loss.name }}_term,
        {%- endfor %}
        outcome_ratio - {{ baton.stable_sum_over('outcome_ratio', cell) | indent(8) }} / nullif(predicted, 0) as outcome_off
    from ratios

),

sums as (

    select
        *,
        {%- for name in names %}
        {{ baton.stable_sum_over(name ~ '_term', cell) | indent(8) }} as {{ name }}_sum,
        count({{ name }}) over cell as {{ name }}_rows,
        {%- endfor %}
        {{ baton.square('outcome_off') | indent(8) }} as outcome_square,
        {{ baton.stable_sum_over(baton.square('outcome_off'), cell) | indent(8) }} as outcome_sum
    from terms
    window cell as (
        partition by {{ cell }}
    )

),

deviations as (

    select
        *,
        {%- for name in names %}
        {{ name }}_term - {{ name }}_sum / nullif({{ name }}_rows, 0) as {{ name }}_off,
        {%- endfor %}
        -- by how much a row changes the ratio of both sums of squares, as a share of it
        coalesce(squared_error_term / nullif(squared_error_sum, 0), 0) - outcome_square / nullif(outcome_sum, 0) as r2_influence,
        -- outcomes that differ by less than 1e-70 of the errors are as good as constant
        case
            when (highest_outcome - lowest_outcome) * 1e70 > squared_error_greatest
                then {{ baton.quotient('squared_error_greatest', '(highest_outcome - lowest_outcome)') | indent(16) }}
        end as greatest_ratio
    from sums

),

loss_sums as (

    select
        {{ call.cell | join(',\n        ') }},
        count(*) as n,
        count(actual) as n_labelled,
        max(predicted) as predicted,
        sum(is_below) as rows_below,
        max(absolute_error) as greatest_error,
        {{ baton.median('absolute_error') }} as median_error,
        {%- for name in names %}
        max({{ name }}_rows) as {{ name }}_rows,
        max({{ name }}_greatest) as {{ name }}_greatest,
        max({{ name }}_sum) as {{ name }}_sum,
        {{ baton.stable_sum(baton.square(name ~ '_off')) | indent(8) }} as {{ name }}_spread,
        {%- endfor %}
        max(greatest_ratio) as greatest_ratio,
        max(squared_error_sum) / nullif(max(outcome_sum), 0) as sum_ratio,
        {{ baton.stable_sum(baton.square('r2_influence')) | indent(8) }} as r2_spread
    from deviations
    group by {{ cell }}

),

totals as (

    select
        *,
        {%- for loss in losses %}
        {%- set rows = loss.name ~ '_rows' %}
        {%- if loss.is_squared %}
        {{ loss.name }}_greatest * sqrt({{ loss.name }}_sum / nullif({{ rows }}, 0)) as {{ loss.name }}_mean,
        -- the root's error is that of the mean of squares over twice the root
        {{ baton.square(loss.name ~ '_greatest') | indent(8) }} * coalesce({{ loss.name }}_spread / nullif({{ loss.name }}_sum, 0), 0)
            / nullif(4 * ({{ rows }} - 1), 0) as {{ loss.name }}_variance{{ ',' if not loop.last }}
        {%- else %}
        {{ loss.name }}_greatest * {{ loss.name }}_sum / nullif({{ rows }}, 0) as {{ loss.name }}_mean,
        {{ baton.square(loss.name ~ '_greatest') | indent(8) }} * {{ loss.name }}_spread
            / nullif({{ rows }} * ({{ rows }} - 1), 0) as {{ loss.name }}_variance{{ ',' if not loop.last }}
        {%- endif %}
        {%- endfor %}
    from loss_sums

),

{{ baton._cells_of_task() }}
{%- endcall -%}
{%- endmacro -%}


{#- The columns of a row's numbers: `outcome`, `prediction` and those that the call names. -#}
{%- macro _regression_numbers(call) -%}
    {%- set columns = {} -%}
    {%- if call.interval -%}{%- do columns.update({'lower_bound': call.interval[0], 'upper_bound': call.interval[1]}) -%}{%- endif -%}
    {%- for column in call.quantiles.values() -%}{%- do columns.update({'quantile_%s' | format(loop.index): column}) -%}{%- endfor -%}
    {%- set numbers = {'outcome': 'actual', 'prediction': 'predicted_value'} -%}
    {%- for name, column in columns.items() -%}
        {%- do numbers.update({name: baton.cte_name('carried_%s' | format(baton.unquoted(column)))}) -%}
    {%- endfor -%}
    {{ return(numbers) }}
{%- endmacro -%}

{#- What is summed for the metrics: of a row's error, or, where `is_squared`, of its square. -#}
{%- macro _regression_losses(call) -%}
    {%- set losses = [
        {'name': 'absolute_error', 'sql': 'abs(error)'},
        {'name': 'squared_error', 'sql': 'error', 'is_squared': true},
        {'name': 'percentage_error', 'sql': baton.quotient('abs(error)', 'greatest(abs(usable_outcome), 2.220446049250313e-16)')},
        {
            'name': 'symmetric_error',
            'sql': 'case when error = 0 then 0 else 2 * abs(error) / (abs(usable_outcome) + abs(prediction)) end',
        },
        {'name': 'log_error', 'sql': 'log_prediction - log_usable_outcome', 'is_squared': true},
        {'name': 'signed_error', 'sql': 'error'},
    ] -%}
    {%- for quantile in call.quantiles -%}
        {%- set column = 'quantile_%s' | format(loop.index) -%}
        {%- set loss -%}
case
    when outcome >= {{ column }} then {{ quantile }} * (outcome - {{ column }})
    else (1 - {{ quantile }}) * ({{ column }} - outcome)
end
        {%- endset -%}
        {%- do losses.append({'name': 'pinball_%s' | format(loop.index), 'sql': loss}) -%}
    {%- endfor -%}
    {%- if call.interval -%}
        {%- set covered -%}
case
    when outcome between lower_bound and upper_bound then {{ baton.as_double(1) }}
    when outcome is not null and lower_bound is not null and upper_bound is not null then 0
end
        {%- endset -%}
        {%- do losses.append({'name': 'covered', 'sql': covered}) -%}
    {%- endif -%}
    {{ return(losses) }}
{%- endmacro -%}
