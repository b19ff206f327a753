{{ config(materialized='view') }}

{{ baton.model_aliases(registry=ref('[[ name ]]_registry'), promotions=ref('[[ name ]]_promotions')) }}
