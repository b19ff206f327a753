{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

{#- the first version becomes champion, a later one if it is better -#}
{{ baton.promotions(registry=ref('[[ name ]]_registry'), metric='validation.[[ task.metric ]]') }}
