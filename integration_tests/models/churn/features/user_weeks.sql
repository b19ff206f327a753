{{ baton.entity_spine(
    entities=ref('stg_shop__users'),
    entity='user_id',
    start='2024-01-01',
    end='2025-06-30',
    every='1w',
    active_from='signed_up_at'
) }}
