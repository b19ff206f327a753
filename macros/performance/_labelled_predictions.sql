{#
    The CTEs that lead from predictions and outcomes to `labelled`, one row per prediction, and `models`, one row per model version.
    `call` is what `_performance_call` gives; a `prefix` tells the CTEs of two such calls apart.

    labelled   model_name, model_version, period_start; the columns of the segments; the prediction: `score` (NULL where it is no
               probability), `predicted_class` (text), `predicted_value` (finite); the outcome: `actual` (a class as text, a number as a
               finite double), `value`; for a binary task `is_called_positive` and `is_positive` (NULL without a class or a label);
               `query`, the group of a ranking; `carried_<name>` for each column in call.carried
    models     model_name, model_version, `other_task`: NULL, or why these predictions are none of this task. Reading it ends the query
               where outcomes are ambiguous or nothing ever is of the positive class, so every query has to read it.
-#}
{%- macro _labelled_predictions(call, prefix='') -%}

{%- set has_classes = call.task in ['binary', 'multiclass'] -%}
{%- set text, double = baton.type_text(), baton.type_double() -%}
{%- set key_names = call.key_pairs | map(attribute='alias') | join(', ') -%}
{%- call baton.with_concat() -%}
{%- if call.is_stored -%}
{{ baton._performance_news(call) | trim }}

{% endif -%}
{%- if call.outcomes is not none -%}
{{ prefix }}known_outcomes as (

    select
        {%- for key in call.key_pairs %}
        {{ baton.named(key.known, key.alias) | indent(8) }},
        {%- endfor %}
        {%- if call.value is not none %}
        {{ baton._finite_column(call.value, call.known) | indent(8) }} as value,
        {%- endif %}
        {%- if call.outcome_time is not none %}
        {{ baton.named(baton.utc(call.outcome_time, call.known), 'outcome_time') | indent(8) }},
        {%- endif %}
        {%- if has_classes %}
        {{ baton._class_text(baton.identifier(call.actual), call.known) | indent(8) }} as actual
        {%- else %}
        {{ baton._finite_column(call.actual, call.known) | indent(8) }} as actual
        {%- endif %}
    from {{ baton.aliased(call.outcomes, 'outcome') }}
    {%- if call.known_at is not none %}
    where {{ call.known_at_filter | indent(8) }}
    {%- endif %}
    {%- if call.is_incremental and not baton.inlines_ctes() %}
    {{ 'and' if call.known_at is not none else 'where' }} exists (
        select 1
        from changed_keys
        where
            {%- for key in call.key_pairs %}
            {{ 'and ' if not loop.first }}changed_keys.{{ key.alias }} = {{ key.known | indent(12) }}
            {%- endfor %}
    )
    {%- endif %}

),

{% if call.outcome_time is not none -%}
-- the newest outcome of a key counts; several that are equally new have to agree
{%- else -%}
-- the outcomes of a key have to agree
{%- endif %}
{{ prefix }}outcome_of_key as (

    select
        {{ call.key_pairs | map(attribute='alias') | join(',\n        ') }},
        {%- for column in ['actual'] + (['value'] if call.value is not none else []) %}
        max({{ column }}) as {{ column }},
        {%- endfor %}
        {%- for column in ['actual'] + (['value'] if call.value is not none else []) %}
        {{ 'or ' if not loop.first }}min({{ column }}) < max({{ column }}) or count({{ column }}) between 1 and count(*) - 1
        {%- endfor %} as is_ambiguous
    {%- if call.outcome_time is not none %}
    from (
        select
            *,
            rank() over (partition by {{ key_names }} order by outcome_time desc nulls last) as newest_first
        from {{ prefix }}known_outcomes
    ) as ranked
    where newest_first = 1
    {%- else %}
    from {{ prefix }}known_outcomes
    {%- endif %}
    group by {{ key_names }}

),

{% endif -%}
{{ prefix }}labelled as (

    select
        logged.model_name,
        logged.model_version,
        {{ baton._period_start(call.as_of_sql, call.period) | indent(8) }} as period_start,
        {%- for column, name in call.segment_columns.items() %}
        {{ baton.value_text(baton.identifier(column), call.logged, 'logged') | indent(8) }} as {{ name }},
        {%- endfor %}
        {%- if call.group is not none %}
        {{ baton.value_text(baton.identifier(call.group), call.logged, 'logged') | indent(8) }} as query,
        {%- endif %}
        {%- for column in call.carried %}
        logged.{{ baton.identifier(column) }} as {{ baton.cte_name('carried_%s' | format(baton.unquoted(column))) }},
        {%- endfor %}
        {%- if baton._has_prediction(call, 'predicted_probability') %}
        case
            when logged.predicted_probability between 0 and 1 then cast(logged.predicted_probability as {{ double }})
        end as score,
        {%- else %}
        cast(null as {{ double }}) as score,
        {%- endif %}
        {%- if baton._has_prediction(call, 'predicted_class') %}
        {{ baton._class_text('predicted_class', call.logged, 'logged') | indent(8) }} as predicted_class,
        {%- else %}
        cast(null as {{ text }}) as predicted_class,
        {%- endif %}
        {%- if baton._has_prediction(call, 'predicted_value') %}
        {{ baton._finite_column('predicted_value', call.logged, 'logged') | indent(8) }} as predicted_value,
        {%- else %}
        cast(null as {{ double }}) as predicted_value,
        {%- endif %}
        {{ 'logged.class_probabilities' if baton._has_prediction(call, 'class_probabilities') else 'cast(null as %s) as class_probabilities' | format(text) }}
        {%- if call.outcomes is not none %},
        {%- if call.value is not none %}
        outcome.value,
        {%- endif %}
        outcome.actual,
        case
            when outcome.is_ambiguous
                then concat({{ call.key_pairs | map(attribute='predicted') | join(", ', ', ") }})
        end as ambiguous_key
        {%- endif %}
        {%- if call.task == 'binary' %},
        {{ baton._class_text('predicted_class', call.logged, 'logged') | indent(8) }} = {{ call.positive }} as is_called_positive
        {%- if call.outcomes is not none %},
        outcome.actual = {{ call.positive }} as is_positive
        {%- endif %}
        {%- endif %}
    from {{ 'predictions_with_news as logged' if call.is_incremental else baton.aliased(call.predictions, 'logged') }}
    {%- if call.outcomes is not none %}
    left join {{ prefix }}outcome_of_key as outcome
        {%- for key in call.key_pairs %}
        {{ 'on' if loop.first else 'and' }} {{ key.predicted | indent(8) }} = outcome.{{ key.alias }}
        {%- endfor %}
    {%- endif %}
    {%- if call.is_incremental %}
    where logged.baton_is_whole
    {%- endif %}

),

{% if not call.is_stored -%}
{{ baton._predicted_classes(call, prefix) | trim }}

{{ baton._predicted_tasks(call, prefix) | trim }}

{% endif -%}
{{ baton._models_of_task(call, prefix) }}
{%- endcall -%}
{%- endmacro -%}

{#- A column as a finite double. -#}
{%- macro _finite_column(name, columns, qualifier='') -%}
    {%- set column = baton.identifier(name) -%}
{{ baton.finite_double(
    '%s.%s' | format(qualifier, column) if qualifier else column, baton.number_kind(columns, name),
    baton.find_column(columns, name) if columns else none
) }}
{%- endmacro -%}

{#- Whether predictions have a column that only some tasks need; where columns are not known, those that this task needs. -#}
{%- macro _has_prediction(call, name) -%}
    {{ return((baton.find_column(call.logged, name) is not none) if call.logged else (name in call.predicted)) }}
{%- endmacro -%}
