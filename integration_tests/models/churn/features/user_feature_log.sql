{{ config(materialized='incremental', incremental_strategy='append') }}

{#- each Monday's features were known that Monday, so `created_at` dates the first load of the log back to it -#}
{{ baton.feature_log(source=ref('user_features'), entity='user_id', event_time='as_of', features=churn_features(), created_at='as_of') }}
