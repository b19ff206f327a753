{#-
    The CTE `findings`: what is conspicuous about a feature in a period, as cause, measure (how strong), detail (a sentence) and facts
    (JSON).

    data_quality            what is `broken` in `judged_states`
    training_serving_skew   the served value is not the recomputed one
    covariate_drift         an alert of drift_alerts; with a data test that failed behind the feature in that period it is data_quality
-#}
{%- macro _health_findings(call) -%}
{%- call baton.with_named_windows() -%}
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
        drift.value,
        drift.unseen_share,
        drift.alert_since,
        row_number() over (
            partition by periods.model_name, periods.model_version, periods.period_start, drift.feature
            order by case when drift.metric = 'psi' then 0 else 1 end, drift.metric, drift.value desc
        ) as position
    from periods
    inner join drift_rows as drift
        on {{ baton._cell_of('periods', 'drift') | indent(8) }}
    where drift.is_alert

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
        {{ baton.json_object(baton._named_values(finding.cause, finding.rows, finding.facts)) | trim | indent(8) }} as facts,
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
{%- endcall -%}
{%- endmacro -%}
