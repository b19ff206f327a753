{{ baton.point_in_time_join(
    spine=ref('flight_spine'),
    entity=['flight_id', 'origin', 'tailnum'],
    feature_views=[
        {
            'relation': ref('carrier_history'), 'entity': {'flight_id': 'flight_id'}, 'event_time': 'as_of',
            'features': flight_features(of='carrier_history'),
        },
        {
            'relation': ref('origin_history'), 'entity': {'flight_id': 'flight_id'}, 'event_time': 'as_of',
            'features': flight_features(of='origin_history'),
        },
        {
            'relation': ref('route_history'), 'entity': {'flight_id': 'flight_id'}, 'event_time': 'as_of',
            'features': flight_features(of='route_history'),
        },
        {
            'relation': ref('aircraft_history'), 'entity': {'flight_id': 'flight_id'}, 'event_time': 'as_of',
            'features': flight_features(of='aircraft_history'),
        },
        {
            'relation': ref('stg_flights__weather'), 'entity': {'origin': 'origin'}, 'event_time': 'observed_at',
            'created_at': 'known_at', 'ttl': '3h', 'features': flight_features(of='weather'),
        },
        {
            'relation': ref('stg_flights__planes'), 'entity': {'tailnum': 'tailnum'}, 'event_time': 'known_from',
            'features': flight_features(of='planes'),
        },
    ]
) }}
