{{ config(materialized='incremental', incremental_strategy='append') }}

{#- the rows that the champion has learned from; they stay as they were -#}
{{ baton.drift_baseline(registry=ref('[[ name ]]_aliases'), model_name='[[ name ]]_model', relation=ref('[[ name ]]_training_set')) }}
