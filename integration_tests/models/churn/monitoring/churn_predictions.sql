-- platform and channel tell a change of who the users are from a change of what they do
with logged as (

    select *
    from {{ ref('model_predictions') }}

),

users as (

    select
        user_id,
        platform,
        channel
    from {{ ref('stg_shop__users') }}

)

select
    logged.user_id,
    logged.as_of,
    logged.model_name,
    logged.model_version,
    logged.predicted_class,
    logged.predicted_probability,
    users.platform,
    users.channel
from logged
left join users
    on logged.user_id = users.user_id
