{#
    Whether a challenger is better than the champion, on the rows that both scored and whose outcome is known: one row for each
    pair of versions, segment and metric.

    Each metric is a ratio of sums over the pairs, so the difference of two models is, but for terms that vanish, a mean of one influence
    per pair. One formula for its variance is then DeLong's, McNemar's and that of a paired loss, and with sums over `cluster` one that
    allows for dependent rows.

    The interval is an asymptotic confidence sequence: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit
    theory and asymptotic confidence sequences, Annals of Statistics 52 (2024), theorem 2.2; it is narrowest near `minimum_pairs`.
#}
{%- macro compare_models(
    predictions,
    outcomes,
    entity,
    metric='roc_auc',
    champion='champion',
    challenger='challenger',
    minimum_pairs=500,
    alpha=0.05,
    segments=[],
    cluster=none,
    actual='actual',
    outcome_time=none,
    positive_class='1',
    known_at=none,
    as_of='as_of',
    outcome_as_of=none
) -%}

    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._compare_models_call({
        'predictions': predictions, 'outcomes': outcomes, 'entity': entity, 'metric': metric, 'champion': champion,
        'challenger': challenger, 'minimum_pairs': minimum_pairs, 'alpha': alpha, 'segments': segments, 'cluster': cluster,
        'actual': actual, 'outcome_time': outcome_time, 'positive_class': positive_class, 'known_at': known_at, 'as_of': as_of,
        'outcome_as_of': outcome_as_of,
    }) -%}
    {%- set family = 'model_name, champion_version, challenger_version, metric, is_segment' -%}
    {%- set log_alpha -%} ln({{ call.alpha_sql }}) {%- endset -%}

{% call baton.ctes_run_once() -%}
{{ baton._compared_pairs(call) }},

{{ baton._measured_pairs(call) }},

{{ baton._model_differences(call) }},

estimates as (

    select
        versions.model_name,
        cells.segment_name,
        cells.segment_value,
        versions.champion_version,
        versions.challenger_version,
        versions.hindrance,
        metrics.metric,
        cells.n_labelled,
        cells.pairs_of_entity,
        coalesce(ratios.n, 0) as n,
        {%- for model in ['champion', 'challenger'] %}
        {%- if 'rmse' in call.metrics %}
        case when metrics.metric = 'rmse' then sqrt(ratios.{{ model }}_ratio) else ratios.{{ model }}_ratio end as {{ model }}_value,
        {%- else %}
        ratios.{{ model }}_ratio as {{ model }}_value,
        {%- endif %}
        {%- endfor %}
        least(ratios.n_positive, ratios.n - ratios.n_positive) as n_rarer_class,
        -- so many equally large influences would have as large fourth powers
        spreads.squares * spreads.squares / nullif(spreads.fourth_powers, 0) as n_effective,
        spreads.n_independent,
        power(spreads.largest / ratios.n, 2) * spreads.squares as variance
    from cells
    inner join compared_versions as versions
        on cells.versions_id = versions.versions_id
    cross join (
        {%- for name in call.metrics %}
        select {{ loop.index0 }} as metric_id, {{ baton.literal(name) }} as metric
        {%- if not loop.last %}
        union all
        {%- endif %}
        {%- endfor %}
    ) as metrics
    left join ratios
        on {{ call.metrics | length }} * cells.cell_id + metrics.metric_id = ratios.comparison
    left join spreads
        on ratios.comparison = spreads.comparison

),

with_errors as (

    select
        *,
        challenger_value - champion_value as difference,
        case
            when n_rarer_class < 2 and metric = 'roc_auc' then null
            when metric = 'roc_auc' then sqrt(variance)
            else sqrt(variance * n_independent / nullif(n_independent - 1, 0))
        end as std_error,
        {%- if call.losses | length == call.metrics | length %}
        champion_value - challenger_value as gain,
        {%- elif call.losses %}
        (challenger_value - champion_value) * case when metric in ({{ call.losses | join(', ') }}) then -1 else 1 end as gain,
        {%- else %}
        challenger_value - champion_value as gain,
        {%- endif %}
        -- n rho^2 in the paper, with the rho that makes the interval narrowest at {{ minimum_pairs }} pairs
        n / {{ minimum_pairs }} * (-2 * {{ log_alpha }} + ln(1 - 2 * {{ log_alpha }})) as information
    from estimates

),

{{ baton._paired_tests(call) }},

with_p_values as (

    select
        *,
        case
            when difference = 0 and std_error is not null then 1
            when minus_z is not null then 2 * {{ baton.normal_cdf('minus_z') | indent(12) }}
        end as p_value,
        -- theorem 2.2
        case
            when n > 0
                then std_error * sqrt(2 * (information + 1) / information * (ln(information + 1) / 2 - {{ log_alpha }}))
        end as reach,
        case when segment_name = 'all' then 0 else 1 end as is_segment
    from tested

),

ordered as (

    select
        *,
        row_number() over (
            partition by {{ family }}
            order by p_value
        ) as p_rank,
        count(p_value) over (
            partition by {{ family }}
        ) as n_tests
    from with_p_values

),

-- Benjamini and Hochberg over all segments; the slice of all rows is a test by itself
adjusted as (

    select
        *,
        case
            when p_value is not null then least(1, min(p_value * n_tests / p_rank) over (
                partition by {{ family }}
                order by p_rank desc
                rows between unbounded preceding and current row
            ))
        end as p_value_adjusted
    from ordered

),

{{ baton._comparison_verdicts(call) }}
{%- endcall %}

{%- endmacro -%}

