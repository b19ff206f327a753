{#-
    What had become by `as_of` of earlier flights of the same carrier, origin, route and aircraft. A delay counts from
    the moment at which that flight has landed, a cancellation from the scheduled departure.
-#}

{{ baton.windowed_features(
    spine=ref('flight_spine'),
    entity=['flight_id', 'carrier', 'origin', 'dest', 'tailnum'],
    sources=[
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'carrier': 'carrier'}, 'aggregates': [
            {'function': 'count', 'name': 'carrier_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'carrier_late_share', 'windows': ['6h', '7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'carrier_delay', 'windows': ['6h', '7d', '30d']},
        ]},
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'origin': 'origin'}, 'aggregates': [
            {'function': 'count', 'name': 'origin_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'origin_late_share', 'windows': ['6h', '7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'origin_delay', 'windows': ['6h', '7d', '30d']},
        ]},
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'origin': 'origin', 'dest': 'dest'}, 'aggregates': [
            {'function': 'count', 'name': 'route_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'route_late_share', 'windows': ['1d', '7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'route_delay', 'windows': ['1d', '7d', '30d']},
        ]},
        {'relation': ref('flight_outcomes'), 'event_time': 'arrived_at', 'entity': {'tailnum': 'tailnum'}, 'aggregates': [
            {'function': 'count', 'name': 'aircraft_flights', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'is_late', 'name': 'aircraft_late_share', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'arrival_delay', 'name': 'aircraft_delay', 'windows': ['7d', '30d']},
            {'function': 'recency', 'name': 'aircraft_days_since_landing'},
        ]},
        {'relation': ref('stg_flights__flights'), 'event_time': 'scheduled_departure_at', 'entity': {'carrier': 'carrier'}, 'aggregates': [
            {'function': 'avg', 'column': 'is_cancelled', 'name': 'carrier_cancelled_share', 'windows': ['6h', '7d', '30d']},
        ]},
        {'relation': ref('stg_flights__flights'), 'event_time': 'scheduled_departure_at', 'entity': {'origin': 'origin'}, 'aggregates': [
            {'function': 'avg', 'column': 'is_cancelled', 'name': 'origin_cancelled_share', 'windows': ['6h', '7d', '30d']},
        ]},
    ]
) }}
