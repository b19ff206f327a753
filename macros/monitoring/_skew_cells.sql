{#- The result of training_serving_skew from its CTEs `facts` and `refusals`: a row for each model, period, segment and feature. -#}
{%- macro _skew_cells(call) -%}
{%- set bigint, double = dbt.type_bigint(), baton.type_double() -%}
{%- set cell = ['model_name', 'model_version', 'period_start', 'segment_name', 'segment_value', 'feature'] -%}
{%- set keys = call['keys'] -%}
{%- set parts = baton.exact_parts('difference', is_finite=true) -%}
{%- call baton.with_concat() -%}
sliced_facts as (
{% for slice in call.slices %}
    select
        model_name,
        model_version,
        period_start,
        cast({{ slice.name }} as {{ baton.type_text() }}) as segment_name,
        cast({{ slice.value | indent(8) }} as {{ baton.type_text() }}) as segment_value,
        feature,
        has_history,
        n_served,
        n_matched,
        n,
        {{ 'n_unmatched_recomputed' if loop.first else 'null as n_unmatched_recomputed' }},
        n_numbers,
        n_mismatched,
        n_missing_served,
        n_missing_recomputed,
        {%- for part in parts %}
        difference_{{ loop.index }},
        {%- endfor %}
        is_beyond,
        staleness_days,
        row_id
    from facts
    {%- if not loop.first %}
    -- a row that was not served has no segment
    where n_served > 0 or n_mismatched > 0
    {%- endif %}
{%- if not loop.last %}

    union all
{% endif %}
{%- endfor %}

),

measured as (

    select
        {{ cell | join(',\n        ') }},
        max(has_history) as has_history,
        sum(n_served) as n_served,
        sum(n_matched) as n_matched,
        sum(n) as n,
        sum(n_unmatched_recomputed) as n_unmatched_recomputed,
        sum(n_numbers) as n_numbers,
        sum(n_mismatched) as n_mismatched,
        sum(n_missing_served) as n_missing_served,
        sum(n_missing_recomputed) as n_missing_recomputed,
        {%- set sums = [] %}
        {%- for part in parts %}
        {%- do sums.append('coalesce(sum(difference_%s), 0)' | format(loop.index)) %}
        {%- endfor %}
        {{ baton.exact_total(sums) | indent(8) }} as difference,
        sum(is_beyond) as n_beyond,
        count(staleness_days) as n_stale,
        {{ baton.median('staleness_days') }} as median_staleness_days,
        min(row_id) as example_row
    from sliced_facts
    group by {{ cell | join(', ') }}

)

select
    {{ baton.qualified(cell, 'measured') | join(',\n    ') }},
    case
        when refusals.refusal is not null then {{ baton.fail('refusals.refusal', bigint) }}
        else cast(measured.n as {{ bigint }})
    end as n,
    cast(measured.n_mismatched as {{ bigint }}) as n_mismatched,
    cast(measured.n_mismatched as {{ double }}) / nullif(measured.n, 0) as mismatch_share,
    cast(measured.n_missing_served as {{ bigint }}) as n_missing_served,
    cast(measured.n_missing_recomputed as {{ bigint }}) as n_missing_recomputed,
    case when measured.n_beyond = 0 then measured.difference / nullif(measured.n_numbers, 0) end as mean_difference,
    case when measured.has_history = 1 then cast(measured.n_stale as {{ double }}) / nullif(measured.n, 0) end as stale_share,
    measured.median_staleness_days,
    case
        when example.row_id is not null then concat(
            {%- for key in keys %}
            {{ baton.literal('%s%s ' | format(', ' if not loop.first else '', call.titles[loop.index0])) }}, example.{{ key }},
            {%- endfor %}
            {{ baton.literal(', %s ' | format(call.titles[-1])) }}, example.as_of,
            ': served ', example.served_value, ', recomputed ', example.recomputed_value,
            case when example.version_at is not null then concat(', served is the value of ', example.version_at) else '' end
        )
    end as example,
    case
        when measured.n > 0 then null
        when measured.n_served = 0 then 'not served'
        when measured.n_matched = 0 then 'not recomputed'
        else 'not logged'
    end as undefined_reason,
    cast(measured.n_served - measured.n as {{ bigint }}) as n_unmatched_served,
    cast(measured.n_unmatched_recomputed as {{ bigint }}) as n_unmatched_recomputed
from measured
cross join refusals
left join differences as example
    on measured.example_row = example.row_id
    and measured.feature = example.feature
{%- endcall -%}

{%- endmacro -%}


{#- The rows of whole periods from the one on that holds a moment. -#}
{%- macro _skew_since(call, as_of) -%}
{%- set moment = "coalesce(%s, timestamp '0001-01-01')" | format(baton.moment(call.since)) -%}
{{ as_of }} >= {{ baton._period_start(moment, call.period) if call.period is not none else moment }}
{%- endmacro -%}
