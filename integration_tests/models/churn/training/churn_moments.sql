-- the log begins in January 2024, so before April there are no 90 days of history
select
    user_id,
    as_of
from {{ ref('user_features') }}
where
    activity_status <> 'churned'
    and as_of >= timestamp '2024-04-01'
