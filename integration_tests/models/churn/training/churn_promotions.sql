{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with judged as (

    select
        model_name,
        model_version,
        trained_at,
        version_number,
        cast(metrics ->> '$.validation.roc_auc' as double) as validation_auc
    from {{ ref('churn_registry') }}

),

against_best_so_far as (

    select
        *,
        max(validation_auc) over (
            partition by model_name
            order by version_number
            rows between unbounded preceding and 1 preceding
        ) as best_so_far
    from judged

)

select
    model_name,
    'champion' as alias,
    model_version,
    trained_at as promoted_at,
    'churn_promotions' as promoted_by,
    'validation AUC ' || round(validation_auc, 4) || coalesce(', best so far ' || round(best_so_far, 4), ', the first version') as reason
from against_best_so_far
where
    (best_so_far is null or validation_auc > best_so_far)
    {%- if is_incremental() %}
    and model_version not in (select model_version from {{ this }})
    {%- endif %}
