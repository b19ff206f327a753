{{ weekly_performance(predictions=ref('model_predictions')) }}
