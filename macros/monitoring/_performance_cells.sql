{#
    The CTEs that lead from predictions and outcomes to `cells`: one row for each model, version, period and segment, with the counts
    and totals that the metrics are made of.

    All that a metric needs is counted for each distinct score, so ties are handled as one block, and summed over score bins and then
    cells: nothing is joined but the outcomes.
#}
{%- macro _performance_cells(
    predictions, outcomes, entity, period, segments, actual, outcome_time, positive_class, value, as_of, outcome_as_of
) -%}

    {%- set segments = baton.as_list(segments) -%}
    {%- set as_of_sql = baton.utc(as_of, baton.columns_of(predictions), 'logged') -%}
    {%- set keys = [] -%}
    {%- for name in baton.as_list(entity) -%}
        {%- do keys.append({
            'predicted': baton.qualified([baton.identifier(name)], 'logged')[0],
            'known': baton.identifier(name),
            'alias': 'key_%s' | format(loop.index),
        }) -%}
    {%- endfor -%}
    {%- if outcome_as_of is not none -%}
        {%- do keys.append({
            'predicted': as_of_sql, 'known': baton.utc(outcome_as_of, baton.columns_of(outcomes)), 'alias': 'as_of'
        }) -%}
    {%- endif -%}
    {%- set positive_class = baton.literal(baton._class_name(positive_class)) -%}
    {%- set double = baton.type_double() -%}
    {%- set cell = ['model_name', 'model_version', 'period_start', 'segment_name', 'segment_value'] -%}
    {%- set counts = ['n', 'n_labelled', 'positives', 'negatives', 'true_positives', 'false_positives', 'false_negatives', 'true_negatives'] -%}
    {#- scikit-learn's clip of a probability before its logarithm: the machine epsilon of a double -#}
    {%- set epsilon = '2.220446049250313e-16' -%}

with stated_outcomes as (

    select
        {%- for key in keys %}
        {{ key.known }}{% if key.known != key.alias %} as {{ key.alias }}{% endif %},
        {%- endfor %}
        {{ baton._class_text(baton.identifier(actual)) | indent(8) }} as actual,
        {{ baton.nan_to_null(baton.identifier(value)) if value is not none else baton.as_double('null') }} as value,
        {{ baton.utc(outcome_time, baton.columns_of(outcomes)) if outcome_time is not none else 'cast(null as timestamp)' }} as outcome_time
    from {{ outcomes }}

),

-- one row per key: the newest outcome counts, of equally new ones the greatest
latest_outcomes as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by {{ keys | map(attribute='alias') | join(', ') }}
                order by outcome_time desc nulls last, actual desc nulls last, value desc nulls last
            ) as row_rank
        from stated_outcomes
    ) as ranked
    where row_rank = 1

),

-- is_positive is NULL without a label, is_called_positive without a class, and a score that is no probability is NULL
labelled as (

    select
        logged.model_name,
        logged.model_version,
        {{ baton._period_start(as_of_sql, period) }} as period_start,
        {%- for segment in segments %}
        cast(logged.{{ baton.identifier(segment) }} as {{ dbt.type_string() }}) as segment_{{ loop.index }},
        {%- endfor %}
        case
            when logged.predicted_probability between 0 and 1 then cast(logged.predicted_probability as {{ double }})
        end as score,
        {{ baton._class_text('logged.predicted_class') | indent(8) }} = {{ positive_class }} as is_called_positive,
        outcome.actual = {{ positive_class }} as is_positive,
        outcome.value
    from {{ baton.aliased(predictions, 'logged') }}
    left join latest_outcomes as outcome
        {%- for key in keys %}
        {{ 'on' if loop.first else 'and' }} {{ key.predicted }} = outcome.{{ key.alias }}
        {%- endfor %}

),

sliced as (
    {%- for slice in baton._slices(segments) %}

    select
        model_name,
        model_version,
        period_start,
        {{ slice.name }} as segment_name,
        {{ slice.value }} as segment_value,
        score,
        is_called_positive,
        is_positive,
        value
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
        {%- if value is not none %},
        {{ baton.stable_sum('case when is_positive and is_called_positive then value end', places=50) }} as recovered_value,
        {{ baton.stable_sum('case when is_positive then value end', places=50) }} as total_value
        {%- endif %}
    from sliced
    group by {{ cell | join(', ') }}, score

),

-- *_down_to counts the rows with this score or a higher one; rows without a score are in no class here
ranked as (

    select
        *,
        sum(positives) over (
            partition by {{ cell | join(', ') }}
            order by score desc
            rows between unbounded preceding and current row
        ) as positives_down_to,
        sum(negatives) over (
            partition by {{ cell | join(', ') }}
            order by score desc
            rows between unbounded preceding and current row
        ) as negatives_down_to,
        sum(positives) over (partition by {{ cell | join(', ') }}) as all_positives,
        sum(negatives) over (partition by {{ cell | join(', ') }}) as all_negatives,
        least(floor(score * 10), 9) as score_bin,
        -- the square of a smaller number is no double
        case when score < 1e-70 then 0 else score end as squarable_score,
        -ln(least(greatest(score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_positive,
        -ln(least(greatest(1 - score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_negative
    from by_score

),

-- DeLong placement values, the share of the other class that a row is on the right side of, ties by half: their mean is the AUC
placed as (

    select
        *,
        (all_negatives - negatives_down_to + negatives / 2) / nullif(all_negatives, 0) as placement_of_positive,
        (positives_down_to - positives / 2) / nullif(all_positives, 0) as placement_of_negative,
        sum(positives * (all_negatives - negatives_down_to + negatives / 2)) over (partition by {{ cell | join(', ') }}) as ordered_pairs
    from ranked

),

weighted as (

    select
        *,
        positives * positives_down_to / nullif(positives_down_to + negatives_down_to, 0) as precision_steps,
        positives * power(1 - squarable_score, 2) + negatives * power(squarable_score, 2) as squared_error,
        positives * power(1 - squarable_score, 4) + negatives * power(squarable_score, 4) as squared_error_squares,
        positives * loss_if_positive + negatives * loss_if_negative as log_loss,
        positives * power(loss_if_positive, 2) + negatives * power(loss_if_negative, 2) as log_loss_squares,
        (positives + negatives) * score as expected_positives,
        -- the variance of the AUC is that of the placement values of both classes
        positives * power(placement_of_positive - ordered_pairs / nullif(all_positives * all_negatives, 0), 2) as positive_spread,
        negatives * power(placement_of_negative - ordered_pairs / nullif(all_positives * all_negatives, 0), 2) as negative_spread
    from placed

),

by_bin as (

    select
        {{ cell | join(',\n        ') }},
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        max(ordered_pairs) as ordered_pairs,
        {{ baton._sums_of_totals(value is not none) | indent(8) }},
        abs(sum(positives) - {{ baton.stable_sum('expected_positives') }}) as calibration_error
    from weighted
    group by {{ cell | join(', ') }}, score_bin

),

cells as (

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
        {{ baton._sums_of_totals(value is not none) | indent(8) }},
        {{ baton.stable_sum('calibration_error') }} as calibration_error
    from by_bin
    group by {{ cell | join(', ') }}

)

{%- endmacro -%}


{#- What is summed of doubles, first within score bins and then over them, in a way that does not depend on the order of the rows. -#}
{%- macro _sums_of_totals(with_value) -%}
    {%- set totals = [
        'precision_steps', 'squared_error', 'squared_error_squares', 'log_loss', 'log_loss_squares', 'positive_spread', 'negative_spread',
    ] -%}
-- doubles summed so that the order of the rows does not matter
    {%- for total in totals %}
{{ baton.stable_sum(total) }} as {{ total }}{{ ',' if with_value or not loop.last }}
    {%- endfor %}
    {%- if with_value %}
{{ baton.stable_sum('recovered_value', places=50) }} as recovered_value,
{{ baton.stable_sum('total_value', places=50) }} as total_value
    {%- endif -%}
{%- endmacro -%}
