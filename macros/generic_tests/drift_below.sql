{#
    No feature has drifted by more than a threshold, beyond what chance does.
#}
{% test drift_below(
    model, threshold=0.1, metric='psi', features=none, alpha=0.05, minimum_n=1, periods=none, segments=false, not_enough_data='fail'
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'metric: text, features: names?', metric, features) -%}
    {%- do baton._expect_number(problems, 'threshold', threshold, least=0) -%}
    {%- if alpha is not none and (alpha is not number or alpha is boolean or not 0 < alpha < 1) -%}
        {%- do problems.append("alpha is %s, expected a number above 0 and below 1, or none" | format(baton._repr(alpha))) -%}
    {%- endif -%}
    {%- do baton.expect_whole_number(problems, 'minimum_n', minimum_n, most=1000000000) -%}
    {%- do baton._expect_tested_cells(problems, segments, periods, not_enough_data) -%}
    {%- set tested = baton._tested_relation(model) -%}
    {%- set columns = 'baseline model_name model_version period_start segment_name segment_value feature metric value p_value n'.split() -%}
    {%- set known = baton._expect_tested_columns(problems, tested, columns) -%}
    {%- do baton.raise_problems('drift_below', problems) -%}

    {#- drift_alerts has looked at many features at once -#}
    {%- set p_value = 'p_value_adjusted' if known and baton.find_column(known, 'p_value_adjusted') else 'p_value' -%}
    {%- set columns = columns + ([p_value] if p_value not in columns else []) -%}
    {%- set conditions = ["metric = %s" | format(baton.literal(metric))] -%}
    {%- if not segments -%}{%- do conditions.append("segment_name = 'all'") -%}{%- endif -%}
    {%- if features is not none -%}{%- do conditions.append(baton._is_among('feature', baton.as_list(features))) -%}{%- endif -%}

{%- call baton.with_concat() -%}
with {{ baton._tested_cells(model, columns, conditions, periods, ['value is not null', 'n >= %s' | format(minimum_n)]) }},

faults as (

    select
        {{ columns | join(',\n        ') }},
        case
            {%- if alpha is not none %}
            -- as far as chance alone goes
            when {{ p_value }} > {{ baton.number_literal(alpha) }} then null
            {%- endif %}
            when value > {{ baton.number_literal(threshold) }} then concat(
                'it has drifted by ', {{ baton._rounded_text('value') }}, {{ baton.literal(
                    ', more than %s; see which of its bins moved and what changed upstream, and train again if the change is here to stay' | format(threshold)
                ) }}
            )
        end as baton_fault
    from cells
    {%- if not_enough_data == 'fail' %}
    {{- baton._untested(
        columns, 'there is no such drift to test; see whether the feature is still counted, or set not_enough_data: pass', baton.as_list(features)
    ) | indent(4) }}
    {%- endif %}

)

{{ baton._failing_rows(
    ['feature', 'metric', 'period_start'] + (['segment_name', 'segment_value'] if segments else []), columns
) }}
{%- endcall -%}

{%- endtest %}
