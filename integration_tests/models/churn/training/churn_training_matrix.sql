{{ baton.transform(
    relation=ref('churn_training_set'),
    fitted=ref('churn_preprocessing'),
    transformers=churn_transformers(),
    keep=['user_id', 'as_of', 'label', 'split']
) }}
