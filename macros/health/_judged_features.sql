{#-
    The CTE `judged_states`: each feature in each period, with whether it has more NULLs or other values than the reference by what no
    ordinary change explains.
-#}
{%- macro _judged_features(call) -%}
-- a feature has a row for each metric
feature_states as (

    select
        periods.model_name,
        periods.model_version,
        periods.period_start,
        drift.feature,
        max({{ 'drift.kind' if 'kind' in call.drift_columns else baton.as_text('null') }}) as kind,
        max({{ baton.as_double('drift.n') }}) as n,
        max({{ baton.as_double('drift.n_reference') }}) as n_reference,
        max({{ baton.as_double('drift.null_share') }}) as null_share,
        max({{ baton.as_double('drift.null_share_reference') }}) as null_share_reference,
        max({{ baton.as_double('drift.unseen_share') }}) as unseen_share,
        max({{ baton.as_double('drift.largest_share' if 'largest_share' in call.drift_columns else 'null') }}) as largest_share,
        max({{ baton.as_double('drift.vanished_share' if 'vanished_share' in call.drift_columns else 'null') }}) as vanished_share
    from periods
    inner join {{ baton.aliased(call.drift_alerts, 'drift') }}
        on {{ baton._cell_of('periods', 'drift') | indent(8) }}
    where drift.segment_name = 'all'
    group by periods.model_name, periods.model_version, periods.period_start, drift.feature

),

null_counts as (

    select
        feature_states.*,
        {%- if call.skew is not none %}
        feature_states.n * greatest(feature_states.null_share - coalesce(skewed.missing_served_share, 0), 0) as n_nulls,
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
        (n_nulls + 0.5) / (n - n_nulls + 0.5) * (n_reference - n_nulls_reference + 0.5) / (n_nulls_reference + 0.5) as odds_ratio,
        -(n_nulls / n - n_nulls_reference / n_reference) / nullif(sqrt(
            (n_nulls + n_nulls_reference) * (n + n_reference - n_nulls - n_nulls_reference)
            / ((n + n_reference) * n * n_reference)
        ), 0) as minus_z
    from null_counts

),

judged_states as (

    select
        *,
        n_nulls / n - null_share_reference as null_rise,
        n_nulls / n >= null_share_reference + {{ call.min_nulls }}
        and odds_ratio >= 5
        and minus_z is not null
        and n_features * {{ baton.normal_cdf('minus_z') | indent(8) }} <= {{ call.alpha }} as has_nulls,
        case
            -- other values that a recomputation does not have are skew
            when mismatch_share >= {{ call.min_mismatch }} and mismatch_share >= greatest(unseen_share, vanished_share) / 2 then false
            -- stuck at one value
            when largest_share + null_share >= 1 - 1e-9 and null_share < 0.5 and vanished_share >= 0.2 then true
            when kind = 'categorical' then least(unseen_share, vanished_share) >= 0.05
            else least(unseen_share, vanished_share) >= 0.25 or vanished_share >= 0.8
        end as has_other_values
    from null_tests

)
{%- endmacro -%}
