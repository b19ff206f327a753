{{ baton.training_set(
    spine=ref('churn_labels'),
    entity='user_id',
    feature_views=[
        {'relation': ref('user_features_scd2'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': churn_features()},
        {'relation': ref('user_profiles'), 'event_time': 'valid_from', 'valid_to': 'valid_to', 'features': ['platform', 'channel']},
    ],
    split={'by': 'time', 'train_until': '2024-08-05', 'validation_until': '2024-09-30'}
) }}
