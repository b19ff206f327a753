{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with scores as (

    {{ baton.score(
        registry=ref('churn_aliases'),
        model_name='churn_model',
        features=ref('churn_scoring_features'),
        entity='user_id'
    ) | indent }}

)

select * from scores
{%- if is_incremental() %}
-- each user is scored once at each moment, by the champion of that run; a user who arrives later is still scored
where not exists (
    select 1
    from {{ this }} as scored
    where
        {{ baton.surrogate_key(['scored.user_id', 'scored.as_of']) | indent(8) }}
        = {{ baton.surrogate_key(['scores.user_id', 'scores.as_of']) | indent(8) }}
)
{%- endif %}
