{#
    Nothing is wrong with a model in its newest periods: the verdict of model_health says what is, and where to start.
#}
{% test model_is_healthy(model, allow=['not_enough_labels'], periods=1, model_name=none, allow_warnings=false) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'model_name: text?, allow_warnings: boolean', model_name, allow_warnings) -%}
    {%- do baton.expect_whole_number(problems, 'periods', periods) -%}
    {%- for verdict in (allow if baton.is_list(allow) else [] if allow is none else [allow]) -%}
        {%- do baton.expect_choice(problems, 'allow', verdict, 'data_quality training_serving_skew covariate_drift concept_drift performance_drop_unexplained not_enough_labels'.split()) -%}
    {%- endfor -%}
    {%- set columns = 'model_name model_version period_start verdict severity since owner upstream'.split() -%}
    {%- do baton._expect_tested_columns(problems, baton._tested_relation(model), columns + ['summary']) -%}
    {%- do baton.raise_problems('model_is_healthy', problems) -%}
    {%- set allowed = ["'healthy'"] -%}
    {%- for verdict in baton.as_list(allow) -%}{%- do allowed.append(baton.literal(verdict)) -%}{%- endfor -%}

with newest as (

    select
        {{ columns | join(',\n        ') }},
        summary,
        dense_rank() over (partition by model_name order by period_start desc) as baton_age
    from {{ model }}
    {%- if model_name is not none %}
    where model_name = {{ baton.literal(model_name) }}
    {%- endif %}

),

faults as (

    select
        {{ columns | join(',\n        ') }},
        verdict || ' since ' || {{ baton.as_text('since') }} || ': ' || summary || coalesce('; it belongs to ' || owner, '') as baton_fault
    from newest
    where
        baton_age <= {{ periods }}
        and verdict not in ({{ allowed | join(', ') }})
        {%- if allow_warnings %}
        and severity = 'error'
        {%- endif %}
    {%- if not flags.EMPTY %}

    union all

    select
        {{ baton.as_text(baton.literal(model_name)) }},
        {%- for column in columns[1:] %}
        cast(null as {{ 'timestamp' if column in ['period_start', 'since'] else baton.type_text() }}),
        {%- endfor %}
        'the table has no {{ 'row of this model' if model_name is not none else 'rows' }}, so nothing is known'
    from (select count(*) as n from newest) as counted
    where n = 0
    {%- endif %}

)

{{ baton._failing_rows(['model_name', 'model_version', 'period_start'], columns) }}

{%- endtest %}
