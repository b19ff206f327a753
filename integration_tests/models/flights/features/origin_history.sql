{{ baton.windowed_features(
    spine=ref('flight_spine'),
    entity=['flight_id', 'origin'],
    sources=[
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'origin': 'origin'}, 'aggregates': [
            {'function': 'count', 'name': 'origin_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'origin_late_share', 'windows': ['6h', '7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'origin_delay', 'windows': ['6h', '7d', '30d']},
            {'function': 'median', 'column': 'arrival_delay', 'name': 'origin_median_delay', 'windows': ['2h']},
        ]},
        {'relation': ref('stg_flights__flights'), 'event_time': 'scheduled_departure_at', 'entity': {'origin': 'origin'}, 'aggregates': [
            {'function': 'avg', 'column': 'is_cancelled', 'name': 'origin_cancelled_share', 'windows': ['6h', '7d', '30d']},
        ]},
    ]
) }}
