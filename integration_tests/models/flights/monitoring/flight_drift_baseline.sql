{{ baton.drift_baseline(
    relation=ref('flight_training_set'),
    features=flight_features(),
    where="split = 'train'"
) }}
