select
    event_id,
    user_id,
    session_id,
    event_type,
    event_at,
    cast(event_at as date) as event_date,
    loaded_at
from {{ source('raw_shop', 'events') }}
