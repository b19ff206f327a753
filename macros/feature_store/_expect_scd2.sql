{# Checks of the config of scd2's model and of its table. #}

{#- A run replaces versions by a key, which only these two incremental strategies do. -#}
{%- macro _expect_scd2_config(problems, entity) -%}
    {%- if model.config.materialized == 'incremental' -%}
        {%- set keys, columns = [], [] -%}
        {%- for name in baton.as_list(model.config.unique_key) -%}{%- do keys.append(baton.unquoted(name) | lower) -%}{%- endfor -%}
        {%- for name in entity -%}{%- do columns.append(baton.unquoted(name) | lower) -%}{%- endfor -%}
        {%- set strategy = baton.incremental_strategy() -%}
        {%- set strategies = baton.replacing_strategies('version_id') -%}
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
        {%- elif strategy not in strategies.names -%}
            {%- do problems.append(
                "the model's incremental_strategy is %s, expected %s" | format(baton._repr(strategy), strategies.shown)
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
