{{ baton.fit(relation=ref('churn_training_set'), transformers=churn_transformers(), where="split = 'train'") }}
