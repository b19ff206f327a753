{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

{{ baton.promotions(registry=ref('churn_registry'), metric='validation.roc_auc') }}
