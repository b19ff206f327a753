{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='user_id') }}

{{ baton.scd2(
    source=ref('stg_shop__users'),
    entity='user_id',
    features=['platform', 'country', 'channel'],
    event_time='signed_up_at',
    source_shape='snapshot',
    hard_deletes='invalidate'
) }}
