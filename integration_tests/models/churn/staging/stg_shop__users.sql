select
    user_id,
    signed_up_at,
    platform,
    country,
    channel
from {{ source('raw_shop', 'users') }}
