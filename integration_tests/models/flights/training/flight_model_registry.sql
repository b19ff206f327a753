{{ baton.model_registry(models=[ref('flight_model'), ref('flight_baseline_model')]) }}
