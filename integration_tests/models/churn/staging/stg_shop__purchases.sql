-- without `status`: a refund changes it weeks later, so it would leak the future into features
select
    purchase_id,
    user_id,
    session_id,
    purchased_at,
    cast(purchased_at as date) as purchase_date,
    amount,
    refunded_at,
    loaded_at
from {{ source('raw_shop', 'purchases') }}
