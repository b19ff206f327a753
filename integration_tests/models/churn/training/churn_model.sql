{{ config(materialized='ml_model', meta={'ml_model': {
    'estimator': 'hist_gradient_boosting_classifier',
    'params': {'categorical_features': 'from_dtype', 'max_iter': 60, 'max_leaf_nodes': 15},
    'label': 'label',
    'entity': 'user_id'
}}) }}

select * from {{ ref('churn_training_set') }}
