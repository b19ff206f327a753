{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

{{ baton.prediction_log(predictions=[ref('flight_scores')], entity='flight_id') }}
