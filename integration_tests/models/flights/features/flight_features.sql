{#- Every question with all that was known when it was asked. Training and scoring read the same rows. -#}

{{ baton.point_in_time_join(
    spine=ref('flight_spine'),
    entity=['flight_id', 'origin', 'tailnum'],
    feature_views=[
        {
            'relation': ref('flight_history'), 'entity': {'flight_id': 'flight_id'}, 'event_time': 'as_of',
            'features': flight_history_features(),
        },
        {
            'relation': ref('stg_flights__weather'), 'entity': {'origin': 'origin'}, 'event_time': 'observed_at',
            'created_at': 'known_at', 'ttl': '3h', 'features': weather_features(),
        },
        {
            'relation': ref('stg_flights__planes'), 'entity': {'tailnum': 'tailnum'}, 'event_time': 'known_from',
            'features': plane_features(),
        },
    ]
) }}
