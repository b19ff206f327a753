{#
    How many rows of each period and segment fall into each bin of a baseline. Counts are additive: those of days sum
    to those of a month, and late rows are counted by themselves. Bins without rows have no row.
#}
{%- macro feature_histogram(relation, baseline, features=none, period='day', time='as_of', segments=[]) -%}

    {%- set features = baton._feature_histogram_call(relation, baseline, features, period, time, segments) -%}
    {%- set segment_columns = baton._segment_columns(segments) -%}
    {%- set carried = ['period_start'] + segment_columns.values() | list -%}

{%- if not features -%}

-- the baseline is not built yet, or empty
select
    baseline,
    model_name,
    model_version,
    cast(null as timestamp) as period_start,
    cast(null as {{ baton.type_text() }}) as segment_name,
    cast(null as {{ baton.type_text() }}) as segment_value,
    cast(null as {{ baton.type_text() }}) as feature,
    cast(null as {{ baton.type_text() }}) as bin,
    cast(null as {{ dbt.type_bigint() }}) as n,
    bins_hash
from {{ baseline }}
where 1 = 0

{%- else -%}

with rows_in_periods as (

    select
        {{ baton._period_start(baton.utc(time, baton.columns_of(relation)), period) }} as period_start,
        {%- for column, name in segment_columns.items() %}
        {{ baton.value_text(baton.identifier(column), baton.columns_of(relation)) | indent(8) }} as {{ name }},
        {%- endfor %}
        {{ baton._feature_values(features, baton.columns_of(relation)) | indent(8) }}
    from {{ relation }}

),

feature_rows as (

    {{ baton._one_row_per_feature(features, 'rows_in_periods', carried) }}

),

-- every row is counted against each baseline
baselines as (

    select distinct
        baseline,
        model_name,
        model_version,
        bins_hash,
        feature
    from {{ baseline }}

),

baseline_ranges as (

    select
        baseline,
        feature,
        bin,
        lower,
        upper,
        lead(lower) over (partition by baseline, feature order by lower) as next_lower
    from {{ baseline }}
    where lower is not null

),

baseline_categories as (

    select
        baseline,
        feature,
        bin,
        category
    from {{ baseline }}
    where category is not null

),

-- numbers above the reference fall into the last range (next_lower is NULL); its upper end tells them apart
binned as (

    select
        {%- for column in carried %}
        feature_rows.{{ column }},
        {%- endfor %}
        baselines.baseline,
        baselines.model_name,
        baselines.model_version,
        baselines.bins_hash,
        feature_rows.feature,
        case
            when feature_rows.category is not null then coalesce(baseline_categories.bin, 'UNSEEN')
            when feature_rows.number is null then 'NULL'
            when baseline_ranges.bin is null then 'below'
            when baseline_ranges.next_lower is null and feature_rows.number > baseline_ranges.upper then 'above'
            else baseline_ranges.bin
        end as bin
    from feature_rows
    inner join baselines
        on feature_rows.feature = baselines.feature
    left join baseline_ranges
        on baselines.baseline = baseline_ranges.baseline
        and feature_rows.feature = baseline_ranges.feature
        and feature_rows.number >= baseline_ranges.lower
        and (feature_rows.number < baseline_ranges.next_lower or baseline_ranges.next_lower is null)
    left join baseline_categories
        on baselines.baseline = baseline_categories.baseline
        and feature_rows.feature = baseline_categories.feature
        and feature_rows.category = baseline_categories.category

),

counted as (

    select
        {{ carried | join(',\n        ') }},
        baseline,
        model_name,
        model_version,
        bins_hash,
        feature,
        bin,
        count(*) as n
    from binned
    group by {{ carried | join(', ') }}, baseline, model_name, model_version, bins_hash, feature, bin

)
{%- for slice in baton._slices(segments) %}

select
    baseline,
    model_name,
    model_version,
    period_start,
    cast({{ slice.name }} as {{ baton.type_text() }}) as segment_name,
    cast({{ slice.value | indent }} as {{ baton.type_text() }}) as segment_value,
    feature,
    bin,
    cast(sum(n) as {{ dbt.type_bigint() }}) as n,
    bins_hash
from counted
group by {{ (['baseline', 'model_name', 'model_version', 'bins_hash', 'period_start'] + slice.columns + ['feature', 'bin']) | join(', ') }}
{%- if not loop.last %}

union all
{%- endif %}
{%- endfor %}

{%- endif -%}

{%- endmacro -%}


{#- The features with their kinds, or one error that names all that is wrong. -#}
{%- macro _feature_histogram_call(relation, baseline, features, period, time, segments) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'relation', relation) -%}
    {%- do baton.expect_relation(problems, 'baseline', baseline) -%}
    {%- do baton.expect_name(problems, 'time', time) -%}
    {%- do baton._expect_slices(problems, period, segments) -%}
    {%- do baton.expect_columns(problems, 'relation', relation, [time, segments]) -%}
    {%- set before = problems | length -%}
    {%- do baton.expect_columns(problems, 'baseline', baseline, 'baseline model_name model_version feature kind bin lower upper category bins_hash'.split()) -%}

    {%- set frozen = baton._baseline_features(baseline) if problems | length == before else none -%}
    {%- if features is none and baton.is_relation(baseline) and execute and (baseline is string or baseline.is_cte) -%}
        {%- do problems.append("features is missing, and cannot be read from a baseline that is a CTE: name them") -%}
    {%- endif -%}
    {%- if features is none -%}
        {%- set wanted = frozen or [] -%}
        {%- do baton.expect_columns(problems, 'relation', relation, wanted | map(attribute='column') | list) -%}
    {%- elif frozen is none or not features or not (features is string or baton.is_list(features)) -%}
        {%- set wanted = baton._drift_features(problems, relation, features) -%}
    {%- else -%}
        {%- set wanted = baton._drift_features(problems, relation, baton._with_frozen_kinds(problems, features, frozen)) -%}
    {%- endif -%}
    {%- do baton.raise_problems('feature_histogram', problems) -%}
    {{ return(wanted) }}
{%- endmacro -%}

{#- The features of the call with the kinds that the baseline froze; one that it lacks is a problem. -#}
{%- macro _with_frozen_kinds(problems, features, frozen) -%}
    {%- set kinds = {} -%}
    {%- for feature in frozen -%}{%- do kinds.update({feature.column: feature.kind}) -%}{%- endfor -%}
    {%- set wanted = [] -%}
    {%- for feature in baton.as_list(features) -%}
        {%- set name = feature.get('column') if baton.is_mapping(feature) else feature -%}
        {%- if name is string and baton.unquoted(name) in kinds -%}
            {%- do wanted.append({'column': name, 'kind': kinds[baton.unquoted(name)]}) -%}
        {%- elif baton.names_in(name) == [name] -%}
            {%- do problems.append(
                "features[%s] is %s, which the baseline does not have, it has %s"
                | format(loop.index0, baton._repr(name), kinds | join(', '))
            ) -%}
        {%- else -%}
            {%- do wanted.append(feature) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(wanted) }}
{%- endmacro -%}
