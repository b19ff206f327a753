{{ baton.model_registry(models=[ref('churn_model'), ref('churn_linear_model')]) }}
