{#
    The body of an incremental, append-only model in which each prediction stands once, as it was first made.

    A prediction is known by its model and version, the entity, as_of and role: no clock is in its key, so a run that is
    repeated, or killed and started again, adds nothing. Where several rows claim the same prediction, the relation that
    is named first wins, then the smallest row.
#}
{%- macro prediction_log(predictions, entity, as_of='as_of', role='champion', experiment=none, variant=none) -%}

    {%- set log = baton._prediction_log_arguments(predictions, entity, as_of, role, experiment, variant) -%}

with scores as (
    {%- for source in log.sources %}

    select
        {%- for key in log.entity %}
        {{ key }},
        {%- endfor %}
        {{ source.as_of }} as {{ log.as_of }},
        cast(model_name as {{ dbt.type_string() }}) as model_name,
        cast(model_version as {{ dbt.type_string() }}) as model_version,
        cast(predicted_class as {{ dbt.type_string() }}) as predicted_class,
        cast(predicted_probability as {{ baton.type_double() }}) as predicted_probability,
        cast(predicted_value as {{ baton.type_double() }}) as predicted_value,
        cast(class_probabilities as {{ dbt.type_string() }}) as class_probabilities,
        cast(feature_hash as {{ dbt.type_string() }}) as feature_hash,
        cast({{ source.role }} as {{ dbt.type_string() }}) as role,
        cast({{ source.experiment }} as {{ dbt.type_string() }}) as experiment,
        cast({{ source.variant }} as {{ dbt.type_string() }}) as variant,
        {{ loop.index }} as source_position
    from {{ source.relation }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

identified as (

    select
        {{ log.prediction_id }} as prediction_id,
        scores.*
    from scores

),

ranked as (

    select
        *,
        row_number() over (
            partition by prediction_id
            order by
                source_position,
                predicted_class,
                predicted_probability,
                predicted_value,
                class_probabilities,
                feature_hash
        ) as claim
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
    cast('{{ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') }}' as timestamp) as predicted_at,
    role,
    experiment,
    variant,
    cast({{ baton.literal(invocation_id) }} as {{ dbt.type_string() }}) as run_id
from ranked
where claim = 1
{%- if is_incremental() %}
    and not exists (
        select 1
        from {{ this }} as logged
        where logged.prediction_id = ranked.prediction_id
    )
{%- endif %}

{%- endmacro -%}


{#- The arguments ready for SQL, or one error that names all that is wrong with them. -#}
{%- macro _prediction_log_arguments(predictions, entity, as_of, role, experiment, variant) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_list(problems, 'predictions', predictions, of='relations of scores') -%}
    {%- do baton.expect_names(problems, 'entity', entity) -%}
    {%- do baton.expect_name(problems, 'as_of', as_of) -%}
    {%- do baton._expect_role(problems, 'role', role) -%}
    {%- do baton._expect_lasting_log(problems) -%}

    {%- set entries = [] -%}
    {%- for entry in baton.as_list(predictions) -%}
        {%- set argument = 'predictions[' ~ loop.index0 ~ ']' -%}
        {#- dbt's relations are mappings too -#}
        {%- set entry = entry if entry is mapping and not entry.identifier else {'relation': entry} -%}
        {%- do baton.expect_keys(problems, argument, entry, required=['relation'], optional=['role', 'experiment', 'variant']) -%}
        {%- if 'role' in entry -%}{%- do baton._expect_role(problems, argument ~ '.role', entry.role) -%}{%- endif -%}
        {%- do baton.expect_relation(problems, argument, entry.get('relation')) -%}
        {%- do baton.expect_columns(
            problems, argument, entry.get('relation'),
            baton.as_list(entity) + [as_of, 'model_name', 'model_version', 'predicted_class', 'predicted_probability',
                                     'predicted_value', 'class_probabilities', 'feature_hash']
        ) -%}
        {%- do entries.append(entry) -%}
    {%- endfor -%}
    {%- do baton.raise_problems('prediction_log', problems) -%}

    {%- set sources = [] -%}
    {%- for entry in entries -%}
        {%- do sources.append({
            'relation': entry.get('relation'),
            'as_of': baton.utc(as_of, baton.columns_of(entry.get('relation'))),
            'role': baton.literal(entry.get('role', role)),
            'experiment': baton.literal(entry.get('experiment', experiment)),
            'variant': baton.literal(entry.get('variant', variant)),
        }) -%}
    {%- endfor -%}

    {%- set keys = baton.identifiers(baton.as_list(entity)) -%}
    {{ return({
        'sources': sources,
        'entity': keys,
        'as_of': baton.identifier(as_of),
        'prediction_id': baton.row_hash(['model_name', 'model_version'] + keys + [baton.identifier(as_of), 'role']),
    }) }}
{%- endmacro -%}

{%- macro _expect_role(problems, argument, role) -%}
    {%- do baton.expect_choice(problems, argument, role, ['champion', 'challenger', 'shadow']) -%}
{%- endmacro -%}

{#- A log that a run or --full-refresh empties is none. -#}
{%- macro _expect_lasting_log(problems) -%}
    {%- if execute and model.resource_type == 'model'
            and (config.get('materialized') != 'incremental' or config.get('full_refresh') is not sameas false) -%}
        {%- do problems.append(
            "the model's config has materialized " ~ baton._shown(config.get('materialized'))
            ~ " and full_refresh " ~ baton._shown(config.get('full_refresh'))
            ~ ", expected materialized='incremental' and full_refresh=false, as a log keeps what it has"
        ) -%}
    {%- endif -%}
{%- endmacro -%}
