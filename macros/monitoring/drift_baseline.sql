{#
    What features looked like in a reference, frozen as bins: the yardstick that later rows are counted against.

    The bins of a number hold equal shares of the reference unless the call asks for others; a bin starts at a value that occurs, so a
    value that fills several shares makes one bin. 'UNSEEN' is empty here and waits for what the reference did not have; 'below' and
    'above' are empty unless the call gives the edges. 'OTHER' holds the categories beyond the most frequent, each as a row of its own,
    so that they can be told from those never seen.
#}
{%- macro drift_baseline(
    relation=none, features=none, name=none, bins=10, max_categories=20, where=none, registry=none, model_name=none, alias='champion'
) -%}

    {%- if model is defined and model.resource_type == 'model' -%}{%- do baton.one_run_at_a_time() -%}{%- endif -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set call = baton._drift_baseline_call(relation, features, name, bins, max_categories, where, registry, model_name, alias) -%}

{%- if not call.features -%}

{{ baton._empty_baseline(call) }}

{%- else -%}

{%- set text = baton.type_text() -%}
with reference_rows as (

    select
        {{ baton._feature_values(call.features, call.columns) | indent(8) }}
    from {{ call.relation }}
    {%- if call.conditions %}
    {{ baton._where(call.conditions) | indent }}
    {%- endif %}

),

features as (

    {{ baton.values_rows(['feature', 'kind', 'bins'], call.rows) | indent }}

),
{%- if call.features | selectattr('edges', 'equalto', 'uniform') | list %}

-- infinity has no width
spans as (

    select
        {%- for feature in call.features if feature.edges == 'uniform' %}
        min({{ baton.finite(feature.name) }}) as {{ feature.name }}_lowest,
        max({{ baton.finite(feature.name) }}) as {{ feature.name }}_highest{{ ',' if not loop.last }}
        {%- endfor %}
    from reference_rows

),
{%- endif %}
{%- if call.has_numbers %}

-- lower ends of bins, and the upper end of the last; a trillionth more than the share, so that no rounding takes the row before
edges as (

    select
        {%- for feature in call.features if feature.kind != 'categorical' %}
        {{ baton._bin_edges(feature) | indent(8) }} as {{ feature.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if call.features | selectattr('edges', 'equalto', 'quantile') | rejectattr('kind', 'equalto', 'categorical') | list %}
    from reference_rows
    {%- endif %}

),

positions as (

    {{ baton.positions(call.features | map(attribute='bins') | max) | indent }}

),

ranges as (
    {%- for feature in call.features if feature.kind != 'categorical' %}

    select
        {{ baton.as_text(feature.literal) }} as feature,
        positions.position + 1 as position,
        edges.{{ feature.name }}[positions.position + 1] as lower,
        edges.{{ feature.name }}[positions.position + 2] as upper,
        positions.position = {{ feature.bins - 1 }} as is_last
    from edges
    cross join positions
    where positions.position < {{ feature.bins }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),
{%- endif %}

placed as {{ baton.materialized() }}(

    select
        {%- for feature in call.features %}
        {% if feature.kind == 'categorical' -%}
        reference_rows.{{ feature.name }}
        {%- else -%}
        {{ baton._position('reference_rows.%s' | format(feature.name), baton._edge_cuts(feature)) | indent(8) }} as {{ feature.name }},
        reference_rows.{{ feature.name }} as {{ feature.name }}_number
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from reference_rows
    {%- if call.has_numbers %}
    cross join edges
    {%- endif %}

),

counted as (
    {%- for feature in call.features %}

    select
        {{ baton.as_text(feature.literal) }} as feature,
        {{ feature.name if feature.kind != 'categorical' else 'cast(null as integer)' }} as position,
        {{ feature.name if feature.kind == 'categorical' else baton.as_text('null') }} as category,
        count(*) as n,
        {{ baton._n_placeholders(feature.kind, feature.name if feature.kind == 'categorical' else feature.name ~ '_number') | indent(8) }} as n_placeholders,
        {{ baton.as_double('null') if feature.kind == 'categorical' else baton._mean(feature.name ~ '_number') | indent(8) }} as mean
    from placed
    group by {{ feature.name }}
    {%- if not loop.last %}

    union all
    {%- endif %}
    {%- endfor %}

),

categories as (

    select
        feature,
        category,
        n,
        n_placeholders,
        row_number() over (partition by feature order by n desc, category) as position
    from counted
    where category is not null

),

bins as (
    {%- if call.has_numbers %}

    -- equal edges are one, so that a value which fills several shares makes one bin
    select
        ranges.feature,
        cast(row_number() over (partition by ranges.feature order by ranges.position) as {{ text }}) as bin,
        ranges.lower,
        ranges.upper,
        cast(null as {{ text }}) as category,
        coalesce(counted.n, 0) as n,
        coalesce(counted.n_placeholders, 0) as n_placeholders,
        counted.mean
    from ranges
    left join counted
        on ranges.feature = counted.feature
        and ranges.position = counted.position
    where ranges.lower < ranges.upper or (ranges.is_last and ranges.lower is not null)

    union all
    {%- endif %}

    select
        feature,
        case when position <= {{ max_categories }} then cast(position as {{ text }}) else 'OTHER' end as bin,
        {{ baton.as_double('null') }} as lower,
        {{ baton.as_double('null') }} as upper,
        category,
        n,
        n_placeholders,
        {{ baton.as_double('null') }} as mean
    from categories

    union all

    select
        features.feature,
        waiting.bin,
        null,
        null,
        null,
        coalesce(counted.n, 0),
        coalesce(counted.n_placeholders, 0),
        counted.mean
    from features
    inner join (
        {{ baton.values_rows(['kind', 'bin'], [
            ["'number'", "'below'"], ["'number'", "'above'"], ["'number'", "'NULL'"], ["'category'", "'UNSEEN'"], ["'category'", "'NULL'"],
        ]) | indent(8) }}
    ) as waiting
        on waiting.kind = case when features.kind = 'categorical' then 'category' else 'number' end
    left join counted
        on features.feature = counted.feature
        and counted.category is null
        and waiting.bin = case
            when counted.position is null then 'NULL'
            when counted.position = 0 then 'below'
            when counted.position = features.bins + 1 then 'above'
        end

),

-- of whose bins these are and where they lie, not of how many rows they hold: counts go by it, and do not fit other bins
definition as (

    select {{ baton.md5(baton.listed_texts('bin_hash', "''")) }} as bins_hash
    from (
        select
            {{ baton.key_hash([baton.literal(call.name), baton.literal(call.model_version), 'feature', 'bin', baton.as_text('lower'), baton.as_text('upper'), 'category']) | indent(12) }} as bin_hash
        from bins
    ) as hashed

)

select
    {{ baton._baseline_names(call) | indent }},
    bins.feature,
    features.kind,
    bins.bin,
    bins.lower,
    bins.upper,
    bins.category,
    cast(bins.n as {{ dbt.type_bigint() }}) as n,
    cast(bins.n as {{ baton.type_double() }}) / nullif(sum(bins.n) over (partition by bins.feature), 0) as share,
    bins.mean,
    cast(bins.n_placeholders as {{ dbt.type_bigint() }}) as n_placeholders,
    definition.bins_hash
from bins
inner join features
    on bins.feature = features.feature
cross join definition

{%- endif -%}

{%- endmacro -%}
