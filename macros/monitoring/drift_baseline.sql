{#
    What features looked like in a reference, frozen as bins: the yardstick that later rows are counted against.

    A number's bins hold equal shares of the reference; a bin starts at a value that occurs, so a value that fills
    several shares makes one bin. The bins 'below', 'above' and 'UNSEEN' are empty here and wait for what the reference
    did not have; 'OTHER' holds the categories beyond the most frequent, each as a row of its own, so that they can be
    told from those never seen.
#}
{%- macro drift_baseline(relation, features, name=none, bins=10, max_categories=20, where=none) -%}

    {%- set features = baton._drift_baseline_call(relation, features, name, bins, max_categories, where) -%}
    {%- set kinds = [] -%}
    {%- for feature in features -%}
        {%- do kinds.append([baton.literal(baton.unquoted(feature.column)), baton.literal(feature.kind)]) -%}
    {%- endfor -%}

with reference_rows as (

    select
        {{ baton._feature_values(features, baton.columns_of(relation)) | indent(8) }}
    from {{ relation }}
    {%- if where is not none %}
    where {{ baton.user_sql(where) }}
    {%- endif %}

),

features as (

    {{ baton.values_rows(['feature', 'kind'], kinds) | indent }}

),

observed as (

    {{ baton._one_row_per_feature(features, 'reference_rows') }}

),

counted as (

    select
        feature,
        number,
        category,
        count(*) as n
    from observed
    group by feature, number, category

),

-- n_up_to: the rows with this number or a smaller one
numbers as (

    select
        feature,
        number,
        n,
        sum(n) over (partition by feature order by number rows between unbounded preceding and current row) as n_up_to,
        sum(n) over (partition by feature) as n_numbers
    from counted
    where number is not null

),

-- equal numbers share a bin: that of the last of their rows
ranges as (

    select
        feature,
        floor({{ bins }}.0 * (n_up_to - 1) / n_numbers) as quantile_bin,
        min(number) as lowest,
        max(number) as highest,
        sum(n) as n
    from numbers
    group by feature, floor({{ bins }}.0 * (n_up_to - 1) / n_numbers)

),

categories as (

    select
        feature,
        category,
        n,
        row_number() over (partition by feature order by n desc, category) as position
    from counted
    where category is not null

),

bins as (

    select
        feature,
        cast(row_number() over (partition by feature order by quantile_bin) as {{ baton.type_text() }}) as bin,
        lowest as lower,
        coalesce(lead(lowest) over (partition by feature order by quantile_bin), highest) as upper,
        cast(null as {{ baton.type_text() }}) as category,
        n
    from ranges

    union all

    select
        feature,
        case when position <= {{ max_categories }} then cast(position as {{ baton.type_text() }}) else 'OTHER' end,
        null,
        null,
        category,
        n
    from categories

    union all

    select
        features.feature,
        'NULL',
        null,
        null,
        null,
        coalesce(counted.n, 0)
    from features
    left join counted
        on features.feature = counted.feature
        and counted.number is null
        and counted.category is null

    union all

    select
        features.feature,
        empty_bins.bin,
        null,
        null,
        null,
        0
    from features
    inner join (
        select 'numeric' as kind, 'below' as bin
        union all
        select 'numeric', 'above'
        union all
        select 'categorical', 'UNSEEN'
    ) as empty_bins
        on features.kind = empty_bins.kind

),

-- of what the bins are, not of how many rows they hold: counts go by it, and do not fit other bins
definition as (

    select {{ dbt.hash(dbt.listagg('bin_hash', "''", 'order by bin_hash')) }} as bins_hash
    from (
        select
            {{ baton.key_hash(['feature', 'bin', baton.as_text('lower'), baton.as_text('upper'), 'category']) | indent(12) }} as bin_hash
        from bins
    ) as hashed

)

select
    cast({{ baton.literal(name or 'baseline') }} as {{ baton.type_text() }}) as baseline,
    cast(null as {{ baton.type_text() }}) as model_name,
    cast(null as {{ baton.type_text() }}) as model_version,
    bins.feature,
    features.kind,
    bins.bin,
    bins.lower,
    bins.upper,
    bins.category,
    cast(bins.n as {{ dbt.type_bigint() }}) as n,
    cast(bins.n as {{ baton.type_double() }}) / nullif(sum(bins.n) over (partition by bins.feature), 0) as share,
    definition.bins_hash
from bins
inner join features
    on bins.feature = features.feature
cross join definition

{%- endmacro -%}


{#- The features with their kinds, or one error that names all that is wrong. -#}
{%- macro _drift_baseline_call(relation, features, name, bins, max_categories, where) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'relation', relation) -%}
    {%- do baton.expect(problems, 'name: text?', name) -%}
    {%- do baton.expect_whole_number(problems, 'bins', bins) -%}
    {%- do baton.expect_whole_number(problems, 'max_categories', max_categories) -%}
    {%- if where is not none -%}{%- do baton.expect_sql(problems, 'where', where) -%}{%- endif -%}
    {%- set known = baton._drift_features(problems, relation, features) -%}
    {%- do baton.raise_problems('drift_baseline', problems) -%}
    {{ return(known) }}
{%- endmacro -%}
