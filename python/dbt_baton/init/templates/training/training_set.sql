{{ config(materialized='table') }}

{#- the model learns from what was known by this day: a later day trains a new version -#}
{%- set known_until = '[[ calendar.known_until ]]' -%}

with labels as (

    select *
    from {{ ref('[[ name ]]_labels') }}
    where label_window_end <= timestamp '{{ known_until }}'

),

training_set as (

    {{ baton.training_set(
        spine='labels',
        entity=[[ entity ]],
        feature_views=[{
            'relation': ref('[[ name ]]_feature_store'),
            'event_time': 'valid_from',
            'valid_to': 'valid_to',
            'features': [
                [[ features | indent(16) ]],
            ]
        }],
        split={'by': 'time', 'train_until': '[[ calendar.train_until ]]', 'validation_until': known_until}
    ) | indent }}

)

select * from training_set
