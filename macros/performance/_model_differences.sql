{#
    `ratios`: both models' metrics in each cell. `spreads`: how the pairs' influences on the difference spread.

    The influence of a pair is what it adds to n times the difference, once the ratio of sums is linearised:
    (part - value * weight) / mean weight, of the challenger less that of the champion. Influences sum to 0.
#}
{%- macro _model_differences(call) -%}
    {%- set double = baton.type_double() -%}
    {%- set models = ['champion', 'challenger'] -%}
    {%- set has_root = 'rmse' in call.metrics -%}
totals as (

    select
        comparison,
        cast(count(*) as {{ double }}) as n,
        cast(sum(positive) as {{ double }}) as n_positive
        {%- for name in ['champion_part', 'champion_weight', 'challenger_part', 'challenger_weight'] %},
        {%- set sums = [] -%}
        {%- for part in baton.exact_parts(name, is_finite=true) -%}{%- do sums.append('sum(%s)' | format(part | indent(8))) -%}{%- endfor %}
        {{ (baton.exact_total(sums) if call.task == 'regression' else baton.stable_sum(name)) | indent(8) }} as {{ name }}
        {%- endfor %}
    from measured
    group by comparison

),

ratios as (

    select
        comparison,
        n,
        n_positive
        {%- for model in models %},
        {{ model }}_part / nullif({{ model }}_weight, 0) as {{ model }}_ratio,
        {{ model }}_weight / n as {{ model }}_mean_weight
        {%- endfor %}
    from totals{{ baton.run_once('where') }}

),

influences as (

    select
        {%- for column in ['comparison'] + call.clusters %}
        measured.{{ column }},
        {%- endfor %}
        measured.influence_scale * (
            {%- for model in ['challenger', 'champion'] %}
            {{ '- ' if not loop.first }}(measured.{{ model }}_part - ratios.{{ model }}_ratio * measured.{{ model }}_weight)
            / nullif(ratios.{{ model }}_mean_weight, 0)
            {%- if has_root %}
            * case
                when measured.is_root then coalesce(0.5 / sqrt(nullif(ratios.{{ model }}_ratio, 0)), 0)
                else 1
            end
            {%- endif %}
            {%- endfor %}
        ) as influence
    from measured
    inner join ratios
        on measured.comparison = ratios.comparison

),
{%- if call.clusters %}

-- rows of a cluster may depend on each other, so clusters are what is independent
clustered as (

    select
        comparison,
        {{ baton.stable_sum('influence', places=60) }} as influence
    from influences
    group by {{ (['comparison'] + call.clusters) | join(', ') }}

),
{%- endif %}

-- in units of the largest one, so that no fourth power leaves the range of a double
relative as (

    select
        *,
        case
            when abs(influence) > 1e-70 * largest then influence / largest
            when influence is not null then 0
        end as share
    from (
        select
            *,
            max(abs(influence)) over (
                partition by comparison
            ) as largest
        from {{ 'clustered' if call.clusters else 'influences' }}
    ) as with_largest

),

spreads as (

    select
        comparison,
        cast(count(*) as {{ double }}) as n_independent,
        max(largest) as largest,
        {{ baton.stable_sum('power(share, 2)') }} as squares,
        {{ baton.stable_sum('power(share, 4)') }} as fourth_powers
    from relative
    group by comparison

)
{%- endmacro -%}

