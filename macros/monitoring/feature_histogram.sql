{#
    How many rows of each period and segment fall into each bin of each baseline. Counts are additive: those of days sum to those of a
    month, and late rows are counted by themselves. Bins without rows have no row.

    Rows are grouped by cuts that are finer than the bins of any baseline, and only the groups are joined to the bins. `lowest` and
    `highest` are the extremes of the numbers in a bin, `mean` their mean, which takes about as long as the rest.
#}
{%- macro feature_histogram(relation, baseline, features=none, period='day', time='as_of', segments=[], created_at=none, means=false) -%}

    {%- if model is defined and model.resource_type == 'model' -%}{%- do baton.one_run_at_a_time() -%}{%- endif -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._feature_histogram_call(relation, baseline, features, period, time, segments, created_at, means) -%}
    {%- set text, double = baton.type_text(), baton.type_double() -%}
    {%- set names = 'baseline model_name model_version'.split() -%}
    {%- set group = ['period_start'] + call.segment_columns.values() | list -%}

{%- if not call.features -%}

-- the baseline is not built yet, or empty
select
    {{ names | join(',\n    ') }},
    cast(null as timestamp) as period_start,
    cast(null as {{ text }}) as segment_name,
    cast(null as {{ text }}) as segment_value,
    feature,
    bin,
    n,
    lower as lowest,
    lower as highest,
    lower as mean,
    n as n_placeholders,
    cast(null as timestamp) as counted_until,
    bins_hash
from {{ baseline }}
where 1 = 0

{%- else -%}

with rows_in_periods as {{ baton.materialized() if call.is_increment else baton.materialized_unless_table(relation) }}(

    select
        {{ baton._period_start(baton.utc(time, call.known), period) }} as period_start,
        {%- for column, name in call.segment_columns.items() %}
        {{ baton.value_text(baton.identifier(column), call.known) | indent(8) }} as {{ name }},
        {%- endfor %}
        {{ baton._feature_values(call.features, call.known) | indent(8) }}
        {%- if call.created_at %},
        {{ call.created_at | indent(8) }} as created_at
        {%- endif %}
        {%- if call.news %},
        {{ baton._position(call.created_at, call.news) | indent(8) }} as news
        {%- endif %}
    from {{ relation }}
    {%- if call.conditions %}
    {{ baton._where(call.conditions) | indent }}
    {%- endif %}

),
{%- if call.created_at %}

newest as (

    select max(created_at) as counted_until from rows_in_periods

),
{%- endif %}

counted as {{ baton.materialized() }}(
    {%- for feature in call.features %}

    select
        {{ group | join(',\n        ') }},
        {{ baton.as_text(feature.literal) }} as feature,
        {{ baton.as_text(baton.literal(feature.kind)) }} as kind,
        {%- if feature.kind == 'categorical' %}
        {{ baton.as_double('null') }} as lowest,
        {{ baton.as_double('null') }} as highest,
        {%- if means %}
        {{ baton.as_double('null') }} as mean,
        {%- endif %}
        {{ feature.name }} as category,
        {%- else %}
        min({{ feature.name }}) as lowest,
        max({{ feature.name }}) as highest,
        {%- if means %}
        {{ baton._mean(feature.name) | indent(8) }} as mean,
        {%- endif %}
        {{ baton.as_text('null') }} as category,
        {%- endif %}
        {%- if call.news %}
        news,
        {%- endif %}
        {{ baton._n_placeholders(feature.kind, feature.name) | indent(8) }} as n_placeholders,
        count(*) as n
    from rows_in_periods
    group by
        {{ group | join(',\n        ') }},
        {%- if call.news %}
        news,
        {%- endif %}
        {% if feature.cuts -%}
        {{ baton._position(feature.name, feature.cuts) | indent(8) }}
        {%- else -%}
        {{ feature.name }}
        {%- endif %}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

-- as they were when this was compiled, with the cuts above
baseline_bins as (

    select
        {{ names | join(',\n        ') }},
        bins_hash,
        feature,
        kind,
        bin,
        lower,
        upper,
        category
    from {{ baseline }}
    {%- if call.hashes %}
    where bins_hash in ({{ call.hashes | join(', ') }})
    {%- endif %}

),

baselines as (

    select distinct
        {{ names | join(',\n        ') }},
        bins_hash,
        {%- if call.news %}
        case bins_hash
            {%- for hash, news in call.news_of.items() %}
            when {{ hash }} then {{ news }}
            {%- endfor %}
        end as news,
        {%- endif %}
        feature,
        kind
    from baseline_bins

),

baseline_ranges as (

    select
        bins_hash,
        feature,
        bin,
        lower,
        upper,
        lead(lower) over (partition by bins_hash, feature order by lower) as next_lower
    from baseline_bins
    where lower is not null

),

-- numbers above the reference fall into the last range (next_lower is NULL); its upper end tells them apart
binned as {{ baton.materialized() }}(

    select
        {{ baton.qualified(names, 'baselines') | join(',\n        ') }},
        baselines.bins_hash,
        {{ baton.qualified(group, 'counted') | join(',\n        ') }},
        counted.feature,
        case
            when counted.category is not null then coalesce(baseline_categories.bin, 'UNSEEN')
            when counted.lowest is null then 'NULL'
            when baseline_ranges.bin is null then 'below'
            when baseline_ranges.next_lower is null and counted.lowest > baseline_ranges.upper then 'above'
            else baseline_ranges.bin
        end as bin,
        counted.lowest,
        counted.highest,
        {%- if means %}
        counted.mean,
        {%- endif %}
        counted.n_placeholders,
        counted.n
    from counted
    inner join baselines
        on counted.feature = baselines.feature
        and counted.kind = baselines.kind
        {%- if call.news %}
        and counted.news >= baselines.news
        {%- endif %}
    left join baseline_ranges
        on baselines.bins_hash = baseline_ranges.bins_hash
        and counted.feature = baseline_ranges.feature
        and counted.lowest >= baseline_ranges.lower
        and (counted.lowest < baseline_ranges.next_lower or baseline_ranges.next_lower is null)
    left join baseline_bins as baseline_categories
        on baselines.bins_hash = baseline_categories.bins_hash
        and counted.feature = baseline_categories.feature
        and counted.category = baseline_categories.category

)
{%- for slice in baton._slices(segments) %}

select
    {{ names | join(',\n    ') }},
    period_start,
    cast({{ slice.name }} as {{ text }}) as segment_name,
    cast({{ slice.value | indent }} as {{ text }}) as segment_value,
    feature,
    bin,
    cast(sum(n) as {{ dbt.type_bigint() }}) as n,
    min(lowest) as lowest,
    max(highest) as highest,
    {{ "case when min(case when mean is null then 0 else 1 end) = 1 then %s / sum(n) end" | format(baton.ordered_sum('n * mean', 'n * mean')) if means else baton.as_double('null') }} as mean,
    cast(sum(n_placeholders) as {{ dbt.type_bigint() }}) as n_placeholders,
    {{ '(select counted_until from newest)' if call.created_at else 'cast(null as timestamp)' }} as counted_until,
    bins_hash
from binned
group by {{ (names + ['bins_hash', 'period_start'] + slice.columns + ['feature', 'bin']) | join(', ') }}
{%- if not loop.last %}

union all
{%- endif %}
{%- endfor %}

{%- endif -%}

{%- endmacro -%}
