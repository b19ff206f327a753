{#- The arguments ready for SQL, or one error that names all that is wrong with them. -#}
{%- macro _prediction_log_call(predictions, entity, as_of, role, experiment, variant, features, retention) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_list(problems, 'predictions', predictions, of='relations of scores') -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- do baton._expect_prediction_role(problems, 'role', role) -%}
    {%- do baton.expect_append_only(problems, 'a log') -%}
    {%- if features is not none -%}{%- do baton.expect_names(problems, 'features', features) -%}{%- endif -%}
    {%- if retention is not none -%}{%- do baton.expect_duration(problems, 'retention', retention, allow_zero=false) -%}{%- endif -%}

    {%- set entries = [] -%}
    {%- do baton._expect_experiment(problems, '', {'experiment': experiment, 'variant': variant}) -%}
    {%- for entry in (predictions if baton.is_list(predictions) else []) -%}
        {%- set argument = 'predictions[' ~ loop.index0 ~ ']' -%}
        {%- set entry = entry if baton.is_mapping(entry) else {'relation': entry} -%}
        {%- do baton.expect_keys(problems, argument, entry, required=['relation'], optional=['role', 'experiment', 'variant', 'features']) -%}
        {%- set entry = dict({'features': baton.as_list(features)}, **entry) -%}
        {%- if 'role' in entry -%}{%- do baton._expect_prediction_role(problems, argument ~ '.role', entry.role) -%}{%- endif -%}
        {%- do baton._expect_experiment(problems, argument ~ '.', entry) -%}
        {%- do baton.expect_relation(problems, argument, entry.get('relation')) -%}
        {%- if entry.features != baton.as_list(features) -%}
            {%- do baton.expect_names(problems, argument ~ '.features', entry.features, allow_empty=true) -%}
        {%- endif -%}
        {%- set columns = baton.expect_columns(
            problems, argument, entry.get('relation'),
            [entry.features, entity, as_of, 'model_name', 'model_version', 'predicted_class', 'predicted_probability',
             'predicted_value', 'class_probabilities', 'feature_hash']
        ) -%}
        {%- do entries.append(dict(entry, columns=columns)) -%}
    {%- endfor -%}

    {#- columns of the log keep their names and types, however the call and the scores write them -#}
    {%- set logged = baton.columns_of(this) if is_incremental() else none -%}
    {%- set has_features = logged and baton.find_column(logged, 'features') is not none -%}
    {%- set names_features = entries | selectattr('features') | list | length > 0 -%}
    {%- if names_features and logged and not has_features and not baton._adds_columns() -%}
        {%- do problems.append(
            "the log has no column features yet, and on_schema_change is %s in the model's config: with 'append_new_columns' dbt adds the column, NULL for what is logged already"
            | format(baton._repr(model.config.on_schema_change))
        ) -%}
    {%- endif -%}
    {%- do baton.raise_problems('prediction_log', problems) -%}

    {%- set names = [] -%}
    {%- for name in baton.as_list(entity) + [as_of] -%}{%- do names.append(baton.name_in_relation(logged, name)) -%}{%- endfor -%}
    {%- set keys, time = baton.identifiers(names[:-1]), baton.identifier(names[-1]) -%}
    {%- set key_texts = [] -%}
    {%- for name in names[:-1] -%}{%- do key_texts.append(baton.identifier('key_' ~ baton.unquoted(name) | lower)) -%}{%- endfor -%}

    {%- set sources = [] -%}
    {%- for entry in entries -%}
        {%- set columns, selected, texts = entry.columns, [], {} -%}
        {%- for name in baton.as_list(entity) -%}
            {#- the id is a hash of texts, so that neither the type of a key nor whether it is known matters -#}
            {%- do texts.update({key_texts[loop.index0]: baton.value_text(baton.identifier(baton.name_in_relation(columns, name)), columns)}) -%}
            {%- do selected.append({'sql': baton._key_as_logged(name, columns, logged) | trim, 'name': keys[loop.index0]}) -%}
        {%- endfor -%}
        {%- do sources.append({
            'relation': entry.get('relation'),
            'entity': selected,
            'key_texts': texts,
            'as_of': baton.utc(baton.name_in_relation(columns, as_of), columns),
            'role': baton.literal(entry.get('role', role)),
            'experiment': baton.literal(entry.get('experiment', experiment)),
            'variant': baton.literal(entry.get('variant', variant)),
            'features': baton._logged_features(entry.features, columns),
        }) -%}
    {%- endfor -%}

    {{ return({
        'sources': sources,
        'entity': keys,
        'as_of': time,
        'has_features': has_features or names_features,
        'oldest': baton._oldest_logged(retention) if retention is not none else none,
        'prediction_id': baton.row_hash(
            ['model_name', 'model_version'] + key_texts + [time, 'role'],
            known=[api.Column(baton.unquoted(names[-1]), 'timestamp')],
            texts=['model_name', 'model_version'] + key_texts + ['role']
        ),
    }) }}
{%- endmacro -%}

{#-
    A key of the scores cast to the log's type, so that it stays the same key when its type changes. A value that this type cannot
    hold ends the run, since the log would round it.
-#}
{%- macro _key_as_logged(name, columns, logged) -%}
    {%- set value = baton.identifier(baton.name_in_relation(columns, name)) -%}
    {%- set scored = baton.find_column(columns, name) if columns else none -%}
    {%- set kept = baton.find_column(logged, name) if logged else none -%}
    {%- if not scored or not kept or scored.data_type == kept.data_type -%}
        {{ return(value) }}
    {%- endif -%}
    {%- set cast_value -%}
        cast({{ value }} as {{ kept.data_type }})
    {%- endset -%}
    {%- set cast_text = baton.value_text(cast_value, [{'name': cast_value, 'dtype': kept.dtype, 'data_type': kept.data_type}]) -%}
    {%- set message = "%s: its column %s has the type %s, which cannot hold this key (change the type in the log): " | format(
        this.identifier, kept.name, kept.data_type
    ) -%}
case
    when {{ cast_text | indent }} = {{ baton.value_text(value, columns) | indent }} then {{ cast_value }}
    when {{ value }} is not null
        then {{ baton.fail(baton.literal(message) ~ ' || ' ~ baton.as_text(value), kept.data_type) }}
end
{%- endmacro -%}

{#-
    Each feature as a member of a JSON object: its `key`, by the name of the call, with what stands before it, and its `value`. A
    time is the same text on every engine.
-#}
{%- macro _logged_features(features, columns) -%}
    {%- set members = [] -%}
    {%- for name in baton.as_list(features) -%}
        {%- set found = baton.name_in_relation(columns, name) -%}
        {%- set known = baton.find_column(columns, name) if columns else none -%}
        {%- set is_time = known is not none and baton.type_shape(known).kind in ['timestamp', 'zoned timestamp'] -%}
        {%- do members.append({
            'key': baton.literal('%s%s: ' | format('{' if loop.first else ', ', tojson(baton.unquoted(name)))),
            'value': baton.as_json(
                baton.as_text(baton.utc(found, columns)) if is_time else baton.identifier(found), baton.number_kind(columns, found)
            ) | trim,
        }) -%}
    {%- endfor -%}
    {{ return(members) }}
{%- endmacro -%}

{#- Experiment and variant are texts. -#}
{%- macro _expect_experiment(problems, prefix, given) -%}
    {%- for name in ['experiment', 'variant'] if given.get(name) is not none -%}
        {%- do baton.expect_text(problems, prefix ~ name, given[name]) -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro _expect_prediction_role(problems, argument, role) -%}
    {%- do baton.expect_choice(problems, argument, role, ['champion', 'challenger', 'shadow']) -%}
{%- endmacro -%}
