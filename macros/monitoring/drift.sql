{#
    How far each feature of each period and segment has moved from its baseline, and whether chance alone would do it.

    psi       sum over bins of (p - q) ln(p / q), the shares of reference and period with half a row added to each bin:
              p = (n_reference + 0.5) / (N_reference + 0.5 B), q alike, over the B bins that hold a row on either side
    p_value   without drift, psi N_reference N / (N_reference + N) is chi-squared with B - 1 degrees of freedom; one and
              two degrees are exact, more by Wilson and Hilferty's cube root: off by 0.006 at most, by 0.002 below 0.1,
              and too large rather than too small where it is tiny
#}
{%- macro drift(histogram, baseline, metrics=['psi']) -%}

    {%- do baton._drift_call(histogram, baseline, metrics) -%}
    {%- set double = baton.type_double() -%}
    {%- set cell = ['baseline', 'model_name', 'model_version', 'period_start', 'segment_name', 'segment_value', 'feature'] -%}

with reference_bins as (

    select
        baseline,
        bins_hash,
        feature,
        bin,
        sum(n) as n
    from {{ baseline }}
    group by baseline, bins_hash, feature, bin

),

-- counts against other bins than these say nothing
counted as (

    select
        {{ baton.qualified(cell, 'histogram') | join(',\n        ') }},
        histogram.bin,
        histogram.n
    from {{ baton.aliased(histogram, 'histogram') }}
    inner join (
        select distinct
            baseline,
            bins_hash
        from reference_bins
    ) as baselines
        on histogram.baseline = baselines.baseline
        and histogram.bins_hash = baselines.bins_hash

),

both_sides as (

    select
        {{ baton.qualified(cell, 'cells') | join(',\n        ') }},
        reference_bins.bin,
        reference_bins.n as n_reference,
        0 as n
    from (
        select distinct {{ cell | join(', ') }}
        from counted
    ) as cells
    inner join reference_bins
        on cells.baseline = reference_bins.baseline
        and cells.feature = reference_bins.feature

    union all

    select
        {{ cell | join(',\n        ') }},
        bin,
        0,
        n
    from counted

),

bins as (

    select
        {{ cell | join(',\n        ') }},
        bin,
        cast(sum(n_reference) as {{ double }}) as n_reference,
        cast(sum(n) as {{ double }}) as n
    from both_sides
    group by {{ cell | join(', ') }}, bin

),

-- a bin without a row on either side says nothing: it counts neither here nor as a degree of freedom
with_totals as (

    select
        *,
        count(*) over cell as n_bins,
        sum(n_reference) over cell as all_reference,
        sum(n) over cell as all_rows
    from bins
    where n_reference + n > 0
    window cell as (partition by {{ cell | join(', ') }})

),

smoothed as (

    select
        *,
        (n_reference + 0.5) / (all_reference + 0.5 * n_bins) as reference_share,
        (n + 0.5) / (all_rows + 0.5 * n_bins) as period_share
    from with_totals

),

contributions as (

    select
        *,
        (reference_share - period_share) * ln(reference_share / period_share) as contribution
    from smoothed

),

-- psi is summed in a way that does not depend on the order of the rows
measured as (

    select
        {{ cell | join(',\n        ') }},
        {{ baton.stable_sum('contribution') }} as psi,
        count(*) - 1 as degrees_of_freedom,
        sum(n_reference) as n_reference,
        sum(n) as n,
        sum(case when bin = 'NULL' then n_reference else 0 end) as n_nulls_reference,
        sum(case when bin = 'NULL' then n else 0 end) as n_nulls,
        sum(case when bin in ('below', 'above', 'UNSEEN') then n else 0 end) as n_unseen
    from contributions
    group by {{ cell | join(', ') }}

),

with_chi_squared as (

    select
        *,
        case when n_reference > 0 and n > 0 then psi end as value,
        case when n_reference > 0 and n > 0 then psi * n_reference * n / (n_reference + n) end as chi_squared
    from measured

),

-- the upper tail of z is the lower tail of -z, which loses no digits
standardised as (

    select
        *,
        case
            when degrees_of_freedom = 1 then -sqrt(chi_squared)
            -- Wilson and Hilferty: the cube root of chi-squared over its degrees of freedom is nearly normal
            when degrees_of_freedom > 1 then
                (1 - 2.0 / (9 * degrees_of_freedom) - power(chi_squared / degrees_of_freedom, 1.0 / 3))
                / sqrt(2.0 / (9 * degrees_of_freedom))
        end as minus_z
    from with_chi_squared

),

with_tail as (

    select
        *,
        {{ baton.normal_cdf('minus_z') | indent(8) }} as tail
    from standardised

)

select
    {{ cell | join(',\n    ') }},
    'psi' as metric,
    value,
    case
        when value is null then null
        when degrees_of_freedom = 0 then 1
        when degrees_of_freedom = 1 then 2 * tail
        -- exact; beyond 1400 some engines raise an error on underflow
        when degrees_of_freedom = 2 then exp(-least(chi_squared, 1400) / 2)
        else tail
    end as p_value,
    cast(n_reference as {{ dbt.type_bigint() }}) as n_reference,
    cast(n as {{ dbt.type_bigint() }}) as n,
    n_nulls_reference / nullif(n_reference, 0) as null_share_reference,
    n_nulls / nullif(n, 0) as null_share,
    n_unseen / nullif(n, 0) as unseen_share,
    case
        when n_reference = 0 then 'empty reference'
        when n = 0 then 'empty period'
    end as undefined_reason
from with_tail

{%- endmacro -%}


{%- macro _drift_call(histogram, baseline, metrics) -%}
    {%- set planned_metrics = [
        'jensen_shannon', 'hellinger', 'total_variation', 'l_infinity', 'kolmogorov_smirnov', 'wasserstein', 'chi_square',
    ] -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'histogram', histogram) -%}
    {%- do baton.expect_relation(problems, 'baseline', baseline) -%}
    {%- if metrics is not string -%}{%- do baton.expect_list(problems, 'metrics', metrics, of='metrics') -%}{%- endif -%}
    {%- for metric in ([metrics] if metrics is string else metrics if baton.is_list(metrics) else []) -%}
        {%- set argument = 'metrics[%s]' | format(loop.index0) -%}
        {%- if metric in planned_metrics -%}
            {%- do baton.expect_supported(problems, "%s '%s'" | format(argument, metric), false) -%}
        {%- else -%}
            {%- do baton.expect_choice(problems, argument, metric, ['psi']) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do baton.expect_columns(problems, 'histogram', histogram, 'baseline model_name model_version period_start segment_name segment_value feature bin n bins_hash'.split()) -%}
    {%- do baton.expect_columns(problems, 'baseline', baseline, 'baseline feature bin n bins_hash'.split()) -%}
    {%- do baton.raise_problems('drift', problems) -%}
{%- endmacro -%}
