{#
    A comparison of models has shown that the challenger is not worse than the champion by more than a margin, so it can be promoted.

    The interval of compare_models decides, which stays valid however often the test runs.
#}
{% test challenger_is_not_worse(
    model, metric=none, margin=0, not_enough_data='fail', minimum_pairs=none, model_name=none, segments=false
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- set known = baton._compared_metrics() -%}
    {%- do baton.expect(
        problems, 'not_enough_data: {choice: [fail, pass]}, model_name: text?, segments: boolean', not_enough_data, model_name, segments
    ) -%}
    {%- for name in baton.as_list(metric) -%}{%- do baton.expect_choice(problems, 'metric', name, known | list) -%}{%- endfor -%}
    {%- if metric is not none and not baton.as_list(metric) -%}
        {%- do problems.append("metric is %s, expected a metric of the comparison or a list of them" | format(baton._repr(metric))) -%}
    {%- endif -%}
    {%- if margin is not none and (margin is not number or margin is boolean or not 0 <= margin < 1e300) -%}
        {%- do problems.append("margin is %s, expected a number from 0, or none" | format(baton._repr(margin))) -%}
    {%- endif -%}
    {%- if minimum_pairs is not none -%}{%- do baton.expect_whole_number(problems, 'minimum_pairs', minimum_pairs, most=1000000000) -%}{%- endif -%}
    {%- set texts = 'model_name segment_name segment_value champion_version challenger_version metric'.split() -%}
    {%- set numbers = 'difference lower upper n_pairs'.split() -%}
    {%- set columns = texts + numbers + ['verdict'] -%}
    {%- do baton._expect_tested_columns(problems, baton._tested_relation(model), columns + ['reason']) -%}
    {%- do baton.raise_problems('challenger_is_not_worse', problems) -%}

    {%- set losses, metrics = [], [] -%}
    {%- for name in known if known[name].is_loss -%}{%- do losses.append(baton.literal(name)) -%}{%- endfor -%}
    {%- for name in baton.as_list(metric) -%}{%- do metrics.append(baton.literal(name)) -%}{%- endfor -%}
    {%- set is_loss -%} metric in ({{ losses | join(', ') }}) {%- endset -%}
    {%- set least -%} {{ -margin if margin else 0 }} {%- endset -%}
    {%- set interval -%}
'its difference is in [', {{ baton._rounded_text('lower') }}, ', ', {{ baton._rounded_text('upper') }}, ']; keep the champion'
    {%- endset -%}

{%- call baton.with_concat() -%}
with judged as (

    select
        {{ columns | join(',\n        ') }},
        reason,
        case when {{ is_loss }} then -upper else lower end as least_gain,
        case when {{ is_loss }} then -lower else upper end as most_gain
    from {{ model }}
    where
        model_name {% if model_name is none %}is not null{% else %}= {{ baton.literal(model_name) }}{% endif %}
        {%- if metrics %}
        and metric in ({{ metrics | join(', ') }})
        {%- endif %}
        {%- if not segments %}
        and segment_name = 'all'
        {%- endif %}

),

faults as (

    select
        {{ columns | join(',\n        ') }},
        case
            when verdict = 'not_enough_data'{% if minimum_pairs %} or n_pairs < {{ minimum_pairs }}{% endif %}
                then {% if not_enough_data == 'pass' %}null{% else -%}
                    concat('not enough data (', reason, '); wait for outcomes, or set not_enough_data: pass')
                {%- endif %}
            when most_gain < {{ least }}
                then concat('the challenger is worse, ', {{ interval }}, ' and end the challenger')
            {%- if margin is not none %}
            when not least_gain > {{ least }} then concat(
                'it is not shown that the challenger is {{ 'worse by less than %s' | format(margin) if margin else 'better' }}, ',
                {{ interval | indent(16) }}, ' and wait for more outcomes{{ ', or allow a margin' if not margin }}'
            )
            {%- endif %}
        end as baton_fault
    from judged
    {%- if not_enough_data == 'fail' and not flags.EMPTY %}

    union all

    -- a comparison without a row shows nothing
    select
        {%- for column in columns %}
        cast(null as {{ baton.type_double() if column in numbers else baton.type_text() }}),
        {%- endfor %}
        'the comparison has no such row; compare the models, or set not_enough_data: pass'
    from (select count(*) as n from judged) as counted
    where n = 0
    {%- endif %}

)

{{ baton._failing_rows(['model_name', 'metric'] + (['segment_name', 'segment_value'] if segments else []), columns) }}
{%- endcall -%}

{%- endtest %}


{#- A number in a sentence, with six decimals. -#}
{%- macro _rounded_text(number) -%}
cast(floor({{ number }} * 1e6 + 0.5) / 1e6 as {{ baton.type_text() }})
{%- endmacro -%}
