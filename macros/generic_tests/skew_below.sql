{#
    No feature differs from what it should have been in more than a share of the predictions.
#}
{% test skew_below(
    model, threshold=0.01, features=none, minimum_n=1, periods=none, segments=false, not_enough_data='fail'
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- do baton.expect(problems, 'features: names?', features) -%}
    {%- if threshold is not number or threshold is boolean or not 0 <= threshold < 1 -%}
        {%- do problems.append("threshold is %s, expected a share from 0 to less than 1" | format(baton._repr(threshold))) -%}
    {%- endif -%}
    {%- do baton.expect_whole_number(problems, 'minimum_n', minimum_n, most=1000000000) -%}
    {%- do baton._expect_tested_cells(problems, segments, periods, not_enough_data) -%}
    {%- set columns = 'model_name model_version period_start segment_name segment_value feature n n_mismatched mismatch_share'.split() -%}
    {%- set reasons = ['example', 'undefined_reason'] -%}
    {%- do baton._expect_tested_columns(problems, baton._tested_relation(model), columns + reasons + ['median_staleness_days']) -%}
    {%- do baton.raise_problems('skew_below', problems) -%}

    {%- set conditions = [] -%}
    {%- if not segments -%}{%- do conditions.append("segment_name = 'all'") -%}{%- endif -%}
    {%- if features is not none -%}{%- do conditions.append(baton._is_among('feature', baton.as_list(features))) -%}{%- endif -%}

{%- call baton.with_concat() -%}
with {{ baton._tested_cells(
    model, columns + reasons + ['median_staleness_days'], conditions, periods,
    ["(n >= %s or undefined_reason = 'not recomputed')" | format(minimum_n)]
) }},

faults as (

    select
        {{ (columns + ['example']) | join(',\n        ') }},
        case
            when undefined_reason is not null
                then 'no prediction could be compared, since nothing was recomputed for it; build the recomputed features'
            when mismatch_share > {{ baton.number_literal(threshold) }} then concat(
                n_mismatched, ' of ', n, {{ baton.literal(' predictions saw another value than they should have, a share of more than %s (' | format(threshold)) }},
                example, '); ',
                case
                    when median_staleness_days is not null then concat(
                        'half of the stale values were ', {{ baton._rounded_text('median_staleness_days') }},
                        ' days old or older: see why the features were not refreshed before scoring'
                    )
                    else 'compare how this feature is computed for serving and for training'
                end
            )
        end as baton_fault
    from cells
    {%- if not_enough_data == 'fail' %}
    {{- baton._untested(
        columns + ['example'], 'there is no such comparison to test; see whether the feature is still compared, or set not_enough_data: pass',
        baton.as_list(features)
    ) | indent(4) }}
    {%- endif %}

)

{{ baton._failing_rows(
    ['model_name', 'model_version', 'feature', 'period_start'] + (['segment_name', 'segment_value'] if segments else []),
    columns + ['example']
) }}
{%- endcall -%}

{%- endtest %}
