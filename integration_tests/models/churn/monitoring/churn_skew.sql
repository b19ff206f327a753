{{ baton.training_serving_skew(
    served=ref('churn_scoring_features'),
    recomputed=ref('churn_recomputed_features'),
    entity='user_id',
    features=churn_features() + ['platform', 'channel'],
    period='week',
    history=[ref('user_features_scd2'), ref('user_profiles')]
) }}
