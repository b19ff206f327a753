{#
    The body of an incremental, append-only model in which each prediction stands once, as it was first made.

    A prediction is known by its model and version, the entity, as_of and role: no clock is in its key, so a run that is
    repeated, or killed and started again, adds nothing; nor does one that meets another, nor a key whose type changes.
    Where several rows claim the same prediction, the relation that is named first wins, then the smallest row.
#}
{%- macro prediction_log(predictions, entity, as_of='as_of', role='champion', experiment=none, variant=none) -%}

    {%- do baton.one_run_at_a_time() -%}
    {%- set log = baton._prediction_log_call(predictions, entity, as_of, role, experiment, variant) -%}

with scores as (
    {%- for source in log.sources %}

    select
        {%- for key in source.entity %}
        {{ key.sql | indent(8) }}{{ ' as ' ~ key.name if key.sql != key.name }},
        {%- endfor %}
        {%- for key, text in source.key_texts.items() %}
        {{ text | indent(8) }} as {{ key }},
        {%- endfor %}
        {{ source.as_of | indent(8) }}{{ ' as ' ~ log.as_of if source.as_of != log.as_of }},
        cast(model_name as {{ baton.type_text() }}) as model_name,
        cast(model_version as {{ baton.type_text() }}) as model_version,
        cast(predicted_class as {{ baton.type_text() }}) as predicted_class,
        cast(predicted_probability as {{ baton.type_double() }}) as predicted_probability,
        cast(predicted_value as {{ baton.type_double() }}) as predicted_value,
        cast(class_probabilities as {{ baton.type_text() }}) as class_probabilities,
        cast(feature_hash as {{ baton.type_text() }}) as feature_hash,
        cast({{ source.role }} as {{ baton.type_text() }}) as role,
        cast({{ source.experiment }} as {{ baton.type_text() }}) as experiment,
        cast({{ source.variant }} as {{ baton.type_text() }}) as variant
        {%- if log.sources | length > 1 %},
        {{ loop.index }} as source_position
        {%- endif %}
    from {{ source.relation }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

identified as (

    select
        {{ log.prediction_id | indent(8) }} as prediction_id,
        scores.*
    from scores

),

ranked as (

    select
        *,
        row_number() over (
            partition by prediction_id
            order by
                {%- if log.sources | length > 1 %}
                source_position,
                {%- endif %}
                predicted_class,
                predicted_probability,
                predicted_value,
                class_probabilities,
                feature_hash
        ) as row_rank
    from identified

)

select
    prediction_id,
    {%- for key in log.entity %}
    {{ key }},
    {%- endfor %}
    {{ log.as_of }},
    model_name,
    model_version,
    predicted_class,
    predicted_probability,
    predicted_value,
    class_probabilities,
    feature_hash,
    {{ baton.run_start() }} as predicted_at,
    role,
    experiment,
    variant,
    cast({{ baton.literal(invocation_id) }} as {{ baton.type_text() }}) as run_id
from ranked
where row_rank = 1
{%- if is_incremental() %}
    and not exists (
        select 1
        from {{ this }} as logged
        where logged.prediction_id = ranked.prediction_id
    )
{%- endif %}

{%- endmacro -%}


{#- The arguments ready for SQL, or one error that names all that is wrong with them. -#}
{%- macro _prediction_log_call(predictions, entity, as_of, role, experiment, variant) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_list(problems, 'predictions', predictions, of='relations of scores') -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- do baton._expect_prediction_role(problems, 'role', role) -%}
    {%- do baton.expect_append_only(problems, 'a log') -%}

    {%- set entries = [] -%}
    {%- do baton._expect_experiment(problems, '', {'experiment': experiment, 'variant': variant}) -%}
    {%- for entry in (predictions if baton.is_list(predictions) else []) -%}
        {%- set argument = 'predictions[' ~ loop.index0 ~ ']' -%}
        {%- set entry = entry if baton.is_mapping(entry) else {'relation': entry} -%}
        {%- do baton.expect_keys(problems, argument, entry, required=['relation'], optional=['role', 'experiment', 'variant']) -%}
        {%- if 'role' in entry -%}{%- do baton._expect_prediction_role(problems, argument ~ '.role', entry.role) -%}{%- endif -%}
        {%- do baton._expect_experiment(problems, argument ~ '.', entry) -%}
        {%- do baton.expect_relation(problems, argument, entry.get('relation')) -%}
        {%- do baton.expect_columns(
            problems, argument, entry.get('relation'),
            [entity, as_of, 'model_name', 'model_version', 'predicted_class', 'predicted_probability',
             'predicted_value', 'class_probabilities', 'feature_hash']
        ) -%}
        {%- do entries.append(entry) -%}
    {%- endfor -%}
    {%- do baton.raise_problems('prediction_log', problems) -%}

    {#- columns of the log keep their names and types, however the call and the scores write them -#}
    {%- set logged = baton.columns_of(this) if is_incremental() else none -%}
    {%- set names = [] -%}
    {%- for name in baton.as_list(entity) + [as_of] -%}{%- do names.append(baton.name_in_relation(logged, name)) -%}{%- endfor -%}
    {%- set keys, time = baton.identifiers(names[:-1]), baton.identifier(names[-1]) -%}
    {%- set key_texts = [] -%}
    {%- for name in names[:-1] -%}{%- do key_texts.append(baton.identifier('key_' ~ baton.unquoted(name) | lower)) -%}{%- endfor -%}

    {%- set sources = [] -%}
    {%- for entry in entries -%}
        {%- set columns = baton.columns_of(entry.get('relation')) -%}
        {%- set selected, texts = [], {} -%}
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
        }) -%}
    {%- endfor -%}

    {{ return({
        'sources': sources,
        'entity': keys,
        'as_of': time,
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

{#- Experiment and variant are texts. -#}
{%- macro _expect_experiment(problems, prefix, given) -%}
    {%- for name in ['experiment', 'variant'] if given.get(name) is not none -%}
        {%- do baton.expect_text(problems, prefix ~ name, given[name]) -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro _expect_prediction_role(problems, argument, role) -%}
    {%- do baton.expect_choice(problems, argument, role, ['champion', 'challenger', 'shadow']) -%}
{%- endmacro -%}
