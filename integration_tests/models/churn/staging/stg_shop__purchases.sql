-- without `status`: a refund rewrites it weeks later, so it tells the past what came after
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
