{{ baton.model_registry(models=[ref('churn_model')]) }}
