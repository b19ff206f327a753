{#
    The CTEs that lead from predictions and outcomes to one row for each prediction and slice, with its score and whether it is, and is
    called, positive: `labelled` where there are no segments, else `sliced`.
#}
{%- macro _labelled_predictions(
    predictions, outcomes, entity, period, segments, actual, outcome_time, positive_class, value, as_of, outcome_as_of
) -%}

    {%- set segments = baton.as_list(segments) -%}
    {%- set segment_names = baton._segment_names(segments) -%}
    {%- set as_of_sql = baton.utc(as_of, baton.columns_of(predictions), 'logged') -%}
    {%- set keys = [] -%}
    {%- for name in baton.as_list(entity) -%}
        {%- do keys.append({
            'predicted': baton.qualified([baton.identifier(name)], 'logged')[0],
            'known': baton.identifier(name),
            'alias': baton.cte_name('key_%s' | format(baton.unquoted(name)), keys | map(attribute='alias') | list),
        }) -%}
    {%- endfor -%}
    {%- if outcome_as_of is not none -%}
        {%- do keys.append({
            'predicted': as_of_sql, 'known': baton.utc(outcome_as_of, baton.columns_of(outcomes)), 'alias': 'as_of'
        }) -%}
    {%- endif -%}
    {%- set positive_class = baton.literal(baton._class_name(positive_class)) -%}
    {%- set double = baton.type_double() -%}

with stated_outcomes as (

    select
        {%- for key in keys %}
        {{ baton.named(key.known, key.alias) }},
        {%- endfor %}
        {%- if value is not none %}
        {{ baton.nan_to_null(baton.identifier(value)) }} as value,
        {%- endif %}
        {%- if outcome_time is not none %}
        {{ baton.named(baton.utc(outcome_time, baton.columns_of(outcomes)), 'outcome_time') | indent(8) }},
        {%- endif %}
        {{ baton._class_text(baton.identifier(actual)) | indent(8) }} as actual
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
                order by
                    {%- if outcome_time is not none %}
                    outcome_time desc nulls last,
                    {%- endif %}
                    actual desc nulls last
                    {%- if value is not none %},
                    value desc nulls last
                    {%- endif %}
            ) as row_rank
        from stated_outcomes
    ) as ranked
    where row_rank = 1

),

labelled as (

    select
        logged.model_name,
        logged.model_version,
        {{ baton._period_start(as_of_sql, period) }} as period_start,
        {%- for segment in segments %}
        cast(logged.{{ baton.identifier(segment) }} as {{ baton.type_text() }}) as {{ segment_names[loop.index0] }},
        {%- else %}
        'all' as segment_name,
        'all' as segment_value,
        {%- endfor %}
        {%- if value is not none %}
        outcome.value,
        {%- endif %}
        -- NULL where it is no probability
        case
            when logged.predicted_probability between 0 and 1 then cast(logged.predicted_probability as {{ double }})
        end as score,
        -- NULL without a class
        {{ baton._class_text('logged.predicted_class') | indent(8) }} = {{ positive_class }} as is_called_positive,
        -- NULL without a label
        outcome.actual = {{ positive_class }} as is_positive
    from {{ baton.aliased(predictions, 'logged') }}
    left join latest_outcomes as outcome
        {%- for key in keys %}
        {{ 'on' if loop.first else 'and' }} {{ key.predicted }} = outcome.{{ key.alias }}
        {%- endfor %}

)
{%- if segments %},

sliced as (
    {%- for slice in baton._slices(segments) %}

    select
        model_name,
        model_version,
        period_start,
        {{ slice.name }} as segment_name,
        {{ slice.value }} as segment_value,
        {%- if value is not none %}
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

)
{%- endif %}

{%- endmacro -%}
