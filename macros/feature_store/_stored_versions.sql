{#
    The table that a run finds.
#}

{#-
    The columns of the table that is there to be compared with, or none. It is read in a full refresh too: a version
    keeps the moment at which it was first recorded, and a store of snapshots its past, which the source does not have.

    A table without the columns `needed` is not one; nor is, in a full refresh, one whose keys are of another type. What an
    incremental run could not write, and what a full refresh would lose where the table `keeps_past`, is a problem.
-#}
{%- macro _stored_columns(problems, needed, entity, features, source_columns, keeps_past) -%}
    {%- if not execute or model.config.materialized not in ['incremental', 'table'] -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set table = load_relation(this) -%}
    {%- set columns = baton.columns_of(table) if table is not none and table.type != 'view' else none -%}
    {%- if not columns -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set missing = needed | reject('in', baton._found_names(needed, columns)) | list -%}
    {%- if missing -%}
        {%- if is_incremental() -%}
            {%- do problems.append(
                "the table has no column " ~ missing | join(", ") ~ ", so it was not written by this call: run once with --full-refresh, or drop the table"
            ) -%}
        {%- endif -%}
        {{ return(none) }}
    {%- endif -%}
    {%- for name in entity + features if source_columns and baton.find_column(columns, name) -%}
        {%- set here, there = baton.find_column(columns, name), baton.find_column(source_columns, name) -%}
        {#- by the text of its keys a version is known in a full refresh, and a date's is not that of its midnight -#}
        {%- set is_refreshed_date = there and keeps_past and 'surrogate_key' in needed and not is_incremental() and name in entity
            and [baton.type_shape(here).kind, baton.type_shape(there).kind] | sort == ['date', 'timestamp'] -%}
        {%- set united = there and baton.can_be_united(here, there) and not is_refreshed_date -%}
        {%- set types = ("the key '" if name in entity else "the feature '") ~ name ~ "' is of type " ~ there.data_type ~ " in the source and " ~ here.data_type ~ " in the table" -%}
        {%- if is_refreshed_date -%}
            {%- do problems.append(types ~ ", so a full refresh would lose the past: cast it in the source, or drop the table to start anew") -%}
        {%- elif not there or baton.can_hold(here, there) or baton.are_numbers(here, there) -%}
        {%- elif is_incremental() and (name in entity or model.config.on_schema_change != 'sync_all_columns' or keeps_past and not united) -%}
            {%- do problems.append(
                types ~ ", which can not hold all its values: "
                ~ ("run once with --full-refresh" if united or not keeps_past else "cast it in the source, or drop the table to start anew")
                ~ ", or change the type of the table's column"
            ) -%}
        {%- elif not united and keeps_past -%}
            {%- do problems.append(
                types ~ ", so a full refresh would lose the past: change the type of the table's column, or drop the table to start anew"
            ) -%}
        {%- elif not united and name in entity -%}
            {{ return(none) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro -%}


{#- dbt does not double a quote when it lists the columns of an incremental model, and only from its second run on. -#}
{%- macro _expect_names_without_quotes(problems, names) -%}
    {%- for name in names if execute and model.config.materialized == 'incremental' and '"' in baton.unquoted(name) -%}
        {%- do problems.append("the column " ~ name ~ " has a double quote in its name, which dbt can not write to an incremental model: rename it in the source") -%}
    {%- endfor -%}
{%- endmacro -%}


{#- Whether dbt adds a column to the table of an incremental model. -#}
{%- macro _adds_columns() -%}
    {{ return(model.config.on_schema_change in ['append_new_columns', 'sync_all_columns']) }}
{%- endmacro -%}


{#-
    Columns of the table that a run does not write any more: a feature that is gone from the source, say. Where the past is in
    the table alone they keep it, and are NULL from then on. Under the two other values of on_schema_change dbt has its own answer.
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
    The source's columns as they are read: {'sql': by name, 'columns': with the types that they have then}. In an incremental run
    they have the types of the table, so that equal values are equal, have equal hashes, and nothing is rounded when it is written.
    A value that its column can not hold ends the run before. Under sync_all_columns dbt changes the types of features instead,
    but for one that would round a past which is in the table alone.
-#}
{%- macro _read_as_stored(macro_name, entity, features, source_columns, stored, keeps_past) -%}
    {%- set sql, columns = {}, [] -%}
    {%- for name in entity + features if source_columns and stored -%}
        {%- set column, target = baton.find_column(source_columns, name), baton.find_column(stored, name) -%}
        {%- set source_name = baton.identifier(column.name) if column else none -%}
        {%- set is_cast = is_incremental() and column and target and column.data_type != target.data_type and baton.type_shape(column).kind != 'text'
            and (name in entity or model.config.on_schema_change != 'sync_all_columns' or keeps_past and not baton.can_hold(column, target)) -%}
        {%- if is_cast -%}
            {%- do sql.update({baton.identifier(name): baton.held_value(
                source_name, column, target,
                "baton." ~ macro_name ~ ": " ~ column.name ~ " is of type " ~ column.data_type ~ " in the source and " ~ target.data_type ~ " in the table of "
                ~ model.name ~ ", which can not hold this value (run once with --full-refresh, or change the type of the table's column)"
            ) | trim}) -%}
        {%- elif column and target and name in features and source_name != baton.identifier(name) -%}
            {%- do sql.update({baton.identifier(name): source_name}) -%}
        {%- endif -%}
        {%- if column and target -%}{%- do columns.append(api.Column(baton.unquoted(name), target.data_type if is_cast else column.data_type)) -%}{%- endif -%}
    {%- endfor -%}
    {%- for name in entity + features if not source_columns and stored and is_incremental() and baton.find_column(stored, name) -%}
        {%- set target = baton.find_column(stored, name) -%}
        {#- the types of a CTE are not known: what would be rounded or cut is not equal to what it would be then -#}
        {%- if baton.type_shape(target).kind in ['integer', 'decimal', 'double', 'date'] and (name in entity or model.config.on_schema_change != 'sync_all_columns') -%}
            {%- do sql.update({baton.identifier(name): baton.equal_value(
                baton.identifier(name), target,
                "baton." ~ macro_name ~ ": " ~ target.name ~ " is of type " ~ target.data_type ~ " in the table of " ~ model.name
                ~ ", which can not hold this value of the source (run once with --full-refresh, or change the type of the table's column)"
            ) | trim}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'sql': sql, 'columns': columns + source_columns if source_columns else none}) }}
{%- endmacro -%}

{#- The features under the names that they have in the table, where a letter has another case in the source. -#}
{%- macro _stored_spelling(features, stored) -%}
    {%- set spelled = [] -%}
    {%- for name in features -%}
        {%- set column = baton.find_column(stored, name) if stored else none -%}
        {%- do spelled.append(column.name if column and column.name not in features and '"' not in name else name) -%}
    {%- endfor -%}
    {{ return(spelled) }}
{%- endmacro -%}

{#- A column of the source in a select list. -#}
{%- macro _read(call, column) -%}
    {{ return(call.read_as[column] ~ ' as ' ~ column if column in call.read_as else column) }}
{%- endmacro -%}

{%- macro _read_all(call, columns) -%}
    {%- set reads = [] -%}
    {%- for column in columns -%}{%- do reads.append(baton._read(call, column) | indent(8)) -%}{%- endfor -%}
    {{ return(reads | join(',\n        ')) }}
{%- endmacro -%}


{#- The types of columns that hold values of the source and of the table. -#}
{%- macro _united_columns(source_columns, stored_columns) -%}
    {%- set united = [] -%}
    {%- for column in source_columns or [] -%}
        {%- set other = baton.find_column(stored_columns, column.name) if stored_columns else none -%}
        {%- if not other or baton.can_hold(column, other) -%}
            {%- do united.append(column) -%}
        {%- elif baton.can_hold(other, column) -%}
            {%- do united.append(other) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(united or none) }}
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
    Entities of the table that a run has to write although the source says nothing new. One with several open versions is the
    work of no run, and is looked for only where the numbers of open versions and of entities differ by more than the news.
-#}
{%- macro _entities_to_be_mended(call, source_entities) -%}
    {%- if call.adds_version_id -%}
-- the table has no version_id yet
select distinct
    {{ call.entity | join(',\n    ') }}
from {{ call.store }} as versions
    {%- else -%}
-- entities with several open versions
select
    {{ call.entity | join(',\n    ') }}
from {{ call.store }} as versions
where
    valid_to is null
    and (select count(*) from {{ call.store }} as versions where valid_to is null{{ ' and not ' ~ call.is_deleted if call.records_deletes }})
        <> (select count(*) from {{ source_entities }})
        + (select count(case when baton_is_gone then 1 end) - count(case when baton_is_new then 1 end) from news)
group by {{ call.key_list }}
having count(*) > 1
    {%- endif -%}
{%- endmacro -%}


{#-
    NULL for each column, to stand in a union: where its type has a limit with it, which the union would lose on PostgreSQL, and
    dbt take that for a change of the schema.
-#}
{%- macro _nulls(columns, names=none) -%}
    {%- set nulls = [] -%}
    {%- if names is none -%}
        {%- for column in columns -%}{%- do nulls.append(baton._null(column)) -%}{%- endfor -%}
    {%- else -%}
        {%- for name in names -%}{%- do nulls.append(baton._null(baton.find_column(columns, name) if columns else none)) -%}{%- endfor -%}
    {%- endif -%}
    {{ return(nulls) }}
{%- endmacro -%}

{%- macro _null(column) -%}
    {%- set has_limit = column and '(' in column.data_type and baton.type_shape(column).kind in ['text', 'decimal'] -%}
    {{ return('cast(null as ' ~ column.data_type ~ ')' if has_limit else 'null') }}
{%- endmacro -%}


{#-
    A branch of a run's union that adds no row: it fails where the source has no row at all, which would take away all that is
    on record, and where a version is twice in the table and a merge would only change both.
-#}
{%- macro _refused_runs(call, own_columns, source_entities) -%}
    {%- set fails_when_empty = call.is_stored and call.on_empty_source == 'error' -%}
    {%- set strategy = model.config.incremental_strategy or baton.default_incremental_strategy() -%}
    {%- set merges = call.is_incremental and strategy == 'merge' -%}
    {%- if fails_when_empty or merges %}

union all

-- adds no row: it fails where this run would do harm
select {{ (baton._nulls(call.typed, call.entity + call.features) + ['null'] * own_columns + baton._nulls(call.former_columns)) | join(', ') }}
from (select 1 as one) as one_row
where
    case
        {%- if fails_when_empty %}
        when not exists (select 1 from {{ source_entities }}) and exists (select 1 from {{ this }}) then
            {{ baton.fail(
                baton.literal("baton.scd2: the source of " ~ model.name ~ " has no row with a key" ~ (" and a time" if call.event_time and call.has_source_hash else "")
                    ~ ", which would take away what is on record: on_empty_source='clear' allows it; rows on record: ")
                ~ " || (select count(*) from " ~ this ~ ")", 'boolean'
            ) }}
        {%- endif %}
        {%- if merges %}
        when exists (select 1 from stored group by {{ call.written_by }} having count(*) > 1) then
            {{ baton.fail(
                baton.literal("baton.scd2: the table of " ~ model.name ~ " has a version twice, and a merge can not take one of them away: run once with --full-refresh; rows: ")
                ~ " || (select count(*) from stored)", 'boolean'
            ) }}
        {%- endif %}
        else false
    end
    {%- endif -%}
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
