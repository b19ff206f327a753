{#
    What predictions were worth once their outcomes are known: one row for each model, version, period, segment and
    metric (`shape='long'`), or one column for each metric (`shape='wide'`).

    A metric is a ratio or a count over the totals of `_performance_cells`; it is NULL, with a reason, where it is undefined.
#}
{%- macro model_performance(
    predictions,
    outcomes,
    entity,
    task,
    period='day',
    segments=[],
    actual='actual',
    outcome_time=none,
    positive_class='1',
    value=none,
    known_at=none,
    shape='long',
    as_of='as_of',
    outcome_as_of=none,
    undefined='null',
    group=none,
    k=[10],
    quantiles={},
    interval=none
) -%}

    {#- a hook has to be there when dbt parses, which does not know the materialization yet -#}
    {%- if model is defined and model.resource_type == 'model' -%}{%- do config(post_hook=["{{ baton._delete_replaced_performance() }}"]) -%}{%- endif -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- set is_stored = model.resource_type == 'model' and model.config.materialized == 'incremental' -%}
    {%- if is_stored -%}
        {%- do baton._expect_performance_config(problems, period) -%}
    {%- endif -%}
    {%- set call = baton._performance_call('model_performance', {
        'predictions': predictions, 'outcomes': outcomes, 'entity': entity, 'task': task, 'period': period, 'segments': segments,
        'actual': actual, 'outcome_time': outcome_time, 'positive_class': positive_class, 'value': value, 'known_at': known_at,
        'shape': shape, 'as_of': as_of, 'outcome_as_of': outcome_as_of, 'undefined': undefined, 'group': group, 'k': k,
        'quantiles': quantiles, 'interval': interval, 'is_stored': is_stored,
    }, problems) -%}
    {%- set cell = call.cell -%}
    {%- if call.task == 'multiclass' -%}
        {%- set metrics = baton._multiclass_metrics(call) -%}
    {%- elif call.task == 'regression' -%}
        {%- set metrics = baton._regression_metrics(call) -%}
    {%- elif call.task == 'ranking' -%}
        {%- set metrics = baton._ranking_metrics(call) -%}
    {%- else -%}
        {%- set metrics = baton._binary_metrics(with_value=value is not none) -%}
    {%- endif -%}

with {{ baton._labelled_predictions(call) }},

{% if call.task == 'multiclass' -%}
{{ baton._multiclass_cells(call) }}
{%- elif call.task == 'regression' -%}
{{ baton._regression_cells(call) }}
{%- elif call.task == 'ranking' -%}
{{ baton._ranking_cells(call) }}
{%- else -%}
{{ baton._performance_cells(call, with_errors=shape == 'long') }}
{%- endif %}
{%- if shape == 'long' %},

{{ baton._measured_cells(metrics, cell, undefined) }},

{{ baton._performance_intervals() }}
{%- endif %}
{%- set rows -%}
{%- if shape == 'long' -%}
{{ baton._performance_rows(cell) }}
{%- else -%}
select
    {{ cell | join(',\n    ') }},
    {%- for metric in metrics if metric.get('of') != 'classes' %}
    case when other_task is null then {{ baton._metric_value(metric, undefined) | indent(8) }} end as {{ baton.identifier(metric.name) }},
    {%- endfor %}
    cast(n as {{ dbt.type_bigint() }}) as n,
    cast(n_labelled as {{ dbt.type_bigint() }}) as n_labelled
from cells
{%- endif -%}
{%- endset -%}
{%- if is_stored %},

{{ baton._stored_performance(call, rows, 14 if shape == 'long' else 7 + metrics | rejectattr('of', 'equalto', 'classes') | list | length) }}
{%- else %}

{{ rows }}
{%- endif %}

{%- endmacro -%}

