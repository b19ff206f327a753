{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with scores as (

    {{ baton.score(
        registry=ref('[[ name ]]_aliases'),
        model_name='[[ name ]]_model',
        features=ref('[[ name ]]_scoring_features'),
        entity=[[ entity ]]
    ) | indent }}

)

select * from scores
{%- if is_incremental() %}
-- each is scored once at each moment, by the champion of that run
where not exists (
    select 1
    from {{ this }} as scored
    where
        {{ baton.surrogate_key([[ scored_key ]]) | indent(8) }}
        = {{ baton.surrogate_key([[ scores_key ]]) | indent(8) }}
)
{%- endif %}
