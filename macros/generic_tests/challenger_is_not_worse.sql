{#
    A comparison of models has shown that the challenger is not worse than the champion by more than a margin, so it can be promoted.

    The interval of compare_models decides, which stays valid however often the test runs.
#}
{% test challenger_is_not_worse(
    model, metric=none, margin=0, not_enough_data='fail', minimum_pairs=none, model_name=none, segments=false
) -%}
    {%- set call = baton._challenger_is_not_worse_call(model, metric, margin, not_enough_data, minimum_pairs, model_name, segments) -%}
    {{ adapter.dispatch('test_challenger_is_not_worse', 'baton')(model, call) }}
{%- endtest %}


{%- macro default__test_challenger_is_not_worse(model, call) -%}
with judged as (

    select
        {{ call.columns | join(',\n        ') }},
        reason,
        case
            when verdict = 'not_enough_data'{% if call.minimum_pairs %} or n_pairs < {{ call.minimum_pairs }}{% endif %} then 1
            else 0
        end as lacks_data,
        case when metric in ({{ call.losses | join(', ') }}) then -upper else lower end as least_gain,
        case when metric in ({{ call.losses | join(', ') }}) then -lower else upper end as most_gain
    from {{ model }}
    {{ baton._where(call.conditions) | indent }}

),

faults as (

    select
        {{ call.columns | join(',\n        ') }},
        case
            when lacks_data = 1
                then {% if call.fails_without_data -%}
                    concat('not enough data (', reason, '); wait for outcomes, or set not_enough_data: pass')
                {%- else -%} null {%- endif %}
            when most_gain < -{{ call.margin }} then concat(
                'the challenger is worse, its difference is in [', {{ baton._rounded_text('lower') | indent(16) }},
                ', ', {{ baton._rounded_text('upper') | indent(16) }}, ']; keep the champion and end the challenger'
            )
            {%- if call.must_be_shown %}
            when not least_gain > -{{ call.margin }} then concat(
                'it is not shown that the challenger is {{ call.claim }}, its difference is in [',
                {{ baton._rounded_text('lower') | indent(16) }}, ', ', {{ baton._rounded_text('upper') | indent(16) }},
                ']; keep the champion and wait for more outcomes{{ ', or allow a margin' if call.margin == '0' }}'
            )
            {%- endif %}
        end as baton_fault
    from judged
    {%- if call.fails_without_data and not flags.EMPTY %}

    union all

    -- a comparison without a row shows nothing
    select
        {%- for column in call.columns %}
        {{ 'cast(null as %s)' | format(baton.type_double() if column in call.numbers else baton.type_text()) }},
        {%- endfor %}
        {{ baton.literal(call.nothing) }}
    from (select count(*) as n from judged) as counted
    where n = 0
    {%- endif %}

)

{{ baton._failing_rows(call.row, call.columns) }}

{%- endmacro -%}


{#- A number in a sentence, with six decimals. -#}
{%- macro _rounded_text(number) -%}
cast(floor({{ number }} * 1e6 + 0.5) / 1e6 as {{ baton.type_text() }})
{%- endmacro -%}


{%- macro _challenger_is_not_worse_call(model, metric, margin, not_enough_data, minimum_pairs, model_name, segments) -%}
    {%- set problems = [] -%}
    {%- set known = baton._compared_metrics() -%}
    {%- for name in baton.as_list(metric) -%}{%- do baton.expect_choice(problems, 'metric', name, known | list) -%}{%- endfor -%}
    {%- if metric is not none and not baton.as_list(metric) -%}
        {%- do problems.append("metric is %s, expected a metric of the comparison or a list of them" | format(baton._repr(metric))) -%}
    {%- endif -%}
    {%- if margin is not none and (margin is not number or margin is boolean or not 0 <= margin < 1e300) -%}
        {%- do problems.append("margin is %s, expected a number from 0, or none" | format(baton._repr(margin))) -%}
    {%- endif -%}
    {%- do baton.expect_choice(problems, 'not_enough_data', not_enough_data, ['fail', 'pass']) -%}
    {%- if minimum_pairs is not none -%}{%- do baton.expect_whole_number(problems, 'minimum_pairs', minimum_pairs, most=1000000000) -%}{%- endif -%}
    {%- if model_name is not none -%}{%- do baton.expect_text(problems, 'model_name', model_name) -%}{%- endif -%}
    {%- do baton.expect_boolean(problems, 'segments', segments) -%}
    {%- set columns = [
        'model_name', 'segment_name', 'segment_value', 'champion_version', 'challenger_version', 'metric', 'difference', 'lower',
        'upper', 'n_pairs', 'verdict',
    ] -%}
    {%- do baton._expect_tested_columns(problems, baton._tested_relation(model), columns + ['reason']) -%}
    {%- do baton.raise_problems('challenger_is_not_worse', problems) -%}

    {%- set losses, metrics, conditions = [], [], [] -%}
    {%- for name in known if known[name].is_loss -%}{%- do losses.append(baton.literal(name)) -%}{%- endfor -%}
    {%- for name in baton.as_list(metric) -%}{%- do metrics.append(baton.literal(name)) -%}{%- endfor -%}
    {%- if not segments -%}{%- do conditions.append("segment_name = 'all'") -%}{%- endif -%}
    {%- if metrics -%}{%- do conditions.append('metric in (%s)' | format(metrics | join(', '))) -%}{%- endif -%}
    {%- if model_name is not none -%}{%- do conditions.append('model_name = %s' | format(baton.literal(model_name))) -%}{%- endif -%}
    {{ return({
        'columns': columns,
        'numbers': ['difference', 'lower', 'upper', 'n_pairs'],
        'row': ['model_name', 'metric'] + (['segment_name', 'segment_value'] if segments else []),
        'losses': losses,
        'conditions': conditions or ['metric is not null'],
        'margin': baton.number_literal(margin) if margin else '0',
        'must_be_shown': margin is not none,
        'claim': 'worse by less than %s' | format(margin) if margin else 'better',
        'fails_without_data': not_enough_data == 'fail',
        'minimum_pairs': minimum_pairs,
        'nothing': 'the comparison has no such row; compare the models, or set not_enough_data: pass',
    }) }}
{%- endmacro -%}
