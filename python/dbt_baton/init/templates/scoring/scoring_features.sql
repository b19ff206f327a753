{{ config(materialized='table') }}

-- the moments after those that the model has learned from
with to_score as (

    select *
    from {{ ref('[[ name ]]_moments') }}
    where as_of >= (select max(label_window_end) from {{ ref('[[ name ]]_training_set') }})

),

scoring_features as (

    {{ baton.point_in_time_join(
        spine='to_score',
        entity=[[ entity ]],
        feature_views=[{
            'relation': ref('[[ name ]]_feature_store'),
            'event_time': 'valid_from',
            'valid_to': 'valid_to',
            'features': [
                [[ features | indent(16) ]],
            ]
        }]
    ) | indent }}

)

select * from scoring_features
