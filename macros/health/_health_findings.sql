{#-
    The CTE `findings`: what is conspicuous about a feature in a period, as cause, measure (how strong), detail (a sentence) and facts
    (JSON).

    data_quality            the odds of NULL are five times those of the reference, which chance does not explain; or values were replaced: what
                            never occurred came where what was usual went; or most bins of a number are empty; or one value is left. What a
                            recomputation does not have is skew.
    training_serving_skew   the served value is not the recomputed one
    covariate_drift         an alert of drift_alerts; with a data test that failed behind the feature in that period it is data_quality
-#}
{%- macro _health_findings(call) -%}
nodes as (

    {{ call.upstream.nodes }}

),

-- dbt has no lineage of columns: the nodes that have a column of the feature's name, and all behind the one where it first appears
links as (

    {{ call.upstream.links }}

),

{%- if call.skew is not none %}
skewed as (

    select
        periods.model_name,
        periods.model_version,
        periods.period_start,
        skew.feature,
        {{ baton.as_double('skew.n') }} as n,
        {{ baton.as_double('skew.mismatch_share') }} as mismatch_share,
        {{ baton.as_double('skew.n_missing_served') }} / nullif({{ baton.as_double('skew.n') }}, 0) as missing_served_share,
        {{ baton.as_double('skew.stale_share') }} as stale_share,
        {{ baton.as_double('skew.median_staleness_days') }} as median_staleness_days
    from periods
    inner join {{ baton.aliased(call.skew, 'skew') }}
        on {{ baton._cell_of('periods', 'skew') | indent(8) }}
    where skew.segment_name = 'all'

),
{% endif %}
{%- if call.drift_alerts is not none %}
{{ baton._judged_features(call) }},

alerts as (

    select
        periods.model_name,
        periods.model_version,
        periods.period_start,
        drift.feature,
        drift.metric,
        {{ baton.as_double('drift.value') }} as value,
        {{ baton.as_double('drift.unseen_share') }} as unseen_share,
        cast(drift.alert_since as timestamp) as alert_since,
        row_number() over (
            partition by periods.model_name, periods.model_version, periods.period_start, drift.feature
            order by case when drift.metric = 'psi' then 0 else 1 end, drift.metric, drift.value desc
        ) as position
    from periods
    inner join {{ baton.aliased(call.drift_alerts, 'drift') }}
        on {{ baton._cell_of('periods', 'drift') | indent(8) }}
    where drift.segment_name = 'all' and drift.is_alert

),
{%- if call.test_results is not none %}

-- an alert of a feature, and in that period a data test failed on a node behind it; the newest period is as long as the one before
failed_tests as (

    select
        alerts.model_name,
        alerts.model_version,
        alerts.period_start,
        alerts.feature,
        min(results.test_name) as test_name,
        count(distinct results.test_name) as n_failed
    from alerts
    inner join links
        on alerts.feature = links.feature
    inner join nodes
        on links.node_id = nodes.node_id
    inner join (
        select
            model_name,
            model_version,
            period_start,
            coalesce(
                {{ baton.seconds_between('period_start', 'lead(period_start) over version') }},
                {{ baton.seconds_between('lag(period_start) over version', 'period_start') }}
            ) as seconds
        from periods
        window version as (partition by model_name, model_version order by period_start)
    ) as spans
        on {{ baton._same_cell('alerts', 'spans') | indent(8) }}
    inner join {{ baton.aliased(call.test_results, 'results') }}
        on nodes.unique_id = results.node
        and results.ran_at >= spans.period_start
        and {{ baton.seconds_between('spans.period_start', 'results.ran_at') }} < spans.seconds
    where alerts.position = 1 and results.status in ('fail', 'error')
    group by alerts.model_name, alerts.model_version, alerts.period_start, alerts.feature

),
{%- endif %}
{% endif %}
findings as (
    {%- for finding in baton._finding_sources(call) %}

    select
        model_name,
        model_version,
        period_start,
        cast('{{ finding.cause }}' as {{ baton.type_text() }}) as cause,
        cast(feature as {{ baton.type_text() }}) as feature,
        {{ finding.measure }} as measure,
        {{ finding.detail | indent(8) }} as detail,
        {{ baton.json_object(baton._named_values(finding.cause, finding.facts)) | trim | indent(8) }} as facts,
        {{ finding.get('unseen', baton.as_double('null')) }} as unseen_share
    from {{ finding.rows }}
    where {{ finding.where }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- else %}

    select
        model_name,
        model_version,
        period_start,
        {{ baton.as_text('null') }} as cause,
        {{ baton.as_text('null') }} as feature,
        {{ baton.as_double('null') }} as measure,
        {{ baton.as_text('null') }} as detail,
        {{ baton.json_object({}) | trim }} as facts,
        {{ baton.as_double('null') }} as unseen_share
    from periods
    where 1 = 0
    {%- endfor %}

)
{%- endmacro -%}


{#- The rows that are findings, by cause. -#}
{%- macro _finding_sources(call) -%}
    {%- set sources = [] -%}
    {%- if call.drift_alerts is not none -%}
        {%- set broken -%}
case
    when has_nulls then concat(
        feature, ' is NULL in ',
        {{ baton._percent('n_nulls / n') }}, ' of rows, ',
        {{ baton._percent('null_share_reference') }}, ' in the reference'
    )
    when largest_share + null_share >= 1 - 1e-9
        then concat(feature, ' has one value in all rows, ', {{ baton._percent('vanished_share') }}, ' of the reference has others')
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
            'where': 'has_nulls or has_other_values',
            'measure': 'case when has_nulls then null_rise else vanished_share end',
            'detail': broken,
            'facts': 'null_share null_share_reference unseen_share vanished_share largest_share',
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
                and (judged_states.has_nulls or judged_states.has_other_values)
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

{#- The facts of a finding: its cause, its feature, and the columns of these names. -#}
{%- macro _named_values(cause, names) -%}
    {%- set members = {'cause': baton.literal(cause), 'feature': 'feature'} -%}
    {%- for name in names.split() -%}{%- do members.update({name: name}) -%}{%- endfor -%}
    {{ return(members) }}
{%- endmacro -%}
