{#
    What drift, its contributions and their checks share.

    `totalled`: one row for each bin of each cell that has a row on either side, with both counts and their totals. A bin without a row
    on either side says nothing: it counts neither as a bin nor as a degree of freedom. With `call.of_numbers` also where the bins lie
    and what is below their ends.
#}
{%- macro _drift_bins(call) -%}{%- call baton.with_named_windows() -%}
    {%- set double = baton.type_double() -%}
    {%- set series = 'baseline bins_hash model_name model_version segment_name segment_value feature'.split() -%}
    {%- set cell = series + (['position'] if call.is_previous else ['period_start']) -%}

with reference_bins as (

    select
        baseline,
        bins_hash,
        feature,
        bin,
        {%- if call.of_numbers %}
        max(case when kind in ('numeric', 'date', 'text_length') then 1 else 0 end) as is_number,
        min(lower) as lower,
        {%- endif %}
        {%- if call.with_means %}
        max(case when abs(mean) < 1e290 then mean end) as mean,
        {%- endif %}
        {%- if call.has_placeholders %}
        sum(n_placeholders) as n_placeholders,
        {%- endif %}
        {%- if call.of_bins %}
        -- of OTHER, the categories that have one row
        sum(case when n = 1 then 1 else 0 end) as n_single,
        {%- endif %}
        sum(n) as n
    from {{ call.baseline }}
    group by baseline, bins_hash, feature, bin

),

-- counts against other bins than these say nothing
counted as (

    select
        {{ baton.qualified(series + ['period_start', 'bin'], 'histogram') | join(',\n        ') }},
        {%- if call.of_numbers %}
        reference_bins.is_number,
        reference_bins.lower,
        {%- endif %}
        {%- if call.with_means %}
        case when abs(histogram.mean) < 1e290 then histogram.mean end as mean,
        {%- endif %}
        {%- if call.has_placeholders %}
        histogram.n_placeholders,
        {%- endif %}
        {%- if call.of_bins %}
        case when histogram.n = 1 then 1 else 0 end as n_single,
        {%- endif %}
        histogram.n
    from {{ baton.aliased(call.histogram, 'histogram') }}
    inner join reference_bins
        on histogram.baseline = reference_bins.baseline
        and histogram.bins_hash = reference_bins.bins_hash
        and histogram.feature = reference_bins.feature
        and histogram.bin = reference_bins.bin

),

{%- if call.is_previous %}

-- the periods of a cell that have rows, one after the other; rows without a time have none before them
numbered as (

    select
        *,
        case
            when period_start is null then -1
            else dense_rank() over (partition by {{ series | join(', ') }} order by period_start)
        end as position
    from counted
    where n > 0

),

both_sides as (

    select
        {{ (cell + ['period_start', 'bin'] + call.carried) | join(',\n        ') }},
        0 as n_reference,
        n
    from numbered

    union all

    select
        {{ series | join(',\n        ') }},
        position + 1,
        null,
        {{ (['bin'] + call.carried) | join(',\n        ') }},
        n,
        0
    from numbered

),
{%- else %}

both_sides as (

    select
        {{ (cell + ['bin'] + call.carried) | join(',\n        ') }},
        0 as n_reference,
        n
    from counted

    union all

    select
        {{ baton.qualified(cell, 'cells') | join(',\n        ') }},
        {{ baton.qualified(['bin'] + call.carried + ['n'], 'reference_bins') | join(',\n        ') }},
        0
    from (
        select distinct {{ cell | join(', ') }}
        from counted
    ) as cells
    inner join reference_bins
        on cells.baseline = reference_bins.baseline
        and cells.bins_hash = reference_bins.bins_hash
        and cells.feature = reference_bins.feature

),
{%- endif %}

bins as (

    select
        {{ (cell + ['bin']) | join(',\n        ') }},
        {%- if call.is_previous %}
        max(period_start) as period_start,
        {%- endif %}
        {%- if call.of_numbers %}
        max(is_number) as is_number,
        case when bin <> 'NULL' then max(is_number) else 0 end as is_value,
        min(lower) as lower,
        {%- endif %}
        {%- if call.with_means %}
        {{ baton.ordered_sum('n_reference * mean', 'n_reference * mean') }} / nullif(sum(n_reference), 0) as reference_mean,
        {{ baton.ordered_sum('n * mean', 'n * mean') }} / nullif(sum(n), 0) as mean,
        max(case when n_reference + n > 0 and mean is null then 1 else 0 end) as is_unplaced,
        {%- endif %}
        {%- if call.has_placeholders %}
        sum(case when n_reference > 0 then n_placeholders else 0 end) as placeholders_reference,
        sum(case when n_reference > 0 then 0 else n_placeholders end) as n_placeholders,
        {%- endif %}
        {%- if call.of_bins %}
        sum(case when n_reference > 0 then n_single else 0 end) as n_single,
        {%- endif %}
        cast(sum(n_reference) as {{ double }}) as n_reference,
        cast(sum(n) as {{ double }}) as n
    from both_sides
    group by {{ (cell + ['bin']) | join(', ') }}
    having sum(n_reference) + sum(n) > 0

),

totalled as (

    select
        {{ (series + ['bin']) | join(',\n        ') }},
        {%- if call.is_previous %}
        position,
        max(period_start) over cell as period_start,
        {%- else %}
        period_start,
        {%- endif %}
        n_reference,
        n,
        {%- if call.of_numbers %}
        is_number,
        is_value,
        sum(n_reference) over numbers as values_reference,
        sum(n) over numbers as values_here,
        count(*) over numbers as n_value_bins,
        sum(n_reference) over upwards as up_to_reference,
        sum(n) over upwards as up_to_here,
        {%- endif %}
        {%- if call.with_means %}
        reference_mean,
        mean,
        is_unplaced,
        lead(least(reference_mean, mean)) over upwards as next_start,
        {%- endif %}
        {%- if call.has_placeholders %}
        placeholders_reference,
        n_placeholders,
        {%- endif %}
        {%- if call.of_bins %}
        n_single,
        sum(n_reference + n) over smallest_first as rows_in_smaller_bins,
        {%- endif %}
        count(*) over cell as n_bins,
        sum(n_reference) over cell as all_reference,
        sum(n) over cell as all_rows
    from bins
    window
        cell as (partition by {{ cell | join(', ') }})
        {%- if call.of_bins %},
        smallest_first as (
            partition by {{ cell | join(', ') }}
            order by n_reference + n, bin
            rows between unbounded preceding and 1 preceding
        )
        {%- endif %}
        {%- if call.of_numbers %},
        numbers as (partition by {{ cell | join(', ') }}, is_value),
        upwards as (
            partition by {{ cell | join(', ') }}, is_value
            order by case bin when 'below' then 0 when 'above' then 2 else 1 end, lower
            rows between unbounded preceding and current row
        )
        {%- endif %}

)
{%- endcall -%}
{%- endmacro -%}

{#- What drift and its contributions take: the arguments that their problems name, and what follows from them. -#}
{%- macro _drift_sides(problems, histogram, baseline, compare, metrics=[], columns=[]) -%}
    {%- do baton.expect(
        problems, 'histogram: relation, baseline: relation, compare: {choice: [baseline, previous_period]}', histogram, baseline, compare
    ) -%}
    {%- set of_numbers = metrics | select('in', ['ks', 'wasserstein']) | list -%}
    {%- set means = ['mean'] if 'wasserstein' in metrics else [] -%}
    {%- set of_bins = metrics | reject('in', ['ks', 'wasserstein']) | list | length > 0 -%}
    {%- set cell = 'baseline bins_hash model_name model_version period_start segment_name segment_value feature'.split() -%}
    {%- set counted = baton.expect_columns(problems, 'histogram', histogram, cell + ['bin', 'n'] + means) -%}
    {%- set frozen = baton.expect_columns(
        problems, 'baseline', baseline,
        'baseline bins_hash feature bin n'.split() + columns + (['lower'] if of_numbers else []) + means
    ) -%}
    {#- sums of counts that somebody made may lack them -#}
    {%- set has_placeholders = baton.find_column(counted or [], 'n_placeholders') and baton.find_column(frozen or [], 'n_placeholders') -%}
    {{ return({
        'histogram': histogram, 'baseline': baseline, 'is_previous': compare == 'previous_period', 'cell': cell,
        'columns': cell | reject('equalto', 'bins_hash') | list, 'of_numbers': of_numbers,
        'of_bins': of_bins, 'means': means, 'with_means': means,
        'has_placeholders': has_placeholders,
        'carried': (['is_number', 'lower'] if of_numbers else []) + means + (['n_placeholders'] if has_placeholders else [])
            + (['n_single'] if of_bins else []),
    }) }}
{%- endmacro -%}
