{#-
    The CTEs `verdicts` and `episodes`: what the findings and the change of performance amount to. The first rule that holds decides.

    A loss of performance is a loss of at least `min_drop` that chance does not explain. It is explained by other values as far as the
    shares of segments explain it (mix), or as far as the estimate from the scores alone sees it, whichever is more. The estimate knows
    nothing of values that the model was not trained on, so with many of them, and no segments of that feature, they are the
    explanation. A period without outcomes has the verdict of the newest one with outcomes, if that needed outcomes.
-#}
{%- macro _health_verdicts(call) -%}
found as (

    select
        model_name,
        model_version,
        period_start,
        count(case when cause = 'data_quality' then 1 end) as n_data_quality,
        count(case when cause = 'training_serving_skew' then 1 end) as n_skewed,
        count(case when cause = 'covariate_drift' then 1 end) as n_drifted
    from findings
    group by model_name, model_version, period_start

),

-- of the drifted features, how much of one lies outside what the model has seen, other than the one that splits the performance
unseen as (

    select
        findings.model_name,
        findings.model_version,
        findings.period_start,
        max(findings.unseen_share) as unseen_share
    from findings
    inner join changes
        on {{ baton._same_cell('findings', 'changes') | indent(8) }}
    where findings.cause = 'covariate_drift' and (changes.split_by is null or findings.feature <> changes.split_by)
    group by findings.model_name, findings.model_version, findings.period_start

),

{%- if call.estimated_performance is not none %}

estimates as (

    select
        cast(model_name as {{ baton.type_text() }}) as model_name,
        cast(model_version as {{ baton.type_text() }}) as model_version,
        cast(period_start as {{ baton.type_timestamp() }}) as period_start,
        {{ baton.as_double('value') }} as estimated_value,
        {{ baton.as_double('lower') }} as estimated_lower,
        {{ baton.as_double('upper') }} as estimated_upper
    from {{ call.estimated_performance }}
    where metric = {{ call.metric }} and segment_name = 'all'

),
{%- endif %}

explained as (

    select
        changes.*,
        coalesce(found.n_data_quality, 0) as n_data_quality,
        coalesce(found.n_skewed, 0) as n_skewed,
        coalesce(found.n_drifted, 0) as n_drifted,
        coalesce(unseen.unseen_share, 0) as unseen_share,
        {%- if call.estimated_performance is not none %}
        estimates.estimated_value,
        estimates.estimated_lower,
        estimates.estimated_upper,
        {{ '' if call.is_gain else '-' }}(changes.expected_value - estimates.estimated_value) as estimated_loss,
        {%- else %}
        {{ baton.as_double('null') }} as estimated_value,
        {{ baton.as_double('null') }} as estimated_lower,
        {{ baton.as_double('null') }} as estimated_upper,
        {{ baton.as_double('null') }} as estimated_loss,
        {%- endif %}
        {{ '-' if call.is_gain else '' }}changes.mix_effect as mix_loss,
        -- without a standard error the size alone decides
        coalesce(
            changes.is_judged and changes.loss > 0 and changes.loss >= changes.min_drop
            and (changes.minus_z is null or changes.p_value <= {{ call.alpha }}),
            false
        ) as has_dropped
    from changes
    left join found
        on {{ baton._same_cell('changes', 'found') | indent(8) }}
    left join unseen
        on {{ baton._same_cell('changes', 'unseen') | indent(8) }}
    {%- if call.estimated_performance is not none %}
    left join estimates
        on {{ baton._same_cell('changes', 'estimates') | indent(8) }}
    {%- endif %}

),

judged as (

    select
        *,
        case
            when n_data_quality > 0 then 'data_quality'
            when n_skewed > 0 then 'training_serving_skew'
            when has_dropped then case
                when coalesce(mix_loss, 0) >= loss / 2 then 'covariate_drift'
                {%- if call.drift_alerts is not none %}
                -- other scores for the features of training: it is not the features that changed
                when coalesce(estimated_loss, 0) >= loss / 2 and n_drifted = 0 then 'performance_drop_unexplained'
                {%- endif %}
                when coalesce(estimated_loss, 0) >= loss / 2 then 'covariate_drift'
                when n_drifted > 0 and (unseen_share >= 0.05 or coalesce(mix_loss, estimated_loss) is null) then 'covariate_drift'
                {%- if call.drift_alerts is not none %}
                else 'concept_drift'
                {%- else %}
                when estimated_loss is not null then 'concept_drift'
                else 'performance_drop_unexplained'
                {%- endif %}
            end
            when n_drifted > 0 then 'covariate_drift'
            when is_judged then 'healthy'
            else 'not_enough_labels'
        end as own_verdict,
        max(case when is_judged then period_start end) over (
            partition by model_name, model_version
            order by period_start
            rows between unbounded preceding and current row
        ) as newest_judged
    from explained

),

verdicts as (

    select
        judged.*,
        case
            when carried.own_verdict is not null then carried.own_verdict
            else judged.own_verdict
        end as verdict,
        carried.own_verdict is not null as is_carried
    from judged
    left join judged as carried
        on judged.model_name = carried.model_name
        and judged.model_version = carried.model_version
        and judged.newest_judged = carried.period_start
        and judged.own_verdict in ('covariate_drift', 'not_enough_labels')
        and not judged.is_judged
        and carried.own_verdict in ('concept_drift', 'performance_drop_unexplained')

),

changed as (

    select
        *,
        case
            when verdict = lag(verdict) over (partition by model_name, model_version order by period_start) then 0
            else 1
        end as is_start
    from verdicts

),

numbered as (

    select
        *,
        sum(is_start) over (
            partition by model_name, model_version
            order by period_start
            rows between unbounded preceding and current row
        ) as episode
    from changed

),

episodes as (

    select
        *,
        min(period_start) over (partition by model_name, model_version, episode) as since,
        case
            when has_dropped or is_carried then 'error'
            when verdict in ('healthy', 'not_enough_labels') then 'none'
            else 'warning'
        end as severity
    from numbered

)
{%- endmacro -%}
