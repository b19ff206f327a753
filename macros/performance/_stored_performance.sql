{#
    The rows of model_performance as an incremental model stores them: with the hash of what they were made from and, where they are merged,
    with a key of their own. A run replaces the rows of the periods that it computes. Some of these dbt leaves: with delete+insert those whose
    model, version or period is NULL, which is equal to nothing, and with merge those of a segment that is no more. A row without `n`
    stands for the rows of such a period as they were, by which the post-hook deletes them.

    rows   the final select, whose columns they have; `width` is how many these are
-#}
{%- macro _stored_performance(call, rows, width) -%}
{%- set is_merged = baton.incremental_strategy() == 'merge' -%}
performance as (

    {% if is_merged -%}
    select
        *,
        {{ baton._performance_row_id(call) | indent(8) }} as row_id
    from (
        {{ rows | indent(8) }}
    ) as measured_rows
    {%- else -%}
    {{ rows | indent }}
    {%- endif %}

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
    stored_periods.model_name,
    stored_periods.model_version,
    stored_periods.period_start,
    {{ (['null'] * (width - 3) + (['stored_periods.source_hash'] if is_merged else [])) | join(',\n    ') }},
    stored_periods.source_hash
from stored_periods
inner join changed_periods
    on {{ baton._same_model_period('stored_periods', 'changed_periods') | indent }}
    and stored_periods.source_hash <> changed_periods.source_hash
{%- if not is_merged %}
where
    stored_periods.model_name is null
    or stored_periods.model_version is null
    or stored_periods.period_start is null
{%- endif %}
{%- endif %}
{%- endmacro -%}

{#- Deletes what a row without `n` stands for, and that row. -#}
{%- macro _delete_replaced_performance() -%}
    {%- if is_incremental() -%}
delete from {{ this }} where source_hash in (select source_hash from {{ this }} where n is null)
    {%- endif -%}
{%- endmacro -%}

{#- The key of a row, by which merge finds the row that it replaces. -#}
{%- macro _performance_row_id(call) -%}
    {%- set names = call.cell + (['metric', 'class'] if call.shape == 'long' else []) -%}
    {%- set known = [] -%}
    {%- for name in names -%}
        {%- if name not in ['model_name', 'model_version'] -%}
            {%- set type = 'timestamp' if name == 'period_start' else 'text' -%}
            {%- do known.append({'name': name, 'dtype': type, 'data_type': type}) -%}
        {%- elif call.logged -%}
            {%- do known.append(baton.find_column(call.logged, name)) -%}
        {%- endif -%}
    {%- endfor -%}
{{ baton.row_hash(names, known) }}
{%- endmacro -%}

{#- A run replaces all rows of a model version and period, or each row by its key. -#}
{%- macro _expect_performance_config(problems, period) -%}
    {%- set strategy = baton.incremental_strategy() -%}
    {%- set strategies = baton.replacing_strategies('row_id') -%}
    {%- set keys = baton.as_list(model.config.unique_key) | map('lower') | sort | list -%}
    {%- if strategy not in strategies.names -%}
        {%- do problems.append(
            "the model's incremental_strategy is %s, expected %s" | format(baton._repr(strategy), strategies.shown)
        ) -%}
    {%- elif strategy == 'merge' and keys != ['row_id'] -%}
        {%- do problems.append(
            "the model's unique_key is %s, but the strategy merge needs unique_key='row_id'" | format(baton._repr(model.config.unique_key))
        ) -%}
    {%- elif strategy != 'merge' and keys != ['model_name', 'model_version', 'period_start']
        and not (period is none and keys == ['model_name', 'model_version']) -%}
        {%- do problems.append(
            "the model's unique_key is %s, expected ['model_name', 'model_version', 'period_start'], whose rows a run replaces"
            | format(baton._repr(model.config.unique_key))
        ) -%}
    {%- endif -%}
    {%- set stored = baton.columns_of(this) if is_incremental() else none -%}
    {%- set needed = 'model_name model_version period_start segment_name n source_hash'.split() + (['row_id'] if strategy == 'merge' else []) -%}
    {%- set missing = [] -%}
    {%- for column in needed if stored and not baton.find_column(stored, column) -%}{%- do missing.append(column) -%}{%- endfor -%}
    {%- if missing -%}
        {%- do problems.append(
            "the table has no %s, by which a run with the strategy %s knows its rows: select all columns of this call, and run once with --full-refresh, which loses periods whose predictions are gone"
            | format(missing | join(", "), strategy)
        ) -%}
    {%- elif stored and strategy != 'merge' and baton.find_column(stored, 'row_id') -%}
        {%- do problems.append(
            "the table has a row_id, so it was written with the strategy merge: keep that, or run once with --full-refresh, which loses periods whose predictions are gone"
        ) -%}
    {%- endif -%}
{%- endmacro -%}
