-- the rule: a user without events for half of the 30 days will churn
with judged as (

    select
        user_id,
        as_of,
        days_since_last_active,
        case when days_since_last_active > 30 then 1 else days_since_last_active / 30 end as probability
    from {{ ref('churn_scoring_features') }}

)

select
    user_id,
    as_of,
    'silent_days_rule' as model_name,
    '1' as model_version,
    case when probability >= 0.5 then '1' when probability < 0.5 then '0' end as predicted_class,
    probability as predicted_probability,
    cast(null as {{ dbt.type_float() }}) as predicted_value,
    cast(null as {{ dbt.type_string() }}) as class_probabilities,
    {{ baton.row_hash(['days_since_last_active'], baton.columns_of(ref('churn_scoring_features'))) | indent }} as feature_hash
from judged
