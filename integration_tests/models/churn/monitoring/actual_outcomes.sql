-- mature labels only: that a user comes back is known early, that one stays away is not, so immature labels have too little churn
with labelled as (

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
    labelled.user_id,
    labelled.as_of,
    labelled.label as churned,
    labelled.label_window_end as known_at,
    greatest(user_features.revenue_90d, 0) as revenue_at_stake
from labelled
inner join user_features
    on labelled.user_id = user_features.user_id
    and labelled.as_of = user_features.as_of
where labelled.label_is_mature
