{{ config(materialized='view') }}

{{ baton.model_registry(models=[ref('[[ name ]]_model')]) }}
