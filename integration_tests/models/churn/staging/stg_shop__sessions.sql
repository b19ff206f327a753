select
    session_id,
    user_id,
    platform,
    started_at,
    duration_seconds,
    loaded_at
from {{ source('raw_shop', 'sessions') }}
