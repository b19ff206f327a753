{#-
    The CTEs `periods` (one row per model version and period) and `changes`: the same with what was expected, and how far the value is from
    it. Sums are in order of their rows, so that they are the same to the last digit.
-#}
{%- macro _performance_changes(call) -%}
{%- call baton.with_named_windows() -%}
{%- set version = 'model_name, model_version' -%}
measured as (

    select
        cast(model_name as {{ baton.type_text() }}) as model_name,
        cast(model_version as {{ baton.type_text() }}) as model_version,
        cast(period_start as {{ baton.type_timestamp() }}) as period_start,
        cast(segment_name as {{ baton.type_text() }}) as segment_name,
        cast(segment_value as {{ baton.type_text() }}) as segment_value,
        max({{ baton.as_double('n') }}) as n,
        max({{ baton.as_double('n_labelled') }}) as n_labelled,
        max(case when metric = {{ call.metric }} then {{ baton.as_double('value') }} end) as value,
        max(case when metric = {{ call.metric }} then {{ baton.as_double('std_error') }} end) as std_error,
        max(case when metric = {{ call.metric }} then undefined_reason end) as undefined_reason,
        count(case when metric = {{ call.metric }} then 1 end) as n_metric_rows
    from {{ call.performance }}
    where
        period_start is not null
        {%- if call.has_class %}
        and class is null
        {%- endif %}
    group by model_name, model_version, period_start, segment_name, segment_value

),

periods as (

    select
        {{ version }},
        period_start,
        n,
        n_labelled,
        value,
        std_error,
        undefined_reason,
        n_metric_rows,
        value is not null and n_labelled >= {{ call.minimum_rows }} as has_labels
    from measured
    where segment_name = 'all'

),

{%- if call.window %}
{%- if call.window.first %}

-- the first periods of a version, each beside the mean of those before it
first_periods as (

    select
        *,
        {{ '' if call.is_gain else '-' }}(mean_before - value) as loss_since,
        {{ '' if call.is_gain else '-' }}(value - mean_before) / nullif(sqrt(power(std_error, 2) + variance_before), 0) as minus_z
    from (
        select
            *,
            row_number() over (partition by {{ version }} order by period_start) as position,
            sum(n_labelled * value) over earlier / sum(n_labelled) over earlier as mean_before,
            sum(power(n_labelled * std_error, 2)) over earlier / power(sum(n_labelled) over earlier, 2) as variance_before
        from periods
        where has_labels
        window earlier as (
            partition by {{ version }}
            order by period_start
            rows between unbounded preceding and 1 preceding
        )
    ) as labelled
    where position <= {{ call.window.first }}

),

-- a drop among them ends the reference: it would hide itself, and excuse what comes after
watched_periods as (

    select
        *,
        max(
            case
                when loss_since > 0
                    and loss_since >= {{ call.min_drop or '0.03 * abs(mean_before)' }}
                    and minus_z is not null
                    and {{ baton.normal_cdf('minus_z') | indent(20) }} <= {{ call.alpha }} / 10
                    then 1
                else 0
            end
        ) over (
            partition by {{ version }}
            order by period_start
            rows between unbounded preceding and current row
        ) as has_dropped
    from first_periods

),
{%- endif %}

reference_periods as (

    select
        {{ version }},
        period_start,
        n,
        n_labelled,
        value,
        std_error
    {%- if call.window.first %}
    from watched_periods
    where has_dropped = 0
    {%- else %}
    from periods
    where has_labels{{ call.window.where }}
    {%- endif %}

),

reference_means as (

    select
        {{ version }},
        {{ baton.ordered_sum('n_labelled * value', 'period_start') | indent(8) }} / sum(n_labelled) as expected_value,
        {{ baton.ordered_sum('power(n_labelled * coalesce(std_error, 0), 2)', 'period_start') | indent(8) }} / power(sum(n_labelled), 2) as sampling_variance,
        {{ baton.ordered_sum('power(coalesce(std_error, 0), 2)', 'period_start') | indent(8) }} / count(*) as mean_variance,
        sum(n_labelled) / sum(n) as labelled_share
    from reference_periods
    group by {{ version }}

),

-- periods differ by more than the sampling of their rows: what is beyond it is part of every comparison with them
expectations as (

    select
        means.model_name,
        means.model_version,
        means.expected_value,
        means.labelled_share,
        means.sampling_variance + greatest(
            {{ baton.ordered_sum('power(reference_periods.value - means.expected_value, 2)', 'reference_periods.period_start') | indent(8) }} / nullif(count(*) - 1, 0)
            - means.mean_variance,
            0
        ) as variance
    from reference_means as means
    inner join reference_periods
        on means.model_name = reference_periods.model_name
        and means.model_version = reference_periods.model_version
    group by
        means.model_name,
        means.model_version,
        means.expected_value,
        means.labelled_share,
        means.sampling_variance,
        means.mean_variance

),
{%- else %}

expectations as (

    {{ call.expectations | indent }}

),
{%- endif %}

differences as (

    select
        periods.*,
        expectations.expected_value,
        periods.has_labels
        and expectations.expected_value is not null
        and coalesce(periods.n_labelled / periods.n >= expectations.labelled_share / 2, true) as is_judged,
        periods.value - expectations.expected_value as difference,
        {{ '' if call.is_gain else '-' }}(expectations.expected_value - periods.value) as loss,
        {{ call.min_drop or '0.03 * abs(expectations.expected_value)' }} as min_drop,
        sqrt(coalesce(power(periods.std_error, 2), 0) + coalesce(expectations.variance, 0)) as difference_error
    from periods
    left join expectations
        on periods.model_name = expectations.model_name
        and periods.model_version = expectations.model_version

),

standardised as (

    select
        *,
        -loss / nullif(difference_error, 0) as minus_z
    from differences

),

{%- if call.window %}

{{ baton._mix_and_rate(call) }},
{%- endif %}

changes as (

    select
        standardised.*,
        case when standardised.minus_z is not null then {{ baton.normal_cdf('standardised.minus_z') | indent(8) }} end as p_value,
        {%- if call.window %}
        splits.segment_name as split_by,
        splits.mix_effect,
        splits.rate_effect
        {%- else %}
        cast(null as {{ baton.type_text() }}) as split_by,
        {{ baton.as_double('null') }} as mix_effect,
        {{ baton.as_double('null') }} as rate_effect
        {%- endif %}
    from standardised
    {%- if call.window %}
    left join splits
        on {{ baton._same_cell('standardised', 'splits') | indent(8) }}
        and splits.position = 1
    {%- endif %}

)
{%- endcall -%}
{%- endmacro -%}
