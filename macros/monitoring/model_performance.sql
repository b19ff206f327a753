{#
    What predictions were worth once their outcomes are known: one row for each model, version, period, segment and
    metric (`shape='long'`), or one column for each metric (`shape='wide'`).

    Every metric is a ratio, undefined where its denominator is 0. All that it needs is counted for each distinct score,
    so ties are handled as one block, and summed over score bins and then cells: nothing is joined but the outcomes.
#}
{%- macro model_performance(
    predictions,
    outcomes,
    entity,
    task,
    period='day',
    segments=[],
    actual='actual',
    outcome_time=none,
    positive_class='1',
    value=none,
    known_at=none,
    shape='long',
    as_of='as_of',
    outcome_as_of=none
) -%}

    {%- do baton._expect_performance_arguments(
        predictions, outcomes, entity, task, period, segments, actual, outcome_time, positive_class, value, known_at, shape, as_of,
        outcome_as_of
    ) -%}
    {%- set segments = baton.as_list(segments) -%}
    {%- set as_of_sql = baton.utc(as_of, baton.columns_of(predictions), 'logged') -%}
    {%- set keys = [] -%}
    {%- for name in baton.as_list(entity) -%}
        {%- do keys.append({
            'predicted': 'logged.' ~ baton.identifier(name), 'known': baton.identifier(name), 'alias': 'key_' ~ loop.index
        }) -%}
    {%- endfor -%}
    {%- if outcome_as_of is not none -%}
        {%- do keys.append({
            'predicted': as_of_sql, 'known': baton.utc(outcome_as_of, baton.columns_of(outcomes)), 'alias': 'as_of'
        }) -%}
    {%- endif -%}
    {%- set positive_class = baton.literal(baton._class_name(positive_class)) -%}
    {%- set double = baton.type_double() -%}
    {%- set cell = 'model_name, model_version, period_start, segment_name, segment_value' -%}
    {%- set metrics = baton._binary_metrics(with_value=value is not none) -%}
    {%- set counts = ['n', 'n_labelled', 'positives', 'negatives', 'true_positives', 'false_positives', 'false_negatives', 'true_negatives'] -%}
    {%- set totals = [
        'precision_steps', 'squared_error', 'squared_error_squares', 'log_loss', 'log_loss_squares', 'positive_spread', 'negative_spread',
    ] -%}
    {%- set epsilon = '2.220446049250313e-16' -%}

with stated_outcomes as (

    select
        {%- for key in keys %}
        {{ key.known }} as {{ key.alias }},
        {%- endfor %}
        {{ baton._class_text(baton.identifier(actual)) }} as actual,
        {{ baton.nan_to_null(baton.identifier(value)) if value is not none else 'cast(null as ' ~ double ~ ')' }} as value,
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
            ) as newest_first
        from stated_outcomes
    ) as ranked
    where newest_first = 1

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
        {{ baton._class_text('logged.predicted_class') }} = {{ positive_class }} as is_called_positive,
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
        {{ cell }},
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
    group by {{ cell }}, score

),

-- *_down_to counts the rows with this score or a higher one; rows without a score are in no class here
ranked as (

    select
        *,
        sum(positives) over (
            partition by {{ cell }}
            order by score desc
            rows between unbounded preceding and current row
        ) as positives_down_to,
        sum(negatives) over (
            partition by {{ cell }}
            order by score desc
            rows between unbounded preceding and current row
        ) as negatives_down_to,
        sum(positives) over (partition by {{ cell }}) as all_positives,
        sum(negatives) over (partition by {{ cell }}) as all_negatives,
        least(floor(score * 10), 9) as score_bin,
        -- the square of a smaller number is no double
        case when score < 1e-70 then 0 else score end as squarable_score,
        -ln(least(greatest(score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_positive,
        -ln(least(greatest(1 - score, {{ epsilon }}), 1 - {{ epsilon }})) as loss_if_negative
    from by_score

),

-- place: the share of the other class that a row is on the right side of, a tie by half; its mean is the AUC
placed as (

    select
        *,
        (all_negatives - negatives_down_to + negatives / 2) / nullif(all_negatives, 0) as place_of_positive,
        (positives_down_to - positives / 2) / nullif(all_positives, 0) as place_of_negative,
        sum(positives * (all_negatives - negatives_down_to + negatives / 2)) over (partition by {{ cell }}) as ordered_pairs
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
        -- DeLong: the AUC varies as the places of both classes do
        positives * power(place_of_positive - ordered_pairs / nullif(all_positives * all_negatives, 0), 2) as positive_spread,
        negatives * power(place_of_negative - ordered_pairs / nullif(all_positives * all_negatives, 0), 2) as negative_spread
    from placed

),

by_bin as (

    select
        {{ cell }},
        {%- for count in counts %}
        sum({{ count }}) as {{ count }},
        {%- endfor %}
        max(ordered_pairs) as ordered_pairs,
        {%- for total in totals %}
        {{ baton.stable_sum(total) }} as {{ total }},
        {%- endfor %}
        {%- if value is not none %}
        {{ baton.stable_sum('recovered_value', places=50) }} as recovered_value,
        {{ baton.stable_sum('total_value', places=50) }} as total_value,
        {%- endif %}
        abs(sum(positives) - {{ baton.stable_sum('expected_positives') }}) as calibration_error
    from weighted
    group by {{ cell }}, score_bin

),

cells as (

    select
        {{ cell }},
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
        {%- for total in totals %}
        {{ baton.stable_sum(total) }} as {{ total }},
        {%- endfor %}
        {%- if value is not none %}
        {{ baton.stable_sum('recovered_value', places=50) }} as recovered_value,
        {{ baton.stable_sum('total_value', places=50) }} as total_value,
        {%- endif %}
        {{ baton.stable_sum('calibration_error') }} as calibration_error
    from by_bin
    group by {{ cell }}

)
{%- if shape == 'wide' %}

select
    {{ cell | replace(', ', ',\n    ') }},
    {%- for metric in metrics %}
    ({{ metric.numerator }}) / nullif({{ metric.denominator }}, 0) as {{ baton.identifier(metric.name) }},
    {%- endfor %}
    cast(n as {{ dbt.type_bigint() }}) as n,
    cast(n_labelled as {{ dbt.type_bigint() }}) as n_labelled
from cells
{%- else %},

measured as (
    {%- for metric in metrics %}

    select
        {{ cell }},
        n,
        n_labelled,
        '{{ metric.name }}' as metric,
        ({{ metric.numerator }}) / nullif({{ metric.denominator }}, 0) as value,
        {{ 'sqrt(' ~ metric.variance ~ ')' if metric.variance else 'cast(null as ' ~ double ~ ')' }} as std_error,
        {{ metric.lowest }} as lowest,
        {{ metric.highest }} as highest,
        {%- if metric.reasons %}
        case
            {%- for undefined in metric.reasons %}
            when {{ undefined.condition }} then '{{ undefined.reason }}'
            {%- endfor %}
        end as undefined_reason
        {%- else %}
        cast(null as {{ dbt.type_string() }}) as undefined_reason
        {%- endif %}
    from cells
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

)

-- lower and upper: the 95 % normal interval, within the metric's range
select
    {{ cell | replace(', ', ',\n    ') }},
    metric,
    value,
    std_error,
    case when std_error is not null then greatest(value - 1.959963984540054 * std_error, lowest) end as lower,
    case when std_error is not null then least(value + 1.959963984540054 * std_error, highest) end as upper,
    cast(n as {{ dbt.type_bigint() }}) as n,
    cast(n_labelled as {{ dbt.type_bigint() }}) as n_labelled,
    undefined_reason
from measured
{%- endif %}

{%- endmacro -%}


{%- macro _expect_performance_arguments(
    predictions, outcomes, entity, task, period, segments, actual, outcome_time, positive_class, value, known_at, shape, as_of,
    outcome_as_of
) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'predictions', predictions) -%}
    {%- do baton.expect_relation(problems, 'outcomes', outcomes) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_choice(problems, 'task', task, ['binary', 'multiclass', 'regression']) -%}
    {%- do baton.expect_built(problems, "task '" ~ task ~ "'", task not in ['multiclass', 'regression']) -%}
    {%- do baton._expect_slices(problems, period, segments) -%}
    {%- do baton.expect_name(problems, 'actual', actual) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- set optional = {'outcome_time': outcome_time, 'value': value, 'outcome_as_of': outcome_as_of} -%}
    {%- for argument, name in optional.items() if name is not none -%}
        {%- do baton.expect_name(problems, argument, name) -%}
    {%- endfor -%}
    {%- if positive_class is not number and not (positive_class is string and positive_class | trim) -%}
        {%- do problems.append("positive_class is %s, expected the class whose probability is predicted" | format(baton._repr(positive_class))) -%}
    {%- endif -%}
    {%- do baton.expect_built(problems, 'known_at', known_at is none) -%}
    {%- do baton.expect_choice(problems, 'shape', shape, ['long', 'wide']) -%}
    {%- do baton.expect_columns(
        problems, 'predictions', predictions,
        [entity, as_of, 'model_name', 'model_version', 'predicted_class', 'predicted_probability', segments]
    ) -%}
    {%- do baton.expect_columns(problems, 'outcomes', outcomes, [entity, actual, outcome_time, value, outcome_as_of]) -%}
    {%- do baton.raise_problems('model_performance', problems) -%}
{%- endmacro -%}


{#- The name by which a class is known, whether it comes as a boolean, a number or a text; see `_class_text`. -#}
{%- macro _class_name(value) -%}
    {%- set text = modules.re.sub('[.]0+$', '', value | string) -%}
    {{ return({'true': '1', 'false': '0'}.get(text | lower, text)) }}
{%- endmacro -%}

{#- The same in SQL: true, 1.0 and 1.00 are the class '1', false and 0.0 the class '0', NaN is none. -#}
{%- macro _class_text(column) -%}
    {%- set text = 'cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')' -%}
case
            when lower({{ text }}) = 'true' then '1'
            when lower({{ text }}) = 'false' then '0'
            when lower({{ text }}) <> 'nan' then regexp_replace({{ text }}, '[.]0+$', '')
        end
{%- endmacro -%}
