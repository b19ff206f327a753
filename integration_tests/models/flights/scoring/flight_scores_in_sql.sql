{{ baton.score(
    registry=ref('flight_model_aliases'),
    model_name='flight_model',
    features=ref('flights_to_score'),
    entity='flight_id'
) }}
