-- a run scores all users at risk with the features that it could read: those of the last refresh
with to_score as (

    select
        user_id,
        as_of,
        features_refreshed_at
    from {{ ref('churn_moments') }}
    inner join {{ ref('stg_shop__scoring_runs') }}
        using (as_of)

),

with_known_features as (

    {{ baton.point_in_time_join(
        spine='to_score',
        entity='user_id',
        as_of='features_refreshed_at',
        feature_views=[
            {'relation': ref('user_features_scd2'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': churn_features()},
            {'relation': ref('user_profiles'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': ['platform', 'channel']},
        ]
    ) | indent }}

)

select * from with_known_features
