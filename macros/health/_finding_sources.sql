{#- The rows that are findings, by cause. -#}
{%- macro _finding_sources(call) -%}
    {%- set sources = [] -%}
    {%- if call.drift_alerts is not none -%}
        {%- set broken -%}
case broken
    when 'nulls' then concat(
        feature, ' is NULL in ',
        {{ baton._percent('n_nulls / n') }}, ' of rows, ',
        {{ baton._percent('null_share_reference') }}, ' in the reference'
    )
    when 'placeholders' then concat(
        'placeholders such as 0, -1, 999 or unknown are ',
        {{ baton._percent('placeholder_share') }}, ' of the values of ', feature, ', of which the reference has hardly any'
    )
    when 'one bin' then concat('all values of ', feature, ' are in one bin, ', {{ baton._percent('vanished_share') }}, ' of the reference in others')
    else concat(
        'values of ', feature, ' were replaced: ',
        {{ baton._percent('unseen_share') }}, ' of rows are new, ',
        {{ baton._percent('vanished_share') }}, ' of the reference is gone'
    )
end
        {%- endset -%}
        {%- do sources.append({
            'cause': 'data_quality',
            'rows': 'judged_states',
            'where': 'broken is not null',
            'measure': "case broken when 'nulls' then abs(null_rise) when 'placeholders' then placeholder_share else vanished_share end",
            'detail': broken,
            'facts': 'null_share null_share_reference unseen_share vanished_share largest_share placeholder_share',
        }) -%}
        {%- if call.test_results is not none -%}
            {%- set failed -%}
concat(
    feature, ' has drifted, and tests of data behind it failed: ', test_name,
    case when n_failed > 1 then concat(' and ', {{ baton.as_text('n_failed - 1') }}, ' more') else '' end
)
            {%- endset -%}
            {%- do sources.append({
                'cause': 'data_quality',
                'rows': 'failed_tests',
                'where': "not exists (
            select 1
            from judged_states
            where %s
                and failed_tests.feature = judged_states.feature
                and judged_states.broken is not null
        )" | format(baton._same_cell('failed_tests', 'judged_states') | indent(16)),
                'measure': baton.as_double(1),
                'detail': failed,
                'facts': 'test_name n_failed',
            }) -%}
        {%- endif -%}
        {%- set drifted -%}
concat(
    feature, ' has drifted, ', metric, ' ',
    {{ baton._short_number('value') | indent }}
)
        {%- endset -%}
        {%- do sources.append({
            'cause': 'covariate_drift',
            'rows': 'alerts',
            'where': 'position = 1',
            'measure': 'value',
            'detail': drifted,
            'facts': 'metric value unseen_share alert_since',
            'unseen': 'unseen_share',
        }) -%}
    {%- endif -%}
    {%- if call.skew is not none -%}
        {%- set skewed -%}
concat(
    feature, ' was served wrongly in ',
    {{ baton._percent('mismatch_share') }}, ' of rows',
    case
        when stale_share > 0 then concat(
            '; ',
            {{ baton._percent('stale_share') }}, ' of rows are stale, by ',
            {{ baton._short_number('median_staleness_days', 1) | indent(12) }}, ' days in the median'
        )
        else ''
    end
)
        {%- endset -%}
        {%- do sources.append({
            'cause': 'training_serving_skew',
            'rows': 'skewed',
            'where': 'mismatch_share >= %s and n >= %s' | format(call.min_mismatch, call.minimum_rows),
            'measure': 'mismatch_share',
            'detail': skewed,
            'facts': 'mismatch_share stale_share median_staleness_days',
        }) -%}
    {%- endif -%}
    {{ return(sources) }}
{%- endmacro -%}

{%- macro _percent(share) -%}
case when abs({{ share }}) <= 1 then concat(cast(cast(100 * {{ share }} as decimal(4, 1)) as {{ baton.type_text() }}), ' %') end
{%- endmacro -%}

{#- The facts of a finding from some rows: its cause, its feature, and the columns of these names. -#}
{%- macro _named_values(cause, rows, names) -%}
    {%- set members = {'cause': baton.literal(cause)} -%}
    {%- for name in ['feature'] + names.split() -%}{%- do members.update({name: '%s.%s' | format(rows, name)}) -%}{%- endfor -%}
    {{ return(members) }}
{%- endmacro -%}
