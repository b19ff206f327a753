{{ baton.drift_baseline(
    relation=ref('churn_training_set'),
    features=churn_features() + ['platform', 'channel'],
    where="split = 'train'"
) }}
