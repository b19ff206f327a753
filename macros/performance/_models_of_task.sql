{#
    `models`: each model version with `other_task`, which is NULL where its predictions are of this task, and else says what they are.
    Reading it ends the query where a number would look right and be wrong: outcomes that are ambiguous for a prediction, and a positive
    class that nothing ever is.
-#}
{%- macro _models_of_task(call, prefix='') -%}

{%- set has_outcomes = call.outcomes is not none -%}
{%- set text = baton.type_text() -%}
{%- set is_binary = call.task == 'binary' -%}
{%- set has_classes = call.task in ['binary', 'multiclass'] -%}
{{ prefix }}predicted_classes as (

    select
        model_name,
        model_version,
        {%- if has_classes %}
        predicted_class,
        {{ 'actual' if has_outcomes else 'cast(null as %s)' | format(text) }} as actual,
        {%- else %}
        max(predicted_class) as predicted_class,
        {%- endif %}
        {%- if has_outcomes %}
        count(ambiguous_key) as ambiguous,
        min(ambiguous_key) as ambiguous_key,
        {%- endif %}
        count(score) as scores,
        count(predicted_value) as predicted_values,
        max(class_probabilities) as class_probabilities
    from {{ prefix }}labelled
    group by model_name, model_version
        {%- if has_classes %}, predicted_class{{ ', actual' if has_outcomes }}{% endif %}

),

{{ prefix }}predicted_tasks as (

    select
        model_name,
        model_version,
        {%- if has_outcomes %}
        sum(ambiguous) as ambiguous,
        min(ambiguous_key) as ambiguous_key,
        {%- endif %}
        case
            {%- if has_classes %}
            when count(predicted_class) = 0 and sum(scores) = 0 and sum(predicted_values) > 0 then 'a regression model'
            {%- else %}
            when sum(predicted_values) = 0 and sum(scores) = 0 and count(predicted_class) > 0 then 'a classification model'
            {%- endif %}
            {%- if is_binary %}
            when
                count(distinct predicted_class) > 2
                -- three keys of JSON have three colons behind a quote
                or max(length(class_probabilities) - length(replace(class_probabilities, '":', '"'))) > 2
                then 'a multiclass model'
            {%- endif %}
        end as other_task
        {%- if is_binary %},
        case
            when
                count(distinct predicted_class) = 2
                and max(case when predicted_class = {{ call.positive }} then 1 else 0 end) = 0
                then concat('a model of the classes ', min(predicted_class), ' and ', max(predicted_class))
        end as other_classes
        {%- endif %}
    from {{ prefix }}predicted_classes
    group by model_name, model_version

),
{%- if is_binary %}

{{ prefix }}classes_seen as (

    select
        count(*) as number_of_classes,
        {{ dbt.listagg('class', "', '", 'order by class') }} as classes,
        coalesce(max(case when class = {{ call.positive }} then 1 else 0 end), 0) as has_positive
    from (
        {%- for column in ['predicted_class', 'actual'] %}
        select found.{{ column }} as class
        from {{ prefix }}predicted_classes as found
        inner join {{ prefix }}predicted_tasks as tasks
            on {{ baton.same_value('found.model_name', 'tasks.model_name') | indent(12) }}
            and {{ baton.same_value('found.model_version', 'tasks.model_version') | indent(12) }}
        where tasks.other_task is null and found.{{ column }} is not null
        {%- if not loop.last %}
        union
        {%- endif %}
        {%- endfor %}
    ) as classes

),
{%- endif %}

-- why the query ends, if it has to
{{ prefix }}refusals as (

    select
        case
            {%- if has_outcomes %}
            when sum(tasks.ambiguous) > 0 then concat(
                {{ baton.literal(baton._ambiguous_outcomes(call)) }},
                sum(tasks.ambiguous), ', ', min(tasks.ambiguous_key)
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
            {%- endif %}
        end as refusal
    from {{ prefix }}predicted_tasks as tasks
    {%- if is_binary %}
    cross join {{ prefix }}classes_seen as seen
    {%- endif %}

),

{{ prefix }}models as (

    select
        tasks.model_name,
        tasks.model_version,
        case
            when refusals.refusal is not null then cast({{ baton.fail('refusals.refusal', 'integer') }} as {{ text }})
            else {{ 'coalesce(tasks.other_task, tasks.other_classes)' if is_binary else 'tasks.other_task' }}
        end as other_task
    from {{ prefix }}predicted_tasks as tasks
    cross join {{ prefix }}refusals as refusals

)
{%- endmacro -%}

{%- macro _ambiguous_outcomes(call) -%}
baton.{{ call.macro }}: outcomes are ambiguous: those of one key ({{ baton.names_in([call.entity, call.outcome_as_of]) | join(', ') }}) differ
{%- if call.outcome_time is not none %} though they are equally new{% endif -%}
; name {{ 'outcome_as_of' if call.outcome_time is not none else 'outcome_as_of or outcome_time' -}}
. The number of predictions concerned, and the key of one: {{ '' -}}
{%- endmacro -%}
