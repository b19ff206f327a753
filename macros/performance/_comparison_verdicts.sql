{#-
    `tested`: minus the absolute statistic of the paired test, on the normal scale. McNemar's for accuracy, Student's t for the mean of
    a loss, else the difference by its standard error.
-#}
{%- macro _paired_tests(call) -%}
{%- if call.losses -%}
-- y of Hill, Algorithm 395, Communications of the ACM 13 (1970), which makes a z of Student's t
with_logarithms as (

    select
        *,
        case
            when n_independent > 2 and std_error > 0
                then (n_independent - 1.5) * ln(1 + power(difference / std_error, 2) / (n_independent - 1))
        end as y,
        48 * power(n_independent - 1.5, 2) as b
    from with_errors

),

{% endif -%}
tested as (

    select
        *,
        case
            when difference is null or std_error is null then null
            when difference = 0 then 0
            when std_error = 0 then -40
            {%- if 'accuracy' in call.metrics and not call.clusters %}
            -- McNemar: if nothing is the difference, the mean square is the variance
            when metric = 'accuracy' then -abs(difference) / sqrt(variance + power(difference, 2) / n)
            {%- endif %}
            {%- if call.losses %}
            when metric <> 'rmse' and metric in ({{ call.losses | join(', ') }}) and y is not null
                then -sqrt(y) * (1 + (y + 3 - (((0.4 * y + 3.3) * y + 24) * y + 85.5) / (0.8 * y * y + 100 + b)) / b)
            {%- endif %}
            else -abs(difference) / std_error
        end as minus_z
    from {{ 'with_logarithms' if call.losses else 'with_errors' }}

)
{%- endmacro -%}


{#- The columns of the report, from `adjusted`. -#}
{%- macro _comparison_verdicts(call) -%}
    {%- set few = (call.minimum_pairs / 20) | round(0, 'ceil') | int -%}
{%- call baton.with_concat() -%}
judged as (

    select
        *,
        case
            when hindrance is not null then hindrance
            when n_labelled = 0 then 'no outcome is known of a row that both scored'
            when n = 0 then 'no pair with a known outcome has usable predictions of both'
            when difference is null then 'the metric is undefined: a class is missing, or is never predicted'
            when n < {{ call.minimum_pairs }}
                then concat(cast(n as {{ dbt.type_bigint() }}), ' pairs, and at least {{ call.minimum_pairs }} are needed')
            when n_rarer_class < {{ few }}
                then concat(cast(n_rarer_class as {{ dbt.type_bigint() }}), ' pairs of the rarer class, and at least {{ few }} are needed')
            when std_error is null then 'too few pairs for a standard error'
            {%- if call.clusters %}
            when n_independent < {{ few }}
                then concat(cast(n_independent as {{ dbt.type_bigint() }}), ' clusters, and at least {{ few }} are needed')
            {%- endif %}
            when n_effective < {{ few }} then concat(
                'the difference rests on about ', cast(floor(n_effective) as {{ dbt.type_bigint() }}),
                ' pairs, and at least {{ few }} are needed'
            )
        end as missing,
        -- so many pairs decide if difference and spread stay; the interval's reach is about that over the root of n
        case when difference <> 0 then least(n * power(reach / abs(difference), 2), 1e15) end as n_to_decide
    from adjusted

)

select
    {{ call.compared_cell | join(',\n    ') }},
    metric,
    champion_value,
    challenger_value,
    difference,
    std_error,
    difference - reach as lower,
    difference + reach as upper,
    p_value,
    p_value_adjusted,
    cast(n as {{ dbt.type_bigint() }}) as n_pairs,
    case
        when missing is not null then 'not_enough_data'
        when gain > reach and p_value_adjusted <= {{ call.alpha_sql }} then 'promote'
        else 'hold'
    end as verdict,
    concat(case
        when missing is not null then missing
        when abs(gain) > reach and p_value_adjusted > {{ call.alpha_sql }}
            then 'not decided: too many segments were tested for this difference to count'
        when gain > reach then 'the challenger is better, however often one looked'
        when gain < -reach then 'the challenger is worse, however often one looked'
        when difference = 0 and reach = 0 then 'no pair tells the two apart'
        when n_to_decide is null then 'not decided: there is no difference so far'
        else concat(
            'not decided: if the difference stays, about ', cast(ceil(n_to_decide / 100) * 100 as {{ dbt.type_bigint() }}), ' pairs decide'
        )
    end, case
        when missing is null and pairs_of_entity > 1
            then concat('; an entity has up to ', pairs_of_entity, ' pairs: name as cluster what depends on each other')
        else ''
    end) as reason
from judged
{%- endcall -%}
{%- endmacro -%}
