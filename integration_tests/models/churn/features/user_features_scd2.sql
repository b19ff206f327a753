{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='user_id') }}

{{ baton.scd2(source=ref('user_features'), entity='user_id', event_time='as_of') }}
