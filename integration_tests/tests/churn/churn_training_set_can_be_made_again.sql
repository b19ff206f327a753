{#- The feature log reproduces the training set as of the training, whatever arrived later. -#}

with rows_to_make as (

    select
        user_id,
        as_of
    from {{ ref('churn_training_set') }}

),

made_again as (

    {{ baton.point_in_time_join(
        spine='rows_to_make',
        entity='user_id',
        feature_views=[
            {'relation': ref('user_feature_log'), 'event_time': 'as_of', 'created_at': 'created_at', 'features': churn_features()},
        ],
        known_at='2024-09-30'
    ) | indent }}

)

select
    user_id,
    as_of,
    {{ churn_features() | join(',\n    ') }}
from made_again

except

select
    user_id,
    as_of,
    {{ churn_features() | join(',\n    ') }}
from {{ ref('churn_training_set') }}
