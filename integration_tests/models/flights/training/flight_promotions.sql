{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with validated as (

    select
        model_name,
        model_version,
        cast(metrics ->> '$.validation.roc_auc' as double) as validation_auc,
        row_number() over (partition by model_name order by version_number desc) as row_rank
    from {{ ref('flight_model_registry') }}

)

select
    candidate.model_name,
    'champion' as alias,
    candidate.model_version,
    timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as promoted_at,
    'flight_promotions' as promoted_by,
    'validation AUC ' || round(candidate.validation_auc, 4)
        || ', calendar and carrier alone ' || round(baseline.validation_auc, 4) as reason
from validated as candidate
cross join validated as baseline
where
    candidate.model_name = 'flight_model'
    and candidate.row_rank = 1
    and baseline.model_name = 'flight_baseline_model'
    and baseline.row_rank = 1
    and candidate.validation_auc > baseline.validation_auc
    {%- if is_incremental() %}
    and candidate.model_version not in (select model_version from {{ this }})
    {%- endif %}
