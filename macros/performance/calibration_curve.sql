{#
    How often the positive class occurs where the model says it has a given probability: labelled predictions in bins of their score.
#}
{%- macro calibration_curve(
    predictions,
    outcomes,
    entity,
    bins=10,
    strategy='uniform',
    period=none,
    segments=[],
    actual='actual',
    outcome_time=none,
    positive_class='1',
    known_at=none,
    as_of='as_of',
    outcome_as_of=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
{%- call baton.with_named_windows() -%}

    {%- set problems = [] -%}
    {%- do baton.expect_whole_number(problems, 'bins', bins) -%}
    {%- do baton.expect_choice(problems, 'strategy', strategy, ['uniform', 'quantile']) -%}
    {%- set call = baton._performance_call('calibration_curve', {
        'predictions': predictions, 'outcomes': outcomes, 'entity': entity, 'task': 'binary', 'period': period, 'segments': segments,
        'actual': actual, 'outcome_time': outcome_time, 'positive_class': positive_class, 'known_at': known_at, 'as_of': as_of,
        'outcome_as_of': outcome_as_of,
    }, problems) -%}
    {%- set number = baton.number_literal(bins) -%}

with {{ baton._labelled_scores(call) }},
{%- if strategy == 'uniform' %}

numbered as (

    select
        *,
        floor(score * {{ number }}) as nearly_bin
    from by_score

),

-- from 0; rounding may put a score at the edge of a bin into its neighbour, and the last bin includes 1
binned as (

    select
        *,
        least(
            nearly_bin + case
                when score < nearly_bin / {{ number }} then -1
                when score >= (nearly_bin + 1) / {{ number }} then 1
                else 0
            end,
            {{ bins - 1 }}
        ) as share
    from numbered

),
{%- else %}

numbered as (

    select
        *,
        sum(n) over (
            partition by cell_id
            order by score
            rows between unbounded preceding and current row
        ) as n_up_to,
        sum(n) over (partition by cell_id) as n_rows
    from by_score

),

-- equal scores share a bin: that of the last of their rows
binned as (

    select
        *,
        floor({{ number }} * (n_up_to - 1) / n_rows) as share
    from numbered

),
{%- endif %}

counted as (

    select
        cell_id,
        share,
        min(score) as lowest,
        max(score) as highest,
        sum(n) as n,
        sum(positives) / sum(n) as observed_rate,
        {{ baton.stable_sum('n * score') }} / sum(n) as mean_predicted
    from binned
    group by cell_id, share

)

select
    {{ baton.qualified(call.cell, 'cells') | join(',\n    ') }},
    {%- if strategy == 'uniform' %}
    cast(share + 1 as integer) as bin,
    share / {{ number }} as lower,
    (share + 1) / {{ number }} as upper,
    {%- else %}
    cast(row_number() over in_order as integer) as bin,
    lowest as lower,
    coalesce(lead(lowest) over in_order, highest) as upper,
    {%- endif %}
    cast(n as {{ dbt.type_bigint() }}) as n,
    mean_predicted,
    observed_rate,
    sqrt(observed_rate * (1 - observed_rate) / n) as std_error
from counted
inner join numbered_cells as cells
    on counted.cell_id = cells.cell_id
where cells.other_task is null
{%- if strategy == 'quantile' %}
window in_order as (
    partition by counted.cell_id
    order by share
)
{%- endif %}
{%- endcall -%}
{%- endmacro -%}
