-- labels as known when the model was trained, a week before its first scores
{{ baton.labels(
    spine=ref('churn_moments'),
    events=ref('stg_shop__events'),
    entity='user_id',
    event_time='event_at',
    horizon='30d',
    label={'function': 'not_exists'},
    observed_until='2024-09-30'
) }}
