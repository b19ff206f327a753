{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

{{ baton.prediction_log(predictions=[ref('[[ name ]]_scores')], entity=[[ entity ]]) }}
