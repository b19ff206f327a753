{{ baton.model_aliases(registry=ref('churn_registry'), promotions=ref('churn_promotions')) }}
