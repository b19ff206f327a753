{# The existing table of a store. #}

{#-
    The columns of the existing table, or none if there is no table to compare with. A full refresh reads it too: a version keeps
    the moment at which it was first recorded, and a store of snapshots its past, which the source does not have.

    A table without the columns `needed` does not count; nor does, in a full refresh, one whose keys have another type. Types that
    an incremental run could not write, or that would lose the past in a full refresh where the table `keeps_past`, are a problem.
-#}
{%- macro _stored_columns(problems, needed, entity, features, source_columns, keeps_past) -%}
    {%- if model.config.materialized not in ['incremental', 'table'] -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set table = load_relation(this) -%}
    {%- set columns = baton.columns_of(table) if table is not none and table.type != 'view' else none -%}
    {%- if not columns -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set missing = needed | reject('in', baton._names_in_table(needed, columns)) | list -%}
    {%- if missing -%}
        {%- if is_incremental() -%}
            {%- do problems.append("the table has no column %s, so it was not written by this call: run once with --full-refresh, or drop the table" | format(
                missing | join(", ")
            )) -%}
        {%- endif -%}
        {{ return(none) }}
    {%- endif -%}
    {%- for name in entity + features if source_columns and baton.find_column(columns, name) and baton.find_column(source_columns, name) -%}
        {%- set here, there = baton.find_column(columns, name), baton.find_column(source_columns, name) -%}
        {%- set problem = baton._stored_type_problem(name, here, there, name in entity, keeps_past, 'surrogate_key' in needed) -%}
        {%- if problem -%}
            {%- do problems.append(problem) -%}
        {%- elif name in entity and not keeps_past and not is_incremental() and not baton.can_be_united(here, there) -%}
            {{ return(none) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro -%}


{#- What is wrong with the types that a column has in the table (`here`) and in the source (`there`), or none. -#}
{%- macro _stored_type_problem(name, here, there, is_key, keeps_past, keys_are_text) -%}
    {%- set types = "the %s '%s' is of type %s in the source and %s in the table" | format(
        'key' if is_key else 'feature', name, there.data_type, here.data_type
    ) -%}
    {#- a full refresh finds a version by the text of its keys, and a date's differs from that of its midnight -#}
    {%- set kinds = [baton.type_shape(here).kind, baton.type_shape(there).kind] | sort -%}
    {%- if keys_are_text and is_key and keeps_past and not is_incremental() and kinds == ['date', 'timestamp'] -%}
        {{ return(types ~ ", so a full refresh would lose the past: cast it in the source, or drop the table to start again") }}
    {%- elif baton.can_hold(here, there) or baton.are_numbers(here, there) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set united = baton.can_be_united(here, there) -%}
    {%- if is_incremental() and (is_key or model.config.on_schema_change != 'sync_all_columns' or keeps_past and not united) -%}
        {{ return("%s, which cannot hold all its values: %s, or change the type of the table's column" | format(
            types, "run once with --full-refresh" if united or not keeps_past else "cast it in the source, or drop the table to start again"
        )) }}
    {%- elif not united and keeps_past -%}
        {{ return(types ~ ", so a full refresh would lose the past: change the type of the table's column, or drop the table to start again") }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro -%}


{%- macro _names_in_table(names, columns) -%}
    {%- set found = [] -%}
    {%- for name in names if columns and baton.find_column(columns, name) -%}{%- do found.append(name) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro -%}

{#- Whether dbt adds new columns to the table of an incremental model. -#}
{%- macro _adds_columns() -%}
    {{ return(model.config.on_schema_change in ['append_new_columns', 'sync_all_columns']) }}
{%- endmacro -%}


{#-
    Columns of the table that a run no longer writes, such as a feature removed from the source. Where only the table has the past
    they stay, NULL in new rows. Under the other two values of on_schema_change dbt handles them.
-#}
{%- macro _former_columns(stored, written, keeps_past) -%}
    {%- set former = [] -%}
    {%- set stay = model.config.on_schema_change in ['ignore', 'append_new_columns'] if is_incremental() else keeps_past -%}
    {%- if stored is not none and stay -%}
        {%- set names = [] -%}
        {%- for name in written -%}{%- do names.append(baton.comparison_name(baton.unquoted(name))) -%}{%- endfor -%}
        {%- for column in stored if baton.comparison_name(column.name) not in names and column.name not in written -%}
            {%- do former.append(api.Column(baton.identifier(column.name), column.data_type)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(former) }}
{%- endmacro -%}


{#-
    The features that a run writes, spelled as in the table, where a letter may have another case. With dbt's default
    on_schema_change a new column never reaches the table, so it must not open versions either.
-#}
{%- macro _written_features(macro_name, features, stored) -%}
    {%- set found = baton._names_in_table(features, stored) -%}
    {%- if stored is none or not is_incremental() or model.config.on_schema_change != 'ignore' -%}
        {%- set found = features -%}
    {%- elif found | length < features | length -%}
        {%- do exceptions.warn(
            "baton.%s leaves out %s in model '%s': its table has no such column, and on_schema_change is 'ignore'; 'append_new_columns' adds it"
            | format(macro_name, features | reject('in', found) | join(", "), model.name)
        ) -%}
    {%- endif -%}
    {%- set written = [] -%}
    {%- for name in found -%}
        {%- set column = baton.find_column(stored, name) if stored else none -%}
        {%- do written.append(column.name if column and column.name not in found and '"' not in name else name) -%}
    {%- endfor -%}
    {{ return(written) }}
{%- endmacro -%}
