with asked_flights as (

    {{ baton.training_set(
        spine=ref('flight_labels'),
        entity='flight_id',
        feature_views=[{'relation': ref('flight_features'), 'event_time': 'as_of', 'features': flight_features()}],
        split={'by': 'time', 'train_until': '2013-07-01', 'validation_until': '2013-08-01'}
    ) | indent }}

)

-- cancelled and diverted flights have no label; flights from August on are for scoring, not for training
select * from asked_flights
where
    label is not null
    and split in ('train', 'validation')
