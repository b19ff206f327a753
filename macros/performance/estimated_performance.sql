{#
    What predictions are probably worth before their outcomes are known, from the scores alone: confidence-based performance estimation.
    A score is calibrated on labelled predictions of the same model and version, and a prediction then counts as positive with that
    probability.
#}
{%- macro estimated_performance(
    predictions,
    reference_predictions,
    reference_outcomes,
    entity,
    period='day',
    segments=[],
    actual='actual',
    outcome_time=none,
    positive_class='1',
    known_at=none,
    as_of='as_of',
    outcome_as_of=none,
    calibrate=true,
    outcomes=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect_boolean(problems, 'calibrate', calibrate) -%}
    {%- if outcomes is undefined -%}{%- do baton.expect_relation(problems, 'outcomes', outcomes) -%}{%- endif -%}
    {%- set given = {
        'predictions': predictions, 'outcomes': outcomes, 'entity': entity, 'task': 'binary', 'period': period, 'segments': segments,
        'actual': actual, 'outcome_time': outcome_time, 'positive_class': positive_class, 'known_at': known_at, 'as_of': as_of,
        'outcome_as_of': outcome_as_of, 'may_lack_outcomes': true,
    } -%}
    {%- if calibrate -%}
        {%- do baton.expect_relation(problems, 'reference_predictions', reference_predictions) -%}
        {%- do baton.expect_relation(problems, 'reference_outcomes', reference_outcomes) -%}
        {%- set logged = baton.expect_columns(
            problems, 'reference_predictions', reference_predictions,
            [entity, as_of, 'model_name', 'model_version', 'predicted_class', 'predicted_probability']
        ) -%}
        {%- set known = baton.expect_columns(
            problems, 'reference_outcomes', reference_outcomes, [entity, actual, outcome_time, outcome_as_of]
        ) -%}
    {%- endif -%}
    {%- set call = baton._performance_call('estimated_performance', given, problems) -%}
    {%- if calibrate -%}
        {%- set reference = baton._performance_call('estimated_performance', dict(given, **{
            'predictions': reference_predictions, 'outcomes': reference_outcomes, 'period': none, 'segments': [],
            'logged': logged, 'known': known,
        })) -%}
    {%- endif -%}
    {%- set cell = call.cell -%}
    {%- set metrics = [] -%}
    {%- for row in baton._estimated_metrics() -%}{%- do metrics.append(row[0].strip("'")) -%}{%- endfor -%}

with {{ baton._labelled_predictions(call) }},
{%- if calibrate %}

{{ baton._labelled_predictions(reference, 'reference_') }},

reference_scores as (

    select
        labelled.model_name,
        labelled.model_version,
        labelled.score,
        {{ baton.as_double('count(*)') }} as n,
        -- a model of another task has no positives here, and so no calibration
        {{ baton.as_double('count(case when labelled.is_positive and models.other_task is null then 1 end)') }} as positives
    from reference_labelled as labelled
    left join reference_models as models
        on {{ baton.same_value('labelled.model_name', 'models.model_name') | indent(8) }}
        and {{ baton.same_value('labelled.model_version', 'models.model_version') | indent(8) }}
    where labelled.score is not null and labelled.is_positive is not null
    group by labelled.model_name, labelled.model_version, labelled.score

),

{{ baton._isotonic_calibration() }},
{%- endif %}

{{ baton._calibrated_scores(calibrate) }},

{{ baton._score_counts(
    call,
    counts={
        'n': 'count(*)',
        'n_labelled': 'count(is_positive)' if outcomes is not none else 'null',
        'with_score': 'count(score)',
    },
    totals={
        'probability': 'max(probability)',
        'block': 'max(block)',
        'level_variance': 'max(level_variance)',
        'n_scored': baton.as_double('count(probability)'),
        'called': baton.as_double('count(case when is_called_positive then probability end)'),
        'uncalled': baton.as_double('count(case when not is_called_positive then probability end)'),
    },
    rows='scored',
    condition='probability is not null'
) }},

{{ baton._estimated_cells() }},

{{ baton._estimated_ratios() }},

-- called_slope, uncalled_slope: how much a metric changes when a row that is called positive, or negative, turns out positive
measured as (

    {{ baton.values_rows(
        ['metric', 'estimate', 'called_slope', 'uncalled_slope', 'other_variance', 'highest', 'n_used', 'reason'],
        baton._estimated_metrics(),
        'ratios',
        keep=cell + ['other_task', 'n', 'n_labelled', 'with_score', 'n_scored', 'called_variance', 'uncalled_variance', 'covariance']
    ) | indent }}

),

with_variances as (

    select
        *,
        case when n_used > 0 and other_task is null then estimate end as value,
        coalesce(
            other_variance,
            power(called_slope, 2) * called_variance
            + power(uncalled_slope, 2) * uncalled_variance
            + 2 * called_slope * uncalled_slope * covariance
        ) as variance
    from measured

),

with_errors as (

    select
        *,
        case when value is not null then sqrt(case when variance > 0 then variance when variance <= 0 then 0 end) end as std_error
    from with_variances

)
{%- if outcomes is not none %},

-- what model_performance makes of the predictions whose outcome is known
realized as (

    with {{ baton._performance_cells(call, with_errors=false) | indent }}

    select
        {{ cell | join(',\n        ') }},
        {%- for metric in baton._binary_metrics(with_value=false) if metric.name in metrics %}
        case when other_task is null then {{ metric.value | indent(8) }} end
            as {{ baton.identifier(metric.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from cells

),

with_realized as (

    select
        estimated.*,
        case estimated.metric
            {%- for metric in metrics %}
            when '{{ metric }}' then realized.{{ baton.identifier(metric) }}
            {%- endfor %}
        end as realized_value
    from with_errors as estimated
    left join realized
        on estimated.segment_name = realized.segment_name
        and {{ baton.same_value('estimated.segment_value', 'realized.segment_value') | indent(8) }}
        and {{ baton.same_value('estimated.model_name', 'realized.model_name') | indent(8) }}
        and {{ baton.same_value('estimated.model_version', 'realized.model_version') | indent(8) }}
        and {{ baton._same_period('estimated', 'realized') }}

)
{%- endif %}

-- lower and upper: where the realised value of 95 % of such cells lies
select
    {{ cell | join(',\n    ') }},
    metric,
    value,
    std_error,
    case when std_error is not null then greatest(value - 1.959963984540054 * std_error, 0) end as lower,
    case when std_error is not null then least(value + 1.959963984540054 * std_error, highest) end as upper,
    {%- if outcomes is not none %}
    realized_value,
    {%- endif %}
    cast(n as {{ dbt.type_bigint() }}) as n,
    cast(n_labelled as {{ dbt.type_bigint() }}) as n_labelled,
    cast(null as {{ baton.type_text() }}) as class,
    case
        when other_task is not null then other_task
        when metric = 'predictions' then null
        when with_score = 0 then 'no probabilities'
        {%- if calibrate %}
        when n_scored is null then 'no labelled reference of this version with both classes'
        {%- endif %}
        when n_used = 0 then 'no predicted classes'
        when value is null then reason
    end as undefined_reason
from {{ 'with_realized' if outcomes is not none else 'with_errors' }}

{%- endmacro -%}
