{#
    What features looked like in a reference, frozen as bins: the yardstick that later rows are counted against.

    A number's bins hold equal shares of the reference; a bin starts at a value that occurs, so a value that fills
    several shares makes one bin. The bins 'below', 'above' and 'UNSEEN' are empty here and wait for what the reference
    did not have; 'OTHER' holds the categories beyond the most frequent, each as a row of its own, so that they can be
    told from those never seen.
#}
{%- macro drift_baseline(relation, features, bins=10, max_categories=20, where=none) -%}

    {%- set features = baton._drift_baseline_call(relation, features, bins, max_categories, where) -%}

with reference_rows as (

    select
        {{ baton._feature_values(features, baton.columns_of(relation)) | indent(8) }}
    from {{ relation }}
    {%- if where is not none %}
    where {{ baton.user_sql(where) }}
    {%- endif %}

),

features as (
    {%- for feature in features %}

    select
        cast({{ baton.literal(baton.unquoted(feature.column)) }} as {{ dbt.type_string() }}) as feature,
        cast('{{ feature.kind }}' as {{ dbt.type_string() }}) as kind
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

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

-- up_to: the rows with this number or a smaller one
numbers as (

    select
        feature,
        number,
        n,
        sum(n) over (partition by feature order by number rows between unbounded preceding and current row) as up_to,
        sum(n) over (partition by feature) as n_numbers
    from counted
    where number is not null

),

-- a number belongs to the share that its last row is in, so that a bin starts at the first number that reaches into a share
ranges as (

    select
        feature,
        floor({{ bins }}.0 * (up_to - 1) / n_numbers) as share,
        min(number) as lower,
        max(number) as highest,
        sum(n) as n
    from numbers
    group by feature, floor({{ bins }}.0 * (up_to - 1) / n_numbers)

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
        cast(row_number() over (partition by feature order by share) as {{ dbt.type_string() }}) as bin,
        lower,
        coalesce(lead(lower) over (partition by feature order by share), highest) as upper,
        cast(null as {{ dbt.type_string() }}) as category,
        n
    from ranges

    union all

    select
        feature,
        case when position <= {{ max_categories }} then cast(position as {{ dbt.type_string() }}) else 'OTHER' end,
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
        waiting.bin,
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
    ) as waiting
        on features.kind = waiting.kind

)

select
    bins.feature,
    features.kind,
    bins.bin,
    bins.lower,
    bins.upper,
    bins.category,
    cast(bins.n as {{ dbt.type_bigint() }}) as n,
    cast(bins.n as {{ baton.type_double() }}) / nullif(sum(bins.n) over (partition by bins.feature), 0) as share
from bins
inner join features
    on bins.feature = features.feature

{%- endmacro -%}


{#- The features with their kinds, or one error that names all that is wrong. -#}
{%- macro _drift_baseline_call(relation, features, bins, max_categories, where) -%}
    {%- set problems = [] -%}
    {%- do baton.expect_relation(problems, 'relation', relation) -%}
    {%- do baton.expect_whole_number(problems, 'bins', bins) -%}
    {%- do baton.expect_whole_number(problems, 'max_categories', max_categories) -%}
    {%- if where is not none -%}{%- do baton.expect_sql(problems, 'where', where) -%}{%- endif -%}
    {%- set known = baton._drift_features(problems, relation, features) -%}
    {%- do baton.raise_problems('drift_baseline', problems) -%}
    {{ return(known) }}
{%- endmacro -%}
