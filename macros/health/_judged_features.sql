{#-
    The CTEs `drift_rows` and `judged_states`: each feature in each period, with what is broken about it, beyond what an ordinary change
    explains: 'nulls', 'placeholders', 'one bin' or 'replaced', else NULL.
-#}
{%- macro _judged_features(call) -%}
-- a baseline that is called like a version is that version's
drift_rows as (

    select
        drift.model_name,
        {%- if 'baseline' in call.drift_columns %}
        coalesce({{ baton.as_text('drift.model_version') }}, named.model_version) as model_version,
        {%- else %}
        drift.model_version,
        {%- endif %}
        drift.period_start,
        drift.feature,
        drift.metric,
        {%- for name, missing in baton._drift_states().items() %}
        {{ baton.as_double('drift.%s' | format(name) if name in call.drift_columns else missing) }} as {{ name }},
        {%- endfor %}
        {{ 'drift.baseline' if 'baseline' in call.drift_columns else baton.as_text('null') }} as baseline,
        {{ 'drift.kind' if 'kind' in call.drift_columns else baton.as_text('null') }} as kind,
        drift.is_alert,
        cast(drift.alert_since as {{ baton.type_timestamp() }}) as alert_since
    from {{ baton.aliased(call.drift_alerts, 'drift') }}
    {%- if 'baseline' in call.drift_columns %}
    left join (select distinct model_version from periods) as named
        on drift.model_version is null
        and drift.baseline = named.model_version
    {%- endif %}
    where drift.segment_name = 'all'

),

-- a feature has a row for each metric
feature_states as (

    select
        periods.model_name,
        periods.model_version,
        periods.period_start,
        drift.feature,
        max(drift.kind) as kind,
        {%- for name in baton._drift_states() %}
        {{ 'min' if name == 'p_value' else 'max' }}(drift.{{ name }}) as {{ name }},
        {%- endfor %}
        max(case when drift.is_alert then 1 else 0 end) as has_alert,
        count(distinct drift.baseline) as n_baselines
    from periods
    inner join drift_rows as drift
        on {{ baton._cell_of('periods', 'drift') | indent(8) }}
    group by periods.model_name, periods.model_version, periods.period_start, drift.feature

),

-- what was not served is skew
null_counts as (

    select
        feature_states.*,
        {%- if call.skew is not none %}
        case
            when feature_states.null_share > feature_states.null_share_reference then feature_states.n * greatest(
                feature_states.null_share - coalesce(skewed.missing_served_share, 0), feature_states.null_share_reference
            )
            else feature_states.n * feature_states.null_share
        end as n_nulls,
        coalesce(skewed.mismatch_share, 0) as mismatch_share,
        {%- else %}
        feature_states.n * feature_states.null_share as n_nulls,
        0 as mismatch_share,
        {%- endif %}
        feature_states.n_reference * feature_states.null_share_reference as n_nulls_reference,
        count(*) over (
            partition by feature_states.model_name, feature_states.model_version, feature_states.period_start
        ) as n_features
    from feature_states
    {%- if call.skew is not none %}
    left join skewed
        on {{ baton._same_cell('feature_states', 'skewed') | indent(8) }}
        and feature_states.feature = skewed.feature
    {%- endif %}
    where feature_states.n >= {{ call.minimum_rows }} and feature_states.n_reference > 0

),

null_tests as (

    select
        *,
        n_nulls / n - null_share_reference as null_rise,
        (n_nulls + 0.5) / (n - n_nulls + 0.5) * (n_reference - n_nulls_reference + 0.5) / (n_nulls_reference + 0.5) as odds_ratio,
        -abs(n_nulls / n - n_nulls_reference / n_reference) / nullif(sqrt(
            (n_nulls + n_nulls_reference) * (n + n_reference - n_nulls - n_nulls_reference)
            / ((n + n_reference) * n * n_reference)
        ), 0) as minus_z
    from null_counts

),

broken_states as (

    select
        *,
        case
            when null_rise >= {{ call.min_nulls }} and odds_ratio >= 5 and is_beyond_chance then 'nulls'
            -- other values that a recomputation does not have are skew
            when mismatch_share >= {{ call.min_mismatch }} and mismatch_share >= largest_change / 2 then null
            when null_rise <= -0.05 and odds_ratio <= 0.2 and is_beyond_chance then 'nulls'
            when placeholder_share >= 0.05 and placeholder_share * n >= 10 then 'placeholders'
            when largest_share + null_share >= 1 - 1e-9 and null_share < 0.5 and vanished_share >= 0.2 then 'one bin'
            when kind = 'categorical' then case
                when least(unseen_share, vanished_share) >= 0.03 and n_features * p_value <= {{ call.alpha }} then 'replaced'
            end
            when least(unseen_share, vanished_share) >= 0.25 or vanished_share >= 0.8 then 'replaced'
        end as plainly_broken,
        is_beyond_chance and null_rise >= 0.2 as has_many_nulls
    from (
        select
            *,
            coalesce(n_features * {{ baton.normal_cdf('minus_z') | indent(12) }} <= {{ call.alpha }}, false) as is_beyond_chance,
            greatest(unseen_share, vanished_share, placeholder_share, -null_rise) as largest_change
        from null_tests
    ) as tested

),

-- where people do less, more is NULL too, but other features move with it
judged_states as (

    select
        *,
        case
            when has_many_nulls and max(case when has_alert = 1 and plainly_broken is null and not has_many_nulls then 1 else 0 end) over (
                partition by model_name, model_version, period_start
            ) = 0 then coalesce(plainly_broken, 'nulls')
            else plainly_broken
        end as broken
    from broken_states

)
{%- endmacro -%}


{#- The numbers of a feature's drift, and what stands for one that a table made by hand lacks. -#}
{%- macro _drift_states() -%}
    {{ return({
        'value': 'null', 'p_value': '0', 'n': 'null', 'n_reference': 'null', 'null_share': 'null', 'null_share_reference': 'null',
        'unseen_share': 'null', 'vanished_share': 'null', 'largest_share': 'null', 'placeholder_share': 'null',
    }) }}
{%- endmacro -%}
