{#
    The CTE `intervals` and the rows of the long shape: `measured` with 95 % intervals, and NULL with the reason for models of another task.

    `own_lower` and `own_upper` count where they are given. Where `trials` are, the normal interval is made on the logit scale, which
    keeps it within the metric's range; at the ends of the range, where there is no logit, it is that of a share of so many rows.
#}
{%- macro _performance_intervals() -%}
intervals as (

    select
        measured.*,
        case
            when trials is not null and std_error > 0 and value > lowest + 1e-12 and value < highest - 1e-12
                then ln((value - lowest) / (highest - value))
        end as logit,
        1.959963984540054 * std_error * (highest - lowest) / nullif((value - lowest) * (highest - value), 0) as logit_half
    from measured

)
{%- endmacro -%}

{%- macro _performance_rows(cell) -%}
{%- set z = '1.959963984540054' -%}
select
    {{ cell | join(',\n    ') }},
    metric,
    case when other_task is null then value end as value,
    case when other_task is null then std_error end as std_error,
    case
        when other_task is not null or std_error is null or value is null then null
        when own_lower is not null then greatest(own_lower, lowest)
        when logit is not null then lowest + (highest - lowest) / (1 + exp(least(logit_half - logit, 700)))
        when trials is null then greatest(value - {{ z }} * std_error, lowest)
        when value >= highest - 1e-12 then lowest + (highest - lowest) * trials / (trials + 3.841458820694124)
        else value
    end as lower,
    case
        when other_task is not null or std_error is null or value is null then null
        when own_upper is not null then least(own_upper, highest)
        when logit is not null then lowest + (highest - lowest) / (1 + exp(least(-logit_half - logit, 700)))
        when trials is null then least(value + {{ z }} * std_error, highest)
        when value <= lowest + 1e-12 then lowest + (highest - lowest) * 3.841458820694124 / (trials + 3.841458820694124)
        else value
    end as upper,
    cast(n as {{ dbt.type_bigint() }}) as n,
    cast(n_labelled as {{ dbt.type_bigint() }}) as n_labelled,
    class,
    coalesce(other_task, undefined_reason) as undefined_reason
from intervals
{%- endmacro -%}
