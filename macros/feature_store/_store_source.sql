{# What the stores (scd2 and feature_log) read from their source. #}

{#- The features named, or else all columns without another role in the call. -#}
{%- macro _store_features(columns, features, others) -%}
    {%- if features is not none or not columns -%}
        {{ return(baton.as_list(features)) }}
    {%- endif -%}
    {%- set taken = [] -%}
    {%- for name in others -%}{%- do taken.append(baton.find_column(columns, name).name) -%}{%- endfor -%}
    {{ return(columns | map(attribute='name') | reject('in', taken) | list) }}
{%- endmacro -%}

{%- macro _expect_store_features(problems, source, features, columns) -%}
    {%- if not features and baton.should_be_built(source) -%}
        {%- do problems.append("features is missing, and %s: name them" | format(
            "every column of source is a key or has another part in the call" if columns else "the columns of source cannot be read"
        )) -%}
    {%- endif -%}
{%- endmacro -%}

{#- Keys are compared, which an engine does not support for some types. -#}
{%- macro _expect_comparable_keys(problems, entity, columns) -%}
    {%- for name in entity if columns and not baton.has_equality(baton.find_column(columns, name).dtype) -%}
        {%- do problems.append("the key '%s' is of type %s, whose values cannot be compared: cast it in the source" | format(
            name, baton.find_column(columns, name).data_type
        )) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- Columns of the source whose names the macro needs for its own columns. -#}
{%- macro _expect_no_store_columns(problems, macro_name, argument, names, own) -%}
    {%- for name in names if baton.comparison_name(baton.unquoted(name)) in own -%}
        {%- do problems.append("%s names '%s', which %s adds itself: give it another name in the source" | format(argument, name, macro_name)) -%}
    {%- endfor -%}
{%- endmacro -%}

{#- dbt does not escape a quote when it lists the columns of an incremental model, which fails only from the second run on. -#}
{%- macro _expect_no_quotes_in_names(problems, names) -%}
    {%- for name in names if model.config.materialized == 'incremental' and '"' in baton.unquoted(name) -%}
        {%- do problems.append(
            "the column %s has a double quote in its name, which dbt cannot write to an incremental model: rename it in the source" | format(name)
        ) -%}
    {%- endfor -%}
{%- endmacro -%}


{#-
    How the source's columns are read: {'sql': by name, 'columns': with their types after that}. An incremental run casts them to
    the types of the table, so that equal values are equal and have equal hashes, and nothing is rounded on insert. A value that its
    column cannot hold ends the run first. Under sync_all_columns dbt changes the types of features instead, except where that
    would round a past that only the table has.
-#}
{%- macro _read_as_stored(macro_name, entity, features, source_columns, stored, keeps_past) -%}
    {%- set sql, columns = {}, [] -%}
    {%- set is_synced = model.config.on_schema_change == 'sync_all_columns' -%}
    {%- for name in entity + features if source_columns and stored -%}
        {%- set column, target = baton.find_column(source_columns, name), baton.find_column(stored, name) -%}
        {%- set keeps_type = name in entity or not is_synced or keeps_past and not baton.can_hold(column, target) if column and target else false -%}
        {%- set is_cast = is_incremental() and keeps_type and column.data_type != target.data_type and baton.type_shape(column).kind != 'text' -%}
        {%- if is_cast -%}
            {%- set message = (
                "baton.%s: %s is of type %s in the source and %s in the table of %s, which cannot hold this value"
                ~ " (run once with --full-refresh, or change the type of the table's column)"
            ) | format(macro_name, column.name, column.data_type, target.data_type, model.name) -%}
            {%- do sql.update({baton.identifier(name): baton.held_value(baton.identifier(column.name), column, target, message) | trim}) -%}
        {%- elif column and target and name in features and baton.identifier(column.name) != baton.identifier(name) -%}
            {%- do sql.update({baton.identifier(name): baton.identifier(column.name)}) -%}
        {%- endif -%}
        {%- if column and target -%}
            {%- do columns.append(api.Column(baton.unquoted(name), target.data_type if is_cast else column.data_type)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in entity + features if not source_columns and stored and is_incremental() and baton.find_column(stored, name) -%}
        {%- set target = baton.find_column(stored, name) -%}
        {#- the types of a CTE are not known, so its values are compared with what they would be stored as -#}
        {%- if baton.type_shape(target).kind in 'integer decimal double date'.split() and (name in entity or not is_synced) -%}
            {%- set message = (
                "baton.%s: %s is of type %s in the table of %s, which cannot hold this value of the source"
                ~ " (run once with --full-refresh, or change the type of the table's column)"
            ) | format(macro_name, target.name, target.data_type, model.name) -%}
            {%- do sql.update({baton.identifier(name): baton.equal_value(baton.identifier(name), target, message) | trim}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(dict(sql=sql, columns=columns + source_columns if source_columns else none)) }}
{%- endmacro -%}

{#- Columns of the source in a select list. -#}
{%- macro _source_columns(read_as, columns) -%}
{%- for column in columns -%}
{% if column in read_as %}{{ read_as[column] }} as {% endif %}{{ column }}{{ ',\n' if not loop.last }}
{%- endfor -%}
{%- endmacro -%}
