{{ baton.windowed_features(
    spine=ref('flight_spine'),
    entity=['flight_id', 'tailnum'],
    sources=[
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'tailnum': 'tailnum'}, 'aggregates': [
            {'function': 'count', 'name': 'aircraft_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'aircraft_late_share', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'aircraft_delay', 'windows': ['7d', '30d']},
            {'function': 'last', 'column': 'arrival_delay', 'name': 'aircraft_last_delay', 'windows': ['1d']},
            {'function': 'recency', 'name': 'aircraft_days_since_landing'},
        ]},
    ]
) }}
