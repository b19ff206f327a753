{#
    The body of an incremental, append-only model in which each prediction stands once, as it was first made.

    A prediction is known by its model and version, the entity, as_of and role: no clock is in its key, so a run that is
    repeated, or killed and started again, adds nothing; nor does one that meets another, nor a key whose type changes.
    Where several rows claim the same prediction, the relation that is named first wins, then the smallest row.
#}
{%- macro prediction_log(
    predictions, entity, as_of='as_of', role='champion', experiment=none, variant=none, features=none, retention=none
) -%}

    {%- do baton.one_run_at_a_time() -%}
    {#- a hook has to be there when dbt parses, which renders it too -#}
    {%- if retention is string and as_of is string -%}
        {%- do config(post_hook=["{{ baton._delete_expired_predictions(%s, %s) }}" | format(as_of | tojson, retention | tojson)]) -%}
    {%- endif -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set log = baton._prediction_log_call(predictions, entity, as_of, role, experiment, variant, features, retention) -%}

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
        {%- if log.has_features %},
        cast({{ baton._features_json(source.features) | trim | indent(8) }} as {{ baton.type_text() }}) as features
        {%- endif %}
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
                feature_hash{% if log.has_features %},
                features
                {%- endif %}
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
    {%- if log.has_features %},
    features
    {%- endif %}
from ranked
where row_rank = 1
{%- if log.oldest %}
    -- what is older is deleted after the run
    and ({{ log.as_of }} >= {{ log.oldest }} or {{ log.as_of }} is null)
{%- endif %}
{%- if is_incremental() %}
    and not exists (
        select 1
        from {{ this }} as logged
        where logged.prediction_id = ranked.prediction_id
    )
{%- endif %}

{%- endmacro -%}


{#- The values that the model saw as one JSON object; NULL where none is logged. -#}
{%- macro _features_json(features) -%}
{%- for feature in features %}
{{ '|| ' if not loop.first }}{{ feature.key }} || {{ feature.value }}
{%- else -%}
null
{%- endfor -%}
{%- if features %}
|| '}'
{%- endif -%}
{%- endmacro -%}


{#- The post-hook of a log with a retention: it deletes the predictions that the next runs would not log either. -#}
{%- macro _delete_expired_predictions(as_of, retention) -%}
    {%- if execute and not flags.EMPTY -%}
delete from {{ this }}
where {{ baton.identifier(baton.name_in_relation(baton.columns_of(this), as_of)) }} < {{ baton._oldest_logged(retention) }}
    {%- endif -%}
{%- endmacro -%}

{%- macro _oldest_logged(retention) -%}
{{ baton.add_seconds(baton.run_start(), -baton.duration_seconds(retention)) }}
{%- endmacro -%}
