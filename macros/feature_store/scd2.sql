{#
    Type 2 history of each entity's features, one row per version, valid in [valid_from, valid_to): the body of an incremental model
    whose unique_key is the entity (delete+insert) or version_id (merge).

    A run looks for entities whose source rows changed and computes all versions of those from scratch. So late rows, corrections
    and repeated runs need no rules of their own, the table equals a full rebuild, and a run without changes writes nothing.
#}
{%- macro scd2(
    source, entity, features=none, event_time=none, created_at=none, tie_breaker=[], source_shape='history', hard_deletes='ignore',
    on_empty_source='error'
) -%}

    {%- do baton.one_run_at_a_time() -%}
    {%- do config(post_hook=["{{ baton._delete_removed_versions() }}"]) -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
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
    {%- do baton.expect(problems, '
        source: relation,
        entity: names,
        tie_breaker: {names: {allow_empty: true}},
        source_shape: {choice: [history, snapshot]},
        hard_deletes: {choice: [ignore, invalidate, new_record]},
        on_empty_source: {choice: [error, clear]}
    ', source, entity, tie_breaker, source_shape, hard_deletes, on_empty_source) -%}
    {%- if source_shape == 'history' and hard_deletes != 'ignore' -%}
        {%- do problems.append("hard_deletes is %s, but a history has no deletes; use it with source_shape 'snapshot'" | format(
            baton._repr(hard_deletes)
        )) -%}
    {%- endif -%}
    {%- if source_shape == 'history' or event_time is not none -%}{%- do baton.expect_name(problems, 'event_time', event_time) -%}{%- endif -%}
    {%- do baton.expect(problems, 'created_at: name?, features: names?', created_at, features) -%}

    {%- set is_readable = not problems -%}
    {%- set columns = baton.expect_columns(problems, 'source', source, [entity, features, event_time, created_at, tie_breaker]) -%}

    {%- set entity = baton.names_in(entity) -%}
    {%- set ties = baton.as_list(created_at) + baton.as_list(tie_breaker) -%}
    {%- set others = entity + ties + baton.as_list(event_time) -%}
    {%- set keeps_past = source_shape == 'snapshot' -%}
    {%- set known, stored = none, none -%}
    {%- if is_readable -%}
        {%- do baton.expect_kept_table(problems) -%}
        {%- do baton._expect_scd2_config(problems, entity) -%}
        {%- set known = columns -%}
    {%- endif -%}
    {%- set are_named = features is not none -%}
    {%- set features = baton._store_features(known, features, others) -%}
    {%- if not problems -%}
        {%- set needed = entity + 'valid_from valid_to feature_hash surrogate_key recorded_at'.split() -%}
        {%- set stored = baton._stored_columns(problems, needed, entity, features, known, keeps_past) -%}
    {%- endif -%}
    {%- if not problems -%}
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
        {%- do baton._expect_scd2_columns(problems, stored, hard_deletes) -%}
    {%- endif -%}
    {%- do baton.raise_problems('scd2', problems) -%}
    {%- if not features -%}{{ return(none) }}{%- endif -%}
    {%- set left_out = baton._store_features(known, none, baton._names_in_table(others + features, known)) if are_named and known else [] -%}
    {%- if left_out -%}
        {%- do exceptions.warn("baton.scd2 leaves out %s of its source in model '%s', since features does not name %s" | format(
            left_out | join(", "), model.name, "it" if left_out | length == 1 else "them"
        )) -%}
    {%- endif -%}

    {%- set features = baton._written_features('scd2', features, stored) -%}
    {#- if it is a feature, it does not record deletes -#}
    {%- set has_deletes = 'is_deleted' not in features | map('lower') and baton.find_column(stored or [], 'is_deleted') is not none -%}
    {%- set records_deletes = hard_deletes == 'new_record' or has_deletes -%}
    {%- set written = entity + features + baton._scd2_columns('new_record' if records_deletes else hard_deletes, source_shape) -%}
    {%- set has_version_id = stored is not none and baton.find_column(stored, 'version_id') is not none -%}
    {%- set unique_key = baton.as_list(model.config.unique_key) | map('lower') | list -%}
    {%- set read = baton._read_as_stored('scd2', entity, features, known, stored, keeps_past) -%}
    {#- with `--empty` the source reads as empty, and so does the table, so that this is not taken for deletes -#}
    {%- set store = '(select * from %s where false)' | format(this) if flags.EMPTY and is_incremental() else this | string -%}
    {%- set newest_first = [] -%}
    {%- for column in baton.identifiers(ties) -%}{%- do newest_first.append(column ~ ' desc nulls last') -%}{%- endfor -%}
    {{ return(dict(
        source=baton.of_all_times(source),
        known=read.columns,
        typed=read.columns or stored or [],
        read_as=read.sql,
        stored_columns=stored if known else none,
        entity=baton.identifiers(entity),
        key_list=baton.identifiers(entity) | join(', '),
        features=baton.identifiers(features),
        stored_features=baton.identifiers(baton._names_in_table(features, stored)),
        former_columns=baton._former_columns(stored, written, keeps_past),
        own_columns=baton._scd2_columns('new_record' if records_deletes and keeps_past else 'ignore', source_shape),
        event_time=baton.whole_time(baton.utc(event_time, known)) if event_time else none,
        ties=baton.identifiers(ties),
        newest_first=newest_first,
        on_empty_source='clear' if flags.EMPTY else on_empty_source,
        hard_deletes='ignore' if flags.EMPTY else hard_deletes,
        is_stored=stored is not none,
        has_version_id=has_version_id,
        adds_version_id=stored is not none and is_incremental() and not has_version_id and baton._adds_columns(),
        written_by=unique_key[0] if unique_key in [['version_id'], ['surrogate_key']] else 'valid_from',
        has_source_hash=stored is not none and baton.find_column(stored, 'source_hash') is not none,
        records_deletes=records_deletes,
        is_deleted='coalesce(is_deleted, false)' if has_deletes else 'false',
        store=store,
        is_incremental=stored is not none and is_incremental(),
    )) }}
{%- endmacro -%}


{#- The columns that scd2 adds to the entity and its features. -#}
{%- macro _scd2_columns(hard_deletes='ignore', source_shape='history') -%}
    {{ return(
        'valid_from valid_to is_current'.split() + (['is_deleted'] if hard_deletes == 'new_record' else [])
        + 'feature_hash surrogate_key version_id recorded_at'.split() + (['source_hash'] if source_shape == 'history' else [])
    ) }}
{%- endmacro -%}

{#- A hash of entity and valid_from without collisions: values are delimited, and equal numbers are equal. -#}
{%- macro _version_id(call, columns) -%}
{{ baton.row_hash(call.entity + ['valid_from'], [api.Column('valid_from', 'timestamp')] + columns if columns else none) }}
{%- endmacro -%}
