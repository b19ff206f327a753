-- what each scoring run should have read: the features as of its moment
with scored as (

    select
        user_id,
        as_of
    from {{ ref('churn_scoring_features') }}

),

recomputed as (

    {{ baton.point_in_time_join(
        spine='scored',
        entity='user_id',
        feature_views=[
            {'relation': ref('user_features_scd2'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': churn_features()},
            {'relation': ref('user_profiles'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': ['platform', 'channel']},
        ]
    ) | indent }}

)

select * from recomputed
