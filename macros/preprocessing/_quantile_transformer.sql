{#-
    The share of the fit that a number is above, interpolated between its quantiles; as the normal distribution has it
    where asked. A number that fills several quantiles gets their middle.
-#}
{%- macro _quantile_transformer(step) -%}
reads: number
is_fitted: true
parameters:
  n_quantiles: {default: 1000, takes: count}
  output_distribution: {default: uniform, takes: choice, choices: [uniform, normal], is_applied: true}
{%- endmacro -%}

{%- macro _fit_quantile_transformer(stage, unit) -%}
    {%- set count = baton._stage_statistic(stage, 'count', unit.value) -%}
    {%- set rows = baton._stage_aggregate(stage, 'n_rows', 'count(*)') -%}
    {%- set most = unit.parameters.n_quantiles -%}
    {%- set wanted -%} least({{ most }}, {{ rows }}) {%- endset -%}
    {%- set places -%}
select
    position,
    {{ count }} as n,
    {{ baton.as_double(count ~ ' - 1') }} * (
        case
            when position = {{ wanted }} - 1 and position > 0 then 1
            -- times 100 / 100, as scikit-learn asks numpy for percentiles
            else position * ({{ baton.as_double(1) }} / greatest({{ wanted }} - 1, 1)) * 100 / 100
        end
    ) as place
from ({{ baton.positions(most) }}) as reference
cross join {{ stage.ctes_of.aggregates }}
where position < greatest({{ wanted }}, 1)
    {%- endset -%}
    {%- set quantiles = baton._order_statistics(stage, unit, places) -%}
    {%- do baton._write_fitted_rows(stage, unit, 'quantile', quantiles, position='position', number='quantile') -%}
{%- endmacro -%}

{%- macro _apply_quantile_transformer(unit) -%}
    {%- set quantiles = baton._free_name(unit.used_names, unit.label ~ '_quantile_shares') -%}
    {%- set shares = baton._free_name(unit.used_names, unit.label ~ '_shares') -%}
    {%- set condition -%} {{ unit.value }} = {{ shares }}.value {%- endset -%}
    {%- do unit.joins.append(dict(kind='shares', name=shares, quantiles=quantiles, condition=condition)) -%}
{{ shares }}.share
{%- endmacro -%}

{#- Each value that occurs with its share: one sweep over values and quantiles, so that no value meets many of them. -#}
{%- macro _joined_shares(unit, join, rows) -%}
{%- set is_normal = unit.parameters.output_distribution == 'normal' -%}
{#- scikit-learn's norm.ppf(1e-7 - spacing(1)) and norm.ppf(1 - (1e-7 - spacing(1))); with exponents, as doubles to the last bit -#}
{%- set lowest, highest = '-5.199337582605575e0', '5.19933758270342e0' -%}
{{ join.quantiles }} as (

    select
        value,
        first_share,
        last_share,
        lead(value) over (order by value) as next_value,
        lead(first_share) over (order by value) as next_share
    from (
        select
            value_number as value,
            {{ baton.as_double('min(position)') }} / nullif(max(max(position)) over (), 0) as first_share,
            {{ baton.as_double('max(position)') }} / nullif(max(max(position)) over (), 0) as last_share
        from {{ unit.fitted }}
        where
            transformer = {{ unit.name_literal }}
            and column_name = {{ unit.label_literal }}
            and parameter = 'quantile'
            and value_number is not null
        group by value_number
    ) as positions

),

{{ join.name }} as (

    select
        value,
        {%- if is_normal %}
        -- as far as scikit-learn goes: 1e-7 from the ends of the normal distribution
        case
            when value - 1e-7 < least_value then {{ lowest }}
            when value + 1e-7 > greatest_value then {{ highest }}
            when share <= 0 then {{ lowest }}
            when share >= 1 then {{ highest }}
            when share is not null then least(greatest(
                {{ baton.normal_quantile('share') | indent(16) }}
            , {{ lowest }}), {{ highest }})
        end as share
        {%- else %}
        share
        {%- endif %}
    from (
        select
            reached.value,
            reached.least_value,
            reached.greatest_value,
            case
                when reached.least_value is null then null
                when reached.quantile is null then 0
                {%- if not is_normal %}
                when reached.value = reached.least_value then 0
                when reached.value = reached.greatest_value then 1
                {%- endif %}
                -- a single quantile has no share
                when reached.value > reached.greatest_value then coalesce(quantiles.last_share, 0)
                when reached.value = reached.quantile then coalesce((quantiles.first_share + quantiles.last_share) / 2, 0)
                else quantiles.last_share + (quantiles.next_share - quantiles.last_share) * (
                    {{ baton.quotient('(reached.value - reached.quantile)', '(quantiles.next_value - reached.quantile)') | indent(20) }}
                )
            end as share
        from (
            select
                value,
                is_quantile,
                max(case when is_quantile then value end) over (
                    order by value, is_quantile desc
                    rows between unbounded preceding and current row
                ) as quantile,
                min(case when is_quantile then value end) over () as least_value,
                max(case when is_quantile then value end) over () as greatest_value
            from (
                select distinct {{ unit.value }} as value, false as is_quantile
                from {{ rows }} as input
                where {{ unit.value }} is not null
                union all
                select value, true
                from {{ join.quantiles }}
            ) as both_sides
        ) as reached
        left join {{ join.quantiles }} as quantiles
            on reached.quantile = quantiles.value
        where not reached.is_quantile
    ) as shares

)
{%- endmacro -%}
