{{ config(materialized='incremental', incremental_strategy='append') }}

{#- each Monday's features were known that Monday; what the log begins with is dated back to it -#}
{{ baton.feature_log(source=ref('user_features'), entity='user_id', event_time='as_of', features=churn_features(), created_at='as_of') }}
