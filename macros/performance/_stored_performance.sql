{#
    The rows of model_performance as an incremental model stores them: with the hash of what they were made from. A run replaces the rows of
    the periods that it computes; those whose model, version or period is NULL are equal to none that dbt would delete, so a row without
    `n` stands for them, by which the post-hook deletes them.

    rows   the final select, whose columns they have; `width` is how many these are
-#}
{%- macro _stored_performance(call, rows, width) -%}
performance as (

    {{ rows | indent }}

)

select
    performance.*,
    period_hashes.source_hash
from performance
inner join period_hashes
    on {{ baton._same_model_period('performance', 'period_hashes') | indent }}
{%- if call.is_incremental %}

union all

select
    model_name,
    model_version,
    period_start,
    {{ (['null'] * (width - 3)) | join(',\n    ') }},
    stored_hash
from changed_periods
where stored_hash is not null and (model_name is null or model_version is null or period_start is null)
{%- endif %}
{%- endmacro -%}

{#- Deletes what a row without `n` stands for, and that row. -#}
{%- macro _delete_replaced_performance() -%}
    {%- if is_incremental() -%}
delete from {{ this }} where source_hash in (select source_hash from {{ this }} where n is null)
    {%- endif -%}
{%- endmacro -%}

{#- A run replaces all rows of a model version and period, which only this strategy does. -#}
{%- macro _expect_performance_config(problems, period) -%}
    {%- set keys = baton.as_list(model.config.unique_key) | map('lower') | sort | list -%}
    {%- if keys != ['model_name', 'model_version', 'period_start'] and not (period is none and keys == ['model_name', 'model_version']) -%}
        {%- do problems.append(
            "the model's unique_key is %s, expected ['model_name', 'model_version', 'period_start'], whose rows a run replaces"
            | format(baton._repr(model.config.unique_key))
        ) -%}
    {%- endif -%}
    {%- set strategy = model.config.incremental_strategy or baton.default_incremental_strategy() -%}
    {%- if strategy != 'delete+insert' -%}
        {%- do problems.append(
            "the model's incremental_strategy is %s, expected delete+insert; where there is none, materialized='table' gives the same rows"
            | format(baton._repr(strategy))
        ) -%}
    {%- endif -%}
    {%- set stored = baton.columns_of(this) if is_incremental() else none -%}
    {%- if stored and not baton.find_column(stored, 'source_hash') -%}
        {%- do problems.append("the table has no column source_hash, so it was not written by this call: run once with --full-refresh") -%}
    {%- endif -%}
{%- endmacro -%}
