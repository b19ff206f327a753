{#
    The versions of each entity's features with the time in which each was true, [valid_from, valid_to): the body of an
    incremental model whose unique_key is the entity (delete+insert) or version_id (merge).

    A run looks for entities with news and works out all versions of those from scratch. So late rows, corrections and
    repeated runs need no rule of their own, the table equals a full rebuild, and a run without news writes nothing.
#}
{%- macro scd2(
    source, entity, features=none, event_time=none, created_at=none, tie_breaker=[], source_shape='history', hard_deletes='ignore',
    on_empty_source='error'
) -%}

    {%- do baton.one_run_at_a_time() -%}
    {%- do config(post_hook=["{{ baton._delete_removed_versions() }}"]) -%}
    {%- set call = baton._scd2_call(
        source, entity, features, event_time, created_at, tie_breaker, source_shape, hard_deletes, on_empty_source
    ) -%}
    {%- if call is none -%}
        {{ baton.not_built_yet(source) }}
    {%- elif source_shape == 'history' -%}
        {{ baton._history_versions(call) }}
    {%- else -%}
        {{ baton._snapshot_versions(call) }}
    {%- endif -%}

{%- endmacro -%}


{%- macro _scd2_call(source, entity, features, event_time, created_at, tie_breaker, source_shape, hard_deletes, on_empty_source) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'source', source) -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_names(problems, 'tie_breaker', tie_breaker, allow_empty=true) -%}
    {%- do baton.expect_choice(problems, 'source_shape', source_shape, ['history', 'snapshot']) -%}
    {%- do baton.expect_choice(problems, 'hard_deletes', hard_deletes, ['ignore', 'invalidate', 'new_record']) -%}
    {%- do baton.expect_choice(problems, 'on_empty_source', on_empty_source, ['error', 'clear']) -%}
    {%- if source_shape == 'history' and hard_deletes != 'ignore' -%}
        {%- do problems.append("hard_deletes is " ~ baton._repr(hard_deletes) ~ ", but a history has no deletes; it goes with source_shape 'snapshot'") -%}
    {%- endif -%}
    {%- if source_shape == 'history' or event_time is not none -%}{%- do baton.expect_name(problems, 'event_time', event_time) -%}{%- endif -%}
    {%- if created_at is not none -%}{%- do baton.expect_name(problems, 'created_at', created_at) -%}{%- endif -%}
    {%- if features is not none -%}{%- do baton.expect_names(problems, 'features', features) -%}{%- endif -%}

    {%- set is_readable = not problems -%}
    {%- do baton.expect_columns(problems, 'source', source, [entity, features, event_time, created_at, tie_breaker]) -%}

    {%- set entity = baton.names_in(entity) -%}
    {%- set ties = baton.as_list(created_at) + baton.as_list(tie_breaker) -%}
    {%- set own = baton._store_columns(hard_deletes) -%}
    {%- set known, stored = none, none -%}
    {%- if is_readable -%}
        {%- do baton._expect_versions_can_be_written(problems, entity) -%}
        {%- set known = baton.columns_of(source) -%}
    {%- endif -%}
    {%- set named = features is not none -%}
    {%- set features = baton._features_among(known, features, entity + ties + baton.as_list(event_time)) -%}
    {%- if not problems -%}
        {%- set stored = baton._stored_columns(
            problems, entity + ['valid_from', 'valid_to', 'feature_hash', 'surrogate_key', 'recorded_at'], entity, features, known,
            keeps_past=source_shape == 'snapshot'
        ) -%}
    {%- endif -%}
    {%- if execute and not problems -%}
        {%- if not features and baton.should_be_built(source) -%}
            {%- do problems.append(baton._no_features(known)) -%}
        {%- endif -%}
        {%- for name in features + baton.as_list(tie_breaker) if baton.comparison_name(baton.unquoted(name)) in own -%}
            {%- do problems.append(("features" if name in features else "tie_breaker") ~ " names '" ~ name ~ "', which scd2 adds itself") -%}
        {%- endfor -%}
        {%- do baton._expect_keys_with_equality(problems, entity, known) -%}
        {%- do baton._expect_other_names(problems, 'scd2', 'entity', entity, own) -%}
        {%- if source_shape == 'history' -%}
            {#- a time of that name is read beside the column that scd2 makes -#}
            {%- do baton._expect_other_names(problems, 'scd2', 'created_at', baton.as_list(created_at), ['valid_from', 'feature_hash', 'source_hash']) -%}
        {%- endif -%}
        {%- for name in features if name in entity -%}
            {%- do problems.append("features names '" ~ name ~ "', which is a key") -%}
        {%- endfor -%}
        {%- do baton._expect_names_without_quotes(problems, entity + features) -%}
        {%- do baton._expect_written_columns_are_stored(problems, stored, hard_deletes) -%}
    {%- endif -%}
    {%- do baton.raise_problems('scd2', problems) -%}
    {%- if not features -%}{{ return(none) }}{%- endif -%}
    {%- if execute and named and known -%}
        {%- do baton._warn_of_columns_left_out(known, entity + features + ties + baton.as_list(event_time)) -%}
    {%- endif -%}

    {%- set kept = baton._stored_spelling(baton._features_that_can_be_stored('scd2', features, stored), stored) -%}
    {#- a column of that name may be a feature, and then it says nothing of what is recorded here -#}
    {%- set has_deletes = stored is not none and 'is_deleted' not in features | map('lower') and baton.find_column(stored, 'is_deleted') is not none -%}
    {%- set records_deletes = hard_deletes == 'new_record' or has_deletes -%}
    {%- set written = entity + kept + baton._store_columns('new_record' if records_deletes else hard_deletes, source_shape) -%}
    {%- set has_version_id = stored is not none and baton.find_column(stored, 'version_id') is not none -%}
    {%- set keys = baton.as_list(model.config.unique_key) | map('lower') | list -%}
    {%- set read = baton._read_as_stored('scd2', entity, kept, known, stored, keeps_past=source_shape == 'snapshot') -%}
    {{ return({
        'source': baton.of_all_times(source),
        'known': read.columns,
        'typed': read.columns or stored,
        'read_as': read.sql,
        'stored_columns': stored if known else none,
        'entity': baton.identifiers(entity),
        'key_list': baton.identifiers(entity) | join(', '),
        'features': baton.identifiers(kept),
        'stored_features': baton.identifiers(baton._found_names(kept, stored)),
        'former_columns': baton._former_columns(stored, written, keeps_past=source_shape == 'snapshot'),
        'event_time': baton.whole_time(baton.utc(event_time, known)) if event_time else none,
        'ties': baton.identifiers(ties),
        'on_empty_source': 'clear' if flags.EMPTY else on_empty_source,
        'hard_deletes': 'ignore' if flags.EMPTY else hard_deletes,
        'is_stored': stored is not none,
        'has_version_id': has_version_id,
        'adds_version_id': stored is not none and is_incremental() and not has_version_id and baton._adds_columns(),
        'written_by': keys[0] if keys in [['version_id'], ['surrogate_key']] else 'valid_from',
        'has_source_hash': stored is not none and baton.find_column(stored, 'source_hash') is not none,
        'records_deletes': records_deletes,
        'is_deleted': 'coalesce(is_deleted, false)' if has_deletes else 'false',
        'store': baton._stored_rows(),
        'is_incremental': stored is not none and is_incremental(),
    }) }}
{%- endmacro -%}


{#- What scd2 adds to the entity and its features. -#}
{%- macro _store_columns(hard_deletes='ignore', source_shape='history') -%}
    {{ return(
        ['valid_from', 'valid_to', 'is_current'] + (['is_deleted'] if hard_deletes == 'new_record' else [])
        + ['feature_hash', 'surrogate_key', 'version_id', 'recorded_at'] + (['source_hash'] if source_shape == 'history' else [])
    ) }}
{%- endmacro -%}


{#- A hash of entity and valid_from that two versions never share: each value is told from its neighbours, and equal numbers are equal. -#}
{%- macro _version_id(call, columns) -%}
    {{ return(baton.row_hash(call.entity + ['valid_from'], [api.Column('valid_from', 'timestamp')] + columns if columns else none)) }}
{%- endmacro -%}


{%- macro _no_features(columns) -%}
    {{ return(
        "features is missing, and " ~ ("every column of source is a key or has another part in the call" if columns else "the columns of source can not be read")
        ~ ": name them"
    ) }}
{%- endmacro -%}

{#- Names of the source under which the macro makes columns of its own. -#}
{%- macro _expect_other_names(problems, macro_name, argument, names, own) -%}
    {%- for name in names if baton.comparison_name(baton.unquoted(name)) in own -%}
        {%- do problems.append(argument ~ " names '" ~ name ~ "', which " ~ macro_name ~ " adds itself: give it another name in the source") -%}
    {%- endfor -%}
{%- endmacro -%}

{#- Keys are compared, which an engine refuses for some types. -#}
{%- macro _expect_keys_with_equality(problems, entity, columns) -%}
    {%- for name in entity if columns and not baton.has_equality(baton.find_column(columns, name).dtype) -%}
        {%- do problems.append("the key '" ~ name ~ "' is of type " ~ baton.find_column(columns, name).data_type ~ ", whose values can not be compared: cast it in the source") -%}
    {%- endfor -%}
{%- endmacro -%}

{#- The features named, else all columns that have no other role. -#}
{%- macro _features_among(columns, features, others) -%}
    {%- if features is not none or not columns -%}
        {{ return(baton.as_list(features)) }}
    {%- endif -%}
    {%- set taken = [] -%}
    {%- for name in others -%}{%- do taken.append(baton.find_column(columns, name).name) -%}{%- endfor -%}
    {{ return(columns | map(attribute='name') | reject('in', taken) | list) }}
{%- endmacro -%}

{%- macro _warn_of_columns_left_out(columns, named) -%}
    {%- set left_out = baton._features_among(columns, none, baton._found_names(named, columns)) -%}
    {%- if left_out -%}
        {%- do exceptions.warn(
            "baton.scd2 leaves out " ~ left_out | join(", ") ~ " of its source in model '" ~ model.name ~ "', since features does not name "
            ~ ("it" if left_out | length == 1 else "them")
        ) -%}
    {%- endif -%}
{%- endmacro -%}


{#- A run of an incremental model takes away what it replaces; of the strategies only these two do that by a key. -#}
{%- macro _expect_versions_can_be_written(problems, entity) -%}
    {%- if execute and model.config.materialized == 'incremental' -%}
        {%- set keys, columns = [], [] -%}
        {%- for name in baton.as_list(model.config.unique_key) -%}{%- do keys.append(baton.unquoted(name) | lower) -%}{%- endfor -%}
        {%- for name in entity -%}{%- do columns.append(baton.unquoted(name) | lower) -%}{%- endfor -%}
        {%- set strategy = model.config.incremental_strategy or baton.default_incremental_strategy() -%}
        {%- set by_entity = keys | sort == columns | sort -%}
        {%- if keys == ['surrogate_key'] and entity | length > 1 -%}
            {%- do problems.append(
                "the model's unique_key is \"surrogate_key\", which two entities share when the keys of one end where those of the other begin"
                ~ " ('a-b', 'c' and 'a', 'b-c'): write version_id instead, and run once with --full-refresh where the table has no such column yet"
            ) -%}
        {%- elif not by_entity and keys not in [['version_id'], ['surrogate_key']] -%}
            {%- do problems.append(
                "the model's unique_key is " ~ baton._repr(model.config.unique_key) ~ ", expected the entity (" ~ entity | join(", ") ~ ") or version_id"
            ) -%}
        {%- elif strategy == 'merge' and by_entity -%}
            {%- do problems.append("the model's unique_key is its entity, but the strategy merge needs unique_key='version_id'") -%}
        {%- elif strategy not in ['delete+insert', 'merge'] -%}
            {%- do problems.append(
                "the model's incremental_strategy is " ~ baton._repr(strategy) ~ ", expected delete+insert or merge; where there is neither, "
                ~ "materialized='table' gives the same rows"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- Columns without which a run would write something else than it means, and which dbt would not add. -#}
{%- macro _expect_written_columns_are_stored(problems, stored, hard_deletes) -%}
    {%- if stored is not none and is_incremental() -%}
        {%- set by_version = baton.as_list(model.config.unique_key) | map('lower') | list == ['version_id'] -%}
        {%- if by_version and not baton.find_column(stored, 'version_id') -%}
            {%- do problems.append("the model's unique_key is version_id, which its table does not have yet: run it once with --full-refresh, which keeps what is on record") -%}
        {%- endif -%}
        {%- if hard_deletes == 'new_record' and not baton.find_column(stored, 'is_deleted') and not baton._adds_columns() -%}
            {%- do problems.append(
                "hard_deletes is \"new_record\", but the table has no column is_deleted, and on_schema_change is "
                ~ baton._repr(model.config.on_schema_change) ~ ": write on_schema_change='append_new_columns', or run once with --full-refresh"
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
