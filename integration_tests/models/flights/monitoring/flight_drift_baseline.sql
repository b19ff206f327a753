{{ baton.drift_baseline(
    relation=ref('flight_training_set'),
    features=watched_flight_features(),
    where="split = 'train'"
) }}
