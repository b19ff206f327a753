{# Checks of scd2's names, its model's config and its table. #}

{%- macro _expect_scd2_names(problems, source, entity, features, created_at, tie_breaker, source_shape, hard_deletes, known) -%}
    {%- set own = baton._scd2_columns(hard_deletes) -%}
    {%- do baton._expect_store_features(problems, source, features, known) -%}
    {%- for name in features + baton.as_list(tie_breaker) if baton.comparison_name(baton.unquoted(name)) in own -%}
        {%- do problems.append("%s names '%s', which scd2 adds itself" | format("features" if name in features else "tie_breaker", name)) -%}
    {%- endfor -%}
    {%- do baton._expect_comparable_keys(problems, entity, known) -%}
    {%- do baton._expect_no_store_columns(problems, 'scd2', 'entity', entity, own) -%}
    {%- if source_shape == 'history' -%}
        {#- it is read beside the column of that name that scd2 makes -#}
        {%- set made = 'valid_from feature_hash source_hash'.split() -%}
        {%- do baton._expect_no_store_columns(problems, 'scd2', 'created_at', baton.as_list(created_at), made) -%}
    {%- endif -%}
    {%- for name in features if name in entity -%}
        {%- do problems.append("features names '%s', which is a key" | format(name)) -%}
    {%- endfor -%}
    {%- do baton._expect_no_quotes_in_names(problems, entity + features) -%}
{%- endmacro -%}


{#- A run replaces versions by a key, which only these two incremental strategies do. -#}
{%- macro _expect_scd2_config(problems, entity) -%}
    {%- if execute and model.config.materialized == 'incremental' -%}
        {%- set keys, columns = [], [] -%}
        {%- for name in baton.as_list(model.config.unique_key) -%}{%- do keys.append(baton.unquoted(name) | lower) -%}{%- endfor -%}
        {%- for name in entity -%}{%- do columns.append(baton.unquoted(name) | lower) -%}{%- endfor -%}
        {%- set strategy = model.config.incremental_strategy or baton.default_incremental_strategy() -%}
        {%- set by_entity = keys | sort == columns | sort -%}
        {%- if keys == ['surrogate_key'] and entity | length > 1 -%}
            {%- do problems.append(
                "the model's unique_key is \"surrogate_key\", which can be equal for two entities, such as ('a-b', 'c') and ('a', 'b-c'):"
                ~ " use version_id, and run once with --full-refresh if the table has no such column yet"
            ) -%}
        {%- elif not by_entity and keys not in [['version_id'], ['surrogate_key']] -%}
            {%- do problems.append("the model's unique_key is %s, expected the entity (%s) or version_id" | format(
                baton._repr(model.config.unique_key), entity | join(", ")
            )) -%}
        {%- elif strategy == 'merge' and by_entity -%}
            {%- do problems.append("the model's unique_key is its entity, but the strategy merge needs unique_key='version_id'") -%}
        {%- elif strategy not in ['delete+insert', 'merge'] -%}
            {%- do problems.append(
                "the model's incremental_strategy is %s, expected delete+insert or merge; where there is neither, materialized='table' gives the same rows"
                | format(baton._repr(strategy))
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- Columns that the call needs and that dbt would not add to the table. -#}
{%- macro _expect_scd2_columns(problems, stored, hard_deletes) -%}
    {%- if stored is not none and is_incremental() -%}
        {%- set by_version = baton.as_list(model.config.unique_key) | map('lower') | list == ['version_id'] -%}
        {%- if by_version and not baton.find_column(stored, 'version_id') -%}
            {%- do problems.append(
                "the model's unique_key is version_id, which its table does not have yet: run it once with --full-refresh, which keeps what is on record"
            ) -%}
        {%- endif -%}
        {%- if hard_deletes == 'new_record' and not baton.find_column(stored, 'is_deleted') and not baton._adds_columns() -%}
            {%- do problems.append((
                "hard_deletes is \"new_record\", but the table has no column is_deleted, and on_schema_change is %s:"
                ~ " write on_schema_change='append_new_columns', or run once with --full-refresh"
            ) | format(baton._repr(model.config.on_schema_change))) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{%- macro _warn_of_unread_columns(columns, read) -%}
    {%- set left_out = baton._store_features(columns, none, baton._names_in_table(read, columns)) -%}
    {%- if left_out -%}
        {%- do exceptions.warn("baton.scd2 leaves out %s of its source in model '%s', since features does not name %s" | format(
            left_out | join(", "), model.name, "it" if left_out | length == 1 else "them"
        )) -%}
    {%- endif -%}
{%- endmacro -%}
