{#
    What is wrong with each model version in each period, and where to look: one verdict, with its evidence.

    The rules come in the order in which a cause makes the later ones unreliable: broken data, then features that differ from those of
    training, then other values (covariate drift), then other outcomes for the same values (concept drift). docs/health.md has them.
#}
{%- macro model_health(
    performance,
    drift_alerts=none,
    estimated_performance=none,
    skew=none,
    metric='roc_auc',
    reference={'first': 4},
    min_drop=none,
    alpha=0.05,
    minimum_rows=100,
    min_mismatch=0.05,
    min_nulls=0.01,
    greater_is_better=none,
    registry=none,
    features=none,
    test_results=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._model_health_call({
        'performance': performance, 'drift_alerts': drift_alerts, 'estimated_performance': estimated_performance, 'skew': skew,
        'metric': metric, 'reference': reference, 'min_drop': min_drop, 'alpha': alpha, 'minimum_rows': minimum_rows,
        'min_mismatch': min_mismatch, 'min_nulls': min_nulls, 'greater_is_better': greater_is_better, 'registry': registry,
        'features': features, 'test_results': test_results,
    }) -%}

{%- call baton.with_concat() -%}
with {{ baton._performance_changes(call) }},

{{ baton._health_findings(call) }},

{{ baton._health_verdicts(call) }},

{{ baton._health_texts(call) }}

select
    episodes.model_name,
    episodes.model_version,
    episodes.period_start,
    cast('all' as {{ baton.type_text() }}) as segment_name,
    cast('all' as {{ baton.type_text() }}) as segment_value,
    episodes.verdict,
    episodes.severity,
    {{ baton._health_summary(call) | trim | indent }} as summary,
    {{ baton._health_evidence(call) | trim | indent }} as evidence,
    coalesce({{ baton.as_text('named_features.features') }}, '[]') as features,
    cast({{ baton.literal(metric) }} as {{ baton.type_text() }}) as metric,
    episodes.value,
    episodes.expected_value,
    episodes.difference,
    episodes.mix_effect,
    episodes.rate_effect,
    episodes.n,
    episodes.n_labelled,
    episodes.since,
    owners.owner,
    coalesce({{ baton.as_text('upstream_of_cells.upstream') }}, '[]') as upstream
from episodes
left join of_verdict as strongest
    on {{ baton._same_cell('episodes', 'strongest') | indent }}
    and strongest.position = 1
left join ranked as drifted
    on {{ baton._same_cell('episodes', 'drifted') | indent }}
    and drifted.cause = 'covariate_drift'
    and drifted.position = 1
left join all_findings
    on {{ baton._same_cell('episodes', 'all_findings') | indent }}
left join named_features
    on {{ baton._same_cell('episodes', 'named_features') | indent }}
left join upstream_of_cells
    on {{ baton._same_cell('episodes', 'upstream_of_cells') | indent }}
left join owners
    on episodes.model_name = owners.model_name
    and (owners.model_version is null or episodes.model_version = owners.model_version)
{{ baton._expect_common_periods(call) }}
{%- endcall -%}
{%- endmacro -%}


{#- An input by other periods, or of other models, would be left out without a word, and two baselines of a version be mixed. -#}
{%- macro _expect_common_periods(call) -%}
    {%- set matched = {
        'drift_alerts': '(select count(*) from feature_states)',
        'skew': '(select count(*) from skewed)',
        'estimated_performance': '(select count(*) from explained where estimated_value is not null)',
    } -%}
    {%- set guards = [] -%}
    {%- for name, n_matched in matched.items() if call[name] is not none -%}
        {%- set of_metric = ' where value is not null and metric = %s' | format(call.metric) if name == 'estimated_performance' else '' -%}
        {%- set n_given = '(select count(*) from %s%s)' | format(call[name], of_metric) -%}
        {%- set message = "'baton.model_health: none of the ' || %s || ' rows of %s is of a model version and period of performance'"
            | format(baton.as_text(n_given), name) -%}
        {%- set guard -%}
case
        when {{ n_given }} > 0 and {{ n_matched }} = 0
            then {{ baton.fail(message, 'boolean') }}
        else true
    end
        {%- endset -%}
        {%- do guards.append(guard) -%}
    {%- endfor -%}
    {%- if call.drift_alerts is not none -%}
        {%- set guard -%}
case
        when (select max(n_baselines) from feature_states) > 1 then {{ baton.fail(
            "'baton.model_health: drift_alerts has ' || %s || ' baselines for one model version: call each after its version, or leave all but one out'"
            | format(baton.as_text('(select max(n_baselines) from feature_states)')), 'boolean'
        ) }}
        else true
    end
        {%- endset -%}
        {%- do guards.append(guard) -%}
    {%- endif -%}
{{ 'where\n    ' if guards }}{{ guards | join('\n    and ') }}
{%- endmacro -%}


{#- Whether two rows are of one model version and period. -#}
{%- macro _same_cell(one, other) -%}
{{ one }}.model_name = {{ other }}.model_name
and {{ one }}.model_version = {{ other }}.model_version
and {{ one }}.period_start = {{ other }}.period_start
{%- endmacro -%}


{#- The same where the other side may be about all models: its name and version are NULL. -#}
{%- macro _cell_of(one, other) -%}
{{ one }}.period_start = {{ other }}.period_start
and ({{ other }}.model_name is null or {{ one }}.model_name = {{ other }}.model_name)
and ({{ other }}.model_version is null or {{ one }}.model_version = {{ other }}.model_version)
{%- endmacro -%}


{#- A number in a sentence. -#}
{%- macro _short_number(number, digits=3) -%}
case
    when abs({{ number }}) < 1e15 then cast(cast({{ number }} as decimal(38, {{ digits }})) as {{ baton.type_text() }})
    else cast({{ number }} as {{ baton.type_text() }})
end
{%- endmacro -%}
