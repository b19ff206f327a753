{#
    `models`: each model version with `other_task`, which is NULL where its predictions are of this task, and else says what they are.
    Reading it ends the query where a number would look right and be wrong: outcomes that are ambiguous for a prediction, a positive
    class that nothing ever is, outcomes of other classes than the predictions, and probabilities of another class than the positive one.
-#}
{%- macro _models_of_task(call, prefix='') -%}

{%- set has_outcomes = call.outcomes is not none -%}
{%- set is_binary = call.task == 'binary' -%}
{%- if has_outcomes -%}
{{ prefix }}ambiguous_outcomes as (

    select
        count(ambiguous_key) as predictions,
        min(ambiguous_key) as one_key
    from {{ prefix }}labelled

),

{% endif -%}
-- why the query ends, if it has to
{{ prefix }}refusals as (

    select
        case
            {%- if has_outcomes %}
            when max(ambiguous.predictions) > 0 then concat(
                {{ baton.literal(baton._ambiguous_outcomes(call)) }},
                max(ambiguous.predictions), ', ', max(ambiguous.one_key)
            )
            {%- endif %}
            {%- if is_binary %}
            when
                max(seen.has_positive) = 0
                and (max(seen.number_of_classes) > 1{% if call.positive == "'1'" %} or max(seen.classes) <> '0'{% endif %})
                then concat(
                    {{ baton.literal(
                        'baton.%s: positive_class is %s, but nothing is predicted to be or was of that class; the classes are: '
                        | format(call.macro, baton._repr(call.positive_class))
                    ) }},
                    max(seen.classes)
                )
            when max(seen.are_apart) = 1 and max(seen.number_of_classes) > 2 then concat(
                {{ baton.literal('baton.%s: no outcome has a class that is predicted; the classes are: ' | format(call.macro)) }},
                max(seen.classes)
            )
            when max(tasks.reversed_model) is not null then concat(
                {{ baton.literal(
                    'baton.%s: predicted_probability is not that of positive_class %s, since all predictions of this class have a lower one than '
                    | format(call.macro, baton._repr(call.positive_class))
                ) }},
                'all others; train with this positive_class, or pass the class that the model was trained for: ',
                max(tasks.reversed_model)
            )
            {%- endif %}
        end as refusal
    from {{ prefix }}predicted_tasks as tasks
    {%- if is_binary %}
    cross join {{ prefix }}classes_seen as seen
    {%- endif %}
    {%- if has_outcomes %}
    cross join {{ prefix }}ambiguous_outcomes as ambiguous
    {%- endif %}

),

{{ prefix }}models as (

    select
        tasks.model_name,
        tasks.model_version,
        case
            when refusals.refusal is not null then cast({{ baton.fail('refusals.refusal', 'integer') }} as {{ baton.type_text() }})
            else {{ 'coalesce(tasks.other_task, tasks.other_classes)' if is_binary else 'tasks.other_task' }}
        end as other_task
    from {{ prefix }}predicted_tasks as tasks
    cross join {{ prefix }}refusals as refusals
    {#- Iceberg merges no rows of a query that is not deterministic #}
    {%- if not call.is_stored %}
    {{- baton.run_once('where') }}
    {%- endif %}

)
{%- endmacro -%}

{%- macro _ambiguous_outcomes(call) -%}
baton.{{ call.macro }}: outcomes are ambiguous: those of one key ({{ baton.names_in([call.entity, call.outcome_as_of]) | join(', ') }}) differ
{%- if call.outcome_time is not none %} though they are equally new{% endif -%}
; name {{ 'outcome_as_of' if call.outcome_time is not none else 'outcome_as_of or outcome_time' -}}
. The number of predictions concerned, and the key of one: {{ '' -}}
{%- endmacro -%}
