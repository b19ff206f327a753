{#-
    The CTEs that put the findings of a cell into words: `ranked` (findings of the verdict's cause, the strongest first), `named_features`
    and `all_findings` (JSON), `upstream_of_cells` and `owners`.
-#}
{%- macro _health_texts(call) -%}
{%- call baton.with_named_windows() -%}
{%- set of_finding = 'partition by findings.model_name, findings.model_version, findings.period_start, findings.cause' -%}
{%- set of_node = 'partition by reached.model_name, reached.model_version, reached.period_start' -%}
ranked as (

    select
        findings.*,
        findings.measure / nullif(sum(findings.measure) over (
            {{ baton.named_window('cell', of_finding) }}
            order by findings.measure desc, findings.feature
            rows between unbounded preceding and unbounded following
        ), 0) as share,
        row_number() over ({{ baton.named_window('cell', of_finding) }} order by findings.measure desc, findings.feature) as position,
        count(*) over cell as n_findings
    from findings
    window cell as ({{ of_finding }})

),

of_verdict as (

    select
        ranked.*
    from ranked
    inner join episodes
        on {{ baton._same_cell('ranked', 'episodes') | indent(8) }}
        and ranked.cause = episodes.verdict

),

named_features as (

    select
        model_name,
        model_version,
        period_start,
        {{ baton.json_array_of(
            baton.json_object({'feature': 'feature', 'share': 'share', 'detail': 'detail'}) | trim, 'position'
        ) | trim | indent(8) }} as features
    from of_verdict
    group by model_name, model_version, period_start

),

all_findings as (

    select
        model_name,
        model_version,
        period_start,
        {{ baton.json_array_of('facts', 'cause, position') | trim }} as findings
    from ranked
    group by model_name, model_version, period_start

),

reached as (

    select
        of_verdict.model_name,
        of_verdict.model_version,
        of_verdict.period_start,
        links.node_id,
        min(cast(links.distance as integer)) as distance,
        max(links.is_origin) as is_origin,
        {{ baton.ordered_sum('of_verdict.share', 'of_verdict.feature') | indent(8) }} as share,
        {{ baton.ordered_sum("case when links.is_origin = '1' then coalesce(of_verdict.share, 0) else 0 end", 'of_verdict.feature') | indent(8) }} as origin_share
    from of_verdict
    inner join links
        on of_verdict.feature = links.feature
    group by of_verdict.model_name, of_verdict.model_version, of_verdict.period_start, links.node_id

),

ordered_nodes as (

    select
        reached.model_name,
        reached.model_version,
        reached.period_start,
        {{ baton.json_object({
            'node': 'nodes.node', 'resource_type': 'nodes.resource_type', 'path': 'nodes.path', 'owner': 'nodes.owner',
            'distance': 'reached.distance',
        }) | trim | indent(8) }} as entry,
        nodes.node || coalesce(' (' || nodes.owner || ')', '') as node,
        row_number() over ({{ baton.named_window('cell', of_node) }} order by reached.distance, reached.share desc, nodes.node) as position,
        row_number() over ({{ baton.named_window('cell', of_node) }} order by reached.is_origin desc, reached.origin_share desc, reached.distance, nodes.node) as origin_position
    from reached
    inner join nodes
        on reached.node_id = nodes.node_id
    window cell as ({{ of_node }})

),

upstream_of_cells as (

    select
        model_name,
        model_version,
        period_start,
        {{ baton.json_array_of('entry', 'position') | trim }} as upstream,
        max(case when position = 1 then node end) as nearest,
        max(case when origin_position = 1 then node end) as origin
    from ordered_nodes
    group by model_name, model_version, period_start

),

owners as (

    {{ call.owners }}

)
{%- endcall -%}
{%- endmacro -%}


{#- The verdict as a sentence. -#}
{%- macro _health_summary(call) -%}
{%- set value = baton._short_number('episodes.value', 4) -%}
{%- set expected = baton._short_number('episodes.expected_value', 4) -%}
{%- set change -%}
concat({{ call.metric }}, ' is ', {{ value | indent }}, ', expected ', {{ expected | indent }})
{%- endset -%}
case
    when episodes.verdict = 'healthy' then {{ change | indent(8) }}
    when episodes.verdict = 'not_enough_labels' and episodes.n_metric_rows = 0
        then concat('the performance has no rows of ', {{ call.metric }})
    when episodes.verdict = 'not_enough_labels' and episodes.value is null and episodes.n_labelled >= {{ call.minimum_rows }}
        then concat({{ call.metric }}, ' is undefined: ', coalesce(episodes.undefined_reason, 'no reason is given'))
    when episodes.verdict = 'not_enough_labels' and episodes.has_labels and episodes.expected_value is null
        then 'there is nothing to compare with: the reference has no period with outcomes'
    when episodes.verdict = 'not_enough_labels' then concat(
        {{ baton.as_text('cast(episodes.n_labelled as %s)' | format(dbt.type_bigint())) }}, ' of ',
        {{ baton.as_text('cast(episodes.n as %s)' | format(dbt.type_bigint())) }}, ' predictions have an outcome'
    )
    else concat(
        case
            when strongest.n_findings > 1 then concat(
                strongest.detail, ', and ', {{ baton.as_text('strongest.n_findings - 1') }}, ' other feature',
                case when strongest.n_findings > 2 then 's' else '' end, '; '
            )
            when strongest.n_findings = 1 then concat(strongest.detail, '; ')
            else ''
        end,
        case
            when episodes.is_carried then 'no outcomes are known yet, and the newest period with outcomes had this verdict'
            when episodes.has_dropped then {{ change | indent(16) }}
            when episodes.is_judged then concat({{ call.metric }}, ' has not dropped')
            else concat('outcomes of ', {{ call.metric }}, ' are not known yet')
        end,
        case
            when not episodes.has_dropped or episodes.verdict not in ('covariate_drift', 'concept_drift') then ''
            else concat(
                case
                    when episodes.split_by is null then ''
                    else concat(
                        '; ', {{ baton._short_number('episodes.mix_effect', 4) | indent(24) }}, ' from other shares of ', episodes.split_by, ', ',
                        {{ baton._short_number('episodes.rate_effect', 4) | indent(24) }}, ' from within them'
                    )
                end,
                case
                    when episodes.verdict = 'concept_drift' and episodes.split_by is null and drifted.feature is not null
                        then concat('; ', drifted.feature, ' has drifted too, and segments of its values would tell whether that is why')
                    else ''
                end,
                case
                    when episodes.estimated_value is null then ''
                    else concat('; the estimate from scores is ', {{ baton._short_number('episodes.estimated_value', 4) | indent(24) }})
                end
            )
        end,
        -- a wrong value was served, or is wrong since it was made
        coalesce(
            '; start at '
            || case when episodes.verdict = 'training_serving_skew' then upstream_of_cells.nearest else upstream_of_cells.origin end,
            ''
        )
    )
end
{%- endmacro -%}


{#- Everything that the verdict was made from, as a JSON object. -#}
{%- macro _health_evidence(call) -%}
{{ baton.as_text(baton.json_object_of_json({
    'performance': baton.json_object({
        'value': 'episodes.value', 'std_error': 'episodes.std_error', 'expected_value': 'episodes.expected_value', 'p_value': 'episodes.p_value',
        'min_drop': 'episodes.min_drop', 'estimated_value': 'episodes.estimated_value', 'estimated_lower': 'episodes.estimated_lower',
        'estimated_upper': 'episodes.estimated_upper', 'split_by': 'episodes.split_by', 'mix_effect': 'episodes.mix_effect',
        'rate_effect': 'episodes.rate_effect',
    }) | trim,
    'findings': 'coalesce(all_findings.findings, %s)' | format(baton.json_constant('[]')),
}) | trim) }}
{%- endmacro -%}
