{#
    `cells`: one row for each model, version, period and segment, with the counts and totals that the metrics are made of.

    All that a metric needs is counted for each distinct score, so ties are handled as one block, and summed over score bins and then
    cells. Nothing is joined after the outcomes.

    call          what `_performance_call` gives
    with_errors   whether the totals that standard errors need are there
#}
{%- macro _performance_cells(call, with_errors) -%}

    {%- set double = baton.type_double() -%}
    {%- set cell, with_value = call.cell, call.value is not none -%}
    {%- set counts = ['n', 'n_labelled', 'positives', 'negatives', 'true_positives', 'false_positives', 'false_negatives', 'true_negatives'] -%}
    {#- scikit-learn's clip of a probability before its logarithm: the machine epsilon of a double -#}
    {%- set epsilon = '2.220446049250313e-16' -%}

sliced as (
    {%- for slice in call.slices %}

    select
        model_name,
        model_version,
        period_start,
        {{ slice.name }} as segment_name,
        {{ slice.value | indent(8) }} as segment_value,
        {%- if with_value %}
        value,
        {%- endif %}
        score,
        is_called_positive,
        is_positive
    from labelled
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

-- counts are doubles: whole numbers add up exactly, in any order, and divide without truncation
by_score as (

    select
        {{ cell | join(',\n        ') }},
        score,
        cast(count(*) as {{ double }}) as n,
        cast(count(is_positive) as {{ double }}) as n_labelled,
        cast(count(case when is_positive then score end) as {{ double }}) as positives,
        cast(count(case when not is_positive then score end) as {{ double }}) as negatives,
        cast(count(case when is_positive and is_called_positive then 1 end) as {{ double }}) as true_positives,
        cast(count(case when not is_positive and is_called_positive then 1 end) as {{ double }}) as false_positives,
        cast(count(case when is_positive and not is_called_positive then 1 end) as {{ double }}) as false_negatives,
        cast(count(case when not is_positive and not is_called_positive then 1 end) as {{ double }}) as true_negatives
        {%- if with_value %},
        {{ baton.stable_sum('case when is_positive and is_called_positive then value end', places=50) }}
            as recovered_value,
        {{ baton.stable_sum('case when is_positive then value end', places=50) }} as total_value
        {%- endif %}
    from sliced
    group by {{ cell | join(', ') }}, score

),

-- *_down_to counts the rows with this score or a higher one; rows without a score are in no class here
ranked as (

    select
        *,
        sum(positives) over down_to_score as positives_down_to,
        sum(negatives) over down_to_score as negatives_down_to,
        sum(positives) over cell as all_positives,
        sum(negatives) over cell as all_negatives,
        least(floor(score * 10), 9) as score_bin,
        -- PostgreSQL raises an error where the fourth power of a small score underflows
        case when score < 1e-70 then 0 else score end as score_or_zero,
        -- clipped as in scikit-learn's log_loss
        -ln(least(greatest(score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_positive,
        -ln(least(greatest(1 - score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_negative
    from by_score
    window
        cell as (
            partition by {{ cell | join(', ') }}
        ),
        down_to_score as (
            partition by {{ cell | join(', ') }}
            order by score desc
            rows between unbounded preceding and current row
        )

),

-- how many rows of the other class a row is ranked rightly against, a tie as a half
compared as (

    select
        *,
        all_negatives - negatives_down_to + negatives / 2 as negatives_below,
        positives_down_to - positives / 2 as positives_above
    from ranked

),

placed as (

    select
        *,
        {%- if with_errors %}
        -- DeLong's placement values; their mean is the AUC
        negatives_below / nullif(all_negatives, 0) as placement_of_positive,
        positives_above / nullif(all_positives, 0) as placement_of_negative,
        {%- endif %}
        sum(positives * negatives_below) over (
            partition by {{ cell | join(', ') }}
        ) as ordered_pairs
    from compared

),

weighted as (

    select
        *,
        positives * positives_down_to / nullif(positives_down_to + negatives_down_to, 0) as precision_steps,
        positives * power(1 - score_or_zero, 2) + negatives * power(score_or_zero, 2) as squared_error,
        positives * loss_if_positive + negatives * loss_if_negative as log_loss,
        {%- if with_errors %}
        positives * power(1 - score_or_zero, 4) + negatives * power(score_or_zero, 4) as squared_error_squares,
        positives * power(loss_if_positive, 2) + negatives * power(loss_if_negative, 2) as log_loss_squares,
        -- the variance of the AUC is that of the placement values of both classes
        positives * power(placement_of_positive - ordered_pairs / nullif(all_positives * all_negatives, 0), 2)
            as positive_spread,
        negatives * power(placement_of_negative - ordered_pairs / nullif(all_positives * all_negatives, 0), 2)
            as negative_spread,
        {%- endif %}
        (positives + negatives) * score as expected_positives
    from placed

),

by_bin as (

    select
        {{ cell | join(',\n        ') }},
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        max(ordered_pairs) as ordered_pairs,
        {{ baton._sums_of_totals(with_value, with_errors) | indent(8) }},
        -- the rows of a bin by which its scores are off
        abs(sum(positives) - {{ baton.stable_sum('expected_positives') }}) as calibration_error
    from weighted
    group by {{ cell | join(', ') }}, score_bin

),

totals as (

    select
        {{ cell | join(',\n        ') }},
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        sum(true_positives + false_negatives) as actual_positives,
        sum(true_negatives + false_positives) as actual_negatives,
        sum(true_positives + false_positives) as called_positives,
        sum(true_negatives + false_negatives) as called_negatives,
        sum(true_positives + false_positives + false_negatives + true_negatives) as classified,
        sum(positives + negatives) as scored,
        max(ordered_pairs) as ordered_pairs,
        {{ baton._sums_of_totals(with_value, with_errors) | indent(8) }},
        {{ baton.stable_sum('calibration_error') }} as calibration_error
    from by_bin
    group by {{ cell | join(', ') }}

),

cells as (

    select
        totals.*,
        models.other_task
    from totals
    inner join models
        on {{ baton.same_value('totals.model_name', 'models.model_name') | indent(8) }}
        and {{ baton.same_value('totals.model_version', 'models.model_version') | indent(8) }}

)

{%- endmacro -%}
