-- one row for each distinct training set so far, identified by its contents
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

with contents as (

    {{ baton.fingerprint(relation=ref('churn_training_set')) | indent }}

)

select
    fingerprint,
    row_count,
    timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as made_at
from contents
where
    row_count > 0
    {%- if is_incremental() %}
    and fingerprint not in (select fingerprint from {{ this }})
    {%- endif %}
