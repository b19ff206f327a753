{#
    The table that a run finds.
#}

{#-
    The columns of the table that is there to be compared with, or none. It is read in a full refresh too: a version
    keeps the moment at which it was first recorded, and a store of snapshots its past, which the source does not have.
    A table without these columns is not one; nor is, in a full refresh, one whose keys are of another type. Where that
    loses what the source does not have, it is one of the `problems`.
-#}
{%- macro _stored_columns(needed, entity, source_columns, problems=none) -%}
    {%- if not execute or model.config.materialized not in ['incremental', 'table'] -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set table = load_relation(this) -%}
    {%- set columns = baton.columns_of(table) if table is not none and table.type != 'view' else none -%}
    {%- for name in needed if columns and not baton.find_column(columns, name) -%}
        {{ return(none) }}
    {%- endfor -%}
    {%- for name in entity if columns and source_columns and not is_incremental() -%}
        {%- set here, there = baton.find_column(columns, name).dtype, baton.find_column(source_columns, name).dtype -%}
        {%- if here != there -%}
            {%- if problems is not none -%}
                {%- do problems.append(
                    "the key '" ~ name ~ "' is of type " ~ there ~ " in the source and " ~ here ~ " in the table, so a full refresh would lose the past:"
                    ~ " change the type of the table's column, or drop the table to start anew"
                ) -%}
            {%- endif -%}
            {{ return(none) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns or none) }}
{%- endmacro -%}


{#- The table to be compared with. With `--empty` no row of the source is seen, which must not be taken for deletes: so no row of the table is either. -#}
{%- macro _stored_rows() -%}
    {{ return('(select * from ' ~ this ~ ' where false)' if flags.EMPTY and is_incremental() else this | string) }}
{%- endmacro -%}


{%- macro _found_names(names, columns) -%}
    {%- set found = [] -%}
    {%- for name in names if columns and baton.find_column(columns, name) -%}{%- do found.append(name) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro -%}


{#- With dbt's default for on_schema_change a new column never reaches the table, so it must not open versions there either. -#}
{%- macro _features_that_can_be_stored(macro_name, features, stored) -%}
    {%- if stored is none or not is_incremental() or model.config.on_schema_change != 'ignore' -%}
        {{ return(features) }}
    {%- endif -%}
    {%- set found = baton._found_names(features, stored) -%}
    {%- if found | length < features | length -%}
        {%- do exceptions.warn(
            "baton." ~ macro_name ~ " leaves out " ~ features | reject('in', found) | join(", ") ~ " in model '" ~ model.name
            ~ "': its table has no such column, and on_schema_change is 'ignore'; 'append_new_columns' adds it"
        ) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro -%}


{#-
    Rows of a run that only take older ones away: their key is that of a stored version, and they end where they begin, so
    nobody finds them. The hook of scd2 deletes them in the same transaction.
-#}
{%- macro _delete_removed_versions() -%}
    {%- if is_incremental() -%}
delete from {{ this }} where valid_to = valid_from
    {%- endif -%}
{%- endmacro -%}
