{{ baton.windowed_features(
    spine=ref('user_weeks'),
    entity='user_id',
    sources=[
        {'relation': ref('stg_shop__events'), 'event_time': 'event_at', 'aggregates': [
            {'function': 'count', 'name': 'total_events'},
            {'function': 'count', 'name': 'events', 'windows': ['7d', '30d']},
            {'function': 'max', 'column': 'event_date', 'name': 'last_active_date'},
            {'function': 'recency', 'name': 'days_since_last_active'},
            {'function': 'count', 'name': 'page_views', 'windows': ['30d', 'lifetime'], 'where': "event_type = 'page_view'"},
            {'function': 'count', 'name': 'add_to_carts', 'windows': ['30d', 'lifetime'], 'where': "event_type = 'add_to_cart'"},
            {'function': 'count', 'name': 'checkouts', 'windows': ['30d', 'lifetime'], 'where': "event_type = 'checkout'"},
        ]},
        {'relation': ref('stg_shop__sessions'), 'event_time': 'started_at', 'aggregates': [
            {'function': 'count', 'name': 'total_sessions'},
            {'function': 'count', 'name': 'sessions', 'windows': ['7d', '30d']},
            {'function': 'avg', 'column': 'duration_seconds', 'name': 'avg_session_duration', 'windows': ['7d', '30d', 'lifetime']},
        ]},
        {'relation': ref('stg_shop__purchases'), 'event_time': 'purchased_at', 'aggregates': [
            {'function': 'count', 'name': 'total_purchases'},
            {'function': 'count', 'name': 'purchases', 'windows': ['30d']},
            {'function': 'avg', 'column': 'amount', 'name': 'avg_order_value'},
            {'function': 'max', 'column': 'purchase_date', 'name': 'last_purchase_date'},
            {'function': 'recency', 'name': 'days_since_last_purchase'},
        ]},
        {'relation': ref('payments'), 'event_time': 'paid_at', 'aggregates': [
            {'function': 'sum', 'column': 'amount', 'name': 'total_revenue'},
            {'function': 'sum', 'column': 'amount', 'name': 'revenue', 'windows': ['30d', '90d']},
        ]},
    ],
    derived={
        'user_segment': "case
            when total_purchases > 0 then 'purchaser'
            when add_to_carts > 0 then 'cart_abandoner'
            else 'browser'
        end",
        'activity_status': "case
            when days_since_last_active <= 7 then 'active'
            when days_since_last_active <= 30 then 'latent'
            else 'churned'
        end",
    }
) }}
