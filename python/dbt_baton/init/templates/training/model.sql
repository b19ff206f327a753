{{ config(materialized='ml_model', meta={'ml_model': {
    'estimator': '[[ task.estimator ]]',
    'params': {'categorical_features': 'from_dtype', 'max_iter': 60, 'max_leaf_nodes': 15},
    'label': 'label',
    'entity': [[ entity ]][% if subject.owner %],
    'owner': [[ subject.owner | text ]][% endif %]

}}) }}

select * from {{ ref('[[ name ]]_training_set') }}
