{{ baton.windowed_features(
    spine=ref('flight_spine'),
    entity=['flight_id', 'carrier'],
    sources=[
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'carrier': 'carrier'}, 'aggregates': [
            {'function': 'count', 'name': 'carrier_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'carrier_late_share', 'windows': ['6h', '7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'carrier_delay', 'windows': ['6h', '7d', '30d']},
            {'function': 'stddev', 'column': 'arrival_delay', 'name': 'carrier_delay_spread', 'windows': ['6h']},
        ]},
        {'relation': ref('stg_flights__flights'), 'event_time': 'scheduled_departure_at', 'entity': {'carrier': 'carrier'}, 'aggregates': [
            {'function': 'avg', 'column': 'is_cancelled', 'name': 'carrier_cancelled_share', 'windows': ['6h', '7d', '30d']},
        ]},
    ]
) }}
