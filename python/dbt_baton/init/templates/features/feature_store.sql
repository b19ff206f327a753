{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key=[[ unique_key ]]) }}

{{ baton.scd2(source=ref('[[ name ]]_features'), entity=[[ entity ]], event_time='as_of') }}
