{#- The month is left out: months that training never saw tell nothing new. -#}

{{ baton.drift_baseline(
    relation=ref('flight_training_set'),
    features=flight_features() | reject('equalto', 'departure_month') | list,
    where="split = 'train'"
) }}
