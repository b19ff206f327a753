{#- The classes that are predicted and occur, by model version: a few rows. -#}
{%- macro _predicted_classes(call, prefix='') -%}

{%- set has_outcomes = call.outcomes is not none -%}
{%- set has_classes = call.task in ['binary', 'multiclass'] -%}
{{ prefix }}predicted_classes as (

    select
        model_name,
        model_version,
        {%- if has_classes %}
        predicted_class,
        {{ 'actual' if has_outcomes else 'cast(null as %s)' | format(baton.type_text()) }} as actual,
        {%- else %}
        max(predicted_class) as predicted_class,
        {%- endif %}
        count(score) as scores,
        {%- if call.task == 'binary' %}
        min(score) as lowest_score,
        max(score) as highest_score,
        {%- endif %}
        count(predicted_value) as predicted_values,
        max(class_probabilities) as class_probabilities
    from {{ prefix }}labelled
    group by model_name, model_version
        {%- if has_classes %}, predicted_class{{ ', actual' if has_outcomes }}{% endif %}

),
{%- endmacro -%}

{#- Which model versions are of another task, by their classes, and which classes the others have. -#}
{%- macro _predicted_tasks(call, prefix='') -%}

{%- set is_binary = call.task == 'binary' -%}
{%- set has_classes = call.task in ['binary', 'multiclass'] -%}
{{ prefix }}predicted_tasks as (

    select
        model_name,
        model_version,
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
        end as other_classes,
        -- whoever is called positive has a higher probability than all others, unless it is that of the other class
        case
            when
                max(case when predicted_class = {{ call.positive }} then highest_score end)
                    < min(case when predicted_class <> {{ call.positive }} then lowest_score end)
                and sum(case when predicted_class = {{ call.positive }} then scores end) >= 10
                and sum(case when predicted_class <> {{ call.positive }} then scores end) >= 10
                then concat(
                    'model ', coalesce({{ baton.as_text('model_name') }}, 'NULL'), ', version ', coalesce({{ baton.as_text('model_version') }}, 'NULL')
                )
        end as reversed_model
        {%- endif %}
    from {{ prefix }}predicted_classes
    group by model_name, model_version

),
{%- if is_binary %}

{{ prefix }}classes_seen as (

    select
        count(*) as number_of_classes,
        {{ baton.listed_texts('class', "', '") }} as classes,
        coalesce(max(case when class = {{ call.positive }} then 1 else 0 end), 0) as has_positive,
        -- predictions and outcomes have a class each, but none in common
        case when max(is_predicted) = 1 and max(is_actual) = 1 and max(is_predicted * is_actual) = 0 then 1 else 0 end as are_apart
    from (
        select
            case when sides.is_predicted = 1 then found.predicted_class else found.actual end as class,
            max(sides.is_predicted) as is_predicted,
            max(1 - sides.is_predicted) as is_actual
        from {{ prefix }}predicted_classes as found
        inner join {{ prefix }}predicted_tasks as tasks
            on {{ baton.same_value('found.model_name', 'tasks.model_name') | indent(12) }}
            and {{ baton.same_value('found.model_version', 'tasks.model_version') | indent(12) }}
        cross join (
            select 1 as is_predicted
            union all
            select 0
        ) as sides
        where tasks.other_task is null
        group by 1
    ) as classes
    where class is not null

),
{%- endif %}
{%- endmacro -%}
