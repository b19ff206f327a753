{{ baton.windowed_features(
    spine=ref('flight_spine'),
    entity=['flight_id', 'origin', 'dest'],
    sources=[
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'origin': 'origin', 'dest': 'dest'}, 'aggregates': [
            {'function': 'count', 'name': 'route_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'route_late_share', 'windows': ['1d', '7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'route_delay', 'windows': ['1d', '7d', '30d']},
        ]},
    ]
) }}
