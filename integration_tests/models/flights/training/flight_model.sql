{{ config(materialized='ml_model', meta={'ml_model': {
    'estimator': 'hist_gradient_boosting_classifier',
    'params': {
        'categorical_features': 'from_dtype', 'learning_rate': 0.07, 'max_leaf_nodes': 15, 'min_samples_leaf': 200
    },
    'label': 'label',
    'entity': 'flight_id'
}}) }}

select * from {{ ref('flight_training_set') }}
