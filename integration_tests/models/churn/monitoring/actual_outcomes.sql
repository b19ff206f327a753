-- mature labels only: that a user comes back is known early, that one stays away is not, so immature labels have too little churn
with churn_labels as (

    {{ baton.labels(
        spine=ref('churn_moments'),
        events=ref('stg_shop__events'),
        entity='user_id',
        event_time='event_at',
        horizon='30d',
        label={'function': 'not_exists'}
    ) | indent }}

),

user_features as (

    select
        user_id,
        as_of,
        revenue_90d
    from {{ ref('user_features') }}

)

select
    churn_labels.user_id,
    churn_labels.as_of,
    churn_labels.label as churned,
    churn_labels.label_window_end as known_at,
    greatest(user_features.revenue_90d, 0) as revenue_at_stake
from churn_labels
inner join user_features
    on churn_labels.user_id = user_features.user_id
    and churn_labels.as_of = user_features.as_of
where churn_labels.label_is_mature
