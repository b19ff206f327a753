-- a payment at the time of the purchase, and a negative one at the time of the refund
select
    purchase_id,
    user_id,
    purchased_at as paid_at,
    amount
from {{ ref('stg_shop__purchases') }}

union all

select
    purchase_id,
    user_id,
    refunded_at as paid_at,
    -amount as amount
from {{ ref('stg_shop__purchases') }}
where refunded_at is not null
