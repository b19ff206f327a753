{#
    `cells`: one row for each model, version, period and segment of a binary task, with the counts and totals that the metrics are made
    of, and `other_task`.

    Cells are counted first and numbered, so that what follows sorts and groups by numbers. Scores are counted for each distinct one, so
    ties are one block.

    call          what `_performance_call` gives
    with_errors   whether the totals that standard errors need are there
#}
{%- macro _performance_cells(call, with_errors) -%}
{%- call baton.with_named_windows() -%}

{%- set double, with_value = baton.type_double(), call.value is not none -%}
{#- scikit-learn's clip of a probability before its logarithm: the machine epsilon of a double -#}
{%- set epsilon = '2.220446049250313e-16' -%}

{{ baton._counted_cells(call, with_errors) | trim }}

by_score as (

    select
        cell_id,
        score,
        cast(count(case when is_positive then 1 end) as {{ double }}) as positives,
        cast(count(case when not is_positive then 1 end) as {{ double }}) as negatives
    from rows_of_cells
    where score is not null
    group by cell_id, score

),

-- *_down_to counts the rows with this score or a higher one
ranked as (

    select
        *,
        sum(positives) over down_to_score as positives_down_to,
        sum(positives + negatives) over down_to_score as rows_down_to
    from by_score
    window down_to_score as (
        partition by cell_id
        order by score desc
        rows between unbounded preceding and current row
    )

),

placed as (

    select
        ranked.*,
        -- how many rows of the other class a row is ranked rightly against, a tie as a half
        numbered.negatives - (ranked.rows_down_to - ranked.positives_down_to) + ranked.negatives / 2 as negatives_below,
        ranked.positives_down_to - ranked.positives / 2 as positives_above,
        ranked.positives_down_to / ranked.rows_down_to as precision_down_to,
        -- the part of a block of ties that is within the first 5, 10 and 15 % of the rows
        {%- for percent in [5, 10, 15] if with_errors or percent == 10 %}
        least(1, greatest(0,
            ({{ percent }} * numbered.scored / 100 - ranked.rows_down_to) / (ranked.positives + ranked.negatives) + 1
        )) as within_{{ percent }},
        {%- endfor %}
        {%- if with_errors %}
        -- how the average precision changes with one more positive, and with one more row, of at least this score
        {{ baton.stable_running_sum('ranked.positives / ranked.rows_down_to', 'up_to_score') | indent(8) }} as gain_of_positive,
        {{ baton.stable_running_sum(
            '\n            ranked.positives * ranked.positives_down_to / (ranked.rows_down_to * ranked.rows_down_to)\n        ', 'up_to_score'
        ) }} as loss_of_row,
        {%- endif %}
        least(floor(ranked.score * 10), 9) as score_bin,
        -- PostgreSQL raises an error where the square of a small number underflows
        case when ranked.score < 1e-70 then 0 else ranked.score end as score_or_zero,
        -- clipped as in scikit-learn's log_loss
        -ln(least(greatest(ranked.score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_positive,
        -ln(least(greatest(1 - ranked.score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_negative
    from ranked
    inner join numbered
        on ranked.cell_id = numbered.cell_id
    {%- if with_errors %}
    window up_to_score as (
        partition by ranked.cell_id
        order by ranked.score
        rows between unbounded preceding and current row
    )
    {%- endif %}

),
{%- set sums = {
    'precision_steps': 'positives * precision_down_to',
    'squared_error': 'positives * power(1 - score_or_zero, 2) + negatives * power(score_or_zero, 2)',
    'log_loss': 'positives * loss_if_positive + negatives * loss_if_negative',
} %}
{%- for percent in [5, 10, 15] if with_errors or percent == 10 %}
{%- do sums.update({'positives_in_%s' | format(percent): 'positives * within_%s' | format(percent)}) %}
{%- endfor %}
{%- if with_errors %}{%- do sums.update({'negatives_in_10': 'negatives * within_10'}) %}{%- endif %}

-- summed in a way that does not depend on the order of the rows
by_bin as (

    select
        cell_id,
        sum(positives * negatives_below) as ordered_pairs,
        {%- for name, sql in sums.items() %}
        {{ baton.stable_sum(sql) | indent(8) }} as {{ name }},
        {%- endfor %}
        -- the rows of a bin by which its scores are off
        abs(sum(positives) - {{ baton.stable_sum('(positives + negatives) * score') | indent(8) }}) as calibration_error
    from placed
    group by cell_id, score_bin

),

totals as {{ baton.materialized() }}(

    select
        cell_id,
        sum(ordered_pairs) as ordered_pairs,
        {%- for name in sums %}
        {{ baton.stable_sum(name) | indent(8) }} as {{ name }},
        {%- endfor %}
        {{ baton.stable_sum('calibration_error') | indent(8) }} as calibration_error
    from by_bin
    group by cell_id

),
{%- if with_errors %}

{{ baton._performance_spreads(with_value) | trim }}
{%- endif %}

cells as (

    select
        numbered.*,
        totals.ordered_pairs,
        {%- for name in sums %}
        totals.{{ name }},
        {%- endfor %}
        {%- if with_errors %}
        {%- for name in ['positive', 'negative', 'precision', 'squared_error', 'log_loss'] %}
        spreads.{{ name }}_spread,
        {%- endfor %}
        {%- if with_value %}
        value_spreads.recovered_spread,
        value_spreads.total_spread,
        {%- endif %}
        {%- endif %}
        totals.calibration_error,
        models.other_task
    from numbered
    inner join models
        on {{ baton.same_value('numbered.model_name', 'models.model_name') | indent(8) }}
        and {{ baton.same_value('numbered.model_version', 'models.model_version') | indent(8) }}
    left join totals
        on numbered.cell_id = totals.cell_id
    {%- if with_errors %}
    left join spreads
        on numbered.cell_id = spreads.cell_id
    {%- if with_value %}
    left join value_spreads
        on numbered.cell_id = value_spreads.cell_id
    {%- endif %}
    {%- endif %}

)
{%- endcall -%}
{%- endmacro -%}
