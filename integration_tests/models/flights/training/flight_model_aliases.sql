{{ baton.model_aliases(registry=ref('flight_model_registry'), promotions=ref('flight_promotions')) }}
