{{ weekly_performance(predictions=ref('rule_predictions')) }}
