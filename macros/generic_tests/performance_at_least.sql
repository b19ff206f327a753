{#
    A metric of model_performance is at least so good, wherever enough outcomes are known.
#}
{% test performance_at_least(
    model, metric='roc_auc', minimum=none, maximum=none, minimum_labelled=100, labelled_share=0.9, beyond_doubt=false, model_name=none,
    periods=none, segments=false, not_enough_data='fail'
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'metric: text, beyond_doubt: boolean, model_name: text?', metric, beyond_doubt, model_name) -%}
    {%- if minimum is none and maximum is none -%}
        {%- do problems.append("minimum and maximum are both missing: give the least value of %s, or for an error its largest" | format(baton._repr(metric))) -%}
    {%- endif -%}
    {%- for argument, bound in [('minimum', minimum), ('maximum', maximum)] if bound is not none -%}
        {%- do baton._expect_number(problems, argument, bound) -%}
    {%- endfor -%}
    {%- do baton.expect_whole_number(problems, 'minimum_labelled', minimum_labelled, most=1000000000) -%}
    {%- if labelled_share is not number or labelled_share is boolean or not 0 <= labelled_share <= 1 -%}
        {%- do problems.append("labelled_share is %s, expected a share from 0 to 1" | format(baton._repr(labelled_share))) -%}
    {%- endif -%}
    {%- do baton._expect_tested_cells(problems, segments, periods, not_enough_data) -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- set columns = 'model_name model_version period_start segment_name segment_value metric value lower upper n n_labelled'.split() -%}
    {%- do baton._expect_tested_columns(problems, tested, columns + ['class']) -%}
    {%- do baton.raise_problems('performance_at_least', problems) -%}

    {%- set conditions = ['metric = %s' | format(baton.literal(metric)), 'class is null'] -%}
    {%- if model_name is not none -%}{%- do conditions.append('model_name = %s' | format(baton.literal(model_name))) -%}{%- endif -%}
    {%- if not segments -%}{%- do conditions.append("segment_name = 'all'") -%}{%- endif -%}
    {#- outcomes that are known early are not like those to come, so a period counts once most are there -#}
    {%- set enough = ['value is not null', 'n_labelled >= %s' | format(minimum_labelled)] -%}
    {%- if labelled_share > 0 -%}{%- do enough.append('n_labelled >= %s * n' | format(baton.number_literal(labelled_share))) -%}{%- endif -%}
    {%- set what_to_do = '; see in which segments it fell and whether its features drifted or are skewed, then train again or roll back' -%}

{%- call baton.with_concat() -%}
with {{ baton._tested_cells(model, columns, conditions + enough, periods, []) }},

faults as (

    select
        {{ columns | join(',\n        ') }},
        case
            {%- for bound, side, word in [(minimum, 'upper', 'less'), (maximum, 'lower', 'more')] if bound is not none %}
            when {{ 'coalesce(%s, value)' | format(side) if beyond_doubt else 'value' }} {{ '<' if word == 'less' else '>' }} {{ baton.number_literal(bound) }}
                then concat(
                    'it is ', {{ baton._rounded_text('value') }}, ' by ', n_labelled,
                    {{ baton.literal(' outcomes, %s than %s%s' | format(word, bound, ' beyond doubt' if beyond_doubt else '')) }},
                    {{ baton.literal(what_to_do) }}
                )
            {%- endfor %}
        end as baton_fault
    from cells
    {%- if not_enough_data == 'fail' %}
    {{- baton._untested(
        columns,
        'no period has this metric with %s outcomes that are %s of its predictions; wait for outcomes, lower minimum_labelled or labelled_share, or set not_enough_data: pass'
        | format(minimum_labelled, labelled_share)
    ) | indent(4) }}
    {%- endif %}

)

{{ baton._failing_rows(
    ['model_name', 'model_version', 'metric', 'period_start'] + (['segment_name', 'segment_value'] if segments else []), columns
) }}
{%- endcall -%}

{%- endtest %}
