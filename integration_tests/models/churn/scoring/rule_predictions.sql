{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

{{ baton.prediction_log(predictions=[ref('churn_rule_scores')], entity='user_id', role='shadow') }}
