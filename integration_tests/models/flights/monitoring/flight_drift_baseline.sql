{#- Without the month: it always drifts, because later months do not occur in training. -#}

{{ baton.drift_baseline(
    relation=ref('flight_training_set'),
    features=flight_features() | reject('equalto', 'departure_month') | list,
    where="split = 'train'"
) }}
